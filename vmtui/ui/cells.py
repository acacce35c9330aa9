"""Facts into words: what stands in a cell, and which role (not which colour) it plays.

Text from guests and hosts passes `clean` here, once, on its way to the screen. Pure: no Textual.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto

from vmtui.engine.job import Overlay, TrackState
from vmtui.model.guest import Guest, GuestState, Labels
from vmtui.model.host import Link, LinkState, Virtualization
from vmtui.model.stats import GuestFigures, MemorySample
from vmtui.model.storage import PoolState
from vmtui.model.systems import system_name
from vmtui.model.units import duration, short_size

UNKNOWN = "–"


class Role(Enum):
    """What a piece of text is for; themes give each a style."""

    TEXT = auto()
    STRONG = auto()
    MUTED = auto()
    ACCENT = auto()
    GOOD = auto()
    WARN = auto()
    BAD = auto()
    RUNNING = auto()
    PAUSED = auto()
    OFF = auto()
    CRASHED = auto()
    BUSY = auto()
    TITLE = auto()
    KEY = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """A word or figure on the screen."""

    text: str
    role: Role = Role.TEXT


NOTHING = Cell(UNKNOWN, Role.MUTED)

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str, limit: int = 1000) -> str:
    """Text that may come from a guest, made harmless: one line, no control or bidi characters."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    made = []
    for character in text[:limit]:
        if character in _BIDI or unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            made.append("\N{MIDDLE DOT}" if character not in "\u200b\u200d\ufeff" else "")
        else:
            made.append(character)
    return "".join(made)


STATES: dict[GuestState, tuple[str, str, Role]] = {
    GuestState.RUNNING: ("●", "running", Role.RUNNING),
    GuestState.PAUSED: ("‖", "paused", Role.PAUSED),
    GuestState.SHUTTING_DOWN: ("▼", "stopping", Role.BUSY),
    GuestState.OFF: ("○", "off", Role.OFF),
    GuestState.CRASHED: ("✗", "crashed", Role.CRASHED),
    GuestState.SLEEPING: ("◐", "asleep", Role.PAUSED),
    GuestState.UNKNOWN: ("?", "unknown", Role.MUTED),
}
"""Glyph, word and role of each state: never by colour alone."""

POOLS: dict[PoolState, tuple[str, Role]] = {
    PoolState.RUNNING: ("active", Role.RUNNING),
    PoolState.INACTIVE: ("inactive", Role.OFF),
    PoolState.BUILDING: ("building", Role.BUSY),
    PoolState.DEGRADED: ("degraded", Role.WARN),
    PoolState.INACCESSIBLE: ("inaccessible", Role.BAD),
}

LINKS: dict[LinkState, tuple[str, str, Role]] = {
    LinkState.CONNECTING: ("◌", "connecting", Role.BUSY),
    LinkState.UP: ("●", "up", Role.RUNNING),
    LinkState.LOST: ("✗", "lost", Role.BAD),
    LinkState.REFUSED: ("✗", "refused", Role.BAD),
    LinkState.CLOSED: ("○", "closed", Role.MUTED),
}

VIRTUALIZATION: dict[Virtualization, tuple[str, Role]] = {
    Virtualization.USABLE: ("KVM usable", Role.GOOD),
    Virtualization.MISSING: ("no hardware virtualization", Role.WARN),
    Virtualization.NO_DEVICE: ("KVM not loaded", Role.WARN),
    Virtualization.NO_ACCESS: ("no access to /dev/kvm", Role.WARN),
    Virtualization.UNSURE: ("KVM doubtful", Role.WARN),
    Virtualization.UNKNOWN: ("virtualization unknown", Role.MUTED),
}


def state(guest: Guest) -> Cell:
    """Glyph and word of a guest's state; one that waits to be resumed from disk is `saved`.

    One whose file systems are frozen runs, and stands still all the same.
    """
    if guest.saved and not guest.state.active:
        return Cell("◌ saved", Role.PAUSED)
    if guest.frozen:
        return Cell("❄ frozen", Role.BAD)
    glyph, word, role = STATES[guest.state]
    return Cell(f"{glyph} {word}", role)


def link(value: Link, now: float) -> Cell:
    """A connection's state with its age where it is not up."""
    glyph, word, role = LINKS[value.state]
    if value.state in (LinkState.LOST, LinkState.REFUSED):
        return Cell(f"{glyph} {word} {duration(now - value.since)}", role)
    return Cell(f"{glyph} {word}", role)


def load_role(fraction: float) -> Role:
    """Calm, warm or hot."""
    if fraction >= 0.9:
        return Role.BAD
    return Role.WARN if fraction >= 0.7 else Role.TEXT


def percent(fraction: float | None, digits: int = 0) -> Cell:
    """`12%`, or a dash where it is not known; warmer as it fills."""
    if fraction is None or math.isnan(fraction):
        return NOTHING
    role = Role.MUTED if fraction < 0.005 else load_role(fraction)
    return Cell(f"{fraction * 100:.{digits}f}%", role)


def memory(figure: MemorySample | None, allocated: int | None) -> Cell:
    """Used of allocated; used is a question mark while the guest does not report it."""
    if figure is None:
        return Cell(short_size(allocated), Role.MUTED) if allocated else NOTHING
    if figure.used is None:
        return Cell(f"?/{short_size(figure.current)}", Role.MUTED)
    role = load_role(figure.used / figure.current) if figure.current else Role.TEXT
    return Cell(f"{short_size(figure.used)}/{short_size(figure.current)}", role)


def rate(value: float | None) -> str:
    """Bytes a second, short; a dot where nothing moves."""
    if value is None:
        return UNKNOWN
    return "·" if value < 1 else short_size(value)


def rates(first: float | None, second: float | None) -> Cell:
    """Two rates side by side: in and out, read and written."""
    if first is None and second is None:
        return NOTHING
    quiet = (first or 0) < 1 and (second or 0) < 1
    return Cell(f"{rate(first):>5} {rate(second):>5}", Role.MUTED if quiet else Role.TEXT)


def addresses(guest: Guest) -> Cell:
    """The first address, `+` where there are more; IPv4 before IPv6."""
    if not guest.addresses:
        return NOTHING if guest.state.active else Cell("")
    first, *more = sorted(guest.addresses, key=lambda address: ":" in address.ip)
    text = clean(first.ip, 45)
    return Cell(f"{text}+" if more else text)


def uptime(guest: Guest, now: float, said: Callable[[float], str] = duration) -> Cell:
    """Since when it runs; `>` where only the latest possible moment is known."""
    if not guest.state.active:
        return Cell("")
    if guest.started_at is not None:
        return Cell(said(now - guest.started_at))
    if guest.started_by is not None:
        return Cell(">" + said(now - guest.started_by), Role.MUTED)
    return NOTHING


def order(labels: Labels) -> Cell:
    """A guest's place in the order of starting, and its delay: `10 +30s`."""
    if labels.order is None:
        return Cell("")
    wait = f" +{duration(labels.delay)}".replace(" 0s", "") if labels.delay else ""
    return Cell(f"{labels.order}{wait}")


def moment(at: float, *, seconds: bool = True) -> str:
    """A point in time as the person's clock shows it."""
    local = datetime.fromtimestamp(at, tz=UTC).astimezone()
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


BLOCKS = " ▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(fraction: float | None, width: int) -> str:
    """A horizontal bar `width` cells wide, in eighths of a cell."""
    if fraction is None or math.isnan(fraction):
        return "·" * width
    eighths = round(max(0.0, min(1.0, fraction)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: list[float], top: float) -> str:
    """One cell a value, 0 to `top`; a gap (NaN) is a blank."""
    made = []
    for value in values:
        if math.isnan(value):
            made.append(" ")
        else:
            level = 0 if top <= 0 else math.ceil(max(0.0, min(1.0, value / top)) * 8)
            made.append(BLOCKS[max(level, 1)])
    return "".join(made)


def os_name(short: str) -> str:
    """`debian12` as people write it: `Debian 12`."""
    return clean(system_name(short), 40)


def disk_rates(figures: GuestFigures | None) -> Cell:
    """Read and written a second."""
    return rates(figures.disk_read, figures.disk_written) if figures else NOTHING


def net_rates(figures: GuestFigures | None) -> Cell:
    """Received and sent a second."""
    return rates(figures.received, figures.sent) if figures else NOTHING


DOING: dict[str, str] = {
    "start": "starting",
    "shutdown": "stopping",
    "shutdown-agent": "stopping",
    "reboot": "rebooting",
    "destroy": "cutting",
    "reset": "resetting",
    "suspend": "suspend",
    "resume": "resuming",
    "save": "saving",
    "discard-saved": "discard",
    "send-keys": "typing",
    "add-console": "adding",
    "log-console": "logging",
    "reboot-agent": "rebooting",
    "run-command": "running",
    "copy-in": "copying",
    "copy-out": "copying",
    "set-password": "setting",
    "add-key": "adding",
    "set-clock": "setting",
    "freeze": "freezing",
    "thaw": "thawing",
    "trim": "trimming",
    "add-agent": "adding",
    "install-tools": "install",
    "rename": "renaming",
    "tag": "tagging",
    "group": "grouping",
    "note": "noting",
    "order": "ordering",
    "start-in-order": "starting",
    "shutdown-in-order": "stopping",
    "delete": "deleting",
}
"""What a row says while an action runs on it."""


def overlay(running: Overlay, now: float) -> Cell:
    """A running job in a row's state: what it does and how long or how far."""
    if running.state is TrackState.STALLED:
        waited = int(max(0, now - running.since))
        return Cell(f"! stuck {waited}s" if waited < 600 else f"! stuck {waited // 60}m", Role.BAD)
    word = DOING.get(running.verb, "working")
    if running.state is TrackState.WAITING:
        return Cell(f"◌ {word}", Role.MUTED)
    if running.state is TrackState.UNDOING:
        return Cell("↺ undoing", Role.WARN)
    if running.fraction is not None:
        return Cell(f"◔ {word[:6]} {running.fraction:.0%}", Role.BUSY)
    return Cell(f"◔ {word}", Role.BUSY)
