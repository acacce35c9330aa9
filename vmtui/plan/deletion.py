"""Deleting guests: what goes, what stays, and in which order.

The order is the safety: all that can be undone comes before the first thing that cannot, and
the volumes, which never come back, go last.
"""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Guest
from vmtui.model.steps import DeleteSnapshots, DeleteVolume, Destroy, Step, Undefine
from vmtui.model.storage import DiskUse
from vmtui.model.units import size
from vmtui.plan.build import CapabilitiesOf, count, one_track_each, sort_out
from vmtui.plan.plan import Effect, Plan, Risk


def why_not_delete(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it can be deleted; one that runs is forced off first, and the plan says so."""
    if capabilities.read_only:
        return "this host is open read-only"
    return capabilities.why_not(Feature.UNDEFINE)


def delete(
    guests: Sequence[Guest],
    uses: Sequence[DiskUse],
    capabilities: CapabilitiesOf,
    *,
    with_volumes: bool = True,
) -> Plan:
    """Delete guests, and their volumes unless `with_volumes` is false.

    `uses` is what `Hypervisor.read_disk_use` told: what it says must be kept is kept.
    """
    able, refused = sort_out(guests, capabilities, why_not_delete)
    doomed = [use for use in uses if with_volumes and use.volume and not use.keep_because]

    def steps(guest: Guest) -> tuple[Step, ...]:
        uuid = guest.key.uuid
        made: list[Step] = []
        if guest.state.active:
            made.append(Destroy(uuid))
        if guest.snapshots:
            # Snapshots inside a volume go with it; in a volume that stays they are data.
            made.append(DeleteSnapshots(uuid, metadata_only=True))
        if guest.persistent is not False:
            made.append(Undefine(uuid, name=guest.name))
        for use in doomed:
            if use.uuid == uuid and use.volume:
                volume = use.volume
                made.append(DeleteVolume(uuid, volume.pool, volume.name, volume.path))
        return tuple(made)

    return one_track_each(
        "delete",
        "Delete",
        able,
        refused,
        steps,
        effects=_effects(able, uses, doomed, with_volumes),
        risk=Risk.TYPE_NAME,
    )


def _effects(
    guests: Sequence[Guest], uses: Sequence[DiskUse], doomed: Sequence[DiskUse], with_volumes: bool
) -> list[Effect]:
    effects: list[Effect] = []
    lasting = [guest.name for guest in guests if guest.persistent is not False]
    if lasting:
        effects.append(Effect(f"removes the definition of {_names(lasting)}", destructive=True))
    running = [guest.name for guest in guests if guest.state.active]
    if running:
        effects.append(Effect(f"forces off {_names(running)}", destructive=True))
    if saved := [guest.name for guest in guests if guest.saved]:
        effects.append(Effect(f"discards the saved state of {_names(saved)}", destructive=True))
    if snapped := [guest.name for guest in guests if guest.snapshots]:
        effects.append(Effect(f"forgets the snapshots of {_names(snapped)}", destructive=True))
    if any(guest.definition and guest.definition.nvram for guest in guests):
        effects.append(Effect("removes the UEFI variables (nvram)", destructive=True))
    for use in doomed:
        if use.volume:
            volume = use.volume
            bytes_freed = volume.allocation if volume.allocation is not None else volume.capacity
            freed = f", {size(bytes_freed)}" if bytes_freed is not None else ""
            effects.append(Effect(f"deletes {volume.path or volume.name}{freed}", True))
    for use in uses:
        if use in doomed or not use.source:
            continue
        reason = use.keep_because or ("" if with_volumes else "as you chose")
        effects.append(Effect(f"keeps {use.source}{': ' + reason if reason else ''}"))
    return effects


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else count(len(names))
