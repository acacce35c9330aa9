"""Whose fault a death was, and how far the next rebuild trusts what was kept."""

from __future__ import annotations

import signal

import pytest

from vmtui.terminal.journal import Fidelity
from vmtui.terminal.recovery import Death, Recovery, Verdict, describe

SEGV, ILL, KILL = -signal.SIGSEGV, -signal.SIGILL, -signal.SIGKILL


def death(
    status: int | None = SEGV,
    suspect: str = "bytes",
    *,
    hung: bool = False,
    restoring: bool = False,
    tries: int = 0,
) -> Death:
    """A death by a crash over some bytes, unless told otherwise."""
    return Death(status, hung, restoring, suspect, tries)


@pytest.mark.parametrize("status", [SEGV, ILL, -signal.SIGABRT, 70, 0])
def test_a_crash_costs_what_it_was_reading(status: int) -> None:
    """And nothing else."""
    assert Recovery().judge(death(status), 0.0) == (True, Fidelity.EXACT, 0.0)


@pytest.mark.parametrize("status", [KILL, -signal.SIGTERM, None])
def test_a_kill_from_outside_costs_nothing(status: int | None) -> None:
    """Unless it comes again at the same place, as the kernel's would."""
    recovery = Recovery()
    assert not recovery.judge(death(status), 0.0).drop_suspect
    assert recovery.judge(death(status, tries=1), 1.0).drop_suspect


def test_a_hang_is_a_crash() -> None:
    """Though it was killed from outside."""
    assert Recovery().judge(death(KILL, hung=True), 0.0).drop_suspect


def test_a_size_that_crashes_is_taken_from_the_start() -> None:
    """Without replaying the others."""
    assert Recovery().judge(death(suspect="size"), 0.0).fidelity is Fidelity.ONE_SIZE


def test_a_search_costs_the_search() -> None:
    """The console's bytes are innocent."""
    assert Recovery().judge(death(KILL, "query", hung=True), 0.0).fidelity is Fidelity.EXACT


def test_a_rebuild_that_crashes_trusts_less_each_time() -> None:
    """Down to an empty screen."""
    recovery = Recovery()
    recovery.judge(death(), 0.0)
    levels = [recovery.judge(death(suspect="", restoring=True), n).fidelity for n in range(1, 5)]
    assert levels == [Fidelity.ONE_SIZE, Fidelity.PLAIN, Fidelity.EMPTY, Fidelity.EMPTY]


def test_a_loop_is_slowed_down() -> None:
    """And after a quiet minute forgotten."""
    recovery = Recovery()
    delays = [recovery.judge(death(), float(n)).delay for n in range(14)]
    assert delays[:5] == [0.0] * 5
    assert delays[5:9] == [1.0, 2.0, 4.0, 8.0]
    assert max(delays) == 30.0
    assert recovery.judge(death(), 1000.0).delay == 0.0


def test_words() -> None:
    """For the line in the pane."""
    text = describe(death(), Verdict(True, Fidelity.EXACT, 0.0), 12)
    assert text == (
        "the terminal engine ended with SIGSEGV and was restarted; "
        "the 12 bytes it was reading are left out; screen and scrollback are rebuilt"
    )
    assert "stopped answering" in describe(death(hung=True), Verdict(True, Fidelity.PLAIN, 0), 0)
