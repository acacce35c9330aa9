"""virtio-win: the medium with the drivers and the guest agent for Windows.

Source: https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/; the release is one whose
checksum is known, since none is published beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from vmtui.model.storage import Volume

VERSION = "0.1.248"
FILE = f"virtio-win-{VERSION}.iso"
URL = (
    "https://fedorapeople.org/groups/virt/virtio-win/direct-downloads/archive-virtio/"
    f"virtio-win-{VERSION}-1/virtio-win.iso"
)
CHECKSUM = "sha256:d5b5739cf297f0538d263e30678d5a09bba470a7c6bcbd8dff74e44153f16549"

_NAME = re.compile(r"^virtio-?win.*\.iso$", re.IGNORECASE)

CLICKS = (
    "in Windows: open the CD drive “virtio-win”, run virtio-win-guest-tools.exe, and say yes to "
    "all: it brings the drivers, the agent and SPICE's tools",
    "for the agent alone, run guest-agent\\qemu-ga-x86_64.msi there; without a click, as "
    "administrator: msiexec /i D:\\guest-agent\\qemu-ga-x86_64.msi /qn (D: is the CD drive)",
    "where Windows shows an unknown “PCI Simple Communications Controller”, its driver is in "
    "vioserial on the same medium: the agent speaks through it",
)


def newest(volumes: Iterable[Volume]) -> Volume | None:
    """The newest virtio-win among these volumes, by its name; None where there is none."""
    found = [volume for volume in volumes if _NAME.match(volume.name)]
    return max(found, key=lambda volume: _numbers(volume.name), default=None)


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", name))
