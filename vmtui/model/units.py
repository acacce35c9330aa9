"""Arithmetic and plain words of sizes, rates and durations."""

from __future__ import annotations

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
