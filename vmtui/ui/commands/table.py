"""Commands with arguments of their own: filter, sort, host, theme, settings."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from vmtui import config
from vmtui.errors import Invalid
from vmtui.model.query.fields import FIELDS, ChoiceField
from vmtui.model.query.filter import parse
from vmtui.ui import actions as registry
from vmtui.ui import export, preferences
from vmtui.ui.columns import BY_ID as COLUMN
from vmtui.ui.columns import WIDTH_LEAST, WIDTH_MOST, parts
from vmtui.ui.commands.command import Command, Deck
from vmtui.ui.commands.line import quoted
from vmtui.ui.grouping import GROUPINGS
from vmtui.ui.reload import LATER

DIRECTIONS = ("asc", "desc")


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """The one that is meant by `word`, of which the beginning is enough.

    Raises Invalid, with the nearest, where none or several are.
    """
    every = list(known)
    if word in every:
        return word
    found = [one for one in every if one.casefold().startswith(word.casefold())]
    if word and len(found) == 1:
        return found[0]
    if word and found:
        raise Invalid(f"{word} may be {', '.join(found[:6])}")
    near = difflib.get_close_matches(word, every, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(every[:12])}"
    raise Invalid(f"there is no {what} {word}".strip(), hint)


# -- the filter --------------------------------------------------------------------------------


def _filter(deck: Deck, rest: str) -> None:
    found = parse(rest, deck.cockpit.settings.filters)
    if found.problems:
        raise Invalid(found.problems[0])
    deck.show_place("guests")
    deck.guests.filter_by(rest)


def _filter_words(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    for field in FIELDS:
        if isinstance(field, ChoiceField):
            yield from (f"{field.id}:{choice}" for choice in field.choices)
        else:
            yield f"{field.id}:"
    yield from (f"host:{host}" for host in deck.cockpit.store.inventory.hosts)
    yield from (f"@{name}" for name in deck.cockpit.settings.filters)


def _save_filter(deck: Deck, rest: str) -> None:
    if not rest or " " in rest:
        raise Invalid("a saved filter has a name of one word")
    text = deck.guests.list.filter.text
    if not text:
        raise Invalid("there is no filter to save", "type one with / first")
    preferences.keep(deck.page, "filters", rest, text, f"@{rest} is now this filter")


# -- the order ---------------------------------------------------------------------------------


def _sort(deck: Deck, rest: str) -> None:
    name, _, way = rest.partition(" ")
    column = nearest(name, COLUMN, "column")
    falling = None if not way else nearest(way.strip(), DIRECTIONS, "direction") == "desc"
    deck.show_place("guests")
    deck.guests.sort(column, falling)


def _sort_words(_deck: Deck, before: Sequence[str]) -> Iterable[str]:
    return DIRECTIONS if len(before) > 1 else COLUMN


# -- groups ------------------------------------------------------------------------------------


def _group_by(deck: Deck, rest: str) -> None:
    by = nearest(rest, (*GROUPINGS, "none"), "grouping") if rest else "none"
    deck.show_place("guests")
    deck.guests.group_by("" if by == "none" else by)


def _groupings(_deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    return (*GROUPINGS, "none")


# -- the columns, and what they show -----------------------------------------------------------


def _columns(deck: Deck, rest: str) -> None:
    words = [_column(word) for word in rest.replace(",", " ").split()]
    deck.show_place("guests")
    deck.guests.keep_columns(words)


def _column(word: str) -> str:
    """A column with its width, if one is said. Raises Invalid where there is none such."""
    id_, colon, width = word.partition(":")
    column = nearest(id_, COLUMN, "column")
    if colon and not parts(f"{column}:{width}")[1]:
        raise Invalid(f"{word}: no width", f"a column has {WIDTH_LEAST} to {WIDTH_MOST} cells")
    return f"{column}:{int(width)}" if colon else column


def _column_words(_deck: Deck, before: Sequence[str]) -> Iterable[str]:
    there = {parts(word)[0] for word in before}
    return [one for one in COLUMN if one not in there]


# -- named views -------------------------------------------------------------------------------


def _view(deck: Deck, rest: str) -> None:
    views = {view.name: view for view in deck.cockpit.settings.views}
    if not rest:
        deck.perform(registry.BY_ID["views"])
        return
    name = nearest(rest, views, "view")
    deck.show_place("guests")
    deck.guests.call_view(views[name])


def _view_words(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    return [view.name for view in deck.cockpit.settings.views]


def _save_view(deck: Deck, rest: str) -> None:
    if " " in rest:
        raise Invalid("a view has a name of one word")
    preferences.keep_row(deck.page, "view", rest, deck.guests.view_now(), f"view {rest} is kept")


def _delete_view(deck: Deck, rest: str) -> None:
    name = nearest(rest, _view_words(deck, ()), "view")
    preferences.drop_row(deck.page, "view", name, f"view {name} is gone")


def _export(deck: Deck, rest: str) -> None:
    export.check(Path(rest.strip('"')))
    deck.page.run_worker(export.run(deck.page, deck.guests.list, Path(rest.strip('"'))))


# -- hosts and themes --------------------------------------------------------------------------


def _host(deck: Deck, rest: str) -> None:
    name = nearest(rest, deck.cockpit.store.inventory.hosts, "host") if rest else ""
    deck.cockpit.remembered.keep("host", name)
    deck.show_place("host")


def _hosts(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    return [quoted(host) for host in deck.cockpit.store.inventory.hosts]


def _theme(deck: Deck, rest: str) -> None:
    name = nearest(rest, sorted(deck.cockpit.palettes), "theme")
    deck.put_theme(name)
    preferences.keep(deck.page, "ui", "theme", name, f"theme {name}")


def _themes(deck: Deck, _before: Sequence[str]) -> Iterable[str]:
    return sorted(deck.cockpit.palettes)


def _preview_theme(deck: Deck, rest: str) -> None:
    if rest in deck.cockpit.palettes:
        deck.put_theme(rest)


# -- settings ----------------------------------------------------------------------------------

_ALL: dict[str, tuple[str, type]] = {
    **{key: (section, kind) for section, keys in config.SECTIONS.items()
       for key, kind in keys.items()},
    **{key: ("console", kind) for key, kind in config.CONSOLE.items()},
}  # fmt: skip
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _set(deck: Deck, rest: str) -> None:
    name, _, written = rest.partition(" ")
    key = nearest(name, _ALL, "setting")
    section, kind = _ALL[key]
    value = _value(key, kind, written.strip())
    if key in AT_ONCE:
        # In force at once, and told where one is not there.
        AT_ONCE[key](deck, str(value))
    else:
        name = section if section == "console" else config.field_of(section, key)
        when = " from the next start on" if name in LATER else ""
        preferences.keep(deck.page, section, key, value, f"{key} is {written.strip()}{when}")


AT_ONCE: dict[str, Callable[[Deck, str], None]] = {
    "columns": _columns, "group_by": _group_by, "theme": _theme,
}  # fmt: skip


def _value(key: str, kind: type, written: str) -> str | float | int | bool | list[str]:
    if not written:
        raise Invalid(f"{key} wants a value")
    try:
        if kind is bool:
            return _TRUTH[written.lower()]
        if kind is list:
            return [part for part in written.replace(",", " ").split() if part]
        made: str | float | int = kind(written.strip('"'))
        return made
    except (KeyError, ValueError):
        wanted = {bool: "true or false", float: "a number", int: "a whole number"}
        raise Invalid(f"{key} wants {wanted.get(kind, 'text')}") from None


def _settings(deck: Deck, before: Sequence[str]) -> Iterable[str]:
    if len(before) < 2:
        return _ALL
    if _ALL.get(before[1], ("", str))[1] is bool:
        return ("true", "false")
    offers = {
        "theme": sorted(deck.cockpit.palettes),
        "sort": list(COLUMN),
        "group_by": list(GROUPINGS),
        "view": [view.name for view in deck.cockpit.settings.views],
        "level": list(config.LOG_LEVELS),
    }
    return offers.get(before[1], [])


def _help(deck: Deck, _rest: str) -> None:
    deck.show_place("help")


COMMANDS: tuple[Command, ...] = (
    Command("filter", "TERM ...", "show only guests that match; nothing after it shows all",
            _filter, _filter_words),
    Command("save-filter", "NAME", "keep the filter under a name, for F and @NAME", _save_filter,
            alone=False),
    Command("sort", "COLUMN [asc|desc]", "sort by a column", _sort, _sort_words, alone=False),
    Command("group-by", "host|tag|group|os|state|network|none",
            "put the guests into groups, which fold; none: no groups", _group_by, _groupings),
    Command("columns", "[COLUMN[:WIDTH] ...]",
            "show these columns in this order; none: all that fit", _columns, _column_words),
    Command("view", "[NAME]", "show the table as it was saved under that name", _view,
            _view_words),
    Command("save-view", "NAME", "keep columns, sort, groups and filter under a name", _save_view,
            _view_words, alone=False),
    Command("delete-view", "NAME", "forget a view", _delete_view, _view_words, alone=False),
    Command("export", "FILE.csv|FILE.json", "write what the table shows to a new file", _export,
            alone=False),
    Command("host", "[NAME]", "the page of a host", _host, _hosts),
    Command("theme", "NAME", "paint in a theme, and keep it", _theme, _themes, _preview_theme,
            alone=False),
    Command("set", "SETTING VALUE", "change a setting and write it to the file", _set, _settings,
            alone=False),
    Command("help", "", "every key and command", _help),
)  # fmt: skip
