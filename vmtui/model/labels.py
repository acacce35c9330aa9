"""What people write on guests: how tags are changed, and what may be written. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from vmtui.errors import Invalid
from vmtui.model.guest import Labels
from vmtui.model.query.values import read_seconds

ORDER_MOST, DELAY_MOST = 9999, 3600
"""The greatest place in an order, and seconds of a delay."""
ORDER_WORDS = f"a number from 0 to {ORDER_MOST}, none, or delay=30s"
"""What may be written."""
TAGS_MOST, TAG_MOST, GROUP_MOST, NOTE_MOST = 32, 40, 60, 2000
"""Tags of a guest, and characters of a tag, a group and a note."""


def retagged(labels: Labels, changes: Sequence[str]) -> Labels:
    """The labels with tags changed: `web` or `+web` adds one, `-web` takes it away.

    Raises Invalid where a tag cannot be one.
    """
    tags = list(labels.tags)
    for word in changes:
        tag = word.removeprefix("-") if word.startswith("-") else word.removeprefix("+")
        if problem := tag_problem(tag):
            raise Invalid(f"{word} is no tag", problem)
        if word.startswith("-"):
            tags = [one for one in tags if one != tag]
        elif tag not in tags:
            tags.append(tag)
    if len(tags) > TAGS_MOST:
        raise Invalid(f"A guest has at most {TAGS_MOST} tags")
    return replace(labels, tags=tuple(sorted(tags)))


def reordered(labels: Labels, words: Sequence[str]) -> Labels:
    """The labels with another order: `10`, `none`, `delay=30s`, in any number.

    Without an order there is no delay. Raises Invalid where a word is none of these.
    """
    order, delay = labels.order, labels.delay
    for word in words:
        name, sign, value = word.partition("=")
        if sign and name == "delay":
            delay = read_delay(value)
        elif word == "none":
            order, delay = None, 0
        elif word.isdecimal() and word.isascii() and len(word) <= 6 and int(word) <= ORDER_MOST:
            order = int(word)
        else:
            raise Invalid(f"{word} is no order", ORDER_WORDS)
    if delay and order is None:
        raise Invalid("A delay without an order makes nobody wait", ORDER_WORDS)
    return replace(labels, order=order, delay=delay)


def read_delay(text: str) -> int:
    """Seconds of `30s`, `2m` or `45`. Raises Invalid where it is none, or too long."""
    try:
        seconds = int(text) if text.isdecimal() and len(text) <= 6 else int(read_seconds(text))
    except ValueError as error:
        raise Invalid(f"{text or 'nothing'} is no delay", str(error)) from None
    if seconds > DELAY_MOST:
        raise Invalid(f"A delay is at most {DELAY_MOST} seconds", text)
    return seconds


def tag_problem(tag: str) -> str | None:
    """None where it can be a tag: one word, so that filters and commands can name it."""
    if not tag:
        return "a tag is needed"
    if len(tag) > TAG_MOST:
        return f"a tag has at most {TAG_MOST} characters"
    if any(letter.isspace() or letter in ",\"'" for letter in tag) or tag[0] in "+-":
        return "a tag is one word, without commas and quotes"
    return _unwritable(tag)


def group_problem(group: str) -> str | None:
    """None where it can be a group's name; "" is none."""
    if len(group) > GROUP_MOST:
        return f"a group's name has at most {GROUP_MOST} characters"
    return _unwritable(group)


def note_problem(note: str) -> str | None:
    """None where it can be a note; "" is none."""
    if len(note) > NOTE_MOST:
        return f"a note has at most {NOTE_MOST} characters"
    return _unwritable(note)


def _unwritable(text: str) -> str | None:
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Cn", "Co") for letter in text):
        return "it has characters that cannot be written"
    return None
