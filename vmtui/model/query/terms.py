"""A filter's text, changed term by term: what chips and commands do to it. Pure."""

from __future__ import annotations

import re

_TERM = r'(?:(?<=\s)|^)!?{field}:((?:"[^"]*"?|[^\s"])*)'


def values_of(text: str, field: str) -> tuple[str, ...]:
    """The values for which this text asks in that field: `state:off,paused` is off and paused."""
    found = re.search(_TERM.format(field=field), text, re.IGNORECASE)
    if found is None or found[0].startswith("!"):
        return ()
    return tuple(part for part in found[1].casefold().split(",") if part)


def with_values(text: str, field: str, values: tuple[str, ...]) -> str:
    """The text asking for these values of that field instead; () asks for none."""
    term = f"{field}:{','.join(values)}" if values else ""
    pattern = re.compile(_TERM.format(field=field) + r"\s*", re.IGNORECASE)
    if pattern.search(text):
        return pattern.sub(lambda _found: f"{term} " if term else "", text, count=1).strip()
    return f"{text.strip()} {term}".strip()
