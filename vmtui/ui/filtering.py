"""The filter: what a person types, and which rows it leaves. Pure."""

from __future__ import annotations

from vmtui.ui import cells
from vmtui.ui.columns import Row


def matches(row: Row, words: tuple[str, ...]) -> bool:
    """Whether every word is found in the row, and none that begins with `!`."""
    if not words:
        return True
    text = haystack(row)
    return all((word[1:] not in text) if word.startswith("!") else word in text for word in words)


def words_of(typed: str) -> tuple[str, ...]:
    """The words of a filter, folded; a lone `!` is still being typed and asks for nothing."""
    return tuple(word for word in typed.casefold().split() if word != "!")


def haystack(row: Row) -> str:
    """What a filter looks through: name, title, state, addresses, OS, host, UUID."""
    guest = row.guest
    definition = guest.definition
    parts = [guest.name, cells.state(guest).text, guest.key.host, guest.key.uuid, guest.hostname]
    parts += [address.ip for address in guest.addresses]
    if definition is not None:
        parts += [definition.title, definition.os, cells.os_name(definition.os)]
    return "\n".join(parts).casefold()
