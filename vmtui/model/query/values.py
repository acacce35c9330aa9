"""The values that a filter compares with: percentages, sizes, lengths of time. Pure."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([a-z%]*)")
_SIZES = {"b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def read_count(text: str) -> float:
    """`4`. Raises ValueError, with what would do."""
    return _split(text, {""}, "a number, such as 4")[0]


def read_percent(text: str) -> float:
    """`50` or `50%`, as percent. Raises ValueError, with what would do."""
    return _split(text, {"", "%"}, "a percentage, such as 50")[0]


def read_size(text: str) -> float:
    """`2G`, `512MiB`, `100` (bytes), in binary units. Raises ValueError, with what would do."""
    wanted = "a size, such as 2G or 512M"
    units = {"", "b", *(f"{u}{more}" for u in "kmgtp" for more in ("", "b", "ib"))}
    number, unit = _split(text, units, wanted)
    return number * 1024.0 ** _SIZES[unit[:1] or "b"]


def read_seconds(text: str) -> float:
    """`90s`, `15m`, `2h`, `3d`, `1w`. Raises ValueError, with what would do."""
    number, unit = _split(text, set(_SECONDS), "a length of time, such as 15m, 2h or 3d")
    return number * _SECONDS[unit]


def _split(text: str, units: set[str], wanted: str) -> tuple[float, str]:
    found = _NUMBER.fullmatch(text.strip().lower())
    if found is None or found[2] not in units:
        raise ValueError(f"wants {wanted}")
    return float(found[1]), found[2]
