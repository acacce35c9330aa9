"""A spec in libvirt's words: XML, and the command line of virt-install."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import libvirt

from vmtui.hypervisors.libvirt.creation.offer import ask, choose_arch, choose_machine
from vmtui.hypervisors.libvirt.creation.places import find_media, places_of
from vmtui.hypervisors.libvirt.creation.virtinstall import command_line
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.xml.build.domain import build_domain
from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.hypervisors.libvirt.xml.offered import read_arches
from vmtui.model.spec import Described, GuestSpec

PATIENCE = 90.0


async def describe(handle: Handle, spec: GuestSpec) -> Described:
    """The spec as XML and as a command line; its volumes need not be there yet.

    Raises:
        NotFound: One of its pools is not there.
        Unsupported: The host does not offer such guests.
    """

    def read() -> Described:
        ground = read_ground(handle.conn, spec)
        return Described(write_definition(spec, ground), command_line(handle.uri, spec, ground))

    return await handle.calls.run(read, timeout=PATIENCE)


def read_ground(conn: libvirt.virConnect, spec: GuestSpec) -> Ground:
    """What its definition is built on. May block."""
    machine = spec.machine
    if not machine:
        _own, arches = read_arches(conn.getCapabilities())
        machine = choose_machine(choose_arch(arches, spec.arch))
    offered = ask(conn, spec.engine, spec.arch, machine)
    return Ground(offered, machine, find_media(conn, places_of(spec)))


def write_definition(spec: GuestSpec, ground: Ground) -> str:
    """The text that defines it."""
    root = build_domain(spec, ground)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
