"""A guest's facts from several sources, made one: pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from vmtui.hypervisor import Flags
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.device import Address
from vmtui.model.guest import Guest
from vmtui.model.network import Lease, Network


def merge(old: Guest | None, new: Guest, now: float, watched: bool = True) -> Guest:
    """`new` as the host tells it now, with what it leaves out taken from `old`.

    `now` is in seconds since the epoch: where the host does not say when the guest was started,
    it was either seen to start now, or has run at least since it was first seen. `watched` says
    whether it was watched between `old` and now.
    """
    started_at, started_by = _started(old, new, now, watched)
    if old is None:
        return dataclasses.replace(new, started_at=started_at, started_by=started_by)
    return dataclasses.replace(
        new,
        persistent=_known(new.persistent, old.persistent),
        autostart=_known(new.autostart, old.autostart),
        saved=_known(new.saved, old.saved),
        snapshots=_known(new.snapshots, old.snapshots),
        checkpoints=_known(new.checkpoints, old.checkpoints),
        definition=new.definition or old.definition,
        started_at=started_at,
        started_by=started_by,
    )


def _known(new: bool | None, old: bool | None) -> bool | None:
    return old if new is None else new


def _started(
    old: Guest | None, new: Guest, now: float, watched: bool
) -> tuple[float | None, float | None]:
    if not new.state.active:
        return None, None
    if new.started_at is not None:
        return new.started_at, None
    if old is not None and old.state.active:
        return old.started_at, old.started_by if new.started_by is None else new.started_by
    if old is not None and watched:
        return now, None
    return None, now if new.started_by is None else new.started_by


def flag(guest: Guest, flags: Flags) -> Guest:
    """The guest with what `flags` tells of it; itself where that changes nothing."""
    uuid = guest.key.uuid

    def has(uuids: frozenset[str] | None, old: bool | None) -> bool | None:
        return old if uuids is None else uuid in uuids

    autostart = has(flags.autostart, guest.autostart)
    persistent = has(flags.persistent, guest.persistent)
    saved = has(flags.saved, guest.saved)
    snapshots = has(flags.snapshots, guest.snapshots)
    checkpoints = has(flags.checkpoints, guest.checkpoints)
    told = autostart, persistent, saved, snapshots, checkpoints
    # Of ten thousand guests hardly one has a new flag: no copies of the others.
    if told == (
        guest.autostart, guest.persistent, guest.saved, guest.snapshots, guest.checkpoints
    ):  # fmt: skip
        return guest
    return dataclasses.replace(
        guest, autostart=autostart, persistent=persistent, saved=saved, snapshots=snapshots,
        checkpoints=checkpoints,
    )  # fmt: skip


def leases_by_mac(networks: Iterable[Network], now: float) -> dict[str, list[Lease]]:
    """The leases that hold at `now` (seconds since the epoch), by lower-case MAC."""
    leases: dict[str, list[Lease]] = {}
    for network in networks:
        for lease in network.leases:
            if not lease.expires or lease.expires > now:
                leases.setdefault(lease.mac.lower(), []).append(lease)
    return leases


def locate(
    guest: Guest,
    own: tuple[Address, ...],
    leases: Mapping[str, list[Lease]],
    agent: AgentFacts | None,
    mute: str = "",
) -> Guest:
    """The guest with its addresses, its host name and what its agent told; itself where that
    changes nothing. `mute` says why its agent does not answer.

    The agent is believed before a lease for the same interface, since a lease outlives its use;
    `own` are those that the host told with the guest.
    """
    if not guest.state.active:
        addresses: tuple[Address, ...] = ()
        hostname, agent, mute = "", None, ""
    else:
        found = {address.ip: address for address in agent.addresses} if agent else {}
        told = {address.mac.lower() for address in found.values() if address.mac}
        hostname = agent.hostname if agent else ""
        for interface in guest.definition.interfaces if guest.definition else ():
            mac = interface.mac.lower()
            for lease in leases.get(mac, ()):
                hostname = hostname or lease.hostname
                if mac not in told:
                    found.setdefault(lease.ip, Address(lease.ip, lease.prefix, lease.mac))
        for address in own:
            found.setdefault(address.ip, address)
        addresses = tuple(sorted(found.values(), key=_rank))
    located = dataclasses.replace(
        guest, addresses=addresses, hostname=hostname, told=agent, mute=mute
    )
    return guest if located == guest else located


def _rank(address: Address) -> int:
    """Those by which a person reaches a guest come first."""
    ip = address.ip.lower()
    if ip == "::1" or ip.startswith("127."):
        return 3
    if ip.startswith(("fe80:", "169.254.")):
        return 2
    return 1 if ":" in ip else 0
