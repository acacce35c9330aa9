"""Facts as JSON objects: the schema of docs/json.md, and the only place where it is made.

Keys are only ever added. Sizes are bytes, rates bytes a second, shares 0 to 1, moments seconds
since the epoch; null is unknown, never zero.
"""

from __future__ import annotations

from typing import Any

from vmtui.errors import VmtuiError
from vmtui.model.change import Event
from vmtui.model.guest import Definition, Guest
from vmtui.model.inventory import HostView, tally
from vmtui.model.network import Network
from vmtui.model.record import encode
from vmtui.model.stats import GuestFigures
from vmtui.model.storage import Pool

VERSION = 1
"""Of the schema; a greater one only where a key changed its meaning or went."""

Json = dict[str, Any]


def document(kind: str, things: list[Json], problems: list[tuple[str, VmtuiError]]) -> Json:
    """What a command prints: its things under `kind`, and the hosts that did not answer."""
    told = [{"host": host, **error_of(error)} for host, error in problems]
    return {"version": VERSION, kind: things, "problems": told}


def error_of(error: VmtuiError) -> Json:
    """What, why, and how to mend it."""
    return {
        "error": type(error).__name__,
        "title": error.title,
        "detail": error.detail,
        "hint": error.hint,
    }


def guest_of(guest: Guest, figures: GuestFigures | None, *, whole: bool = False) -> Json:
    """A guest; `whole` with its devices."""
    defined = guest.definition
    made: Json = {
        "host": guest.key.host,
        "uuid": guest.key.uuid,
        "name": guest.name,
        "state": guest.state.value,
        "reason": guest.reason,
        "active": guest.state.active,
        "persistent": guest.persistent,
        "autostart": guest.autostart,
        "saved": guest.saved,
        "snapshots": guest.snapshots,
        "vcpus": defined.vcpus if defined else None,
        "memory": defined.memory if defined else None,
        "os": defined.os if defined else None,
        "title": defined.title if defined else None,
        "hostname": guest.hostname,
        "addresses": [encode(address) for address in guest.addresses],
        "started_at": guest.started_at,
        "figures": figures_of(figures) if guest.state.active else None,
    }
    if whole:
        made["definition"] = _definition(defined)
    return made


def figures_of(figures: GuestFigures | None) -> Json | None:
    """What a guest uses now."""
    if figures is None:
        return None
    memory = figures.memory
    return {
        "cpu": figures.cpu,
        "cpu_host": figures.cpu_host,
        "memory_used": memory.used if memory else None,
        "memory_current": memory.current if memory else None,
        "disk_read": figures.disk_read,
        "disk_written": figures.disk_written,
        "received": figures.received,
        "sent": figures.sent,
    }


def _definition(defined: Definition | None) -> Json | None:
    if defined is None:
        return None
    return {
        "description": defined.description,
        "engine": defined.engine,
        "arch": defined.arch,
        "machine": defined.machine,
        "cpu": defined.cpu,
        "firmware": defined.firmware,
        "secure_boot": defined.secure_boot,
        "nvram": defined.nvram,
        "kernel": defined.kernel,
        "tpm": defined.tpm,
        "boot": list(defined.boot),
        "vcpus_max": defined.vcpus_max,
        "memory_max": defined.memory_max,
        "agent": defined.agent.value,
        "disks": [encode(disk) for disk in defined.disks],
        "interfaces": [encode(interface) for interface in defined.interfaces],
        "consoles": [encode(console) for console in defined.consoles],
        "displays": [encode(display) for display in defined.displays],
        "channels": [encode(channel) for channel in defined.channels],
        "host_devices": [encode(device) for device in defined.host_devices],
    }


def host_of(view: HostView) -> Json:
    """A host: its connection, what it is, and what it uses."""
    counted, sample = tally(view), view.figures.sample if view.figures else None
    return {
        "host": view.id,
        "uri": view.uri,
        "link": view.link.state.value,
        "error": error_of(view.link.error) if view.link.error else None,
        "production": view.production,
        "read_only": view.capabilities.read_only,
        "hypervisor": view.facts.hypervisor,
        "library": view.facts.library,
        "hostname": view.facts.hostname,
        "cpus": view.facts.cpus,
        "memory": view.facts.memory,
        "virtualization": view.facts.virtualization.value,
        "guests": len(view.guests) if view.listed else None,
        "active": counted.commitment.guests if view.listed else None,
        "cpu": view.figures.cpu.busy if view.figures and view.figures.cpu else None,
        "memory_used": sample.memory_used if sample else None,
        "load": list(sample.load) if sample and sample.load else None,
    }


def pool_of(view: HostView, pool: Pool) -> Json:
    """A storage pool."""
    return {"host": view.id, **encode(pool)}


def network_of(view: HostView, network: Network) -> Json:
    """A virtual network with its leases."""
    return {"host": view.id, **encode(network)}


def event_of(event: Event) -> Json:
    """Something that happened."""
    return {
        "version": VERSION,
        "at": event.at,
        "host": event.host,
        "what": event.what.value,
        "uuid": event.uuid,
        "name": event.name,
        "detail": event.detail,
    }
