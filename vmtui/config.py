"""The settings file: TOML in, frozen Settings out, and a list of problems with their lines.

A problem never stops the program: the setting that has one keeps its default, and the screen
says so.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from vmtui import plugin
from vmtui.entries import ImageEntry, ViewEntry
from vmtui.plugin import PluginEntry

TICK_MIN, TICK_MAX = 0.5, 60.0
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One `[[host]]`: a connection that is opened when no other is asked for."""

    uri: str = ""
    """libvirt's address of it, such as qemu+ssh://root@lab1/system."""
    name: str = ""
    """What it is called on the screen; "" for a name made from the URI."""
    read_only: bool = False
    """Whether nothing can be changed there from here."""
    production: bool = False
    """Whether it is marked so: what takes a yes elsewhere takes a typed word there."""


CHORD = re.compile(r"(?:ctrl\+|ctrl-|\^)([a-z\]\\^_])|(f(?:[1-9]|1[0-2]))", re.IGNORECASE)
"""Ctrl with a letter or one of ] \\ ^ _, or F1 to F12."""
NOT_CHORDS = "hijmqs"
"""Letters whose control characters are other keys (Enter, Tab, Backspace) or hold the line."""
PASTE_PACE_MOST = 1_000_000
SCROLLBACK_LEAST, SCROLLBACK_MOST = 64 << 10, 1 << 30


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`[console]`: how the console pane behaves."""

    leave: str = "ctrl+]"
    """The chord that gives the keys back to the table."""
    prefix: str = "ctrl+\\"
    """The chord that begins a command of the pane."""
    scrollback: int = 8 << 20
    """Bytes of past rows that each console keeps."""
    paste_lines_ask: int = 2
    """Lines from which a paste is asked about; 0 never asks."""
    paste_pace: int = 0
    """Characters a second of a paste; 0 sends all at once."""
    snippets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Name to text that is typed into a guest."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a person can set."""

    hosts: tuple[HostEntry, ...] = ()
    images: tuple[ImageEntry, ...] = ()
    plugins: tuple[PluginEntry, ...] = ()
    views: tuple[ViewEntry, ...] = ()
    tick: float = 2.0
    """Seconds between two readings."""
    theme: str = "midnight"
    """One of the shipped themes, or of your own."""
    sort: str = ""
    """Column by which the table is sorted, a leading - turns it round; "" is the last one used."""
    columns: str = ""
    """Columns of the table, in order, with spaces between; "" is as many as fit."""
    ascii: bool | None = None
    """Whether only ASCII is painted; without it as TERM and the locale say."""
    group_by: str = ""
    """What the table is grouped by: host, tag, group, os, state or network; "" is nothing."""
    view: str = ""
    """Name of the `[[view]]` to begin with."""
    filter: str = ""
    """Filter to begin with."""
    filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Name to filter."""
    read_only: bool = False
    """Whether all hosts are opened read-only: what changes anything is bound to no key."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    shutdown_patience: float = 60.0
    """Seconds after which a guest that was asked to shut down is said not to obey."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Action id to key, or to several separated by commas; a chord with spaces: `g h`."""
    key_lines: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Where in the file each of these stands, from 1."""
    console: ConsoleSettings = ConsoleSettings()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that could not be taken; `line` counts from 1, 0 for none."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


SECTIONS: dict[str, dict[str, type]] = {
    "ui": {
        "theme": str,
        "sort": str,
        "columns": str,
        "group_by": str,
        "view": str,
        "filter": str,
        "tick": float,
        "ascii": bool,
    },
    "behaviour": {"read_only": bool, "shutdown_patience": float},
    "log": {"level": str},
}
CONSOLE: dict[str, type] = {
    "leave": str, "prefix": str, "scrollback": int, "paste_lines_ask": int, "paste_pace": int,
}  # fmt: skip
_RENAMED = {("log", "level"): "log_level"}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def field_of(section: str, key: str) -> str:
    """What a key of a section is called in `Settings`."""
    return _RENAMED.get((section, key), key)


def load(path: Path) -> tuple[Settings, list[Problem]]:
    """The settings in the file, which need not exist, and what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), []
    except (OSError, UnicodeDecodeError) as error:
        return Settings(), [Problem(0, f"{path} cannot be read: {error}")]
    return parse(text)


def parse(text: str) -> tuple[Settings, list[Problem]]:
    """The settings in this TOML text, and what is wrong with it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        return Settings(), [Problem(int(at[1]) if at else 0, f"not valid TOML: {error}")]
    reader = _Reader(text)
    values = reader.sections(data)
    return Settings(**values), reader.problems


class _Reader:
    """Takes what is right from the parsed file and notes what is not."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines()
        self.problems: list[Problem] = []

    def sections(self, data: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        known = [*SECTIONS, "host", "image", "view", "plugin", "keys", "filters", "console"]
        for name, content in data.items():
            if name == "host":
                values["hosts"] = self.hosts(content)
            elif name == "image":
                values["images"] = self.images(content)
            elif name == "plugin":
                values["plugins"] = self.plugins(content)
            elif name == "view":
                values["views"] = self.views(content)
            elif name == "keys":
                values["keys"] = self.texts(name, content, 'a key, such as "s" or "ctrl+s"')
                values["key_lines"] = MappingProxyType(
                    {key: self.line_in(name, key) for key in values["keys"]}
                )
            elif name == "filters":
                values["filters"] = self.texts(name, content, 'a filter, such as "tag:web !test"')
            elif name == "console":
                values["console"] = self.console(content)
            elif name in SECTIONS and isinstance(content, dict):
                self.section(name, content, values)
            elif name in SECTIONS:
                self.problem(name, f"{name} is a section: write [{name}]")
            else:
                self.unknown(name, known)
        return values

    def console(self, content: object) -> ConsoleSettings:
        if not isinstance(content, dict):
            self.problem("console", "console is a section: write [console]")
            return ConsoleSettings()
        values: dict[str, Any] = {}
        plain = {key: value for key, value in content.items() if key != "snippets"}
        self.section("console", plain, values, CONSOLE)
        for key in ("leave", "prefix"):
            if key in values:
                values[key] = chord(values[key])
        made = ConsoleSettings(**values)
        if made.leave == made.prefix:
            self.problem("prefix" if "prefix" in values else "leave",
                         f"leave and prefix are both {made.leave}")  # fmt: skip
            made = replace(made, leave=ConsoleSettings().leave, prefix=ConsoleSettings().prefix)
        return replace(made, snippets=self.snippets(content.get("snippets", {})))

    def snippets(self, content: object) -> Mapping[str, str]:
        if not isinstance(content, dict):
            self.problem("snippets", "snippets are a section: write [console.snippets]")
            return MappingProxyType({})
        good: dict[str, str] = {}
        for name, typed in content.items():
            if isinstance(typed, str) and typed:
                good[name] = typed
            else:
                self.problem(name, f'{name} wants the text to type, such as "uptime\\n"')
        return MappingProxyType(good)

    def section(
        self,
        name: str,
        content: dict[str, Any],
        values: dict[str, Any],
        wanted: Mapping[str, type] | None = None,
    ) -> None:
        wanted = SECTIONS[name] if wanted is None else wanted
        for key, value in content.items():
            if key not in wanted:
                self.unknown(key, list(wanted))
                continue
            if wanted[key] is float and type(value) is int:
                value = float(value)
            if type(value) is not wanted[key]:
                self.problem(key, f"{key} wants a {_WORDS[wanted[key]]}")
                continue
            if trouble := _limits(key, value):
                self.problem(key, trouble)
                continue
            values[field_of(name, key)] = value

    def hosts(self, content: object) -> tuple[HostEntry, ...]:
        hosts: list[HostEntry] = []
        for number, host in self.entries("host", HostEntry, content):
            if not host.uri:
                self.problem("[[host]]", "a host needs a uri", number)
            elif any(host.name and host.name == other.name for other in hosts):
                self.problem("name", f"two hosts are named {host.name}", number)
            else:
                hosts.append(host)
        return tuple(hosts)

    def images(self, content: object) -> tuple[ImageEntry, ...]:
        images: list[ImageEntry] = []
        for number, image in self.entries("image", ImageEntry, content):
            if not image.id or "://" not in image.url:
                self.problem("[[image]]", "an image needs an id and a url", number, "image")
            elif any(image.id == other.id for other in images):
                self.problem("id", f"two images have the id {image.id}", number, "image")
            else:
                images.append(image)
        return tuple(images)

    def plugins(self, content: object) -> tuple[PluginEntry, ...]:
        if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
            self.problem("plugin", "plugins are a list: write [[plugin]] before each")
            return ()
        made: list[PluginEntry] = []
        for number, table in enumerate(content):

            def wrong(key: str, words: str, number: int = number) -> None:
                line = self.line_of(key, number, "plugin")
                self.problems.append(Problem(line or self.heading("plugin", number), words))

            entry = plugin.read(table, [one.name for one in made], wrong)
            if entry is not None:
                made.append(replace(entry, line=self.heading("plugin", number)))
        return tuple(made)

    def views(self, content: object) -> tuple[ViewEntry, ...]:
        views: list[ViewEntry] = []
        for number, view in self.entries("view", ViewEntry, content):
            if not view.name or len(view.name.split()) != 1:
                self.problem("[[view]]", "a view needs a name of one word", number, "view")
            elif any(view.name == other.name for other in views):
                self.problem("name", f"two views are named {view.name}", number, "view")
            else:
                views.append(view)
        return tuple(views)

    def entries(self, section: str, kind: type[E], content: object) -> Iterator[tuple[int, E]]:
        """Each `[[section]]` with its number, as far as its keys are right."""
        if not isinstance(content, list):
            self.problem(section, f"{section}s are a list: write [[{section}]] before each")
            return
        defaults = {item.name: item.default for item in fields(cast("Any", kind))}
        for number, entry in enumerate(content):
            values: dict[str, Any] = {}
            for key, value in entry.items():
                if key not in defaults:
                    self.unknown(key, list(defaults), number, section)
                elif type(value) is not type(defaults[key]):
                    wanted = _WORDS[type(defaults[key])]
                    self.problem(key, f"{key} wants a {wanted}", number, section)
                else:
                    values[key] = value
            yield number, kind(**values)

    def texts(self, section: str, content: object, wanted: str) -> Mapping[str, str]:
        """A section of names with a text each."""
        if not isinstance(content, dict):
            self.problem(section, f"{section} is a section: write [{section}]")
            return MappingProxyType({})
        good: dict[str, str] = {}
        for name, value in content.items():
            if isinstance(value, str) and value.strip():
                good[name] = value
            else:
                self.problem(name, f"{name} wants {wanted}")
        return MappingProxyType(good)

    def unknown(self, name: str, known: list[str], nth: int = 0, section: str = "host") -> None:
        self.problem(name, plugin.unknown(name, known), nth, section)

    def problem(self, name: str, message: str, nth: int = 0, section: str = "host") -> None:
        self.problems.append(Problem(self.line_of(name, nth, section), message))

    def line_in(self, section: str, name: str) -> int:
        """The line on which `name` stands in a section; 0 where it is not found."""
        here, pattern = "", re.compile(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=")
        for number, line in enumerate(self.lines, 1):
            here = line.split("#")[0].strip() if line.lstrip().startswith("[") else here
            if here == f"[{section}]" and pattern.match(line):
                return number
        return 0

    def line_of(self, name: str, nth: int = 0, section: str = "host") -> int:
        """The line on which `name` stands as a key or section: in the nth of its list if given."""
        inside = nth or section != "host" or name in ("uri", "name")
        first = max(self.heading(section, nth) - 1, 0) if inside else 0
        pattern = re.compile(rf"\s*(\[*\s*)?[\"']?{re.escape(name.strip('[]'))}[\"']?\s*(=|\]|\.)")
        for index in range(first, len(self.lines)):
            if pattern.match(self.lines[index]):
                return index + 1
        return 0

    def heading(self, section: str, nth: int) -> int:
        """The line of the nth `[[section]]`, or 0."""
        head = f"[[{section}]]"
        starts = [i for i, line in enumerate(self.lines, 1) if line.strip().startswith(head)]
        return starts[nth] if nth < len(starts) else 0


_WORDS: dict[type, str] = {
    str: "text in quotes",
    float: "number",
    int: "whole number",
    bool: "true or false",
}


def _limits(key: str, value: Any) -> str | None:
    if key == "tick" and not TICK_MIN <= value <= TICK_MAX:
        return f"tick is {TICK_MIN} to {TICK_MAX:.0f} seconds"
    if key == "shutdown_patience" and not 5 <= value <= 3600:
        return "shutdown_patience is 5 to 3600 seconds"
    if key == "level" and value not in LOG_LEVELS:
        return f"level is one of {', '.join(LOG_LEVELS)}"
    if key in ("leave", "prefix") and not chord(value):
        return f"{key} is Ctrl with a letter or one of ] \\ ^ _, or F1 to F12: {value!r} is not"
    if key == "scrollback" and not SCROLLBACK_LEAST <= value <= SCROLLBACK_MOST:
        return f"scrollback is {SCROLLBACK_LEAST} to {SCROLLBACK_MOST} bytes"
    if key == "paste_lines_ask" and value < 0:
        return "paste_lines_ask is 0 (never ask) or more"
    if key == "paste_pace" and not 0 <= value <= PASTE_PACE_MOST:
        return f"paste_pace is 0 (at once) to {PASTE_PACE_MOST} characters a second"
    return None


def chord(written: str) -> str:
    """`ctrl+]` for `Ctrl+]`, `ctrl-]` or `^]`, `f5` for `F5`; "" for what cannot be a chord."""
    found = CHORD.fullmatch(written.strip())
    if found is None:
        return ""
    if found[2]:
        return found[2].lower()
    letter = found[1].lower()
    return "" if letter in NOT_CHORDS else f"ctrl+{letter}"
