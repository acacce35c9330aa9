"""Surroundings: what a new guest finds on its host, and what a person has at hand."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vmtui.model.guest import Guest, HostId
from vmtui.model.host import Commitment, HostFacts
from vmtui.model.image import CloudImage, Seen
from vmtui.model.network import Network
from vmtui.model.offer import Offer
from vmtui.model.storage import Pool, PoolState, Volume
from vmtui.model.system import GENERIC, System
from vmtui.plan.answers import Origin


@dataclass(frozen=True, slots=True)
class SshKey:
    """A public key that can be offered."""

    text: str
    """The line: type, key, comment."""
    source: str
    """Where it is from: `agent` or a file's name."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """One reading. What is read later (volumes, images) makes a new one by `replace`."""

    host: HostId
    offer: Offer = field(default_factory=Offer)
    facts: HostFacts = field(default_factory=HostFacts)
    pools: tuple[Pool, ...] = ()
    volumes: Mapping[str, tuple[Volume, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By pool's name; a pool that is missing was not read."""
    networks: tuple[Network, ...] = ()
    guests: tuple[Guest, ...] = ()
    memory_free: int | None = None
    """Bytes that the host has left now."""
    commitment: Commitment = field(default_factory=Commitment)
    systems: tuple[System, ...] = ()
    images: tuple[CloudImage, ...] = ()
    seen: Mapping[Origin, Seen] = field(default_factory=lambda: MappingProxyType({}))
    """What a look at the chosen images showed."""
    keys: tuple[SshKey, ...] = ()
    user: str = ""
    """The person's login name."""
    timezone: str = ""
    """The person's: Europe/Vienna."""
    cache: str = ""
    """The folder for downloads, on the machine that vmtui runs on."""
    seed: str = ""
    """Random text, new for each reading: identities and salts are made from it."""

    def system(self, short: str) -> System:
        """The system of that short name; GENERIC where there is none."""
        return next((one for one in self.systems if one.short == short), GENERIC)

    def pool(self, name: str) -> Pool | None:
        """The pool of that name."""
        return next((one for one in self.pools if one.name == name), None)

    def network(self, name: str) -> Network | None:
        """The virtual network of that name."""
        return next((one for one in self.networks if one.name == name), None)

    def volume(self, pool: str, name: str) -> Volume | None:
        """The volume of that name, as far as its pool was read."""
        return next((one for one in self.volumes.get(pool, ()) if one.name == name), None)

    def uuid(self, name: str) -> str:
        """The identity of a new guest of that name; the same for one reading."""
        return str(uuid.UUID(bytes=self._digest("uuid", name)[:16], version=4))

    def mac(self, name: str, index: int) -> str:
        """An address for its interface of that index, in the range that QEMU's guests use."""
        taken = self.macs
        for attempt in range(256):
            tail = self._digest("mac", name, str(index), str(attempt))[:3]
            made = "52:54:00:" + ":".join(f"{byte:02x}" for byte in tail)
            if made not in taken:
                break
        return made

    def salt(self, name: str) -> str:
        """Sixteen characters for hashing a password."""
        return self._digest("salt", name).hex()[:16]

    @property
    def macs(self) -> Mapping[str, str]:
        """The addresses that guests of this host have, with the guest's name."""
        return {
            nic.mac.lower(): guest.name
            for guest in self.guests
            if guest.definition is not None
            for nic in guest.definition.interfaces
        }

    @property
    def active_pools(self) -> tuple[Pool, ...]:
        """Those in which volumes can be made."""
        return tuple(
            pool for pool in self.pools if pool.state in (PoolState.RUNNING, PoolState.DEGRADED)
        )

    def _digest(self, *parts: str) -> bytes:
        return hashlib.sha256("\0".join((self.seed, *parts)).encode()).digest()
