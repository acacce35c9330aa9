"""The whole check of one host, in the order in which a person reads it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from vmtui.hypervisors.libvirt.calls import Calls, Lane
from vmtui.hypervisors.libvirt.doctor import elsewhere
from vmtui.hypervisors.libvirt.doctor.clock import check_clock
from vmtui.hypervisors.libvirt.doctor.cpu import check_cpu
from vmtui.hypervisors.libvirt.doctor.extras import (
    check_confidential,
    check_huge_pages,
    check_iommu,
    check_nested,
    check_vhost_net,
)
from vmtui.hypervisors.libvirt.doctor.guestparts import check_parts
from vmtui.hypervisors.libvirt.doctor.kvm import (
    check_acceleration,
    check_device,
    check_modules,
    check_works,
)
from vmtui.hypervisors.libvirt.doctor.missing import check_hypervisor
from vmtui.hypervisors.libvirt.doctor.networking import (
    check_bridges,
    check_default,
    check_forwarding,
    own_addresses,
)
from vmtui.hypervisors.libvirt.doctor.probe import LIMIT, PATIENCE, Outcome, Verdict, probe
from vmtui.hypervisors.libvirt.doctor.room import (
    IMAGES,
    available_memory,
    check_disk,
    check_memory,
    check_pool,
)
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.hypervisors.libvirt.doctor.told import Told, ask
from vmtui.hypervisors.libvirt.doctor.versions import check_libvirt, check_qemu
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import driver_of, host_of, is_local, is_session, port_of
from vmtui.model.finding import Finding, Level

LOOK_LIMIT = LIMIT + PATIENCE + 5.0
"""Seconds for looking at this machine."""
REAL = frozenset({"qemu", "ch"})
"""Drivers whose guests could run on KVM."""

Probe = Callable[[Site], Outcome]


def try_kvm(site: Site) -> Outcome:
    """The real attempt, where this person may make it. Blocks for some seconds at most."""
    node = site.dev / "kvm"
    if node.exists() and not site.may_open(node):
        return Outcome(Verdict.DENIED, "you may not open it")
    return probe(node)


@dataclass(frozen=True, slots=True)
class Subject:
    """Which host is looked at, and how."""

    uri: str
    site: Site
    attempt: Probe = try_kvm

    @property
    def local(self) -> bool:
        """Whether the hypervisor runs on this very machine."""
        return is_local(self.uri)

    @property
    def own(self) -> bool:
        """Whether guests run with one person's rights only.

        Root's session is the system's, unless it is the socket of somebody else's daemon.
        """
        return is_session(self.uri) and not (self.site.superuser and "socket=" not in self.uri)


async def inspect(subject: Subject, handle: Handle | None, machine: Calls) -> tuple[Finding, ...]:
    """All findings on a host.

    Args:
        subject: Which one.
        handle: The open connection to it; None where there is none, so that only this machine is
            looked at, if it is the one.
        machine: Threads for what is read on this machine.

    Raises:
        ConnectionLost: The connection broke meanwhile.
    """
    told = await ask(handle) if handle is not None else None
    if driver_of(subject.uri)[0] not in REAL:
        found = _plain(told)
    elif subject.local:
        found = await machine.run(look_here, subject, told, timeout=LOOK_LIMIT, lane=Lane.LONG)
    else:
        found = look_there(subject, told)
    return tuple(addressed(finding, subject) for finding in found)


def look_here(subject: Subject, told: Told | None) -> list[Finding]:
    """The findings on this machine. Blocks for some seconds at most."""
    site, own = subject.site, subject.own
    engines = told.host.engines if told and told.host else None
    device = check_device(site, own=own)
    works = check_works(site, subject.attempt(site))
    found = [
        check_cpu(site),
        check_modules(site),
        device,
        works,
        check_nested(site),
        check_iommu(site),
        check_vhost_net(site),
        check_huge_pages(site),
        check_confidential(site, told.offer.secrecy if told and told.offer else None),
    ]
    free, total = available_memory(site)
    if told is None:
        return [check_hypervisor(site), *found, check_bridges(site), check_memory(free, total),
                check_clock(site)]  # fmt: skip
    images = images_of(told.home, site.data) if own else IMAGES
    return [
        check_acceleration(works, device, engines),
        *found,
        *check_parts(told.offer, site),
        check_qemu(told.hypervisor),
        check_libvirt(told.daemon, told.library),
        check_default(told.networks, own=own, taken=own_addresses()),
        check_bridges(site),
        check_forwarding(site, told.networks),
        check_memory(free, total),
        check_disk(told.pools),
        check_pool(told.pools, site, own=own, images=images),
        check_clock(site),
    ]


def images_of(home: str | None, data: Path | None) -> str:
    """Where the disks of a person's own guests go; "" where that cannot be told.

    `home` is what the hypervisor tells, and `data` what it would be for who sits here.
    """
    mine = data is not None and home in (None, str(Path.home()))
    base = data if mine else Path(home, ".local/share") if home else None
    return str(base / "libvirt/images") if base is not None else ""


def look_there(subject: Subject, told: Told | None) -> list[Finding]:
    """The findings on a host elsewhere, by its hypervisor's word."""
    host = _way_to(subject.uri)
    if told is None:
        return []
    unknown = {finding.id: finding for finding in elsewhere.check_unknowable(host)}
    engines = told.host.engines if told.host else None
    own = is_session(subject.uri)
    images = images_of(told.home, None) if own else IMAGES
    pool = check_pool(told.pools, None, own=own, images=images)
    return [
        elsewhere.check_acceleration(engines, host),
        elsewhere.check_cpu(told.host.features if told.host else None, engines, host),
        *(unknown[name] for name in ("kvm-module", "kvm-device", "kvm-works", "nested")),
        elsewhere.check_iommu(told.host.iommu if told.host else None, host),
        unknown["vhost-net"],
        elsewhere.check_huge_pages(told.host.pages if told.host else frozenset()),
        *_secrecy(told),
        *check_parts(told.offer, None),
        check_qemu(told.hypervisor),
        check_libvirt(told.daemon, told.library),
        check_default(told.networks, own=own),
        unknown["bridges"],
        unknown["forwarding"],
        check_memory(told.memory_free, told.memory_total),
        check_disk(told.pools),
        pool,
        unknown["clock"],
    ]


def _way_to(uri: str) -> str:
    """What ssh is given to reach that host, ready for a shell; "" where it is not told."""
    host, port = host_of(uri), port_of(uri)
    over_ssh = driver_of(uri)[1].startswith(("ssh", "libssh"))
    return shlex.join([*(["-p", str(port)] if port and over_ssh else []), host]) if host else ""


def _secrecy(told: Told) -> list[Finding]:
    id_, title = "confidential", "Confidential guests"
    if told.offer is None:
        return [Finding(id_, title, Level.UNKNOWN, "the hypervisor does not tell")]
    return [
        Finding(
            id_,
            title,
            Level.PASS,
            ", ".join(sorted(told.offer.secrecy)) or "none (SEV, TDX)",
            "" if told.offer.secrecy else "The host can read its guests' memory.",
        )
    ]


def _plain(told: Told | None) -> list[Finding]:
    """The findings on a hypervisor to which KVM is nothing: containers, Xen, the test driver."""
    if told is None:
        return []
    return [
        check_libvirt(told.daemon, told.library),
        check_default(told.networks, own=False),
        check_memory(told.memory_free, told.memory_total),
        check_disk(told.pools),
        check_pool(told.pools, None, own=False),
    ]


def addressed(finding: Finding, subject: Subject) -> Finding:
    """The finding with commands that can be run as they are: with the address, for who is here."""
    virsh = f"virsh -c {shlex.quote(subject.uri)} "
    made = []
    for command in finding.commands:
        if command.startswith("virsh "):
            command = virsh + command.removeprefix("virsh ")
        if subject.site.superuser and subject.local:
            command = (
                command.removeprefix("sudo ").replace("| sudo ", "| ").replace("&& sudo ", "&& ")
            )
        made.append(command)
    return replace(finding, commands=tuple(made))
