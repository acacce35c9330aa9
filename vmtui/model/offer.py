"""What a host offers to new guests: the ground of every default and of every choice."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.model.spec import DisplayKind, Firmware


@dataclass(frozen=True, slots=True)
class Offer:
    """For one engine, architecture and machine (libvirt: capabilities, domain capabilities)."""

    arch: str = "x86_64"
    """The one asked about; by default the host's own."""
    arches: frozenset[str] = frozenset()
    engine: str = "qemu"
    """The one asked about; by default kvm where it is offered and not known to be broken."""
    engines: frozenset[str] = frozenset()
    """Those offered for `arch`."""
    machine: str = ""
    machines: tuple[str, ...] = ()
    """Canonical names, newest first, with the short names (q35, pc, virt) in front."""
    cpu_modes: frozenset[str] = frozenset()
    """host-passthrough, host-model, maximum, custom."""
    vcpus_max: int = 0
    """0: not known."""
    firmware: frozenset[Firmware] = frozenset({Firmware.BIOS})
    buses: frozenset[str] = frozenset()
    videos: frozenset[str] = frozenset()
    displays: frozenset[DisplayKind] = frozenset()
    tpm: frozenset[str] = frozenset()
    """TPM models that can be emulated (tpm-crb, tpm-tis); none without swtpm."""
    random: bool = True
    file_systems: frozenset[str] = frozenset()
    """Ways to share a folder: virtiofs, path."""
    bridges: tuple[str, ...] = ()
    """Bridges of the host outside its virtual networks, as far as it tells."""
    user_network: bool = True
    privileged: bool = True
    """Whether the connection may plug guests into networks and bridges (libvirt: system)."""
