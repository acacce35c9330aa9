"""docs/config.md, from config.py: its sections, defaults and the words beside them."""

from __future__ import annotations

import ast
import inspect
import itertools
from dataclasses import fields
from typing import Any

from vmtui import config, plugin
from vmtui.config import ConsoleSettings, HostEntry, Settings
from vmtui.entries import ImageEntry, ViewEntry
from vmtui.plugin import InputEntry, PluginEntry
from vmtui.ui import reload

SECTIONS = {
    "hosts": "`[[host]]`",
    "images": "`[[image]]`",
    "log_level": "`level`",
    "console": "`[console]`",
}
*FIRST, LAST = (SECTIONS.get(name, f"`{name}`") for name in reload.LATER)
LATER = f"{', '.join(FIRST)} and {LAST}"

HEAD = f"""\
# The settings

`~/.config/vmtui/config.toml`, or the file that `--config` names. Every line is optional, and what the command line says wins. A line
that is wrong keeps its default and is told with its number when vmtui starts; it never stops the program. Settings that are
changed inside vmtui are written here, and your comments stay. While vmtui runs the file and the themes are looked at every two seconds: keys,
themes, plugins, filters, views, columns, `ascii` and `shutdown_patience` are in force at once;
{LATER} count from the next
start on. A change with anything wrong in it is told, and the old settings stay.

Made from the program by `python -m scripts.papers`.
"""
KINDS = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true or false",
    tuple: "list",
    type(None): "true or false",
}
ABOUT = {
    "ui": "What is seen.",
    "behaviour": "What is done.",
    "log": "The program's own log.",
    "host": "One `[[host]]` for each connection that is opened when neither `--connect` nor "
            "`LIBVIRT_DEFAULT_URI` says otherwise. `vmtui hosts` edits them too.",
    "view": "One `[[view]]` for each named view of the table, which `:save-view NAME` writes and `:view NAME` shows.",
    "image": "One `[[image]]` for each cloud image of your own that new guests are made from, by the wizard and by `vmtui create "
             "--cloud ID`.",
    "plugin": "One `[[plugin]]` for each command of your own; [plugins.md](plugins.md) has examples.",
    "inputs": "A table for each thing that is asked in a form before.",
    "console": "The console pane.",
}  # fmt: skip
TABLES = """
## `[keys]`

An action's id, as [keys.md](keys.md) lists them, and its keys, separated by commas: `start = "F5"`, `filter = "/, ctrl+f"`. Keys with
spaces between them are a chord: `view-host = "2, g h"`. A key that is taken, begins another chord, or with which one moves about, is refused, with its line.

## `[filters]`

A name and a filter, for `F` above the table and `@name` in any filter: `night = "tag:batch !state:off"`.

## `[console.snippets]`

A name and the text that is typed into a guest: `uptime = "uptime\\n"`.
"""


def page() -> str:
    """The page."""
    parts = [HEAD]
    for section, keys in config.SECTIONS.items():
        names = {key: config._RENAMED.get((section, key), key) for key in keys}
        parts.append(_table(f"[{section}]", ABOUT.get(section, ""), Settings, names))
    hosts = {item.name: item.name for item in fields(HostEntry)}
    parts.append(_table("[[host]]", ABOUT["host"], HostEntry, hosts))
    views = {item.name: item.name for item in fields(ViewEntry)}
    parts.append(_table("[[view]]", ABOUT["view"], ViewEntry, views))
    images = {item.name: item.name for item in fields(ImageEntry)}
    parts.append(_table("[[image]]", ABOUT["image"], ImageEntry, images))
    parts.append(_table("[[plugin]]", ABOUT["plugin"], PluginEntry, _keys(PluginEntry)))
    inputs = _table("inputs", ABOUT["inputs"], InputEntry, _keys(InputEntry))
    parts += [inputs.replace("## `inputs`", "### `inputs`"), _fields()]
    console = {key: key for key in config.CONSOLE}
    parts.append(_table("[console]", ABOUT["console"], ConsoleSettings, console))
    return "".join([*parts, TABLES])


def _keys(kind: Any) -> dict[str, str]:
    return {item.name: item.name for item in fields(kind) if item.name != "line"}


def _fields() -> str:
    text = "\n### Fields of `command`\n\n| field | scope | what it is |\n|---|---|---|\n"
    for scope, known in (
        ("guest", plugin.GUEST_FIELDS),
        ("guest, host", plugin.HOST_FIELDS),
        ("all", plugin.MANY_FIELDS),
    ):
        for name, words in known.items():
            text += f"| `{{{name}}}` | {scope} | {words} |\n"
    return text


def _table(title: str, about: str, kind: Any, names: dict[str, str]) -> str:
    words = _words(kind)
    defaults = {item.name: item.default for item in fields(kind)}
    text = f"\n## `{title}`\n\n{about}\n\n| key | kind | default | meaning |\n|---|---|---|---|\n"
    for key, name in names.items():
        default = defaults[name]
        shown = str(default).lower() if isinstance(default, bool) else repr(default)
        shown = "[]" if default == () else shown
        shown = "none" if default is None else shown
        shown = shown.replace("'", '"').replace("|", "\\|")
        kind_word = KINDS.get(type(default), "")
        text += f"| `{key}` | {kind_word} | `{shown}` | {words.get(name, '')} |\n"
    return text


def _words(kind: Any) -> dict[str, str]:
    """The text below each field in the source."""
    (tree,) = ast.parse(inspect.getsource(kind)).body
    found: dict[str, str] = {}
    body = tree.body  # type: ignore[attr-defined]
    for item, after in itertools.pairwise(body):
        if isinstance(item, ast.AnnAssign) and isinstance(after, ast.Expr):
            value = after.value
            if isinstance(value, ast.Constant) and isinstance(item.target, ast.Name):
                found[item.target.id] = " ".join(str(value.value).split()).replace("|", "\\|")
    return found
