"""Text that a guest or a remote host controls, made safe to keep and to show."""

from __future__ import annotations

import re

# C0, DEL and C1 controls. Directional marks stay: right-to-left names are honest names.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
# Embeddings, overrides and isolates would reorder what the screen writes after them.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def plain(text: str | None, limit: int = 2000) -> str:
    """The text on one line, controls replaced by spaces, at most `limit` characters."""
    if not text:
        return ""
    text = _REORDERING.sub("", _CONTROLS.sub(" ", text[: limit * 2])).strip()
    # Lone surrogates cannot be written to any terminal or file.
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= limit else text[: limit - 1] + "…"


def number(text: str | None, default: int = 0) -> int:
    """A whole number in any of XML's usual spellings (12, 0x1f), or `default`."""
    try:
        return int(text or "", 0)
    except ValueError:
        return default
