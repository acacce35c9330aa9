"""What a guest's definition says of it, and its life in the host's list of definitions."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import category

import libvirt

from vmtui.errors import Conflict, Invalid, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.errors import translate, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import Redefine, Rename, SetAutostart, Step, Undefine

PATIENCE = 60.0
"""Seconds for what is answered at once unless a job holds the guest: libvirt waits 30 for it."""

_SAFE = 240
"""Bytes of a name that fit the host's file names together with libvirt's own endings."""


async def read_definition(handle: Handle, uuid: str, *, secrets: bool = True) -> str:
    """The guest's inactive XML with its secrets (virDomainGetXMLDesc); without, read-only.

    Raises:
        NotFound: There is no such guest.
    """

    def read() -> str:
        domain = handle.domain(uuid)
        return inactive_xml(domain) if secrets else domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)

    return await handle.calls.run(read, timeout=PATIENCE)


def inactive_xml(domain: libvirt.virDomain) -> str:
    """What defining it again needs: passwords of displays are left out unless asked for."""
    try:
        return domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE)
    except libvirt.libvirtError as error:
        if error.get_error_code() in (
            libvirt.VIR_ERR_OPERATION_DENIED,
            libvirt.VIR_ERR_ACCESS_DENIED,
        ) or unsupported(error):
            return domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
        raise


async def set_autostart(handle: Handle, step: SetAutostart, progress: Progress) -> Step | None:
    """Start it with the host, or not (virDomainSetAutostart). libvirt announces nothing of it.

    Raises:
        Conflict: It is transient.
    """
    progress(None, "setting autostart")

    def change() -> bool:
        domain = handle.domain(step.uuid)
        if bool(domain.autostart()) is step.on:
            return False
        domain.setAutostart(int(step.on))
        return True

    if not await handle.calls.run(change, timeout=PATIENCE):
        return None
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return SetAutostart(step.uuid, on=not step.on)


async def rename(handle: Handle, step: Rename, progress: Progress) -> Step | None:
    """Give it another name (virDomainRename); its own name again is no error.

    Raises:
        Conflict: Another guest has the name, or this one runs or has checkpoints.
        Invalid: The host does not accept the name, or would choke on it later.
    """
    progress(None, "renaming it")
    _check_name(step.new)

    def change() -> str:
        # A handle keeps the name that it was made with: this one is to tell the present name.
        domain = handle.conn.lookupByUUIDString(step.uuid)
        present = domain.name()
        if present != step.new:
            try:
                domain.rename(step.new)
            except libvirt.libvirtError as error:
                raise _not_renamed(handle, step, error) from error
        return present

    present = await handle.calls.run(change, timeout=PATIENCE)
    return None if present == step.new else Rename(step.uuid, old=step.new, new=present)


def _check_name(name: str) -> None:
    """Refuse what virDomainRename takes and libvirt can then neither start nor read again."""
    if not name.strip():
        raise Invalid("A guest needs a name")
    if any(category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in name):
        raise Invalid("A name cannot hold control characters", plain(name))
    if "/" in name:
        raise Invalid("A name cannot hold “/”", plain(name), "It is also the name of a file.")


def _not_renamed(handle: Handle, step: Rename, error: libvirt.libvirtError) -> VmtuiError:
    """Tell a taken name from a wrong state: libvirt's code for both is the same."""
    ours = translate(error)
    try:
        taken = handle.conn.lookupByName(step.new).UUIDString() != step.uuid
    except libvirt.libvirtError:
        taken = False
    if taken:
        return Conflict("Another guest has this name", ours.detail, "Choose another name.")
    if error.get_error_code() == libvirt.VIR_ERR_SYSTEM_ERROR and len(step.new.encode()) > _SAFE:
        return Invalid("The name is too long for the host", hint=f"{_SAFE} bytes are safe.")
    return ours


async def undefine(handle: Handle, step: Undefine, progress: Progress) -> Step | None:
    """Remove its definition and what libvirt keeps beside it (virDomainUndefineFlags).

    A guest that is not there is no error: a transient one vanishes when it is forced off.

    Raises:
        Conflict: Its snapshots or checkpoints hold it while it runs.
    """
    progress(None, "undefining it")

    def remove() -> Step | None:
        try:
            domain = handle.domain(step.uuid)
            if not domain.isPersistent():
                return None
            undo = Redefine(
                step.uuid,
                name=step.name,
                definition=inactive_xml(domain),
                autostart=_autostart(domain),
            )
            _undefine(domain, step.nvram)
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_DOMAIN:
                raise
            return None
        return undo

    return await handle.calls.run(remove, timeout=PATIENCE)


def _autostart(domain: libvirt.virDomain) -> bool:
    try:
        return bool(domain.autostart())
    except libvirt.libvirtError as error:
        if unsupported(error):
            return False
        raise


def _undefine(domain: libvirt.virDomain, nvram: bool) -> None:
    """Undefine with all that this driver and its version know to remove."""
    for flags in undefine_flags(nvram):
        try:
            domain.undefineFlags(flags)
        except libvirt.libvirtError as error:
            if not unsupported(error):
                raise
        else:
            return
    domain.undefine()


def undefine_flags(nvram: bool) -> Iterator[int]:
    """Sets of flags, from all down to those that the simplest drivers know.

    A driver refuses a set for one flag that it does not know, and a guest for what it has and
    was not named; so a smaller set never leaves anything behind.
    """
    saved = libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    snapshots = saved | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    metadata = snapshots | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    firmware = "VIR_DOMAIN_UNDEFINE_NVRAM" if nvram else "VIR_DOMAIN_UNDEFINE_KEEP_NVRAM"
    variables = metadata | int(getattr(libvirt, firmware))
    # A TPM's state belongs to the firmware's; libvirt and its binding know the flag since 8.9.
    tpm = "VIR_DOMAIN_UNDEFINE_TPM" if nvram else "VIR_DOMAIN_UNDEFINE_KEEP_TPM"
    yield from dict.fromkeys(
        (variables | int(getattr(libvirt, tpm, 0)), variables, metadata, snapshots, saved)
    )


async def redefine(handle: Handle, step: Redefine, progress: Progress) -> None:
    """Define it as it was (virDomainDefineXML), with its autostart.

    Raises:
        Conflict: Its name belongs to another guest by now.
        Invalid: The host does not accept the definition.
    """
    progress(None, "defining it again")

    def define() -> bool:
        domain = handle.conn.defineXML(step.definition)
        if not step.autostart:
            return False
        domain.setAutostart(1)
        return True

    if await handle.calls.run(define, timeout=PATIENCE):
        handle.announce(Change(ChangeKind.GUEST, step.uuid))
