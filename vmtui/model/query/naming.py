"""Guests by what a command names: names, patterns and filter terms side by side. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from vmtui.errors import Invalid, NotFound
from vmtui.model.query.fields import BY_ID, Facts
from vmtui.model.query.filter import parse, pattern

Subject = TypeVar("Subject", bound=Facts)
_TERM = re.compile(r"!|/|~|@|([a-z]+)(?::|!=|>=|<=|=|>|<)")


def named(
    subjects: Sequence[Subject], words: Sequence[str], saved: Mapping[str, str] | None = None
) -> list[Subject]:
    """The guests that these words name: `web1 db*` either, `web* host:lab` only those on lab.

    A word is a whole name, a pattern of one (`web*`), a UUID, or a term of the filter with a
    field or a sign. Bare words are never parts of names here: what acts on guests must not act on
    more than was meant.

    Raises:
        NotFound: A word names no guest, or nothing is left.
        Invalid: A term makes no sense.
    """
    terms = [word for word in words if _is_term(word)]
    names = [word for word in words if not _is_term(word)]
    wanted = parse(" ".join(terms), saved)
    if wanted.problems:
        raise Invalid(wanted.problems[0])
    within = [subject for subject in subjects if wanted.matches(subject)]
    if not names:
        found = within
    else:
        found = []
        for name in names:
            these = _of_name(within, name)
            if not these:
                raise NotFound(f"no guest is named {name}", *_near(subjects, name))
            found += [one for one in these if one not in found]
    if not found:
        raise NotFound(f"no guest matches {' '.join(words)}")
    return found


def _is_term(word: str) -> bool:
    found = _TERM.match(word)
    return found is not None and (found[1] is None or found[1] in BY_ID)


def _of_name(subjects: Sequence[Subject], name: str) -> list[Subject]:
    exact = [one for one in subjects if name in (one.guest.name, one.guest.key.uuid)]
    if exact or not ("*" in name or "?" in name):
        return exact
    whole = pattern(name)
    return [one for one in subjects if whole(one.guest.name)]


def _near(subjects: Sequence[Facts], name: str) -> tuple[str, ...]:
    near = difflib.get_close_matches(name, [one.guest.name for one in subjects], 1)
    return (f"did you mean {near[0]}?",) if near else ()
