"""What the benchmarks' guests are called: no other word on a screen looks like it."""

from __future__ import annotations

PREFIX = "zq-"
ANY = r"zq-\d{5}"
"""A regular expression that finds any of them in a program's output."""
DEMO = "backup1"
"""One of the demo's guests that is on the first page."""


def name_of(number: int) -> str:
    """The name of a guest, counted from 0; they sort as they are counted."""
    return f"{PREFIX}{number:05}"
