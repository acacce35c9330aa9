"""KVM itself: its modules, its device, whether it works, and how guests are run in the end."""

from __future__ import annotations

from vmtui.hypervisors.libvirt.doctor.cpu import EMULATED, extension
from vmtui.hypervisors.libvirt.doctor.probe import Outcome, Verdict
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level
from vmtui.model.steps.mending import JoinGroup, LoadModule

MODULES = {"vmx": "kvm_intel", "svm": "kvm_amd"}


def check_modules(site: Site) -> Finding:
    """Whether the kernel's part is loaded."""
    loaded = [name for name in ("kvm", "kvm_intel", "kvm_amd", "kvm_hv", "kvm_pvm")
              if site.module(name)]  # fmt: skip
    shown = extension(site) if site.x86 else ""

    def made(level: Level, seen: str, means: str = "", mend: str = "",
             commands: tuple[str, ...] = (), module: str = "") -> Finding:  # fmt: skip
        fix: str = ""
        steps: tuple[LoadModule, ...] = ()
        if module and site.can_load(module):
            fix, steps = "load-module", (LoadModule(name=module),)
        return Finding("kvm-module", "KVM modules", level, seen, means, mend, commands, fix, steps)

    words = ", ".join(loaded) or "none"
    if not site.x86:
        if (site.dev / "kvm").exists() or loaded:
            return made(Level.PASS, f"built into the kernel, or loaded: {words}")
        return made(
            Level.WARNING,
            "no KVM in this kernel",
            EMULATED,
            "Load the module where the kernel has one.",
            ("sudo modprobe kvm",),
            "kvm",
        )
    wanted = MODULES.get(shown)
    if wanted is None:
        if "kvm_pvm" in loaded:
            return made(
                Level.WARNING,
                f"{words}: KVM without the processor's help (PVM)",
                "Only guests whose kernel is built for it run on that; all others must be "
                "emulated.",
            )
        return made(
            Level.UNKNOWN, words, "Without CPU extensions there is nothing for them to drive."
        )
    if wanted in loaded:
        return made(Level.PASS, words)
    again = f"echo {wanted} | sudo tee /etc/modules-load.d/kvm.conf"
    return made(
        Level.FAILURE,
        f"{wanted} is not loaded" + (f" (loaded: {words})" if loaded else ""),
        EMULATED,
        "Load it, and have it loaded at each start. Where modprobe says “Operation not "
        "supported”, "
        "see the kernel's log: dmesg | grep kvm.",
        (f"sudo modprobe {wanted}", again),
        wanted,
    )


def check_device(site: Site, *, own: bool) -> Finding:
    """Whether /dev/kvm is there, and for whom.

    `own` says whether guests run with this person's rights, so that these count.
    """
    node = site.dev / "kvm"

    def made(level: Level, seen: str, means: str = "", mend: str = "",
             commands: tuple[str, ...] = ()) -> Finding:  # fmt: skip
        return Finding("kvm-device", "/dev/kvm", level, seen, means, mend, commands)

    if not node.exists():
        usable = not site.x86 or extension(site)
        return made(
            Level.FAILURE if usable else Level.UNKNOWN,
            "it is not there",
            EMULATED if usable else "It comes with the CPU extensions and the modules.",
            "Load the modules; in a container, have the device passed into it." if usable else "",
        )
    group = site.group_of(node) or "kvm"
    mode = node.stat().st_mode & 0o777
    behind = site.superuser and site.person not in ("", "root") and not mode & 0o006
    if behind and group == "kvm" and not site.is_member(site.person, group):
        return Finding(
            "kvm-device",
            "/dev/kvm",
            Level.WARNING,
            f"there, open to root, and not to {site.person} (group {group}, mode {mode:o})",
            f"Guests of {site.person}'s own session (qemu:///session) are emulated.",
            f"Have {site.person} join the group {group}, then log in again.",
            (f"sudo usermod -aG {group} {site.person}",),
            "join-group",
            (JoinGroup(user=site.person, group=group),),
        )
    if site.may_open(node):
        return made(Level.PASS, f"there, and open to you (group {group}, mode {mode:o})")
    if not own:
        return made(
            Level.PASS,
            f"there, and not for you (group {group}, mode {mode:o})",
            "The system's hypervisor opens it with rights of its own; your own session's guests "
            "(qemu:///session) would be emulated.",
        )
    if group != "kvm":
        return made(
            Level.FAILURE,
            f"there, and not for you (group {group}, mode {mode:o})",
            EMULATED,
            "It usually belongs to the group kvm, as udev's rules give it: give it back, join that "
            "group, and log in again.",
            ("sudo chgrp kvm /dev/kvm && sudo chmod 660 /dev/kvm",
             f"sudo usermod -aG kvm {site.person or '$USER'}"),
        )  # fmt: skip
    return made(
        Level.FAILURE,
        f"there, and not for you (group {group}, mode {mode:o})",
        EMULATED,
        f"Join the group {group}, then log in again.",
        (f"sudo usermod -aG {group} {site.person or '$USER'}",),
    )


def check_works(site: Site, outcome: Outcome) -> Finding:
    """What the attempt to run a machine came to."""

    def made(level: Level, seen: str, means: str = "", mend: str = "",
             commands: tuple[str, ...] = ()) -> Finding:  # fmt: skip
        return Finding("kvm-works", "KVM works", level, seen, means, mend, commands)

    rate = f"{outcome.rate / 1e6:,.1f} million instructions a second"
    bare = site.x86 and not extension(site)
    match outcome.verdict:
        case Verdict.WORKS if bare:
            return made(
                Level.WARNING,
                f"a machine with one vCPU ran at {rate}, though the CPU shows no extensions",
                "Something else than the processor's extensions runs it; guests of type kvm "
                "may hang.",
                "Try one guest of type kvm, and use emulation (type qemu) where it does not "
                "come up.",
            )
        case Verdict.WORKS:
            return made(Level.PASS, f"a machine with one vCPU ran a loop at {rate}")
        case Verdict.MADE:
            return made(
                Level.PASS,
                "a machine with one vCPU could be made",
                f"On {site.arch} nothing was run in it.",
            )
        case Verdict.SLOW:
            return made(
                Level.FAILURE,
                f"a machine with one vCPU ran, but at {rate}: its instructions are emulated "
                f"one by one",
                "A guest of type kvm takes minutes to its first sign of life, or hangs; "
                "guests of type "
                "qemu are faster.",
                "Make guests of type qemu, or have the outer host pass real extensions on.",
            )
        case Verdict.HANGS:
            return made(
                Level.FAILURE,
                f"a machine with one vCPU was made and hangs: {outcome.detail}",
                "Guests of type kvm hang before their first instruction; those of type qemu run.",
                "The kernel's log may tell why. On a machine that is itself a guest, the "
                "outer host "
                "passes the extensions on by name only.",
                ("sudo dmesg | grep -i kvm",),
            )
        case Verdict.FAILS:
            return made(
                Level.FAILURE,
                f"no machine can be run: {outcome.detail}",
                EMULATED,
                "The kernel's log may tell why; “Device or resource busy” means that another "
                "hypervisor (VirtualBox, VMware) holds the extensions.",
                ("sudo dmesg | grep -i kvm", "lsmod | grep -E 'vboxdrv|vmmon'"),
            )
        case Verdict.DENIED:
            return made(
                Level.UNKNOWN, f"it could not be tried: {outcome.detail}",
                "Only who may open /dev/kvm can try it.", "Run the check as root.",
                ("sudo vmtui doctor",),
            )  # fmt: skip
        case Verdict.ABSENT:
            return made(Level.UNKNOWN, "there is no /dev/kvm to try")


def check_acceleration(works: Finding, device: Finding, engines: frozenset[str] | None) -> Finding:
    """How guests are run in the end, by the findings on KVM.

    `engines` are the domain types that the hypervisor offers; None where it did not tell.
    """

    def made(level: Level, seen: str, means: str = "", mend: str = "") -> Finding:
        return Finding("acceleration", "How guests run", level, seen, means, mend)

    offered = engines is None or "kvm" in engines
    denied = device.level is Level.FAILURE
    if works.level in (Level.PASS, Level.UNKNOWN) and not denied and offered and (
        works.level is Level.PASS or (engines is not None and device.level is Level.PASS)
    ):  # fmt: skip
        return made(Level.PASS, "on the processor itself (type kvm)", "At nearly full speed.")
    if works.level is Level.PASS and not denied:
        return made(
            Level.FAILURE,
            "KVM works, but the hypervisor offers emulation only",
            EMULATED,
            "Install QEMU with KVM for this architecture, or start libvirt's daemon again: "
            "it looks "
            "at /dev/kvm when it starts.",
        )
    if engines is not None and not engines & {"kvm", "qemu"}:
        return made(Level.FAILURE, "the hypervisor offers neither KVM nor emulation",
                    "No guest can be started.", "Install QEMU.")  # fmt: skip
    if works.level is Level.WARNING:
        return made(
            Level.WARNING, "perhaps on the processor itself; else emulated (type qemu)",
            "Emulated guests work; their processors are 10 to 50 times slower.",
        )  # fmt: skip
    return made(
        Level.FAILURE,
        "emulated (type qemu): KVM cannot be used here",
        "Guests work, but their processors are 10 to 50 times slower, and each keeps CPUs of "
        "the host "
        "busy: a Linux boots in half a minute instead of seconds, a Windows in many minutes.",
        "See “CPU extensions” and what follows it.",
    )
