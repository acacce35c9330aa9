"""Plugins: which guests their commands can be filled in for, and the Plan that runs them. Pure.

What guests and hosts say of themselves is hostile: a value with a control character goes into no
command, none that begins with a dash becomes an argument that a program would take for an option,
and none that a shell heeds is sent through ssh. Inputs are the person's own words.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from vmtui import plugin as rows
from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, GuestKey, HostId
from vmtui.model.inventory import HostView
from vmtui.model.steps import Freeze, RunPlugin, Step, Thaw
from vmtui.plan.build import WhyNot, count
from vmtui.plan.plan import Effect, Plan, Refusal, Risk, Track
from vmtui.plan.sshwords import address_of
from vmtui.plan.tools import why_not_freeze
from vmtui.plugin import PLACEHOLDER, PluginEntry, placeholders, places
from vmtui.plugin.places import Place

SHELL = ("/bin/sh", "-c")
EFFECTS_MOST = 200
_PLAIN = re.compile(r"[A-Za-z0-9@%_+=:,./-]+")
"""What is nothing but itself to every shell."""
Values = Mapping[str, str]

GUEST_VALUES: Mapping[str, Callable[[Guest], str]] = {
    "name": lambda guest: guest.name,
    "uuid": lambda guest: guest.key.uuid,
    "ip": lambda guest: address_of(guest.addresses),
    "ip4": lambda guest: address_of(guest.addresses, 4),
    "ip6": lambda guest: address_of(guest.addresses, 6),
    "mac": lambda guest: next(
        (one.mac for one in (guest.definition.interfaces if guest.definition else ()) if one.mac),
        "",
    ),
    "hostname": lambda guest: guest.hostname,
    "state": lambda guest: guest.state.value,
    "os": lambda guest: guest.definition.os if guest.definition else "",
    "group": lambda guest: guest.definition.labels.group if guest.definition else "",
    "arch": lambda guest: guest.definition.arch if guest.definition else "",
    "vcpus": lambda guest: _number(guest.definition.vcpus if guest.definition else 0),
    "memory": lambda guest: _number((guest.definition.memory if guest.definition else 0) >> 20),
}
HOST_VALUES: Mapping[str, Callable[[HostId, str], str]] = {
    "host": lambda host, _uri: host,
    "uri": lambda _host, uri: uri,
    "host_name": lambda _host, uri: _machine(uri),
}
_MANY = {"names": "name", "uuids": "uuid", "ips": "ip"}


def _number(value: int) -> str:
    return str(value) if value else ""


def _machine(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def why_not(entry: PluginEntry) -> WhyNot:
    """Why its command cannot be filled in for a guest, as for every verb."""

    def reason(guest: Guest, capabilities: Capabilities) -> str | None:
        if entry.dangerous and capabilities.read_only:
            return "this host is open read-only"
        if entry.freeze and (reason := why_not_freeze(guest, capabilities)) is not None:
            return reason
        fields = entry.used() & GUEST_VALUES.keys()
        return _unfit(entry, {name: GUEST_VALUES[name](guest) for name in fields})

    return reason


def for_guests(
    entry: PluginEntry,
    guests: Sequence[Guest],
    hosts: Mapping[HostId, HostView],
    inputs: Values,
) -> Plan:
    """Run it once for each of these guests; the others are its refusals."""
    tracks: list[Track] = []
    refused: list[Refusal] = []
    for guest in guests:
        view = hosts[guest.key.host]
        values = {name: value(guest) for name, value in GUEST_VALUES.items()} | _of_host(view)
        reason = why_not(entry)(guest, view.capabilities) or _unfit(entry, values)
        if reason is None:
            step = _step(entry, guest.key.uuid, values, inputs)
            tracks.append(Track(guest.key, guest.name, _around(entry, guest, step)))
        else:
            refused.append(Refusal(guest.key, guest.name, reason))
    return _plan(entry, tracks, tuple(refused))


def _around(entry: PluginEntry, guest: Guest, step: RunPlugin) -> tuple[Step, ...]:
    """What comes before and behind it; where it fails, a freeze is undone as every step."""
    if not entry.freeze or not guest.state.active:
        return (step,)
    return Freeze(guest.key.uuid), step, Thaw(guest.key.uuid)


def for_hosts(entry: PluginEntry, views: Sequence[HostView], inputs: Values) -> Plan:
    """Run it once for each of these hosts."""
    tracks: list[Track] = []
    refused: list[Refusal] = []
    for view in views:
        key, values = GuestKey(view.id, ""), _of_host(view)
        reason = _unfit(entry, values)
        if entry.dangerous and view.capabilities.read_only:
            reason = "this host is open read-only"
        if reason is None:
            tracks.append(Track(key, view.id, (_step(entry, "", values, inputs),)))
        else:
            refused.append(Refusal(key, view.id, reason))
    return _plan(entry, tracks, tuple(refused))


def for_all(
    entry: PluginEntry,
    guests: Sequence[Guest],
    hosts: Mapping[HostId, HostView],
    inputs: Values,
) -> Plan:
    """Run it once, with what is selected where it asks for that, on behalf of all their hosts.

    Raises Invalid where it asks for guests and there are none, or one of them cannot be named, and
    where it is dangerous and one of them is on a host that is open read-only.
    """
    wanted = entry.used() & _MANY.keys()
    if wanted and not guests:
        raise Invalid(f"{entry.title}: no guest is selected")
    many = {name: [GUEST_VALUES[_MANY[name]](guest) for guest in guests] for name in wanted}
    for place in places(entry.command, shell=entry.shell):
        for guest, value in zip(guests, many.get(place.name, ()), strict=False):
            # What is given several names may well hand each of them on, without a `--`.
            if (reason := _unfit_value(replace(place, bare=True), value)) is not None:
                raise Invalid(f"{entry.title}: {guest.name} cannot be named", reason)
    touched = list(dict.fromkeys(guest.key.host for guest in guests)) if wanted else []
    for host in touched:
        if entry.dangerous and hosts[host].capabilities.read_only:
            raise Invalid(f"{entry.title}: {host} is open read-only", "It is marked as dangerous.")
    step = _step(entry, "", {}, inputs, many)
    host = touched[0] if len(touched) == 1 else HostId("")
    made = _plan(entry, [Track(GuestKey(host, ""), entry.title, (step,))], ())
    return replace(made, hosts=tuple(touched))


def _of_host(view: HostView) -> dict[str, str]:
    return {name: read(view.id, view.uri) for name, read in HOST_VALUES.items()}


def _plan(entry: PluginEntry, tracks: Sequence[Track], refused: tuple[Refusal, ...]) -> Plan:
    names = [track.name for track in tracks]
    whom = names[0] if len(names) == 1 else count(len(names), _NOUNS[entry.scope])
    effects = [
        Effect(f"runs here: {command_line(step)}", entry.dangerous)
        for track in tracks[:EFFECTS_MOST]
        for step in track.steps
        if isinstance(step, RunPlugin)
    ]
    freezes = any(isinstance(step, Freeze) for track in tracks for step in track.steps)
    if freezes:
        words = "file systems are frozen meanwhile: whoever writes inside waits"
        effects.insert(0, Effect(words, destructive=True))
    title = entry.title if entry.scope == rows.ALL else f"{entry.title}: {whom}"
    ask = entry.confirm or entry.dangerous or freezes
    return Plan(
        entry.name, title, tuple(tracks), tuple(effects), Risk.ASK if ask else Risk.NONE,
        refused=refused, exclusive=entry.freeze,
    )  # fmt: skip


_NOUNS = {rows.GUEST: "guest", rows.HOST: "host", rows.ALL: "run"}


def command_line(step: object) -> str:
    """The step as a line for a shell, or "" where it is another kind of step."""
    if not isinstance(step, RunPlugin):
        return ""
    shelled = step.command[:-1] == SHELL
    return step.command[-1] if shelled else shlex.join(step.command)


# -- filling in --------------------------------------------------------------------------------


def _step(
    entry: PluginEntry,
    uuid: str,
    values: Values,
    inputs: Values,
    many: Mapping[str, Sequence[str]] | None = None,
) -> RunPlugin:
    every = {**values, **{one.name: inputs.get(one.name, one.default) for one in entry.inputs}}
    lists = many or {}
    words: list[str] = []
    for part in entry.command:
        names = placeholders(part)
        if entry.shell:
            words = [*SHELL, _filled(part, lambda name: _quoted(name, every, lists))]
        elif len(names) == 1 and names[0] in lists:
            words += lists[names[0]]
        elif len(names) == 1 and part == f"{{{names[0]}}}" and _left_out(entry, names[0], every):
            continue
        else:
            words.append(_filled(part, lambda name: every[name]))
    return RunPlugin(uuid, entry.name, tuple(words), entry.background)


def _quoted(name: str, values: Values, lists: Mapping[str, Sequence[str]]) -> str:
    return shlex.join(lists[name]) if name in lists else shlex.quote(values[name])


def _left_out(entry: PluginEntry, name: str, values: Values) -> bool:
    """Whether it is an optional input that stayed empty."""
    return not values[name] and any(one.name == name and one.optional for one in entry.inputs)


def _filled(part: str, value: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: value(found[2]) if found[2] else f"{{{found[1]}}}", part)


def input_problem(entry: PluginEntry, name: str, typed: str) -> str | None:
    """None where this can be the value of that input."""
    one = next(one for one in entry.inputs if one.name == name)
    if not typed:
        return None if one.optional else "something is needed here"
    if one.choices and typed not in one.choices:
        return f"one of {', '.join(one.choices)} is wanted"
    return "that has a control character" if _has_controls(typed) else None


def _unfit(entry: PluginEntry, values: Values) -> str | None:
    """Why a command cannot be filled with these values."""
    for place in places(entry.command, shell=entry.shell):
        if place.name in values:
            reason = _unfit_value(place, values[place.name])
            if reason is not None:
                return reason
    return None


def _unfit_value(place: Place, value: str) -> str | None:
    name = _MANY.get(place.name, place.name)
    if not value:
        return f"its {name} is not known"
    if _has_controls(value):
        return f"its {name} has a control character"
    if place.bare and value.startswith("-"):
        return f"its {name} begins with a dash: the command would take it for an option"
    if place.read_again and not _PLAIN.fullmatch(value):
        return f"its {name} is not safe behind ssh, where a shell reads it again: uuid always is"
    return None


def _has_controls(value: str) -> bool:
    return any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in value)
