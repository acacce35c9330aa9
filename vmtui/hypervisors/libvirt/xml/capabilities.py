"""`<capabilities>`: what a host says of its CPU and of the engines that it can run guests with."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.hypervisors.libvirt.xml.tree import attribute, parse, words


@dataclass(frozen=True, slots=True)
class HostCapabilities:
    """What we read of it."""

    cpu: str
    """The CPU's model in libvirt's terms (Skylake-Client-IBRS), or ""."""
    arch: str
    engines: frozenset[str]
    """Domain types that are offered: kvm, qemu, lxc, xen, test."""


def read_capabilities(text: str) -> HostCapabilities:
    """What the XML of virConnectGetCapabilities says.

    Raises:
        Invalid: It is too large or no XML.
    """
    root = parse(text)
    return HostCapabilities(
        cpu=words(root, "host/cpu/model"),
        arch=words(root, "host/cpu/arch"),
        engines=frozenset(attribute(kind, "type") for kind in root.iterfind("guest/arch/domain")),
    )
