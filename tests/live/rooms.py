"""The screen on real hosts, and what tests ask of the host behind it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import libvirt

from tests.rig import Daemon
from tests.ui.cockpits import Seat, cockpit_for, sit_down
from vmtui.config import Settings
from vmtui.hypervisor import Factory
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.guest import Guest, GuestState, HostId
from vmtui.model.inventory import HostView

Result = TypeVar("Result")
SLOW = 90.0
"""Seconds for what takes a machine under load a while: a boot, a save."""
SOON = 60.0
"""Seconds within which an event is on the screen, however busy the machine is."""
RARELY = 3600.0
"""A tick so long that only events can have changed the screen."""
FORGET = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)


def host(uri: str, name: str = "lab", *, read_only: bool = False) -> tuple[HostId, str, Factory]:
    """A host as a cockpit wants it."""
    id_ = HostId(name)
    return id_, uri, lambda: LibvirtHypervisor(uri, id_, read_only=read_only)


@asynccontextmanager
async def watching(
    folder: Path,
    *hosts: str | tuple[HostId, str, Factory],
    size: tuple[int, int] = (100, 30),
    tick: float = 1.0,
    patience: float = 60.0,
) -> AsyncIterator[Seat]:
    """The app on these hosts; a bare address is the host `lab`."""
    settings = replace(Settings(), tick=tick, shutdown_patience=patience)
    rows = [host(one) if isinstance(one, str) else one for one in hosts]
    async with sit_down(cockpit_for(rows, folder / "journal", settings=settings), size) as seat:
        yield seat


async def aside(work: Callable[..., Result], *arguments: object) -> Result:
    """The result of a call that may take a while, made off the screen's loop."""
    return await asyncio.to_thread(work, *arguments)


def view(seat: Seat, name: str = "lab") -> HostView:
    """What is known of a host."""
    return seat.app.cockpit.store.inventory.hosts[HostId(name)]


def guest(seat: Seat, name: str) -> Guest | None:
    """The guest of that name, as the screen's store knows it."""
    guests = seat.app.cockpit.store.inventory.guests()
    return next((one for one in guests if one.name == name), None)


def state(seat: Seat, name: str) -> GuestState | None:
    """What the screen's store says that a guest does."""
    found = guest(seat, name)
    return found.state if found else None


def has_agent(seat: Seat, name: str) -> bool:
    """Whether the guest's agent has told what it can do."""
    found = guest(seat, name)
    return found is not None and found.told is not None


def row(seat: Seat, name: str) -> str:
    """The guest's line in the table, or "" where it has none."""
    lines = seat.text().splitlines()
    return next((line for line in lines if line[1:].split("  ")[0].strip() == name), "")


async def until_row(seat: Seat, name: str, words: str, limit: float = SOON) -> None:
    """Wait until the guest's line in the table holds these words."""
    await seat.until(lambda: words in row(seat, name), limit)


def in_table(seat: Seat, name: str) -> bool:
    """Whether the guest has a row in the table."""
    found = guest(seat, name)
    return found is not None and found.key in seat.guests._table.keys


async def act(seat: Seat, name: str, *keys: str) -> None:
    """Put the cursor on a guest and press keys."""
    await seat.until(lambda: in_table(seat, name), SLOW)
    await seat.go_to(name)
    await seat.press(*keys)


async def type_words(seat: Seat, words: str) -> None:
    """Type a text into the field that has the focus."""
    special = {" ": "space", "[": "left_square_bracket", "]": "right_square_bracket"}
    await seat.press(*(special.get(letter, letter) for letter in words))


async def until_idle(seat: Seat, limit: float = SLOW) -> None:
    """Wait until no job runs."""
    await seat.until(lambda: not seat.app.cockpit.jobs.running, limit)


def qemu(daemon: Daemon, name: str) -> int:
    """The process id of a guest's QEMU."""
    run = next(daemon.folder.rglob(f"{name}.pid"))
    return int(run.read_text())


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to one process."""
    os.kill(pid, number)


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Hold a process still."""
    kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        kill(pid, signal.SIGCONT)


def sweep(connection: libvirt.virConnect) -> None:
    """Remove every guest."""
    for domain in connection.listAllDomains():
        with contextlib.suppress(libvirt.libvirtError):
            domain.destroy()
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefineFlags(FORGET)


def text_of(element: ET.Element) -> str:
    """XML as libvirt takes it."""
    return ET.tostring(element, encoding="unicode")


def start_some(connection: libvirt.virConnect, guests: Sequence[ET.Element]) -> None:
    """Define and start guests, one after the other."""
    for one in guests:
        connection.defineXML(text_of(one)).create()
