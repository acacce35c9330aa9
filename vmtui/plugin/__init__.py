"""A plugin as the settings have it: a command of the person's own, and what can be wrong with it.

A plugin that has anything wrong is left out: half of it may do what nobody wanted. What its fields
are filled with is in `plan/plugins`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from vmtui.plugin.places import Field, Pieces, Place, Unsafe, of_arguments
from vmtui.plugin.shell import of_line

GUEST, HOST, ALL = SCOPES = ("guest", "host", "all")
HOST_FIELDS: Mapping[str, str] = {
    "host": "the host's name on the screen",
    "uri": "libvirt's address of the host",
    "host_name": "the machine in that address; a host of this machine has none",
}
GUEST_FIELDS: Mapping[str, str] = {
    "name": "the guest's name",
    "uuid": "its UUID",
    "ip": "its first address, IPv4 before IPv6",
    "ip4": "its first IPv4 address",
    "ip6": "its first IPv6 address",
    "mac": "the MAC address of its first card",
    "hostname": "what it calls itself",
    "state": "running, paused, shutting down, off, crashed, sleeping or unknown",
    "os": "its operating system's short name, such as debian13",
    "group": "the group that it is in",
    "arch": "its architecture, such as x86_64",
    "vcpus": "its vCPUs",
    "memory": "its memory in MiB",
}
MANY_FIELDS: Mapping[str, str] = {
    "names": "the names of all selected guests, an argument each",
    "uuids": "their UUIDs",
    "ips": "their addresses",
}
"""Only in the scope `all`, and each an argument by itself."""

PLACEHOLDER = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}|(?<!\$)\{([a-z][a-z0-9_]*)\}")
"""`{{name}}` is the text {name}; `{name}` a field or an input. Other braces are themselves, and
`${name}` is the shell's."""
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_INPUT = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class InputEntry:
    """One of `inputs`: what is asked before the command runs."""

    name: str = ""
    """How the command calls it: {name}."""
    label: str = ""
    """What stands before the field; "" is its name."""
    default: str = ""
    """What the field holds at first."""
    choices: tuple[str, ...] = ()
    """What can be chosen; without any, it is typed."""
    optional: bool = False
    """Whether it may stay empty; an argument that is nothing else is then left out."""
    help: str = ""
    """A sentence for whoever stands on it."""


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """One `[[plugin]]`: a command of the person's own."""

    name: str = ""
    """What it is called on the command line and in [keys]: small letters, digits and -."""
    label: str = ""
    """What it is called on the screen; "" is its name."""
    help: str = ""
    """What it does, in a few words."""
    key: str = ""
    """Its key, as in [keys]; "" has none."""
    scope: str = "guest"
    """guest: once for each selected guest; host: for the host; all: once, wherever one is."""
    command: tuple[str, ...] = ()
    """Program and arguments, with fields in braces, each of which stays one argument."""
    shell: bool = False
    """Whether the one text of command is a line for /bin/sh; fields in it are quoted."""
    inputs: tuple[InputEntry, ...] = ()
    """What is asked in a form before: tables with name, label, default, choices, optional, help."""
    confirm: bool = False
    """Whether it is shown and asked before it runs; for several guests it always is."""
    dangerous: bool = False
    """Not there in read-only mode; asks; wants a typed word on a host marked as production."""
    background: bool = True
    """A job that keeps what the command prints; false gives it the whole terminal."""
    freeze: bool = False
    """In scope guest: freeze its file systems before, where it runs and after a yes, and thaw them
    in any case."""
    line: int = field(default=0, compare=False)
    """Where in the file it begins."""

    @property
    def title(self) -> str:
        """What it is called on the screen."""
        return self.label or self.name

    def used(self) -> set[str]:
        """Fields and inputs that the command names."""
        return {name for part in self.command for name in placeholders(part)}


Report = Callable[[str, str], None]
"""Told of the key that is wrong, and what is wrong."""


def placeholders(part: str) -> list[str]:
    """The fields and inputs that this text names."""
    return [found[2] for found in PLACEHOLDER.finditer(part) if found[2]]


@lru_cache(maxsize=256)
def places(command: tuple[str, ...], *, shell: bool) -> tuple[Place, ...]:
    """Where its fields and inputs stand. Raises Unsafe where no value would be safe there."""
    if not any(placeholders(part) for part in command):
        return ()
    parts = [_pieces(part) for part in command]
    return tuple(of_line(parts[0]) if shell else of_arguments(parts))


def _pieces(part: str) -> Pieces:
    """The text that the command gets, with its fields."""
    made: list[str | Field] = []
    at = 0
    for found in PLACEHOLDER.finditer(part):
        made += part[at : found.start()]
        if found[2]:
            made.append(Field(found[2], found[2] in MANY_FIELDS))
        else:
            made += f"{{{found[1]}}}"
        at = found.end()
    return [*made, *part[at:]]


def read(content: Mapping[str, Any], taken: Iterable[str], report: Report) -> PluginEntry | None:
    """The plugin in this table, or None where anything in it is wrong; `taken` are names."""
    problems: list[tuple[str, str]] = []

    def wrong(key: str, words: str) -> None:
        problems.append((key, words))

    values = _values(content, _PLUGIN, wrong)
    values["inputs"] = tuple(_inputs(values.get("inputs", ()), wrong))
    entry = PluginEntry(**{key: value for key, value in values.items() if value is not None})
    if not problems:
        _check(entry, taken, wrong)
    for key, words in problems:
        report(key, words)
    return None if problems else entry


_PLUGIN: Mapping[str, str] = {
    "name": "text", "label": "text", "help": "text", "key": "text", "scope": "text",
    "command": "texts", "shell": "truth", "inputs": "tables", "confirm": "truth",
    "dangerous": "truth", "background": "truth", "freeze": "truth",
}  # fmt: skip
_INPUTS: Mapping[str, str] = {
    "name": "text", "label": "text", "default": "text", "choices": "texts", "optional": "truth",
    "help": "text",
}  # fmt: skip
_WANTED = {
    "text": "text in quotes",
    "truth": "true or false",
    "texts": 'a list of texts, such as ["ssh", "root@{ip}"]',
    "tables": 'a list of tables, such as [{ name = "user" }]',
}


def _values(content: Mapping[str, Any], kinds: Mapping[str, str], wrong: Report) -> dict[str, Any]:
    """The keys of a table that are known and of the right kind."""
    values: dict[str, Any] = {}
    for key, value in content.items():
        if key not in kinds:
            wrong(key, unknown(key, kinds))
        elif not _fits(kinds[key], value):
            wrong(key, f"{key} wants {_WANTED[kinds[key]]}")
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return values


def _fits(kind: str, value: object) -> bool:
    if kind == "truth":
        return isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    inner = str if kind == "texts" else dict
    return isinstance(value, list) and all(isinstance(one, inner) for one in value)


def unknown(word: str, known: Iterable[str]) -> str:
    """`nmae is not known; did you mean name?`"""
    every = list(known)
    near = difflib.get_close_matches(word, every, 1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(every)}"
    return f"{word} is not known; {hint}"


def _inputs(tables: Iterable[Mapping[str, Any]], wrong: Report) -> Iterable[InputEntry]:
    seen: set[str] = set()
    for table in tables:
        made = InputEntry(**_values(table, _INPUTS, lambda _key, words: wrong("inputs", words)))
        if not _INPUT.fullmatch(made.name):
            wrong("inputs", f"an input wants a name of small letters: {made.name!r} is none")
        elif made.name in {*GUEST_FIELDS, *HOST_FIELDS, *MANY_FIELDS}:
            wrong("inputs", f"{made.name} is a field: give the input another name")
        elif made.name in seen:
            wrong("inputs", f"two inputs are named {made.name}")
        elif made.choices and made.default and made.default not in made.choices:
            wrong("inputs", f"{made.name}: {made.default} is none of its choices")
        seen.add(made.name)
        yield made


def _check(entry: PluginEntry, taken: Iterable[str], wrong: Report) -> None:
    if not _NAME.fullmatch(entry.name):
        wrong("name", f"a plugin wants a name of small letters, digits and -: {entry.name!r}")
    elif entry.name in taken:
        wrong("name", f"two plugins are named {entry.name}")
    if entry.scope not in SCOPES:
        wrong("scope", f"{entry.scope}: scope is one of {', '.join(SCOPES)}")
        return
    if entry.freeze and entry.scope != GUEST:
        wrong("freeze", f"{entry.name}: freeze is for scope guest")
    if not entry.command or not entry.command[0].strip():
        wrong("command", f"{entry.name} wants a command: {_WANTED['texts']}")
        return
    if any("\0" in part for part in entry.command):
        wrong("command", f"{entry.name}: no argument can have a zero byte")
    _check_fields(entry, wrong)
    if entry.shell and len(entry.command) != 1:
        wrong("command", f'{entry.name}: with shell, command is one text: ["… | …"]')
        return
    try:
        places(entry.command, shell=entry.shell)
    except Unsafe as why:
        wrong("command", f"{entry.name}: {why}")


def _check_fields(entry: PluginEntry, wrong: Report) -> None:
    """Every field there is in this scope, and every input is used."""
    known = {one.name: "" for one in entry.inputs}
    known |= {GUEST: {**GUEST_FIELDS, **HOST_FIELDS}, HOST: HOST_FIELDS, ALL: MANY_FIELDS}[
        entry.scope
    ]
    for part in entry.command:
        for name in placeholders(part):
            if name not in known:
                wrong("command", f"{entry.name}: the field {unknown(name, known)}")
            elif name in MANY_FIELDS and part != f"{{{name}}}" and not entry.shell:
                wrong("command", f"{entry.name}: {{{name}}} is an argument by itself")
    for one in entry.inputs:
        if one.name not in entry.used():
            wrong("inputs", f"{entry.name}: {one.name} is asked and not used in the command")
