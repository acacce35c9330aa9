"""Sitting at the consoles of real guests: opening them, typing, and what they show."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import libvirt
import psutil
from textual import events

from tests.live.rooms import SLOW, guest, watching
from tests.rig import Console as Outsider
from tests.rig import Daemon, start, tiny
from tests.rig.guests import PROMPT
from tests.ui.cockpits import Seat
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleState
from vmtui.ui.screens.consolepane import ConsolePane

VIRTIO = "console1"
"""The alias of a tiny guest's virtio console: the fast one."""
WHICH = "Which console of"
PREFIX, LEAVE = "ctrl+backslash", "ctrl+right_square_bracket"
_NAMES = {
    " ": "space", "[": "left_square_bracket", "]": "right_square_bracket", "/": "slash",
    ":": "colon", "-": "minus", ".": "full_stop", "=": "equals_sign", ";": "semicolon",
    "$": "dollar_sign", "|": "vertical_line", "_": "underscore", "\n": "enter",
}  # fmt: skip


@contextlib.contextmanager
def booted(
    daemon: Daemon, *names: str, without_agent: Collection[str] = ()
) -> Iterator[libvirt.virConnect]:
    """Tiny guests of these names whose shells wait for a line, both serial and virtio."""
    connection = daemon.connect()
    domains = [start(connection, tiny(n, agent=n not in without_agent)) for n in names]
    for domain, name in zip(domains, names, strict=True):
        for device in (None, VIRTIO):
            with Outsider(domain, device) as outsider:
                # What was printed before somebody listened is not kept: a new prompt.
                outsider.send("\n")
                outsider.expect(PROMPT.format(name=name), 120.0)
    yield connection
    for domain in domains:
        # A test may itself have ended its guest.
        with contextlib.suppress(libvirt.libvirtError):
            domain.destroy()
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefine()


def pane(seat: Seat) -> ConsolePane:
    """The pane of consoles."""
    return seat.guests.consoles


async def asked(seat: Seat, name: str, device: str = "") -> Console:
    """A guest's console, shown whatever its state, as the keys open it; "" is the first."""
    await seat.until(lambda: name in seat.text(), SLOW)
    # Which consoles there are is known with the definition: before, the first one is opened.
    await seat.until(lambda: bool((one := guest(seat, name)) and one.definition), SLOW)
    await seat.go_to(name)
    await seat.press("c")
    await seat.until(lambda: WHICH in seat.text() or (not device and shown(seat, name)), SLOW)
    if WHICH in seat.text():
        await seat.press(*(("down", "enter") if device else ("enter",)))
    await seat.until(lambda: shown(seat, name, device), SLOW)
    return at(seat)


async def opened(seat: Seat, name: str, device: str = "") -> Console:
    """The same, alive."""
    console = await asked(seat, name, device)
    await until_state(seat, console, ConsoleState.LIVE)
    return console


def at(seat: Seat) -> Console:
    """The console to which the keys go."""
    current = pane(seat).current
    assert isinstance(current, Console)
    return current


def shown(seat: Seat, name: str, device: str = "") -> bool:
    """Whether that guest's console is in the pane."""
    current = pane(seat).current
    return current is not None and current.name == name and bool(current.id.device) == bool(device)


@asynccontextmanager
async def at_shell(
    folder: Path, daemon: Daemon, name: str, device: str = "", size: tuple[int, int] = (100, 40)
) -> AsyncIterator[Seat]:
    """The app, at a shell's prompt of a guest that has booted."""
    async with watching(folder, daemon.uri, size=size) as seat:
        console = await opened(seat, name, device)
        await fresh(seat, console)
        yield seat


async def fresh(seat: Seat, console: Console) -> None:
    """End what may run, and have a clean screen with a prompt at its top."""
    console.send(b"\x03\rstty rows 24 cols 80; clear\r")
    prompt = PROMPT.format(name=console.name).strip()
    await seat.until(lambda: lines(console)[:1] == [prompt] and not any(lines(console)[1:]), SLOW)


async def typed(seat: Seat, words: str) -> None:
    """Press the keys of a text one by one, as a person does."""
    await seat.press(*(_NAMES.get(letter, letter) for letter in words))


def lines(console: Console) -> list[str]:
    """What the console's terminal shows, whatever of it is in the pane."""
    return [row.text.rstrip() for row in console.terminal.screen]


def shows(console: Console, words: str) -> bool:
    """Whether these words are in the console's terminal."""
    return words in "\n".join(lines(console))


async def until_shows(seat: Seat, console: Console, words: str, limit: float = SLOW) -> None:
    """Wait until the console's terminal shows these words."""
    await seat.until(lambda: shows(console, words), limit)


async def until_state(
    seat: Seat, console: Console, state: ConsoleState, limit: float = SLOW
) -> None:
    """Wait until the console stands so."""
    await seat.until(lambda: console.state is state, limit)


def paste(seat: Seat, text: str) -> None:
    """Paste, as a terminal does."""
    pane(seat).view.post_message(events.Paste(text))


class Meter:
    """Counts the bytes that a console's terminal is fed with."""

    def __init__(self, console: Console) -> None:
        self.count = 0
        feed = console.terminal.feed

        def counted(data: bytes) -> None:
            self.count += len(data)
            feed(data)

        console.terminal.feed = counted  # type: ignore[method-assign]


def memory() -> float:
    """MiB of this process and of the terminals' processes below it."""
    me = psutil.Process()
    parts = [me, *(child for child in me.children(recursive=True) if is_engine(child))]
    return sum(part.memory_info().rss for part in parts) / (1 << 20)


def engines() -> list[psutil.Process]:
    """The processes in which consoles' terminals live; their common parent is not among them."""
    return [
        child for child in psutil.Process().children(recursive=True)
        if is_engine(child) and is_engine(child.parent())
    ]  # fmt: skip


def is_engine(process: psutil.Process | None) -> bool:
    """Whether a process is the terminals' or their parent."""
    with contextlib.suppress(psutil.Error):
        return process is not None and "vmtui.terminal.worker" in " ".join(process.cmdline())
    return False


async def moment() -> None:
    """Let the screen's loop turn once."""
    await asyncio.sleep(0.01)
