"""The guest tools' part of the screen: a command's output, what an agent tells, what is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down, words_of
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.agentfacts import CommandState
from vmtui.model.guest import Guest, HostId
from vmtui.ui import flow
from vmtui.ui.actions import HALTING
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.dialogs.command import LINES_MOST, shown


def said(out: bytes, err: bytes = b"", width: int = 20) -> list[str]:
    """The lines that a command's output becomes."""
    return [words_of(line) for line in shown(CommandState(True, 0, None, out, err), width)]


def test_what_a_command_prints_is_folded_and_harmless() -> None:
    assert said(b"") == ["it printed nothing"]
    assert said(b"a\n\nb\n", b"bad") == ["a", "", "b", "standard error", "bad"]
    assert said(b"x" * 45) == ["x" * 20, "x" * 20, "x" * 5]
    assert all("\x1b" not in line for line in said(b"\x1b[31mred\x07\r\n\xff"))
    assert said(b"[/]") == ["[/]"]


def test_binary_and_endless_output_is_bounded() -> None:
    lines = said(bytes(100_000), width=74)
    assert lines[0] == "binary, 100000 bytes"
    assert len(lines) < 600
    assert max(len(line) for line in said(bytes(64), width=74)) <= 74
    many = said(b"y\n" * (LINES_MOST + 7))
    assert len(many) == LINES_MOST + 1
    assert "7 lines more" in many[-1]


def talkative(cockpit: Cockpit) -> Guest | None:
    """A guest whose agent runs commands."""
    guests = cockpit.store.inventory.hosts[HostId("lab")].guests.values()
    return next((g for g in guests if g.told and "guest-exec" in g.told.commands), None)


def a_lab() -> DemoHost:
    """A host of which one guest is such a one."""
    return DemoHost(HostId("lab"), guests=12, speed=0, lively=False)


@asynccontextmanager
async def on_a_guest(
    folder: Path, lab: DemoHost | None = None
) -> AsyncIterator[tuple[Seat, Guest]]:
    """The screen with the cursor on such a guest."""
    lab = lab or a_lab()
    cockpit = cockpit_for(demo_hosts(lab), folder / "journal")
    async with sit_down(cockpit) as seat:
        await seat.until(lambda: HostId("lab") in cockpit.store.inventory.hosts)
        await seat.until(lambda: talkative(cockpit) is not None)
        guest = talkative(cockpit)
        assert guest is not None
        await seat.go_to(guest.name)
        yield seat, guest


@pytest.mark.slow
async def test_a_command_and_a_copy_from_the_keyboard(tmp_path: Path) -> None:
    lab, source = a_lab(), tmp_path / "note"
    source.write_text("hello", encoding="utf-8")
    async with on_a_guest(tmp_path, lab) as (seat, guest):
        await seat.press("exclamation_mark")
        await seat.until_shown(f"Run a command in {guest.name}")
        await seat.press(*"echo", "space", *"well", "enter")
        await seat.until_shown("exit code 0")
        assert "well" in seat.text().partition("exit code")[2]
        await seat.press("escape")
        await seat.until_gone("Run a command")

        await begin_to_copy(seat)
        await seat.press(*"/nonesuch", "enter")
        await seat.until_shown("there is no such file")
        await copy_in(seat, source)
        await seat.until_shown("done")
        inside = lab.guest(guest.key.uuid).inside
        assert bytes(inside.files["/root/note"]) == b"hello"

        await begin_to_copy(seat)
        await copy_in(seat, source)
        await seat.press("3")
        await seat.until_shown("/root/note already")
        await seat.press("enter")
        await seat.until_shown("Give the copy another name")
        assert "--force" not in seat.text()


async def test_tools_are_searched_for_by_typing(tmp_path: Path) -> None:
    async with on_a_guest(tmp_path) as (seat, guest):
        await seat.press("T")
        await seat.until_shown("Agent reboot")
        assert f"Guest tools: {guest.name}" in seat.text()
        await seat.press(*"sys")
        await seat.until_gone("Agent reboot")
        assert "Freeze" in seat.text() and "Thaw" in seat.text(), "by what is said of them"
        await seat.press(*["backspace"] * 3, *"reb")
        await seat.until_gone("Thaw")
        await seat.press("enter")
        await seat.until_shown("do it")
        await seat.press("escape")
        await seat.until_gone("do it")

        await seat.press("T")
        await seat.until_shown("Agent reboot")
        await seat.press("enter")
        await seat.until_shown(f"Run a command in {guest.name}")
        await seat.press("escape", "T")
        await seat.until_shown("Agent reboot")
        await seat.press("exclamation_mark")
        await seat.until_shown(f"Run a command in {guest.name}")


async def test_enter_alone_never_holds_a_guest_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an agent can do nothing else, either; what else it can do comes first."""
    made, able = flow.options, list(HALTING)

    def some(*words: Any) -> list[Option]:
        return [
            option if option.id in able else replace(option, why_not="blocked in the agent")
            for option in made(*words)
        ]

    monkeypatch.setattr(flow, "options", some)
    async with on_a_guest(tmp_path) as (seat, _guest):
        await seat.press("T")
        await seat.until_shown("Not possible: blocked in the agent")
        await seat.press("enter")
        assert "Not possible: blocked in the agent" in seat.text()
        assert seat.app.cockpit.jobs.running == seat.app.cockpit.jobs.past == ()
        able.append("trim")
        await seat.press("escape", "T")
        await seat.until_shown("Agent reboot")
        await seat.press("enter")
        await seat.until_shown("Trim the file systems of")


async def begin_to_copy(seat: Seat) -> None:
    """Choose the verb."""
    await seat.press("T")
    await seat.until_shown("Copy in")
    await seat.press(*"copy", "space", *"in", "enter")
    await seat.until_shown("Copy which file")


async def copy_in(seat: Seat, source: Path) -> None:
    """Give a file, keep its name and what is there, and say yes."""
    seat.app.screen.query_one(Input).value = str(source)
    await seat.press("enter")
    await seat.until_shown("/root/note")
    await seat.press("enter")
    await seat.until_shown("Stop there")
    await seat.press("enter")
    await seat.until_shown("do it")
    await seat.press("enter")


async def test_after_resuming_it_is_said_that_the_clock_stood_still(tmp_path: Path) -> None:
    """It stays when the job is done, which is at once."""
    async with on_a_guest(tmp_path) as (seat, guest):
        await seat.press("p")
        await seat.until_shown("Suspend " + guest.name + ": done")
        await seat.press("P")
        await seat.until_shown(": done · its clock stood still")
