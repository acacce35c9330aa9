"""Consoles of the engine, on channels that a test holds in its hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.support import Bench, eventually
from vmtui.engine import recording
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleState
from vmtui.engine.consolelog import read_tail, shown
from vmtui.engine.consoles import Consoles
from vmtui.engine.replaying import Replay
from vmtui.errors import Conflict, Invalid
from vmtui.hypervisors.demo import DemoHost, DemoHypervisor
from vmtui.model.agentfacts import Command, CommandState
from vmtui.model.device import ConsolePort
from vmtui.terminal.asciicast import read_events, read_header


class Channel:
    """Fulfils `vmtui.hypervisor.ConsoleChannel`."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.typed = b""
        self.closed = False
        self._printed: asyncio.Queue[bytes] = asyncio.Queue()

    def prints(self, data: bytes) -> None:
        """The guest prints; b"" ends the console."""
        self._printed.put_nowait(data)

    async def read(self, limit: int = 65536) -> bytes:
        """What the guest printed."""
        return await self._printed.get()

    async def write(self, data: bytes) -> None:
        """Typed."""
        self.typed += data

    async def close(self) -> None:
        """Let go."""
        self.closed = True


class Line:
    """The channels that were opened, and what is to happen to the next."""

    def __init__(self) -> None:
        self.channels: list[Channel] = []
        self.held = asyncio.Event()
        self.held.set()
        self.taken = False

    async def open(
        self, _host: object, uuid: str, device: str = "", *, take_over: bool = False
    ) -> Channel:
        """In place of `open_console`."""
        await self.held.wait()
        if self.taken and not take_over:
            raise Conflict("somebody else has it")
        self.channels.append(Channel(device))
        return self.channels[-1]

    @property
    def now(self) -> Channel:
        """The latest."""
        return self.channels[-1]


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()

    async def open_console(
        self: DemoHypervisor, uuid: str, device: str = "", *, take_over: bool = False
    ) -> Channel:
        return await made.open(self, uuid, device, take_over=take_over)

    monkeypatch.setattr(DemoHypervisor, "open_console", open_console)
    return made


@pytest.fixture
async def consoles(bench: Bench) -> AsyncIterator[Consoles]:
    bench.plug()
    await bench.up()
    made = Consoles(bench.fleet, bench.store)
    yield made
    await made.close()


async def opened(bench: Bench, consoles: Consoles, port: ConsolePort | None = None) -> Console:
    console = await consoles.open(bench.key("web1"), "", "web1", 80, 24, port)
    assert isinstance(console, Console)
    return console


async def live(bench: Bench, consoles: Consoles, line: Line) -> Console:
    console = await opened(bench, consoles)
    await eventually(lambda: console.state is ConsoleState.LIVE and line.channels)
    return console


async def shows(console: Console | Replay, words: str) -> None:
    end = asyncio.get_running_loop().time() + 5
    while words not in (text := await console.terminal.text()):
        assert asyncio.get_running_loop().time() < end, text
        await asyncio.sleep(0.02)


async def test_it_is_let_go_while_it_is_being_opened(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    line.held.clear()
    console = await opened(bench, consoles)
    await asyncio.sleep(0.05)
    assert console.state is ConsoleState.CONNECTING
    await asyncio.wait_for(consoles.close_one(console), 2)
    line.held.set()
    assert len(consoles) == 0


async def test_its_guest_may_go(bench: Bench, consoles: Consoles, line: Line) -> None:
    console = await live(bench, consoles, line)
    bench.store.apply_guests(bench.hosts[0].id, [], [bench.key("web1").uuid])
    line.now.prints(b"")
    await eventually(lambda: "gone" in console.words)
    assert console.state is ConsoleState.WAITING
    await shows(console, "the guest is gone")


@pytest.mark.slow
@pytest.mark.parametrize("watched", [False, True])
async def test_what_it_says_is_written_over_nothing(
    bench: Bench, consoles: Consoles, line: Line, watched: bool
) -> None:
    """Also where nobody looked for long, or the latest frame is older than the latest bytes."""
    console = await live(bench, consoles, line)
    console.watched = watched
    numbers = [f"line {number}" for number in range(12)]
    line.now.prints(b"line 0\r\n")
    await shows(console, "line 0")
    line.now.prints("\r\n".join(numbers[1:]).encode())
    line.now.prints(b"")
    await shows(console, "the console was closed")
    said = (await console.terminal.text()).splitlines()
    assert [one for one in said if one.startswith("line")] == numbers


async def test_who_has_it_can_be_made_to_give_it_up(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    line.taken = True
    console = await opened(bench, consoles)
    await eventually(lambda: console.state is ConsoleState.TAKEN)
    console.take_over()
    await eventually(lambda: console.state is ConsoleState.LIVE)


async def test_a_title_is_told_without_its_control_characters(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    console = await live(bench, consoles, line)
    told: list[str] = []
    console.on_change = lambda: told.append(console.title)
    console.watched = True
    line.now.prints(b"\x1b]2;a\x01b\xe2\x80\xaec\x07")
    await eventually(lambda: console.title and told)
    assert console.title.isprintable()
    assert "\u202e" not in console.title


# -- pastes ----------------------------------------------------------------------------------------


async def test_a_paste_goes_at_once_and_in_brackets_where_asked(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    console = await live(bench, consoles, line)
    console.paste("a\nb")
    await eventually(lambda: line.now.typed == b"a\rb")
    console.watched = True
    line.now.prints(b"\x1b[?2004h")
    await eventually(lambda: console.terminal.frame.modes.bracketed_paste)
    console.paste("c", 1000)
    await eventually(lambda: line.now.typed == b"a\rb\x1b[200~c\x1b[201~")


async def test_a_slow_paste_tells_how_far_it_is_and_can_be_stopped(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    console = await live(bench, consoles, line)
    assert not console.cancel_paste()
    console.paste("x" * 1000, 200)
    await eventually(lambda: len(line.now.typed) >= 20)
    assert "/1000" in console.progress
    assert console.cancel_paste()
    await eventually(lambda: not console.progress)
    assert len(line.now.typed) < 500


async def test_a_stopped_paste_closes_its_brackets(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    console = await live(bench, consoles, line)
    console.watched = True
    line.now.prints(b"\x1b[?2004h")
    await eventually(lambda: console.terminal.frame.modes.bracketed_paste)
    console.paste("é" * 1000, 200)
    await eventually(lambda: len(line.now.typed) >= 30)
    console.cancel_paste()
    await eventually(lambda: line.now.typed.endswith("é".encode() + b"\x1b[201~"))
    assert not console.progress


async def test_a_long_paste_is_not_lost(bench: Bench, consoles: Consoles, line: Line) -> None:
    console = await live(bench, consoles, line)
    console.paste("y" * 3_000_000)
    await eventually(lambda: len(line.now.typed) == 3_000_000, 60)


async def test_a_paste_ends_with_the_line(bench: Bench, consoles: Consoles, line: Line) -> None:
    console = await live(bench, consoles, line)
    console.paste("x" * 1000, 100)
    await eventually(lambda: line.now.typed)
    line.now.prints(b"")
    await eventually(lambda: not console.progress)


async def test_a_paste_ends_where_a_job_begins_to_type(
    bench: Bench, consoles: Consoles, line: Line
) -> None:
    """And half of it is not run by the Enter that the job begins with."""
    console = await live(bench, consoles, line)
    console.watched = True
    line.now.prints(b"\x1b[?2004h")
    await eventually(lambda: console.terminal.frame.modes.bracketed_paste)
    console.paste("x" * 10_000, 200)
    await eventually(lambda: len(line.now.typed) >= 30)
    tap = console.tap()
    assert tap is not None
    await tap.write(b"\r")
    assert not console.cancel_paste()
    await eventually(lambda: line.now.typed.endswith(b"x\x1b[201~\x03\r"))
    await shows(console, "of 10000 characters were pasted")
    await asyncio.sleep(0.2)
    assert line.now.typed.endswith(b"\x03\r")


# -- ports -----------------------------------------------------------------------------------------


def give_ports(host: DemoHost, *ports: ConsolePort) -> None:
    guest = host.named("web1")
    guest.facts = replace(guest.facts, definition=replace(guest.definition, consoles=ports))


async def test_a_port_is_asked_for_by_the_name_that_its_host_gives_it(
    bench: Bench, line: Line
) -> None:
    host = bench.plug()
    give_ports(host, ConsolePort("serial", 0, "serial0"), ConsolePort("virtio", 1, "console1"))
    await bench.up()
    consoles = Consoles(bench.fleet, bench.store)
    port = ConsolePort("virtio", 1)
    first = await opened(bench, consoles, ConsolePort("serial", 0, "serial0"))
    await eventually(lambda: line.channels)
    second = await consoles.open(bench.key("web1"), "virtio1", "web1", 80, 24, port)
    await eventually(lambda: len(line.channels) == 2)
    assert [channel.device for channel in line.channels] == ["", "console1"]
    assert first is not second
    await consoles.close()


async def test_a_port_without_a_name_is_waited_for(bench: Bench, line: Line) -> None:
    host = bench.plug()
    give_ports(host, ConsolePort("serial", 0), ConsolePort("virtio", 1))
    await bench.up()
    consoles = Consoles(bench.fleet, bench.store)
    port = ConsolePort("virtio", 1)
    console = await consoles.open(bench.key("web1"), "virtio1", "web1", 80, 24, port)
    await eventually(lambda: "virtio1" in console.words)
    assert not line.channels
    guest = bench.guest("web1")
    assert guest.definition is not None
    named = replace(guest.definition, consoles=(replace(port, alias="console1"),))
    bench.store.apply_guests(host.id, [replace(guest, definition=named)])
    await eventually(lambda: line.channels)
    assert line.now.device == "console1"
    await consoles.close()


# -- the host's record -----------------------------------------------------------------------------


def make_local(bench: Bench, *, local: bool) -> None:
    host = bench.hosts[0].id
    bench.store.update_host(host, facts=replace(bench.view().facts, local=local))


async def test_it_starts_with_what_the_host_recorded(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    record = tmp_path / "web1.log"
    # It asks for the cursor's place, which is no question to the guest of today.
    record.write_bytes(b"booted yesterday\r\n\x1b[?1000h\x1b[6nlogin: ")
    make_local(bench, local=True)
    console = await opened(bench, consoles, ConsolePort("serial", 0, "serial0", log=str(record)))
    await shows(console, "── recorded until ")
    text = await console.terminal.text()
    assert text.startswith("booted yesterday\nlogin:\n── recorded")
    assert console.note == ""
    await eventually(lambda: line.channels)
    line.now.prints(b"live now")
    await shows(console, "live now")
    assert line.now.typed == b""


async def test_a_record_that_cannot_be_read_is_only_mentioned(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    make_local(bench, local=True)
    port = ConsolePort("serial", 0, "serial0", log=str(tmp_path / "none.log"))
    console = await opened(bench, consoles, port)
    assert console.note == f"logged to {port.log} on the host"
    assert await console.terminal.text() == ""


async def test_a_record_on_another_host_is_only_mentioned(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    record = tmp_path / "web1.log"
    record.write_bytes(b"another machine's file of the same name")
    make_local(bench, local=False)
    console = await opened(bench, consoles, ConsolePort("serial", 0, "serial0", log=str(record)))
    assert "logged to" in console.note
    assert await console.terminal.text() == ""


def test_the_tail_of_a_record_begins_with_a_line(tmp_path: Path) -> None:
    record = tmp_path / "log"
    record.write_bytes(b"".join(b"line %d\n" % n for n in range(1000)))
    tail = read_tail(str(record), 100)
    assert tail is not None
    assert tail.data.startswith(b"line 9")
    assert len(tail.data) <= 100
    assert read_tail(str(tmp_path)) is None
    assert read_tail("/dev/tty0\0") is None


def test_the_line_below_a_record_of_another_day_names_the_day(tmp_path: Path) -> None:
    record = tmp_path / "log"
    record.write_bytes(b"x\n")
    tail = read_tail(str(record))
    assert tail is not None
    assert b"1970" in shown(tail._replace(written=90000.0))
    assert b"1970" not in shown(tail)


# -- recordings ------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_recording_begins_with_the_screen_and_survives_the_end_of_the_line(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    console = await live(bench, consoles, line)
    console.watched = True
    line.now.prints(b"before \x1b[31mred\x1b[0m")
    await eventually(lambda: console.terminal.screen[0].text == "before red")
    path = tmp_path / "web1.cast"
    await console.record(path)
    assert console.recording
    console.resize(100, 30)
    line.now.prints(b"\r\nduring")
    line.now.prints(b"")
    await eventually(lambda: len(line.channels) == 2)
    line.now.prints(b"after")
    await shows(console, "after")
    assert await console.stop_recording() == path
    header, events = read_header(path), list(read_events(path))
    assert (header.columns, header.rows, header.title) == (80, 24, "web1")
    assert "before \x1b[0;31mred" in events[0].data
    assert "100x30" in [event.data for event in events if event.kind == "r"]
    printed = "".join(event.data for event in events)
    assert printed.index("during") < printed.index("opening it again") < printed.index("after")
    assert path.stat().st_mode & 0o077 == 0


async def test_a_recording_never_overwrites(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    console = await live(bench, consoles, line)
    path = tmp_path / "there.cast"
    path.write_text("dear")
    with pytest.raises(FileExistsError):
        await console.record(path)
    assert path.read_text() == "dear"
    assert not console.recording


async def test_a_full_disk_ends_the_recording_and_is_told(
    bench: Bench, consoles: Consoles, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = await live(bench, consoles, line)
    monkeypatch.setattr(recording, "_open_new", lambda path: path.open("w", encoding="utf-8"))
    await console.record(Path("/dev/full"))
    await eventually(lambda: not console.recording)
    await shows(console, "the recording ended")
    line.now.prints(b"and it goes on")
    await shows(console, "and it goes on")


async def test_a_recording_is_whole_when_all_is_closed(
    bench: Bench, consoles: Consoles, line: Line, tmp_path: Path
) -> None:
    console = await live(bench, consoles, line)
    await console.record(tmp_path / "a.cast")
    line.now.prints(b"last words")
    await shows(console, "last words")
    await consoles.close()
    assert "last words" in "".join(event.data for event in read_events(tmp_path / "a.cast"))


# -- replays ---------------------------------------------------------------------------------------


def cast(path: Path, *events: tuple[float, str]) -> Path:
    lines: list[object] = [{"version": 2, "width": 60, "height": 10}]
    lines += [[at, "o", text] for at, text in events]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


async def played(consoles: Consoles, path: Path) -> Replay:
    player = await consoles.replay(path)
    assert isinstance(player, Replay)
    return player


async def test_a_recording_is_played_sought_and_paused(consoles: Consoles, tmp_path: Path) -> None:
    path = cast(tmp_path / "a.cast", (0.0, "one "), (100.0, "two "), (200.0, "three"))
    player = await played(consoles, path)
    assert await consoles.replay(path) is player
    await shows(player, "one")
    player.press("space", None)
    assert player.paused
    assert player.progress.startswith("‖ 0:0")
    player.seek(150)
    await shows(player, "one two")
    assert "/3:20" in player.progress
    player.seek(50)
    await eventually(lambda: player.position < 60)
    await asyncio.sleep(0.1)
    assert (await player.terminal.text()).strip() == "one"
    player.press("end", None)
    await shows(player, "one two three")
    await eventually(lambda: player.ended)
    player.press("home", None)
    await eventually(lambda: not player.ended)
    assert player.terminal.size == (60, 10)
    player.resize(200, 50)
    assert player.terminal.size == (60, 10)


async def test_raw_bytes_are_played(consoles: Consoles, tmp_path: Path) -> None:
    path = tmp_path / "raw"
    path.write_bytes("wide 漢字 ".encode() * 100)
    player = await played(consoles, path)
    await shows(player, "wide 漢字")
    assert not player.press("x", "x")
    player.press("plus", "+")
    assert "×2" in player.progress


async def test_what_cannot_be_played_says_why(consoles: Consoles, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await consoles.replay(tmp_path / "none")
    with pytest.raises(Invalid):
        await consoles.replay(tmp_path)
    torn = tmp_path / "torn.cast"
    torn.write_text('{"version": 2, "width": 80, "height": 24}\n[0, "o", "ok"]\nnonsense\n')
    player = await played(consoles, torn)
    await eventually(lambda: player.state is ConsoleState.FAILED)
    assert "cannot be played on" in player.words


# -- the size --------------------------------------------------------------------------------------


def ask_agent(monkeypatch: pytest.MonkeyPatch, code: int) -> list[tuple[str, ...]]:
    """Have every agent take commands, which end with that code; what they were asked to run."""
    asked: list[tuple[str, ...]] = []

    async def run(_agent: object, command: Command, **_more: object) -> CommandState:
        asked.append(command.words)
        return CommandState(ended=True, code=code)

    monkeypatch.setattr("vmtui.engine.consolesize.commands.run", run)
    monkeypatch.setattr("vmtui.engine.consolesize.tools.why_not_run", lambda _guest, _of: None)
    return asked


async def test_the_size_is_told_through_the_agent_of_the_guest(
    bench: Bench, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the name that the guest has for the port; nothing is typed."""
    asked = ask_agent(monkeypatch, 0)
    host = bench.plug()
    ports = (ConsolePort("serial", 1), ConsolePort("virtio", 3), ConsolePort("virtio", 5))
    give_ports(host, *ports)
    await bench.up()
    consoles = Consoles(bench.fleet, bench.store)
    for port, device in zip(ports, ("/dev/ttyS1", "/dev/hvc0", "/dev/hvc1"), strict=True):
        console = await consoles.open(bench.key("web1"), device, "web1", 80, 24, port)
        console.resize(100, 30)
        assert await console.tell_size()
        assert asked.pop() == ("stty", "-F", device, "rows", "30", "cols", "100")
    assert not any(channel.typed for channel in line.channels)
    await consoles.close()


async def test_the_size_is_typed_where_the_agent_fails(
    bench: Bench, consoles: Consoles, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask_agent(monkeypatch, 1)
    console = await live(bench, consoles, line)
    assert not await console.tell_size()
    await eventually(lambda: line.now.typed == b"stty rows 24 cols 80\r")
    assert len(asked) == 1


async def test_the_size_is_not_typed_into_what_a_job_types(
    bench: Bench, consoles: Consoles, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_agent(monkeypatch, 1)
    console = await live(bench, consoles, line)
    tap = console.tap()
    assert tap is not None
    with pytest.raises(Conflict):
        await console.tell_size()
    await tap.close()
    assert not await console.tell_size()
    await eventually(lambda: line.now.typed == b"stty rows 24 cols 80\r")
