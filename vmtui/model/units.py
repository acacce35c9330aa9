"""Arithmetic and plain words of sizes, rates and durations."""

from __future__ import annotations

import re

KIB = 1024
MIB = 1024**2
GIB = 1024**3

_SIZES = ("B", "K", "M", "G", "T", "P")


def short_size(count: float) -> str:
    """Bytes in at most five characters, binary prefixes: `512B`, `1.5G`, `128M`."""
    value = float(max(count, 0))
    for unit in _SIZES:
        if value < 999.5 or unit == _SIZES[-1]:
            if unit == "B" or value >= 9.95:
                return f"{value:.0f}{unit}"
            return f"{value:.1f}{unit}"
        value /= 1024
    raise AssertionError("unreachable")


def size(count: float) -> str:
    """Bytes in words for a sentence: `40 GiB`, `1.5 MiB`, `512 bytes`."""
    value = float(max(count, 0))
    if value < KIB:
        return f"{value:.0f} bytes"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        value /= 1024
        if value < 999.5 or unit == "TiB":
            return (
                f"{value:.0f} {unit}"
                if value >= 99.5 or value == int(value)
                else (f"{value:.1f} {unit}")
            )
    raise AssertionError("unreachable")


def duration(seconds: float) -> str:
    """A length of time in at most six characters, its two greatest units: `3d 4h`, `12m`, `8s`."""
    total = int(max(seconds, 0))
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    if days >= 100:
        return f"{days}d"
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    if minutes:
        return f"{minutes}m {secs}s"
    return f"{secs}s"


def ratio(part: float | None, whole: float | None) -> float | None:
    """`part / whole`, or None where either is unknown or `whole` is nothing."""
    if part is None or not whole:
        return None
    return part / whole


def age(seconds: float) -> str:
    """Like `duration`, but below an hour in whole minutes: it changes once a minute."""
    return duration(seconds) if seconds >= 3600 else f"{int(max(seconds, 0) // 60)}m"


def parse_size(text: str) -> int:
    """Bytes of what a person writes: `20G`, `512 MiB`, `1,5 TB`; a bare number is in GiB below
    1024 and in bytes from there on.

    Raises ValueError where it is no size, or more than there is anywhere.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError("A size such as 20G, 512M or 1.5T")
    number, unit = float(found[1].replace(",", ".")), found[2].lower()
    power = "bkmgtp".index(unit) if unit else 3 if number < 1024 else 0
    if number * 1024**power > SIZE_MOST:
        raise ValueError("That is more than there is anywhere")
    return int(number * 1024**power)


_SIZE = re.compile(
    r"\s*(\d{1,30}(?:[.,]\d{1,30})?)\s*([KMGTP]?)(?:I?B)?\s*", re.IGNORECASE | re.ASCII
)
SIZE_MOST = 1 << 60
"""Bytes that a size may have at most."""
