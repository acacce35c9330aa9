"""Installs packages into the disk of a guest that is off, with libguestfs's virt-customize."""

from __future__ import annotations

import asyncio
import re

from vmtui.engine.atconsole import hint_for
from vmtui.engine.programs import follow, last_lines
from vmtui.errors import TimedOut, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.steps import CustomizeDisk
from vmtui.plan.installwords import customize_words

LIMIT = 3600.0
"""Seconds: without hardware virtualization its own small guest takes its time."""

_NO_START = "guestfs_launch failed"
_ADVICE = re.compile(r"^(?:Do:|If reporting bugs, run virt-customize .*)$", re.MULTILINE)
"""What is to be done about any failure of it begins so."""
_SCRIPT = re.compile(r"^virt-customize: error: *\n(?: +.*\n)*? +: command exited", re.MULTILINE)
"""The script that failed inside; what that printed stands above."""


async def customize(name: str, step: CustomizeDisk, progress: Progress) -> None:
    """Run virt-customize on the guest's disks; it refuses a guest that runs.

    Raises VmtuiError with the end of what it printed.
    """
    progress(None, "starting virt-customize")
    words = customize_words(step, step.uuid)
    try:
        code, output = await follow(words, limit=LIMIT, progress=progress)
    except (asyncio.CancelledError, TimedOut):
        progress(None, "cut off in the middle: its disk is as after a power cut")
        raise
    if code:
        told = last_lines(_SCRIPT.sub("the command exited", _ADVICE.split(output)[0]))
        raise VmtuiError(
            f"{name}: virt-customize failed with exit code {code}", told, _hint(told)
        )  # fmt: skip


def _hint(told: str) -> str:
    if _NO_START in told:
        return (
            "The small guest of its own in which libguestfs works did not start: "
            "libguestfs-test-tool tells why. Where KVM is at fault: LIBGUESTFS_BACKEND_SETTINGS="
            "force_tcg; where libvirt is: LIBGUESTFS_BACKEND=direct."
        )
    return hint_for(told) or "Is there a system on its disks, and may you read and write them?"
