"""Whether the host knows what time it is: guests take theirs from it."""

from __future__ import annotations

import calendar
import ctypes
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level

STA_UNSYNC = 0x0040
TIME_ERROR = 5
RTC_OFF = 300
"""Seconds that the hardware's clock may differ."""
BUILT = calendar.timegm((2024, 1, 1, 0, 0, 0))
"""No host that runs this lives before (seconds since the epoch)."""
FAR = 30 * 365 * 86400
_MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
_DATE = re.compile(r"([A-Z][a-z]{2})\s+(\d+)\s+(\d\d):(\d\d):(\d\d)\s+(?:\w+\s+)?(\d{4})")


@dataclass(frozen=True, slots=True)
class Synced:
    """What the kernel says of its clock's discipline."""

    synced: bool
    error: float
    """Seconds that it may be off, as it reckons."""


class _Timex(ctypes.Structure):
    """struct timex, as far as it is read; the rest is room."""

    _fields_ = [
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    ]


def ask_kernel() -> Synced | None:
    """adjtimex(2) without changing anything; None where there is none."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        found = _Timex()
        state = library.adjtimex(ctypes.byref(found))
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    return Synced(not found.status & STA_UNSYNC and state != TIME_ERROR, found.maxerror / 1e6)


def check_clock(site: Site, kernel: Callable[[], Synced | None] = ask_kernel) -> Finding:
    """The time against the kernel's age, the hardware's clock and its synchronization."""
    id_, title = "clock", "Time of day"
    now = site.now()
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    oldest = max(BUILT, _kernel_built(site) or 0)
    commands = ("timedatectl", "sudo timedatectl set-ntp true")
    if now < oldest or now > oldest + FAR:
        older = "before this host's kernel was built" if now < oldest else "decades ahead"
        return Finding(
            id_, title, Level.FAILURE, f"{shown}: {older}",
            "Guests start with that time: certificates, updates and logins fail in them.",
            "Set it, and have it kept right.", commands,
        )  # fmt: skip
    hardware = _hardware_clock(site)
    if hardware is not None and abs(hardware - now) > RTC_OFF and not _local_time(site):
        return Finding(
            id_, title, Level.WARNING,
            f"{shown}; the hardware's clock differs by {abs(hardware - now) / 60:.0f} minutes",
            "Until time is synchronized after a start, guests get the wrong one.",
            "Write the right time into it.", ("sudo hwclock --systohc",),
        )  # fmt: skip
    synced = kernel()
    if synced is not None and synced.synced:
        return Finding(id_, title, Level.PASS, f"{shown}, synchronized")
    if synced is None:
        return Finding(id_, title, Level.UNKNOWN, f"{shown}; whether it is kept right is not told")
    return Finding(
        id_, title, Level.WARNING, f"{shown}, and nothing keeps it right (not synchronized)",
        "It drifts, and guests' time with it.",
        "Have it kept right by systemd-timesyncd or chrony.", commands[1:],
    )  # fmt: skip


def _kernel_built(site: Site) -> float | None:
    """When the kernel was built, by its own words (`#1 SMP ... Mon Jan 5 10:00:00 UTC 2026`)."""
    found = _DATE.search(site.text(site.proc / "sys/kernel/version"))
    if found is None or found[1] not in _MONTHS:
        return None
    month, day, hour, minute, second, year = found.groups()
    return calendar.timegm(
        (int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second))
    )


def _hardware_clock(site: Site) -> float | None:
    text = site.text(site.sys / "class/rtc/rtc0/since_epoch")
    return float(text) if text.isdecimal() else None


def _local_time(site: Site) -> bool:
    """Whether the hardware's clock is kept in local time, as for Windows."""
    return "LOCAL" in site.text(site.etc / "adjtime")
