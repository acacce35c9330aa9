"""Operating systems: from libosinfo's short names to those that people write."""

from __future__ import annotations

from functools import lru_cache

_NAMES = {
    "archlinux": "Arch",
    "alpinelinux": "Alpine",
    "almalinux": "AlmaLinux",
    "centos": "CentOS",
    "centos-stream": "CentOS Stream",
    "freebsd": "FreeBSD",
    "netbsd": "NetBSD",
    "openbsd": "OpenBSD",
    "opensuse": "openSUSE",
    "opensuse-leap": "openSUSE Leap",
    "rhel": "RHEL",
    "sles": "SLES",
    "win": "Windows",
    "win2k": "Windows 2000",
    "winxp": "Windows XP",
}


@lru_cache(maxsize=512)
def system_name(short: str) -> str:
    """`debian12` as people write it, `Debian 12`; what comes from a guest is not cleaned here."""
    split = next((i for i, character in enumerate(short) if character.isdigit()), len(short))
    name, version = short[:split], short[split:]
    return f"{_NAMES.get(name, name.capitalize())} {version}".strip()
