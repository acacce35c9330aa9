"""What a demo guest's disks lie on; some chains are broken, as they are on real hosts."""

from __future__ import annotations

from vmtui.hypervisors.demo.build import IMAGES, DemoGuest
from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.layers import Chain, Found, Layer, Layers, Snapshot

MADE = 86_400.0
"""Seconds before now at which a demo guest's first snapshot was made."""


def layers_of(host: Machine, guest: DemoGuest) -> Layers:
    """The chain of each drive, and the snapshots."""
    chains = tuple(
        Chain(disk.target, _chain(host, disk.source)) if disk.source else Chain(disk.target)
        for disk in guest.definition.disks
    )
    at = host.now() // 3600 * 3600 - MADE
    snapshots = (
        Snapshot("installed", made=at),
        Snapshot("before-upgrade", "installed", current=True, made=at + MADE / 2),
    )
    return Layers(chains, snapshots if guest.facts.snapshots else ())


def _chain(host: Machine, source: str) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    while source:
        if any(layer.source == source for layer in layers):
            layers.append(Layer(source, Found.LOOP, note="it is one of those that lie on it"))
            break
        volume = host.world.volumes.get(source)
        layers.append(_layer(source) if volume is None else Layer(source, Found.VOLUME, volume))
        source = volume.backing if volume is not None else ""
    return tuple(layers)


def _layer(source: str) -> Layer:
    if source.startswith(IMAGES):
        return Layer(source, Found.MISSING, note="its pool default does not have it")
    if source.startswith("/srv/backup/"):
        note = "its pool backup is not active: start it to see more"
        return Layer(source, Found.UNSEEN, note=note)
    return Layer(source, Found.FILE, note="in no storage pool: what lies below it is not known")
