"""A guest that prints as fast as it can: everything else goes on, and Ctrl-C ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import (
    LEAVE,
    PREFIX,
    VIRTIO,
    Meter,
    at,
    at_shell,
    booted,
    fresh,
    lines,
    memory,
    opened,
    typed,
    until_shows,
)
from tests.live.rooms import SLOW
from tests.rig import Daemon

pytestmark = pytest.mark.rig

MIB = 1 << 20
FLOODS = {
    "yes": "yes the quick brown fox jumps over the lazy dog 0123456789",
    "base64": "dd if=/dev/urandom bs=64k count=16 2>/dev/null | base64 > /tmp/r; "
    "while cat /tmp/r; do :; done",
}
AMOUNT = 4 * MIB
"""An emulated processor needs twenty seconds for it at best."""
ROOM = 120.0
"""MiB by which the processes may grow: scrollback and the bytes kept for recovery included."""
ANSWER = 2.0
"""Seconds for Ctrl-C and for a key elsewhere, on a busy machine; a fifth of one is aimed at."""


@pytest.fixture(scope="module")
def pair(rig_daemon: Daemon) -> Iterator[libvirt.virConnect]:
    """Two guests at their shells."""
    with booted(rig_daemon, "loud", "calm") as connection:
        yield connection


@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_holds_up_nothing_and_ends_on_ctrl_c(
    tmp_path: Path,
    rig_daemon: Daemon,
    pair: libvirt.virConnect,
    kind: str,
    record_property: Callable[[str, object], None],
) -> None:
    """The table is fresh, the other console answers, memory stays, Ctrl-C reaches the guest."""
    async with at_shell(tmp_path, rig_daemon, "calm") as seat:
        calm = at(seat)
        await seat.press(LEAVE)
        loud = await opened(seat, "loud", VIRTIO)
        await fresh(seat, loud)
        meter, before = Meter(loud), memory()
        loud.send(f"{FLOODS[kind]}\r".encode())
        await seat.until(lambda: meter.count > MIB, SLOW)
        start, first = time.monotonic(), meter.count
        most, ticks = before, 0
        stamp = seat.app.cockpit.store.inventory
        while meter.count < AMOUNT:
            assert time.monotonic() - start < 4 * SLOW, f"{meter.count} bytes only"
            await asyncio.sleep(0.1)
            most = max(most, memory())
            if seat.app.cockpit.store.inventory is not stamp:
                stamp, ticks = seat.app.cockpit.store.inventory, ticks + 1
        passed = time.monotonic() - start
        rate = (meter.count - first) / passed / 1e6
        assert ticks >= passed / 5, "the table stood still"
        assert most - before < ROOM, f"{most - before:.0f} MiB more"
        # Another console, while the flood goes on.
        await seat.press(PREFIX, "1")
        began = time.monotonic()
        await typed(seat, "z")
        await seat.until(lambda: lines(calm)[0].endswith("# z"), ANSWER)
        answered = time.monotonic() - began
        await seat.press("ctrl+c", PREFIX, "2")
        # And the end of it.
        flowing = meter.count
        await seat.until(lambda: meter.count > flowing)
        began = time.monotonic()
        await seat.press("ctrl+c")
        await seat.until(lambda: any(line == "loud:~#" for line in lines(loud)), ANSWER)
        ended = time.monotonic() - began
        await typed(seat, "echo done-$((6*7))\n")
        await until_shows(seat, loud, "done-42")
        for name, value in (
            ("MB/s", rate), ("MiB more", most - before),
            ("key elsewhere s", answered), ("Ctrl-C s", ended),
        ):  # fmt: skip
            record_property(name, round(value, 3))
