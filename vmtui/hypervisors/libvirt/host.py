"""What a host is: facts that are read once, when its connection opens."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import libvirt

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.doctor.verdict import judge, judge_offer, look
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.local import driver_of, is_local, is_session
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.capabilities import HostCapabilities, read_capabilities
from vmtui.model.host import HostFacts, Virtualization

logger = logging.getLogger(__name__)

MIB = 1024 * 1024

Result = TypeVar("Result")

_REAL = frozenset({"qemu", "ch"})
"""Drivers whose guests could run on KVM."""


def read_facts(conn: libvirt.virConnect, uri: str) -> HostFacts:
    """What a few quick calls tell of a host. May block.

    virNodeGetInfo, virConnectGetHostname, virConnectGetType, virConnectGetLibVersion.
    """
    info = cast("list[object]", _ask(conn.getInfo) or [])
    facts = HostFacts(
        hostname=plain(_ask(conn.getHostname), 255),
        hypervisor=conn.getType(),
        library=f"libvirt {version(_ask(conn.getLibVersion))}".strip(),
        local=is_local(uri),
    )
    if len(info) == 8:
        numbers = [value if isinstance(value, int) else 0 for value in info]
        _arch, memory, cpus, mhz, _nodes, sockets, cores, threads = numbers
        facts = replace(
            facts,
            arch=plain(str(info[0])),
            # libvirt leaves out what the kernel keeps for itself; a local host tells all of it.
            memory=own_memory() if facts.local else memory * MIB or None,
            cpus=cpus or None,
            mhz=mhz or None,
            sockets=sockets or None,
            cores=cores or None,
            threads=threads or None,
        )
    return facts


def look_around(facts: HostFacts, uri: str) -> HostFacts:
    """The facts of this very machine, with its CPU's name and its virtualization."""
    facts = replace(facts, model=cpu_name() or facts.model)
    driver = driver_of(uri)[0]
    if driver not in _REAL:
        return facts
    # Root's session is the system's hypervisor, which has its own rights.
    own = is_session(uri) and os.geteuid() != 0
    verdict, note = judge(look(), own=own)
    return replace(facts, virtualization=verdict, virtualization_note=note)


def ask_version(conn: libvirt.virConnect) -> str:
    """Name and version of the hypervisor (virConnectGetVersion).

    May block for many seconds: a daemon that was just started probes its emulator first.
    """
    return f"{conn.getType()} {version(_ask(conn.getVersion))}".strip()


def ask_capabilities(conn: libvirt.virConnect) -> HostCapabilities | None:
    """What the host offers (virConnectGetCapabilities), or None where it does not tell.

    May block for many seconds: a daemon that was just started probes every emulator first.
    """
    text = _ask(conn.getCapabilities)
    if text is None:
        return None
    try:
        return read_capabilities(text)
    except Invalid as error:
        logger.warning("capabilities: %s", error)
        return None


def add_capabilities(facts: HostFacts, found: HostCapabilities | None, uri: str) -> HostFacts:
    """The facts of a host elsewhere, with what its capabilities say."""
    if found is None:
        return replace(facts, virtualization=Virtualization.UNKNOWN)
    facts = replace(facts, model=found.cpu or facts.model, arch=found.arch or facts.arch)
    if driver_of(uri)[0] not in _REAL:
        return facts
    verdict, note = judge_offer(found.engines)
    return replace(facts, virtualization=verdict, virtualization_note=note)


def cpu_name(proc: Path = Path("/proc")) -> str:
    """What this machine's CPU calls itself, or ""."""
    try:
        with (proc / "cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() in ("model name", "Model", "cpu", "Hardware"):
                    return " ".join(plain(value).split())
    except OSError:
        pass
    return ""


def version(number: int | None) -> str:
    """libvirt's version number in words: 9000001 is 9.0.1; "" where there is none."""
    if not number:
        return ""
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _ask(function: Callable[[], Result]) -> Result | None:
    """What a call tells; None where the driver or our rights do not allow it."""
    try:
        return function()
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        logger.debug("%s: %s", getattr(function, "__name__", function), error)
        return None


def own_memory() -> int:
    """Bytes of memory of the machine that vmtui runs on."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
