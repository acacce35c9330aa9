"""`vmtui hosts`: which hosts there are, how they stand, and those of the settings changed."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from vmtui import paths, settingsfile
from vmtui.cli.connecting import libvirt_factory, wanted_hosts
from vmtui.cli.exits import Exit, Unfound
from vmtui.cli.headless.facts import document, host_of
from vmtui.cli.headless.listing import reached
from vmtui.cli.headless.printing import json_document, table
from vmtui.cli.headless.world import SOON, opened
from vmtui.cli.hosts import HostChoice
from vmtui.cli.output import complain, shown
from vmtui.config import HostEntry, Settings
from vmtui.engine.hostbook import Tried, attempt
from vmtui.errors import Conflict, Invalid, VmtuiError
from vmtui.model.address import address_problem, distinct, short_name
from vmtui.model.guest import HostId
from vmtui.model.inventory import HostView

HEADS = ("HOST", "STATE", "MARKS", "GUESTS", "HYPERVISOR", "ADDRESS")


def show(given: Namespace, settings: Settings) -> int:
    """`vmtui hosts`, from its arguments."""
    return asyncio.run(_show(given, settings))


async def _show(given: Namespace, settings: Settings) -> int:
    async with opened(wanted_hosts(given, settings)) as world:
        error: VmtuiError | None = None
        try:
            await world.list_guests()
        except VmtuiError as nobody:
            error = nobody
        await world.store.wait(
            lambda inventory: all(v.stale or v.figures for v in inventory.hosts.values()), SOON
        )
        views = list(world.inventory.hosts.values())
        if given.json:
            json_document(document("hosts", [host_of(v) for v in views], list(world.problems)))
        else:
            table(HEADS, [_row(view) for view in views])
        return Exit.UNREACHED if error is not None and not world.problems else reached(world)


def _row(view: HostView) -> list[str]:
    marks = [("production", view.production), ("read-only", view.capabilities.read_only)]
    return [
        view.id, view.link.state.value, " ".join(word for word, on in marks if on),
        str(len(view.guests)) if view.listed else "", view.facts.hypervisor, view.uri,
    ]  # fmt: skip


def add(given: Namespace, settings: Settings) -> int:
    """`vmtui hosts add`, from its arguments."""
    entry = HostEntry(given.uri, given.name, given.host_read_only, given.production)
    if problem := address_problem(entry.uri):
        raise Invalid("This host cannot be added", problem)
    names = _names(settings.hosts)
    if any(one.uri == entry.uri for one in settings.hosts) or entry.name in names:
        raise Conflict(f"{entry.name or entry.uri} is there already", hint="vmtui hosts lists them")
    if given.test and (tried := _attempt(entry)).error is not None:
        complain(tried.error)
        return Exit.UNREACHED
    settingsfile.put_host(_file(given), entry)
    print(f"{shown(distinct([*names, entry.name or short_name(entry.uri)])[-1])}: added")
    return Exit.DONE


def remove(given: Namespace, settings: Settings) -> int:
    """`vmtui hosts remove`, from its arguments."""
    entry = _meant(given.host, settings.hosts)
    if entry is None:
        raise Unfound(
            f"The settings have no host {given.host}", f"They have {_told(settings.hosts)}."
        )
    settingsfile.drop_host(_file(given), entry)
    print(f"{shown(given.host)}: removed")
    return Exit.DONE


def test(given: Namespace, settings: Settings) -> int:
    """`vmtui hosts test`, from its arguments."""
    entry = _meant(given.host, settings.hosts)
    if entry is None and address_problem(given.host) is None:
        entry = HostEntry(given.host)
    if entry is None:
        raise Unfound(
            f"{given.host} is neither an address nor a host of the settings",
            f"They have {_told(settings.hosts)}.",
        )
    tried = _attempt(entry)
    if tried.error is not None:
        complain(tried.error)
        return Exit.UNREACHED
    print(f"{shown(given.host)}: {shown(tried.words)}")
    return Exit.DONE


def _attempt(entry: HostEntry) -> Tried:
    choice = HostChoice(HostId(entry.name or short_name(entry.uri)), entry.uri, entry.read_only)
    return asyncio.run(attempt(libvirt_factory(choice)))


def _file(given: Namespace) -> Path:
    file: Path = given.config or paths.config_file()
    return file


def _names(hosts: Sequence[HostEntry]) -> list[str]:
    return distinct(one.name or short_name(one.uri) for one in hosts)


def _meant(word: str, hosts: Sequence[HostEntry]) -> HostEntry | None:
    for name, entry in zip(_names(hosts), hosts, strict=True):
        if word in (name, entry.uri):
            return entry
    return None


def _told(hosts: Sequence[HostEntry]) -> str:
    return ", ".join(_names(hosts)) or "none"
