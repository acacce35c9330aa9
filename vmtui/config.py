"""The settings file: TOML in, frozen Settings out, and a list of problems with their lines.

A problem never stops the program: the setting that has one keeps its default, and the screen
says so.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

TICK_MIN, TICK_MAX = 0.5, 60.0


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One `[[host]]`: a connection that is opened when no other is asked for."""

    uri: str = ""
    name: str = ""
    """What it is called on the screen; "" for a name made from the URI."""
    read_only: bool = False


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
    tick: float = 2.0
    """Seconds between two readings."""
    theme: str = "midnight"
    sort: str = "name"
    """Column by which the table is sorted; a leading - turns it round."""
    read_only: bool = False
    log_level: str = "INFO"
    shutdown_patience: float = 60.0
    """Seconds after which a guest that was asked to shut down is said not to obey."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Action id to key, or to several separated by commas."""
    console: ConsoleSettings = ConsoleSettings()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that could not be taken; `line` counts from 1, 0 for none."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


SECTIONS: dict[str, dict[str, type]] = {
    "ui": {"theme": str, "sort": str, "tick": float},
    "behaviour": {"read_only": bool, "shutdown_patience": float},
    "log": {"level": str},
}
CONSOLE: dict[str, type] = {
    "leave": str, "prefix": str, "scrollback": int, "paste_lines_ask": int, "paste_pace": int,
}  # fmt: skip
_RENAMED = {("log", "level"): "log_level"}
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


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
        known = [*SECTIONS, "host", "keys", "console"]
        for name, content in data.items():
            if name == "host":
                values["hosts"] = self.hosts(content)
            elif name == "keys":
                values["keys"] = self.keys(content)
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
            values[_RENAMED.get((name, key), key)] = value

    def hosts(self, content: object) -> tuple[HostEntry, ...]:
        if not isinstance(content, list):
            self.problem("host", "hosts are a list: write [[host]] before each")
            return ()
        wanted = {item.name: type(item.default) for item in fields(HostEntry)}
        hosts: list[HostEntry] = []
        for number, entry in enumerate(content):
            values: dict[str, Any] = {}
            for key, value in entry.items():
                if key not in wanted:
                    self.unknown(key, list(wanted), number)
                elif type(value) is not wanted[key]:
                    self.problem(key, f"{key} wants a {_WORDS[wanted[key]]}", number)
                else:
                    values[key] = value
            host = HostEntry(**values)
            if not host.uri:
                self.problem("[[host]]", "a host needs a uri", number)
            elif any(host.name and host.name == other.name for other in hosts):
                self.problem("name", f"two hosts are named {host.name}", number)
            else:
                hosts.append(host)
        return tuple(hosts)

    def keys(self, content: object) -> Mapping[str, str]:
        if not isinstance(content, dict):
            self.problem("keys", "keys is a section: write [keys]")
            return MappingProxyType({})
        good: dict[str, str] = {}
        for action, key in content.items():
            if isinstance(key, str) and key.strip():
                good[action] = key
            else:
                self.problem(action, f'{action} wants a key, such as "s" or "ctrl+s"')
        return MappingProxyType(good)

    def unknown(self, name: str, known: list[str], nth: int = 0) -> None:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        self.problem(name, f"{name} is not known; {hint}", nth)

    def problem(self, name: str, message: str, nth: int = 0) -> None:
        self.problems.append(Problem(self.line_of(name, nth), message))

    def line_of(self, name: str, nth: int = 0) -> int:
        """The line on which `name` stands as a key or section: in the nth [[host]] if given."""
        starts = [i for i, line in enumerate(self.lines) if line.strip().startswith("[[host]]")]
        first = starts[nth] if nth < len(starts) and (nth or name in ("uri", "name")) else 0
        pattern = re.compile(rf"\s*(\[*\s*)?[\"']?{re.escape(name.strip('[]'))}[\"']?\s*(=|\]|\.)")
        for index in range(first, len(self.lines)):
            if pattern.match(self.lines[index]):
                return index + 1
        return 0


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
