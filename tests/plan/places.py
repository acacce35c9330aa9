"""Surroundings for tests of creating guests: a host as most are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vmtui.model.guest import HostId
from vmtui.model.host import HostFacts
from vmtui.model.network import Network
from vmtui.model.offer import Offer
from vmtui.model.spec import DisplayKind, Firmware
from vmtui.model.storage import Pool, PoolState, Volume
from vmtui.model.units import GIB
from vmtui.plan.surroundings import SshKey, Surroundings
from vmtui.plan.systems import shipped, shipped_images

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxhYm9yaXMgbmloaWwgc2luZSBsYWJvcmUgYWN0 ann@desk"
OFFER = Offer(
    arch="x86_64",
    arches=frozenset({"x86_64", "aarch64"}),
    engine="kvm",
    engines=frozenset({"kvm", "qemu"}),
    machine="pc-i440fx-7.2",
    machines=("pc", "q35", "pc-i440fx-7.2", "pc-q35-7.2"),
    cpu_modes=frozenset({"host-passthrough", "host-model", "maximum", "custom"}),
    vcpus_max=255,
    firmware=frozenset(Firmware),
    buses=frozenset({"virtio", "scsi", "sata", "ide", "usb", "fdc"}),
    videos=frozenset({"virtio", "vga", "qxl"}),
    displays=frozenset(DisplayKind),
    tpm=frozenset({"tpm-crb", "tpm-tis"}),
)
POOL = Pool("default", "p1", PoolState.RUNNING, "dir", "/images", 500 * GIB, 100 * GIB, 400 * GIB)
NETWORK = Network("default", "n1", active=True, bridge="virbr0", forward="nat")


def volume(name: str, pool: str = "default", **more: Any) -> Volume:
    """A volume of the pool."""
    return Volume(pool, name, f"/images/{name}", **more)


def place(**changes: Any) -> Surroundings:
    """A host with KVM, a pool, a network and 16 GiB."""
    usual = Surroundings(
        HostId("lab"),
        OFFER,
        HostFacts(arch="x86_64", cpus=8, memory=16 * GIB, local=True),
        (POOL,),
        {"default": ()},
        (NETWORK,),
        systems=shipped(),
        images=shipped_images(),
        memory_free=10 * GIB,
        keys=(SshKey(KEY, "id_ed25519.pub"),),
        user="ann",
        timezone="Europe/Vienna",
        cache="/cache",
        seed="a seed",
    )
    return replace(usual, **changes)
