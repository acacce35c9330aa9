"""From the command line and the settings to the hosts that are opened."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import TYPE_CHECKING

from vmtui.cli.hosts import HostChoice, choose
from vmtui.config import HostEntry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vmtui.config import Settings
    from vmtui.engine.audit import AuditLog
    from vmtui.engine.fleet import Fleet
    from vmtui.engine.hostbook import HostBook
    from vmtui.hypervisor import Factory, Hypervisor
    from vmtui.model.guest import HostId

    Host = tuple[HostChoice, Factory]


def wanted_hosts(given: Namespace, settings: Settings) -> list[Host]:
    """The hosts to open, each with what makes a connection to it.

    Raises Invalid where the demo fleet is not described as it should be.
    """
    if given.demo is not None:
        from vmtui.hypervisors.demo import demo_fleet, parse_fleet

        fleet = demo_fleet(parse_fleet(given.demo))
        for host in fleet:
            host.read_only = settings.read_only
        return [(HostChoice(h.id, h.uri, h.read_only), h.connect) for h in fleet]
    from vmtui.hypervisors.libvirt.local import default_uri

    asked = [*given.connect, *getattr(given, "command_connect", ())]
    choices = choose(asked, os.environ, settings.hosts, default_uri, read_only=settings.read_only)
    return [(choice, libvirt_factory(choice)) for choice in choices]


def libvirt_factory(choice: HostChoice) -> Factory:
    """What makes a connection to this host through libvirt."""

    def make() -> Hypervisor:
        from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor

        return LibvirtHypervisor(choice.uri, choice.id, read_only=choice.read_only)

    return make


def audit_log(by: str = "screen") -> AuditLog:
    """The log of what is done here, at the wish of whoever started this process."""
    from vmtui import paths
    from vmtui.engine.audit import AuditLog, actor_from

    return AuditLog(paths.audit_file(), actor_from(os.environ, os.getuid(), by))


def host_book(
    fleet: Fleet, hosts: Sequence[Host], settings: Settings, path: Path | None
) -> HostBook:
    """The hosts of the screen, which are changed there; None for `path` keeps no change."""
    from vmtui.engine.hostbook import HostBook

    given = {choice.uri: factory for choice, factory in hosts}

    def make(entry: HostEntry, host: HostId) -> Factory:
        if entry.uri in given and entry.uri.startswith("demo:"):
            return given[entry.uri]
        read_only = entry.read_only or settings.read_only
        return libvirt_factory(HostChoice(host, entry.uri, read_only, entry.production))

    entries = [(choice.id, entry_of(choice, settings.hosts)) for choice, _ in hosts]
    return HostBook(fleet, make, entries, path, settings.hosts, read_only=settings.read_only)


def entry_of(choice: HostChoice, kept: Sequence[HostEntry]) -> HostEntry:
    """The settings' own entry of a host, or one as it would stand there."""
    same = [one for one in kept if one.uri == choice.uri]
    named = [one for one in same if one.name == choice.id]
    return (named or same or [HostEntry(choice.uri)])[0]
