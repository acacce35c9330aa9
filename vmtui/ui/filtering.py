"""The filter: what a person types, and which rows it leaves. Pure."""

from __future__ import annotations

from vmtui.ui import cells
from vmtui.ui.columns import Row

UUID_FROM = 8
"""Characters from which a word is looked for in UUIDs too: shorter ones would match by chance."""


def words_of(typed: str) -> tuple[str, ...]:
    """The words of a filter, folded; a lone `!` is still being typed and asks for nothing."""
    return tuple(word for word in typed.casefold().split() if word != "!")


def matches(row: Row, words: tuple[str, ...]) -> bool:
    """Whether every word is found in the row, and none that begins with `!`."""
    return all(
        not _found(row, word[1:]) if word.startswith("!") else _found(row, word) for word in words
    )


def _found(row: Row, word: str) -> bool:
    """In name, title, state, OS, host name or host; with a dot or colon in the addresses too."""
    guest = row.guest
    definition = guest.definition
    parts = [guest.name, cells.state(guest).text, guest.key.host, guest.hostname]
    if definition is not None:
        parts += [definition.title, definition.os, cells.os_name(definition.os)]
    if "." in word or ":" in word:
        parts += [address.ip for address in guest.addresses]
    if len(word) >= UUID_FROM:
        parts.append(guest.key.uuid)
    return any(word in part.casefold() for part in parts)
