"""Defining a new guest, and taking out the media of its first boot."""

from __future__ import annotations

import asyncio
import contextlib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Busy, Conflict, Invalid, NotFound
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.creation.describing import read_ground, write_definition
from vmtui.hypervisors.libvirt.creation.places import find_media
from vmtui.hypervisors.libvirt.creation.transfer import Errand, run_errand
from vmtui.hypervisors.libvirt.creation.troubles import guest_trouble, name_taken
from vmtui.hypervisors.libvirt.definition import inactive_xml, undefine_flags
from vmtui.hypervisors.libvirt.errors import lost
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml import edit
from vmtui.hypervisors.libvirt.xml.edit import open_document, write_document
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse, words
from vmtui.hypervisors.libvirt.xml.usage import Source, source_of
from vmtui.model.change import Change, ChangeKind
from vmtui.model.spec import GuestSpec
from vmtui.model.steps import BootFromDisk, DefineGuest, EjectMedium, Redefine, Step, Undefine

LET_GO = 30
"""Seconds that a guest has to let go of a disk."""
PATIENCE = 90.0


async def define_guest(handle: Handle, step: DefineGuest, progress: Progress) -> Step:
    """Define it from its spec or its text (virDomainDefineXMLFlags, with validation).

    Raises:
        Conflict: Its name, UUID or a MAC address is taken, or a network of it is not active.
        NotFound: A pool or a network of it is not there.
        Invalid: libvirt does not accept the definition.
        Unsupported: The host lacks what it asks for.
    """
    progress(None, "defining it")

    def define(errand: Errand) -> Step:
        conn = handle.conn
        text = step.definition or _write(conn, step.spec)
        root = parse(text)
        _check_free(conn, root, step.uuid)
        _check_networks(conn, root)
        try:
            domain = conn.defineXMLFlags(text, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
        except libvirt.libvirtError as error:
            if (ours := guest_trouble(error, words(root, "name"))) is not None:
                raise ours from error
            raise
        try:
            if step.autostart:
                domain.setAutostart(1)
            errand.check()
        except BaseException:
            take_back(domain)
            raise
        return Undefine(domain.UUIDString(), name=domain.name(), nvram=True)

    try:
        return await run_errand(handle.calls, progress, define)
    finally:
        handle.announce(Change(ChangeKind.GUEST, step.uuid))


def take_back(domain: libvirt.virDomain) -> None:
    """Undefine what was only just defined; in a thread that has something worse to tell."""
    for flags in undefine_flags(nvram=True):
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefineFlags(flags)
            return


def _write(conn: libvirt.virConnect, spec: GuestSpec | None) -> str:
    if spec is None:
        raise Invalid("There is nothing to define the guest from")
    return write_definition(spec, read_ground(conn, spec))


def _check_free(conn: libvirt.virConnect, root: Element, uuid: str) -> None:
    """Raises Conflict where its name, UUID or a MAC address belongs to another guest.

    libvirt would take a known UUID for a change of that guest, and minds no MAC address.
    """
    name, own = root.findtext("name", ""), words(root, "uuid").lower()
    if uuid and own != uuid.lower():
        raise Invalid("The definition is of another guest", f"Its UUID is {own or 'missing'}.")
    macs = set(_macs(root))
    for domain in conn.listAllDomains():
        if domain.UUIDString() == own:
            raise Conflict("The guest is defined already", plain(domain.name()))
        if domain.name() == name:
            raise name_taken(name)
        if macs and (taken := macs.intersection(_macs_of(domain))):
            raise Conflict(
                f"The MAC address {min(taken)} is taken",
                f"{plain(domain.name())} has it.",
                "Choose another one, or leave it to the hypervisor.",
            )


def _macs(root: Element) -> Iterator[str]:
    for mac in root.iterfind("devices/interface/mac"):
        yield attribute(mac, "address").lower()


def _macs_of(domain: libvirt.virDomain) -> set[str]:
    try:
        return set(_macs(parse(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))))
    except (libvirt.libvirtError, Invalid) as error:
        if isinstance(error, libvirt.libvirtError) and lost(error):
            raise
        return set()


def _check_networks(conn: libvirt.virConnect, root: Element) -> None:
    """Raises NotFound or Conflict where it could not be started for want of a network."""
    for source in root.iterfind("devices/interface[@type='network']/source"):
        name = source.get("network", "")
        try:
            network = conn.networkLookupByName(name)
            active = network.isActive()
        except libvirt.libvirtError as error:
            if error.get_error_code() != libvirt.VIR_ERR_NO_NETWORK:
                raise
            raise NotFound(
                f"There is no network {plain(name)} on the host", hint="Choose another network."
            ) from error
        if not active:
            raise Conflict(
                f"The network {plain(name)} is not active",
                "The guest could not be started.",
                "Start it first: virsh net-start NETWORK",
            )


async def boot_from_disk(handle: Handle, step: BootFromDisk, progress: Progress) -> Step | None:
    """Take the kernel out of its definition (virDomainDefineXML); what runs is left as it is."""
    progress(None, "changing what boots it next time")

    def change() -> Step | None:
        domain = handle.domain(step.uuid)
        before = inactive_xml(domain)
        root = open_document(before)
        if not edit.boot_from_disk(root):
            return None
        handle.conn.defineXML(write_document(root))
        return Redefine(step.uuid, name=words(root, "name"), definition=before)

    undo = await handle.calls.run(change, timeout=PATIENCE)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return undo


async def eject_medium(handle: Handle, step: EjectMedium, progress: Progress) -> None:
    """Take it out, now and at the next start (virDomainUpdateDeviceFlags, ...DetachDeviceFlags).

    A drive stays, empty; a disk goes. A guest without it is no error.

    Raises:
        Busy: The guest did not let go of it; at its next start it is gone.
    """
    progress(None, f"taking out {plain(str(step.place))}")

    def eject() -> None:
        domain = handle.domain(step.uuid)
        names = _names(handle.conn, step)
        if domain.isPersistent():
            inactive = libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE
            _eject(domain, names, libvirt.VIR_DOMAIN_AFFECT_CONFIG, inactive)
        if domain.isActive():
            _eject(domain, names, libvirt.VIR_DOMAIN_AFFECT_LIVE, 0)

    def holds() -> bool:
        domain = handle.domain(step.uuid)
        if not domain.isActive():
            return False
        disks = parse(domain.XMLDesc(0)).iterfind("devices/disk/source")
        names = _names(handle.conn, step)
        return any(source_of(medium) in names for medium in disks)

    await handle.calls.run(eject, timeout=PATIENCE, lane=Lane.LONG)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    # A disk goes when the guest has let go of it, which libvirt does not wait for.
    for _ in range(LET_GO):
        if not await handle.calls.run(holds, timeout=PATIENCE):
            return
        await asyncio.sleep(1.0)
    raise Busy(
        "The guest does not let go of the disk",
        plain(str(step.place)),
        "It is gone at the guest's next start; its volume can be deleted then.",
    )


def _names(conn: libvirt.virConnect, step: EjectMedium) -> frozenset[Source]:
    """All by which a definition can name the place."""
    place = step.place
    named = {Source(place.path), Source("", place.pool, place.volume)}
    with contextlib.suppress(NotFound):
        named |= {Source(medium.path) for medium in find_media(conn, [place]).values()}
    return frozenset(named - {Source(), Source("", "", "")})


def _eject(domain: libvirt.virDomain, names: frozenset[Source], where: int, xml_flags: int) -> None:
    for disk in parse(domain.XMLDesc(xml_flags)).iterfind("devices/disk"):
        medium = disk.find("source")
        if medium is None or source_of(medium) not in names:
            continue
        if disk.get("device") not in ("cdrom", "floppy"):
            domain.detachDeviceFlags(ET.tostring(disk, encoding="unicode"), where)
            continue
        for child in ("source", "backingStore"):
            for element in disk.findall(child):
                disk.remove(element)
        text = ET.tostring(disk, encoding="unicode")
        try:
            domain.updateDeviceFlags(text, where)
        except libvirt.libvirtError as error:
            if lost(error) or where != libvirt.VIR_DOMAIN_AFFECT_LIVE:
                raise
            # The guest holds the tray shut; the medium has done its work.
            domain.updateDeviceFlags(text, where | libvirt.VIR_DOMAIN_DEVICE_MODIFY_FORCE)
