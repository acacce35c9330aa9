"""What the output is: a pipe that closes, a terminal with hostile names, a question, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.person import Person
from tests.rig import ODD_NAMES, Host

FLEET = "--demo=hosts=2,guests=10,lively=0"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [["--keys"], [FLEET, "list"], [FLEET, "top", "-n", "3"], [FLEET, "list", "--json"]],
    ids=" ".join,
)
def test_a_reader_that_has_gone_ends_it_quietly(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "vmtui", *words], stdout=writer, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.slow
def test_a_person_is_asked_for_the_name() -> None:
    with Person(FLEET, "delete", "berlin1/web1") as person:
        person.until(b"Type web1 to do it: ")
        assert b"! deletes /var/lib/libvirt/images/web1.qcow2" in person.said
        person.press(b"web2\n")
        assert person.end() == 6
    with Person(FLEET, "delete", "berlin1/web1") as person:
        person.until(b"Type web1 to do it: ")
        person.press(b"web1\n")
        assert person.end() == 0
        assert b"berlin1/web1: done" in person.said


@pytest.mark.slow
def test_a_person_who_would_rather_not() -> None:
    with Person(FLEET, "destroy", "berlin1/web1") as person:
        person.until(b"Do it? [y/N] ")
        person.press(b"\n")
        assert person.end() == 6
    with Person(FLEET, "destroy", "berlin1/web1") as person:
        person.until(b"Do it? [y/N] ")
        person.kill(signal.SIGINT)
        assert person.end() == 130
        assert b"Traceback" not in person.said


@pytest.mark.slow
def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    """The one-byte CSI and right-to-left override are legal in XML, and in libvirt's names."""
    hostile = "evil\u009b31m\u202egnp"
    uri = Host(names=(hostile, *ODD_NAMES)).write(tmp_path / "host.xml")
    for words in (["list"], ["list", "--names"], ["show", "evil*"], ["start", "evil*", "-n"],
                  ["start", "evil*"], ["pools"], ["start", "--all", "-y"]):  # fmt: skip
        with Person(*words, "-c", uri) as person:
            assert person.end() == 0
            told = person.said.decode()
        assert "\u009b" not in told
        assert "\u202e" not in told
        assert "evil" in told or words == ["pools"]
    piped = subprocess.run(
        [sys.executable, "-m", "vmtui", "list", "--names", "-c", uri], capture_output=True,
        text=True, timeout=60, check=True,
    )  # fmt: skip
    assert {hostile, *ODD_NAMES} <= set(piped.stdout.splitlines())
