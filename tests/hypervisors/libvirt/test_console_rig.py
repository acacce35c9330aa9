"""StreamChannel on real guests: both ways, floods, somebody else, and every way to end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.live.printing import COLOURS, PALETTE
from tests.rig import Daemon, start, tiny
from vmtui.cli.finding import Ear
from vmtui.errors import Conflict, NotFound, VmtuiError
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.hypervisors.libvirt.console import HIGH, StreamChannel, open_console
from vmtui.model.guest import HostId

pytestmark = pytest.mark.rig

NUMBERS = 740_000
"""How many numbers make 5 MB."""
LINES = 30_000
"""How many are 170 KB: some seconds of a serial line."""
FLOOD_LEAST = 500_000
"""Bytes of those 5 MB that come at least."""
GROWTH_MOST = 48 << 20
"""Bytes by which this process may grow while nobody reads."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def guest(daemon: Daemon) -> Iterator[str]:
    """The UUID of a Linux guest with a shell on both its consoles."""
    connection = daemon.connect()
    domain = start(connection, tiny("talker"))
    yield domain.UUIDString()
    with contextlib.suppress(libvirt.libvirtError):
        domain.destroy()


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it."""
    async with opened(daemon.uri) as bench:
        yield bench


async def until(channel: StreamChannel, words: bytes, seconds: float = 60.0) -> bytes:
    """Read until these bytes have come; all that came."""
    came = bytearray()
    async with asyncio.timeout(seconds):
        while words not in came[-len(words) - 65536 :]:
            data = await channel.read()
            assert data, f"the console ended after {bytes(came[-500:])!r}"
            came += data
    return bytes(came)


async def ended(channel: StreamChannel, seconds: float = 60.0) -> None:
    """Read until the console has ended."""
    async with asyncio.timeout(seconds):
        while await channel.read():
            pass


@contextlib.asynccontextmanager
async def shell(bench: Bench, uuid: str, device: str = "") -> AsyncIterator[StreamChannel]:
    """A console whose shell waits for a line."""
    channel = await open_console(bench.handle, uuid, device)
    try:
        # The shell may still be on its way: a line that is too early is lost.
        async with asyncio.timeout(90):
            while True:
                await channel.write(b"\x03\r")
                with contextlib.suppress(TimeoutError):
                    await until(channel, b":~# ", 2.0)
                    break
        yield channel
    finally:
        await channel.close()


async def test_a_shell_answers_on_the_serial_line(bench: Bench, guest: str) -> None:
    async with shell(bench, guest) as channel:
        await channel.write(b"echo $((6 * 7))-done\r")
        assert b"\r\n42-done\r\n" in await until(channel, b"42-done\r\n")


async def test_odd_bytes_come_as_they_are(bench: Bench, guest: str) -> None:
    """Bytes that are no text, and sequences that would change a terminal."""
    async with shell(bench, guest, "console1") as channel:
        await channel.write(
            rb"stty -opost; printf '\000\377\200\033]52;c;AA\007\303('; echo END" b"\r"
        )
        came = await until(channel, b"END\n")
        assert b"\x00\xff\x80\x1b]52;c;AA\x07\xc3(END\n" in came
        await channel.write(b"stty opost\r")


async def test_the_serial_line_loses_nothing(bench: Bench, guest: str) -> None:
    """Not even where the reader stands still for a while: the guest waits for its line."""
    async with shell(bench, guest) as channel:
        await channel.write(f"seq 1 {LINES} > /tmp/n; stty -opost\r".encode())
        await channel.write(b"echo B; cat /tmp/n; echo E; stty opost; rm /tmp/n\r")
        begun = await until(channel, b"B\n1\n")
        await asyncio.sleep(1)
        came = begun + await until(channel, b"\nE\n", 120)
        body = came[came.index(b"B\n1\n") + 2 : came.index(b"\nE\n") + 1]
        assert body == b"".join(b"%d\n" % number for number in range(1, LINES + 1))


async def test_a_flood_of_five_megabytes_comes_in_order(bench: Bench, guest: str) -> None:
    """QEMU itself drops what a virtio console has no room for, so there are gaps."""
    async with shell(bench, guest, "console1") as channel:
        await channel.write(f"seq 1 {NUMBERS} > /tmp/n; stty -opost\r".encode())
        await channel.write(b"echo B; cat /tmp/n; stty opost; rm /tmp/n; echo E''ND\r")
        came = await until(channel, b"END\r\n", 120)
        assert len(came) > FLOOD_LEAST
        numbers = [int(line) for line in came.split(b"\n") if re.fullmatch(rb"\d{6}", line)]
        back = sum(later <= earlier for earlier, later in pairwise(numbers))
        # At each gap a number may be torn.
        assert back < len(numbers) / 100


async def test_who_does_not_read_costs_no_memory(bench: Bench, guest: str) -> None:
    """While nobody reads an endless flood nothing piles up; then the keys end it."""
    async with shell(bench, guest, "console1") as channel:
        await channel.write(b"yes 0123456789abcdef0123456789abcdef\r")
        await until(channel, b"abcdef\r\n0123")
        before = resident()
        await asyncio.sleep(5)
        assert resident() - before < GROWTH_MOST
        await channel.write(b"\x03")
        await until(channel, b":~# ")
        await channel.write(b"echo still-$((40 + 2))\r")
        await until(channel, b"still-42")


@pytest.mark.timeout(500)
async def test_a_key_is_answered_before_all_that_waits_is_read(bench: Bench, guest: str) -> None:
    """What is old is skipped, with a mark where it was: nobody waits for a megabyte to be drawn."""
    async with shell(bench, guest, "console1") as channel:
        await channel.write(PALETTE.encode() + b"\r")
        await until(channel, b"made")
        await channel.write(COLOURS.encode() + b"\r")
        async with asyncio.timeout(240):
            while len(channel._waiting) <= HIGH:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.05)
        await channel.write(b"\x03")
        came = bytearray()
        async with asyncio.timeout(120):
            while b":~# " not in came:
                try:
                    came += await asyncio.wait_for(channel.read(), 2.0)
                except TimeoutError:
                    # QEMU drops what a virtio console prints while it is held up, a prompt too.
                    await channel.write(b"\r")
        assert b"bytes were skipped" in came
        assert len(came) < HIGH, len(came)


def resident() -> int:
    """Bytes of memory that this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_somebody_else_has_it_until_it_is_taken_over(bench: Bench, guest: str) -> None:
    async with shell(bench, guest) as first:
        with pytest.raises(Conflict) as raised:
            await open_console(bench.handle, guest)
        assert "take it over" in raised.value.hint
        second = await open_console(bench.handle, guest, take_over=True)
        await ended(first)
        await second.write(b"echo mine-$((1 + 1))\r")
        await until(second, b"mine-2")
        await second.close()


async def test_a_console_that_is_not_there(bench: Bench, guest: str) -> None:
    with pytest.raises(NotFound):
        await open_console(bench.handle, guest, "serial7")


async def test_a_forced_off_guest_ends_its_console(bench: Bench) -> None:
    domain = start(bench.conn, tiny("short"))
    channel = await open_console(bench.handle, domain.UUIDString())
    domain.destroy()
    await ended(channel)
    assert await channel.read() == b""
    with pytest.raises(VmtuiError):
        await channel.write(b"anybody?")
    await channel.close()
    domain.undefine()


async def test_closing_frees_it_for_the_next(bench: Bench, guest: str) -> None:
    for _ in range(5):
        channel = await open_console(bench.handle, guest)
        await channel.close()
        assert await channel.read() is not None


@pytest.mark.parametrize("kind", ["kill", "close"])
async def test_a_lost_connection_ends_it(kind: str) -> None:
    """libvirt tells no stream that its connection is gone; the hypervisor does."""
    with Daemon() as daemon:
        domain = start(daemon.connect(), tiny("orphan"))
        hypervisor, ear = LibvirtHypervisor(daemon.uri, HostId("lab")), Ear()
        await hypervisor.open(ear)
        channel = await hypervisor.open_console(domain.UUIDString())
        assert await channel.read()
        if kind == "kill":
            daemon.kill()
        else:
            await hypervisor.close()
        async with asyncio.timeout(20):
            while await channel.read():
                pass
        await channel.close()
        await hypervisor.close()
        assert (ear.lost_by is not None) == (kind == "kill")
