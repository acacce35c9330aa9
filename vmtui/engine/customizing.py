"""Installs packages into the disk of a guest that is off, with libguestfs's virt-customize."""

from __future__ import annotations

from vmtui.engine.programs import follow, last_lines
from vmtui.errors import VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.steps import CustomizeDisk
from vmtui.plan.installwords import customize_words

LIMIT = 3600.0
"""Seconds: without hardware virtualization its own small guest takes its time."""


async def customize(name: str, step: CustomizeDisk, progress: Progress) -> None:
    """Run virt-customize on the guest's disks; it refuses a guest that runs.

    Raises VmtuiError with the end of what it printed.
    """
    progress(None, "starting virt-customize")
    code, output = await follow(customize_words(step, step.uuid), limit=LIMIT, progress=progress)
    if code:
        raise VmtuiError(
            f"{name}: virt-customize failed with exit code {code}",
            last_lines(output),
            "What it most often lacks are disks that it may read, and LIBGUESTFS_BACKEND=direct.",
        )
