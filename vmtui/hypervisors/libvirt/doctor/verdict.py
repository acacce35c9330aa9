"""Whether guests can run on the hardware's own virtualization.

/dev/kvm proves little: it can be there, answer, and be offered by libvirt, and yet no guest
runs its first instruction, because an outer host hides the extensions. The CPU's own flags
are what counts, where they can be read.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from vmtui.model.host import Virtualization

Verdict = tuple[Virtualization, str]

_X86 = frozenset({"x86_64", "amd64", "i386", "i686"})
_FLAGS = {"vmx": "VT-x", "svm": "AMD-V"}


@dataclass(frozen=True, slots=True)
class Machine:
    """What of this machine bears on it."""

    arch: str
    flags: frozenset[str]
    """The CPU's flags, as /proc/cpuinfo lists them."""
    device: bool
    """Whether /dev/kvm is there."""
    access: bool
    """Whether this process may open it for reading and writing."""


def look(proc: Path = Path("/proc"), device: Path = Path("/dev/kvm")) -> Machine:
    """This machine. May block for a moment."""
    return Machine(
        arch=platform.machine(),
        flags=cpu_flags(proc),
        device=device.exists(),
        access=os.access(device, os.R_OK | os.W_OK),
    )


def cpu_flags(proc: Path = Path("/proc")) -> frozenset[str]:
    """The flags of the first CPU; none where they cannot be read."""
    try:
        with (proc / "cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() in ("flags", "Features"):
                    return frozenset(value.split())
    except OSError:
        pass
    return frozenset()


def judge(machine: Machine, *, own: bool) -> Verdict:
    """The verdict on this machine.

    Args:
        machine: What was found.
        own: Whether guests run with this person's rights (a session), so that these count.
    """
    x86 = machine.arch in _X86
    extensions = next((name for flag, name in _FLAGS.items() if flag in machine.flags), "")
    if x86 and not extensions:
        if machine.device:
            return (
                Virtualization.UNSURE,
                "/dev/kvm is there, but the CPU shows neither VT-x nor AMD-V: guests of type kvm "
                "may hang before their first instruction; emulation (qemu) works.",
            )
        return (
            Virtualization.MISSING,
            "The CPU shows neither VT-x nor AMD-V: absent, off in the firmware, or hidden by the "
            "host that this machine runs on. Guests are emulated.",
        )
    if not machine.device:
        module = "kvm_intel" if extensions == "VT-x" else "kvm_amd" if x86 else "kvm"
        return (
            Virtualization.NO_DEVICE,
            f"/dev/kvm is missing: load the module with `sudo modprobe {module}`.",
        )
    if own and not machine.access:
        return (
            Virtualization.NO_ACCESS,
            "/dev/kvm is there, but not for you: `sudo usermod -aG kvm $USER`, then log in again.",
        )
    return Virtualization.USABLE, f"{extensions or 'KVM'} is usable."


def judge_offer(engines: frozenset[str]) -> Verdict:
    """The verdict on a host of which only the engines are known that it offers."""
    if not engines & {"kvm", "qemu"}:
        return Virtualization.UNKNOWN, ""
    if "kvm" in engines:
        return Virtualization.USABLE, "The host offers KVM."
    return Virtualization.MISSING, "The host does not offer KVM: guests are emulated."
