"""A guest that floods its virtio console, and the key that ends it."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import (
    VIRTIO,
    at,
    at_shell,
    booted,
    engines,
    fresh,
    lines,
    memory,
    typed,
    until_shows,
)
from tests.live.printing import COLOURS, PALETTE
from tests.live.rooms import SLOW
from tests.rig import Daemon
from tests.rig.guests import PROMPT
from tests.ui.cockpits import Seat
from vmtui.engine.console import Console
from vmtui.hypervisors.libvirt.console import HIGH, StreamChannel

pytestmark = [pytest.mark.rig, pytest.mark.slow]

FLOOD = f"{COLOURS}\n"
FLOWS = 500_000
"""Bytes after which it is a flood."""
QUIET = 0.4
"""Seconds without a byte after which a flood has ended."""


@pytest.fixture(scope="module")
def guest(rig_daemon: Daemon) -> Iterator[libvirt.virConnect]:
    """A guest at its shell: flood1."""
    with booted(rig_daemon, "flood1") as connection:
        yield connection


class Arrivals:
    """What libvirt's event thread takes from a console's stream."""

    def __init__(self, console: Console) -> None:
        channel = console._channel
        assert isinstance(channel, StreamChannel)
        self._channel = channel
        self._keep = channel._keep
        self.count = 0
        self.latest = time.monotonic()
        channel._keep = self._kept  # type: ignore[method-assign]

    @property
    def still(self) -> float:
        """Seconds since the latest byte."""
        return time.monotonic() - self.latest

    @property
    def waiting(self) -> int:
        """Bytes that nobody has read."""
        return len(self._channel._waiting)

    def stop(self) -> None:
        """Count no more."""
        self._channel._keep = self._keep  # type: ignore[method-assign]

    def _kept(self, data: bytes) -> None:
        self.count += len(data)
        self.latest = time.monotonic()
        self._keep(data)


async def test_a_key_ends_a_flood_of_colours(
    tmp_path: Path, rig_daemon: Daemon, guest: libvirt.virConnect
) -> None:
    """Whatever is still on its way; the shell answers and memory has not grown."""
    async with at_shell(tmp_path, rig_daemon, "flood1", VIRTIO) as seat:
        console = at(seat)
        before = await ready(seat, console)
        await ends(seat, console)
        assert memory() - before < 64


async def test_a_key_ends_a_flood_that_the_terminal_cannot_take(
    tmp_path: Path, rig_daemon: Daemon, guest: libvirt.virConnect
) -> None:
    """The terminal's process stands still, so that all that can wait is waiting."""
    async with at_shell(tmp_path, rig_daemon, "flood1", VIRTIO) as seat:
        console = at(seat)
        before = await ready(seat, console)
        await ends(seat, console, stall=True)
        assert memory() - before < 64


async def ready(seat: Seat, console: Console) -> float:
    """Make what is printed; MiB in use now."""
    console.send(PALETTE.encode() + b"\r")
    await until_shows(seat, console, "made")
    return memory()


async def ends(seat: Seat, console: Console, *, stall: bool = False) -> None:
    """Press Ctrl-C in the midst of a flood: no byte comes any more, and the shell answers."""
    await fresh(seat, console)
    arriving = Arrivals(console)
    await typed(seat, FLOOD)
    await seat.until(lambda: arriving.count > FLOWS, SLOW)
    terminals = engines() if stall else []
    for terminal in terminals:
        terminal.send_signal(signal.SIGSTOP)
    try:
        if stall:
            await seat.until(lambda: arriving.waiting > HIGH, SLOW)
        console.press("ctrl+c", None)
        await seat.until(lambda: arriving.still > QUIET, SLOW)
    finally:
        for terminal in terminals:
            terminal.send_signal(signal.SIGCONT)
    await console.terminal.settled()
    # QEMU drops what a virtio console prints while its terminal is full, a part of a prompt too.
    prompt = PROMPT.format(name=console.name).strip()
    for _ in range(5):
        console.send(b"\r")
        with contextlib.suppress(AssertionError):
            await seat.until(lambda: prompt in lines(console), SLOW / 5)
            break
    assert prompt in lines(console)
    arriving.stop()
