"""`vmtui console`: in a terminal, in a pipe, every way to end, and what it keeps."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import stat
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.person import Person
from vmtui.cli import arguments, seat
from vmtui.cli.console import ALTERNATE_OFF, SET_BACK, leave_byte
from vmtui.cli.exits import Unfound
from vmtui.cli.finding import Finder
from vmtui.cli.hosts import HostChoice
from vmtui.cli.keeping import Keeper, refuse_existing
from vmtui.errors import Conflict, ConnectionFailed, VmtuiError
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId

DEMO = "--demo=hosts=2,guests=24,lively=0"


def run(*words: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run vmtui with these bytes as its input."""
    return subprocess.run(
        [sys.executable, "-m", "vmtui", *words], input=sent, capture_output=True, timeout=60,
        check=False,
    )  # fmt: skip


# -- in a terminal ---------------------------------------------------------------------------------


def test_a_person_types_and_leaves() -> None:
    with Person(DEMO, "console", "web1") as person:
        person.until(b"web1:~# ")
        assert person.raw
        person.press(b"uname\r")
        person.until(b"Demo 1.0 x86_64")
        person.press(b"\x1d")
        assert person.end() == 0
        assert person.sane
        assert b"web1 on berlin1; Ctrl-] leaves" in person.said


def test_every_other_key_goes_to_the_guest() -> None:
    """Ctrl-C and Ctrl-Z end nothing here."""
    with Person(DEMO, "console", "web1") as person:
        person.until(b"web1:~# ")
        person.press(b"\x03\x1a\x1cuname\x7f\x7fame\r")
        person.until(b"web1:~# ", person.said.index(b"web1:~# ") + 8)
        assert person.process.poll() is None
        person.press(b"\x1d")
        assert person.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_gives_the_terminal_back(number: signal.Signals) -> None:
    with Person(DEMO, "console", "web1") as person:
        person.until(b"web1:~# ")
        person.kill(number)
        assert person.end() == 128 + number
        assert person.sane
        assert SET_BACK in person.said


@pytest.mark.slow
def test_what_the_guest_switched_on_is_switched_off() -> None:
    """`colours` prints many; the demo's shell echoes what is typed, sequences included."""
    with Person(DEMO, "console", "web1") as person:
        person.until(b"web1:~# ")
        person.press(b"\x1b[?1049h\x1b[?1000h.")
        person.until(b".")
        person.press(b"\x1d")
        assert person.end() == 0
        assert person.said.index(SET_BACK) > 0
        assert (ALTERNATE_OFF + SET_BACK in person.said) == (b"\x1b[?1049h" in person.said)


@pytest.mark.slow
def test_a_terminal_that_is_held_does_not_hold_the_way_out() -> None:
    """Nobody reads the terminal while the guest floods it."""
    with Person(DEMO, "console", "web1") as person:
        person.until(b"web1:~# ")
        person.press(b"flood\r" * 40)
        person.until(b"line 1999")
        person.press(b"\x1d")
        assert person.process.wait(20) == 0
        assert person.sane


# -- in a pipe -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_pipes_bytes_are_sent_and_the_answer_comes() -> None:
    done = run(DEMO, "console", "web1", sent=b"uname\ruptime\r")
    assert done.returncode == 0
    assert b"Demo 1.0 x86_64\r\nweb1:~# uptime" in done.stdout
    assert b"up for as long as you look" in done.stdout


@pytest.mark.slow
def test_a_file_is_sent_likewise(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"uname\r")
    with (tmp_path / "lines").open("rb") as lines:
        done = subprocess.run(
            [sys.executable, "-m", "vmtui", DEMO, "console", "web1"], stdin=lines,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 0
    assert b"Demo 1.0" in done.stdout


def test_a_reader_who_went_away_is_an_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "vmtui", DEMO, "console", "web1"], input=b"uname\r", stdout=write,
        stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


# -- who and where ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nobody"], 3, b"There is no guest nobody"),
        (["cache1"], 1, b"cache1 is off"),
        (["web[prod]"], 0, b"web[prod] on berlin1"),
        (["99999999999999999999"], 3, b"There is no guest"),
        (["1"], 0, b"web1 on berlin1"),
    ],
)
def test_what_a_guest_is_called(words: list[str], code: int, said: bytes) -> None:
    done = run(DEMO, "console", *words)
    assert done.returncode == code
    assert said in done.stderr


def demo(name: str, seed: int = 1) -> tuple[DemoHost, tuple[HostChoice, Callable[[], object]]]:
    host = DemoHost(HostId(name), guests=6, seed=seed, speed=0, lively=False)
    return host, (HostChoice(HostId(name), host.uri), host.connect)


async def test_the_first_host_that_has_it_is_taken_and_the_others_are_let_go() -> None:
    (one, first), (two, second), (three, third) = demo("a"), demo("b", 2), demo("c", 3)
    uuid = two.named("web1").uuid
    found = await Finder().find([first, second, third], uuid.upper())  # type: ignore[list-item]
    assert (found.host, found.guest.key.uuid) == ("b", uuid)
    assert (one.calls["close"], two.calls["close"]) == (1, 0)
    assert three.calls["close"] == three.calls["open"]
    by_name = await Finder().find([third, second], "web1")  # type: ignore[list-item]
    assert by_name.host == "c"


async def test_a_host_that_hangs_does_not_hold_up_one_before_it() -> None:
    (_, first), (two, second) = demo("a"), demo("b")
    two.hang_open = True
    async with asyncio.timeout(5):
        finding = asyncio.create_task(Finder().find([first, second], "web1"))  # type: ignore[list-item]
        while not finding.done():
            await asyncio.sleep(0.01)
            two.hang_open = two.hang_open and not finding.done()
    assert finding.result().host == "a"


async def test_a_host_that_refuses_is_told_and_the_next_one_asked() -> None:
    (one, first), (_, second) = demo("a"), demo("b")
    one.refuse = ConnectionFailed("a refuses")
    finder = Finder()
    found = await finder.find([first, second], "web1")  # type: ignore[list-item]
    assert found.host == "b"
    assert [host for host, _ in finder.problems] == ["a"]
    with pytest.raises(ConnectionFailed):
        await Finder().find([first, second], "nobody")  # type: ignore[list-item]


async def test_a_name_that_is_anothers_number_is_ambiguous() -> None:
    host, choice = demo("a")
    other = host.named("db1")
    other.facts = replace(other.facts, name="1")
    with pytest.raises(Unfound) as raised:
        await Finder().find([choice], "1")  # type: ignore[list-item]
    assert "web1" in raised.value.detail
    assert other.uuid in raised.value.detail


# -- what is kept ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_log_has_the_bytes_and_the_recording_can_be_replayed(tmp_path: Path) -> None:
    log, cast = tmp_path / "log", tmp_path / "cast"
    done = run(DEMO, "console", "web1", "--log", str(log), "--record", str(cast), sent=b"uname\r")
    assert done.returncode == 0
    assert log.read_bytes() == done.stdout
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    header, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    assert (header["version"], header["title"]) == (2, "web1")
    assert "".join(event[2] for event in events if event[1] == "o").encode() == done.stdout
    for kept in (log, cast):
        assert b"Demo 1.0 x86_64" in run("replay", str(kept), "--text").stdout


@pytest.mark.slow
@pytest.mark.parametrize("option", ["--log", "--record"])
def test_no_file_is_overwritten(tmp_path: Path, option: str) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for path in (there, tmp_path / "dangling", tmp_path):
        done = run(DEMO, "console", "web1", option, str(path))
        assert done.returncode == 1
        assert b"is there already" in done.stderr
    assert there.read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


def test_log_and_recording_are_two_files(tmp_path: Path) -> None:
    with pytest.raises(Conflict):
        refuse_existing(tmp_path / "x", tmp_path / "a" / ".." / "x")


def test_no_file_is_made_where_there_is_no_console(tmp_path: Path) -> None:
    run(DEMO, "console", "cache1", "--log", str(tmp_path / "log"))
    assert not (tmp_path / "log").exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = run(DEMO, "console", "web1", "--log", str(tmp_path / "no" / "log"))
    assert done.returncode == 1
    assert b"No such file" in done.stderr


def test_a_full_disk_is_told() -> None:
    keeper = Keeper(None, None, (80, 24), "x")
    keeper._log = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)
    with pytest.raises(VmtuiError):
        keeper.keep(b"words")
    keeper.close()


# -- parts -----------------------------------------------------------------------------------------


def test_an_error_gives_the_terminal_back() -> None:
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    with pytest.raises(RuntimeError), seat.raw(slave):
        assert not termios.tcgetattr(slave)[3] & termios.ICANON
        raise RuntimeError
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("chord", "byte"),
    [("ctrl+]", b"\x1d"), ("ctrl+a", b"\x01"), ("ctrl+\\", b"\x1c"), ("f5", b"\x1d")],
)
def test_the_chord_that_leaves(chord: str, byte: bytes) -> None:
    assert leave_byte(chord) == byte


def test_without_a_command_the_arguments_are_as_ever() -> None:
    given = arguments.parser().parse_args(["-c", "a", "-c", "b", "--read-only"])
    assert (given.connect, given.command) == (["a", "b"], None)


def test_hosts_may_be_given_before_and_after_the_command() -> None:
    given = arguments.parser().parse_args(["-c", "a", "console", "web1", "-c", "b"])
    assert given.connect + given.command_connect == ["a", "b"]
    assert given.name == "web1"


def test_the_help_warns_of_raw_bytes() -> None:
    said = run("console", "--help").stdout
    assert b"escape sequences included" in said
