"""Guests in groups: by what, which rows that makes, and which of the groups are folded.

A row of the grouped table is a group's own (`Heading`), a guest's, or that of a guest which was
shown in an earlier group already (`Again`): one with two tags stands under both. No widgets here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any, NamedTuple

from vmtui.model.guest import GuestKey, GuestState
from vmtui.ui import cells
from vmtui.ui.columns import Row, natural
from vmtui.ui.groupsums import Sums, sums_of


class Heading(NamedTuple):
    """The key of a group's own row."""

    group: str


class Again(NamedTuple):
    """The key of a guest's row in another than the first of its groups."""

    guest: GuestKey
    group: str


RowKey = GuestKey | Heading | Again


@dataclass(frozen=True, slots=True)
class Grouping:
    """One thing to group by."""

    id: str
    help: str
    groups: Callable[[Row], Iterable[str]]
    """The groups of a guest; "" is the one of those that have none."""
    none: str = ""
    """What the group "" is called."""
    several: bool = False
    """Whether a guest can be in more than one."""
    place: Callable[[str], Any] = natural
    """Where a group stands among the others."""


NONE = ("",)
SAVED = "saved"


def _state_words() -> list[str]:
    words = [word for _glyph, word, _role in cells.STATES.values()]
    words.insert(words.index(cells.STATES[GuestState.OFF][1]), SAVED)
    return words


_STATES = _state_words()


def _tags(row: Row) -> Iterable[str]:
    return (row.guest.definition.labels.tags if row.guest.definition else ()) or NONE


def _group(row: Row) -> Iterable[str]:
    return (row.guest.definition.labels.group if row.guest.definition else "",)


def _os(row: Row) -> Iterable[str]:
    return (cells.os_name(row.guest.definition.os) if row.guest.definition else "",)


def _state(row: Row) -> Iterable[str]:
    guest = row.guest
    if guest.saved and not guest.state.active:
        return (SAVED,)
    return (cells.STATES[guest.state][1],)


def _networks(row: Row) -> Iterable[str]:
    if row.guest.definition is None:
        return NONE
    cards = row.guest.definition.interfaces
    return dict.fromkeys(card.source or card.kind for card in cards) or NONE


GROUPINGS: Mapping[str, Grouping] = {
    one.id: one
    for one in (
        Grouping("host", "the host they live on", lambda row: (row.guest.key.host,)),
        Grouping("tag", "their tags; a guest with two stands under both", _tags, "no tag",
                 several=True),
        Grouping("group", "the group they were put into", _group, "no group"),
        Grouping("os", "their operating system", _os, "system not known"),
        Grouping("state", "what they do", _state, place=_STATES.index),
        Grouping("network", "the networks, bridges or cables of their cards", _networks,
                 "no network", several=True),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Known:
    """What was reckoned of a group last, from which rows, and when."""

    rows: list[Row]
    sums: Sums
    at: float


MANY = 200
"""Guests from which a group is not reckoned at every drawing."""
REST = 1e-4
"""Seconds a guest for which the sums of such a group hold: a second for ten thousand."""


class Groups:
    """The groups of the guests that are shown; what is folded stays so while one groups alike."""

    def __init__(self, by: str = "") -> None:
        self.by = GROUPINGS.get(by)
        self.folded: set[str] = set()
        self.members: dict[str, list[GuestKey]] = {}
        """The guests of each group, in the order of the table; groups in theirs."""
        self._sums: dict[str, _Known] = {}
        self._of: dict[GuestKey, tuple[str, ...]] = {}
        """The groups in which each guest that is shown was put last."""

    def group_by(self, by: str) -> None:
        """Group by that; by nothing for what is not known."""
        wanted = GROUPINGS.get(by)
        if wanted is not self.by:
            self.by = wanted
            self.folded.clear()

    def reckon_anew(self) -> None:
        """Other guests may be meant from now on: the sums that rest are not theirs."""
        self._sums.clear()

    def arrange(self, rows: Sequence[Row]) -> tuple[list[GuestKey], Sequence[RowKey]]:
        """From sorted rows: the guests in order, each once, and what the table shows."""
        by = self.by
        if by is None:
            self.members = {}
            order = [row.guest.key for row in rows]
            return order, order
        found: dict[str, list[GuestKey]] = {}
        self._of = {}
        for row in rows:
            key = row.guest.key
            self._of[key] = groups = tuple(by.groups(row))
            for group in groups:
                if group in found:
                    found[group].append(key)
                else:
                    found[group] = [key]
        # Those that have none come last.
        places = {group: by.place(group) for group in found if group}
        self.members = {group: found[group] for group in sorted(places, key=places.__getitem__)}
        if "" in found:
            self.members[""] = found[""]
        return self.lay_out()

    def moved(self, changed: Iterable[Row]) -> bool:
        """Whether one of these rows belongs into other groups than it is in."""
        by = self.by
        if by is None:
            return False
        there = ((self._of.get(row.guest.key), row) for row in changed)
        return any(was is not None and was != tuple(by.groups(row)) for was, row in there)

    def lay_out(self) -> tuple[list[GuestKey], Sequence[RowKey]]:
        """What `arrange` gives, after something was folded or unfolded."""
        order: list[GuestKey] = []
        shown: list[RowKey] = []
        several = self.by is not None and self.by.several
        seen: set[GuestKey] = set()
        for group, members in self.members.items():
            shown.append(Heading(group))
            fresh: Sequence[GuestKey] = members
            if several:
                fresh = [key for key in members if key not in seen]
            order += fresh
            if group in self.folded:
                pass
            elif len(fresh) == len(members):
                shown += members
            else:
                shown += [Again(key, group) if key in seen else key for key in members]
            if several:
                seen.update(fresh)
        return order, shown

    # -- a group -------------------------------------------------------------------------------

    def title(self, group: str) -> str:
        """What it is called on the screen."""
        return group or (self.by.none if self.by else "")

    def sums(self, group: str, rows: Mapping[GuestKey, Row], now: float) -> Sums:
        """What its guests are and use together, at that time (seconds).

        Reckoned again only where a row is another, and for many guests not at every drawing.
        """
        members = self.members.get(group, ())
        known = self._sums.get(group)
        if known is not None and len(members) == len(known.rows):
            held = len(members) * REST if len(members) > MANY else 0.0
            if 0 <= now - known.at < held:
                return known.sums
        current = [rows[key] for key in members if key in rows]
        if (
            known is None
            or len(known.rows) != len(current)
            or not all(map(is_, known.rows, current))
        ):
            known = _Known(current, sums_of(current), now)
            self._sums[group] = known
        return known.sums

    def group_of(self, key: RowKey) -> str | None:
        """The group in which that row stands, or None where nothing is grouped."""
        if isinstance(key, (Heading, Again)):
            return key.group
        return next((group for group, members in self.members.items() if key in members), None)

    # -- folding -------------------------------------------------------------------------------

    def toggle(self, group: str) -> None:
        """Fold it, or unfold it."""
        self.folded ^= {group}

    def toggle_all(self) -> None:
        """Fold every group; where they all are, unfold them."""
        everyone = set(self.members)
        self.folded = set() if everyone <= self.folded else everyone


def guest_of(key: RowKey | None) -> GuestKey | None:
    """The guest of that row, or None where it is a group's."""
    if isinstance(key, Again):
        return key.guest
    return key if isinstance(key, GuestKey) else None
