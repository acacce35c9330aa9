"""The character device behind a console: adding one, and having its output logged."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Conflict, Unsupported
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.definition import inactive_xml
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import host_of, is_session
from vmtui.hypervisors.libvirt.xml.edit import add_log, add_serial, open_document, write_document
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import AddConsole, LogConsole, Redefine, Step

PATIENCE = 60.0

SYSTEM_LOGS = PurePosixPath("/var/log/libvirt/qemu")
NAME_MOST = 150
"""Bytes of a guest's name that its log's name takes."""

SERIAL = "<serial type='pty'/>"
PLUGGABLE = "<serial type='pty'><target type='pci-serial'/></serial>"
"""The serial port that QEMU can plug into a running guest; a plain one sits on the ISA bus."""


async def add_console(handle: Handle, step: AddConsole, progress: Progress) -> Step | None:
    """Give it a serial console (virDomainDefineXML), at once too where `live` says so and it can be
    (virDomainAttachDeviceFlags).

    Raises:
        Conflict: It has a console, or is transient.
        Invalid: The host does not accept the definition.
    """
    progress(None, "adding a serial console")

    def add() -> Step | None:
        domain = handle.domain(step.uuid)
        undo = _edited(handle, domain, add_serial)
        plugged = step.live and bool(domain.isActive()) and _plug(domain)
        if undo is None and not plugged:
            raise Conflict(
                "It has a console in its definition already",
                hint="It is there when the guest is started again after it was off.",
            )
        return undo

    undo = await handle.calls.run(add, timeout=PATIENCE)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return undo


def _plug(domain: libvirt.virDomain) -> bool:
    """Plug a serial port into a running guest; false where its hypervisor cannot, or it has one."""
    if not add_serial(open_document(domain.XMLDesc())):
        return False
    try:
        domain.attachDeviceFlags(PLUGGABLE, libvirt.VIR_DOMAIN_AFFECT_LIVE)
    except libvirt.libvirtError as error:
        if lost(error) or not (unsupported(error) or _cannot_plug(error)):
            raise
        return False
    return True


def _cannot_plug(error: libvirt.libvirtError) -> bool:
    """A machine without a free PCI slot, or without PCI at all, is no failure: the next start does.

    libvirt has no code of its own for either.
    """
    return error.get_error_code() in (
        libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_OPERATION_FAILED,
        libvirt.VIR_ERR_XML_ERROR,
    )


async def log_console(handle: Handle, step: LogConsole, progress: Progress) -> Step | None:
    """Have its first console logged from its next start on (virDomainDefineXML).

    One that is logged already is left so, without undo.

    Raises:
        Conflict: It is transient.
        Invalid: It has no console.
        Unsupported: The host does not tell where its logs are.
    """
    progress(None, "logging its console")

    def log() -> Step | None:
        domain = handle.domain(step.uuid)
        name = handle.conn.lookupByUUIDString(step.uuid).name()
        file = step.file or log_file(handle.uri, name, step.uuid)
        return _edited(handle, domain, lambda root: add_log(root, file))

    undo = await handle.calls.run(log, timeout=PATIENCE)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return undo


def _edited(
    handle: Handle, domain: libvirt.virDomain, edit: Callable[[Element], bool]
) -> Step | None:
    """Change its definition; returns what undoes it, None where nothing was to be changed."""
    if not domain.isPersistent():
        raise Conflict("It is transient: it has no definition that could be changed")
    before = inactive_xml(domain)
    root = open_document(before)
    if not edit(root):
        return None
    uuid, name = domain.UUIDString(), root.findtext("name") or ""
    handle.conn.defineXML(write_document(root))
    # Defining a guest again leaves its autostart alone.
    return Redefine(uuid, name=name, definition=before)


def log_file(uri: str, name: str, uuid: str, environment: Mapping[str, str] = os.environ) -> str:
    """Where the host keeps a guest's console log: beside libvirt's own log of the guest.

    Raises:
        Unsupported: It is a person's own hypervisor on another machine, whose folders nobody tells.
    """
    return str(_log_folder(uri, environment) / f"{_safe(name, uuid)}-serial0.log")


def _log_folder(uri: str, environment: Mapping[str, str]) -> PurePosixPath:
    # Root has no hypervisor of its own: the address of one leads to the system's.
    root = os.geteuid() == 0 and "socket=" not in uri
    if not is_session(uri) or (root and not host_of(uri)):
        return SYSTEM_LOGS
    if host_of(uri):
        raise Unsupported(
            "This host does not tell where its logs are",
            "It is a person's own hypervisor on another machine.",
            "Add <log file='…' append='on'/> to its <serial> with virsh edit.",
        )
    home = environment.get("XDG_CACHE_HOME") or f"{environment.get('HOME', '')}/.cache"
    return PurePosixPath(home) / "libvirt" / "qemu" / "log"


def _safe(name: str, uuid: str) -> str:
    """A guest's name as a part of a file's; a piece of its UUID keeps changed ones apart."""
    kept = "".join(letter if letter.isalnum() or letter in "._-+@" else "_" for letter in name)
    kept = kept.encode()[:NAME_MOST].decode(errors="ignore").lstrip(".-")
    if kept and kept == name:
        return kept
    return f"{kept or 'guest'}-{uuid[:8]}"
