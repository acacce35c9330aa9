"""Words of a virsh command line: quoted for the shell, and not to be misread by virsh."""

from __future__ import annotations

import shlex
from uuid import UUID


def guest(uuid: str, name: str) -> str:
    """How virsh finds the guest: by its name, unless that is read as something else.

    virsh takes a number for an ID and 36 characters in a UUID's form for a UUID before it looks
    for a name; and what cannot be printed cannot be copied from a screen.
    """
    looks_like_id = name.strip().lstrip("+-").isdigit()
    if not name or not name.isprintable() or looks_like_id or _is_uuid(name):
        return uuid
    return name


def option(name: str, value: str) -> tuple[str, ...]:
    """The value as an argument; behind its option's name where a plain one could be misread."""
    if not value or value.startswith("-") or shlex.quote(value) != value:
        return (f"--{name}", value)
    return (value,)


def _is_uuid(text: str) -> bool:
    # virsh ignores dashes and spaces as libvirt's own parser does, and so does Python's.
    try:
        UUID(text.replace(" ", ""))
    except ValueError:
        return False
    return True
