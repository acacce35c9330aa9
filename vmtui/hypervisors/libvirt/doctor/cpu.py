"""The processor's virtualization extensions: there, switched off, hidden, or absent."""

from __future__ import annotations

from vmtui.hypervisors.libvirt.doctor.firmware_switch import menu, switched_off
from vmtui.hypervisors.libvirt.doctor.outer import find_outer
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level

EMULATED = (
    "Without them guests are emulated: their processors run 10 to 50 times slower, and the "
    "host's are "
    "kept busy."
)
NAMES = {"vmx": "Intel VT-x (vmx)", "svm": "AMD-V (svm)"}


def extension(site: Site) -> str:
    """The x86 extension that the processor shows: `vmx`, `svm` or ""."""
    flags = site.cpu_facts().get("flags", "").split()
    return next((flag for flag in NAMES if flag in flags), "")


def vendor_extension(site: Site) -> str:
    """The extension that a processor of this maker would have."""
    vendor = site.cpu_facts().get("vendor_id", "")
    if vendor in ("AuthenticAMD", "HygonGenuine"):
        return "svm"
    return "vmx" if vendor in ("GenuineIntel", "CentaurHauls", "  Shanghai  ", "Shanghai") else ""


def check_cpu(site: Site) -> Finding:
    """Whether the processor can run guests by itself."""
    return _x86(site) if site.x86 else _other(site)


def _finding(level: Level, seen: str, means: str = "", mend: str = "",
             commands: tuple[str, ...] = ()) -> Finding:  # fmt: skip
    return Finding("cpu", "CPU extensions", level, seen, means, mend, commands)


def _x86(site: Site) -> Finding:
    shown = extension(site)
    probable = shown or vendor_extension(site)
    if probable and (why := switched_off(site, probable)):
        return _finding(
            Level.FAILURE,
            f"{NAMES[probable]} is switched off in the firmware: {why}",
            EMULATED,
            "Switch it on in the firmware's setup, then turn the machine off and on again (a "
            "restart "
            f"is not always enough). {menu(site)}.",
            ("systemctl reboot --firmware-setup",),
        )
    outer = find_outer(site)
    if shown:
        inside = f", passed on by {outer.name}, which this machine runs on" if outer else ""
        return _finding(
            Level.PASS,
            f"{NAMES[shown]}{inside}",
            "Guests can run on the processor itself."
            + (" Nested as they are, they are somewhat slower than on metal." if outer else ""),
        )
    if outer is not None:
        return _finding(
            Level.FAILURE,
            f"Neither vmx nor svm is shown: this machine is itself a guest of {outer.name}, which "
            "hides them",
            EMULATED,
            outer.advice,
            outer.commands,
        )
    return _finding(
        Level.FAILURE,
        "Neither vmx nor svm is shown: this processor has none, or the firmware hides it",
        EMULATED,
        f"Look in the firmware's setup for {menu(site)}. Some processors have no such thing.",
        ("systemctl reboot --firmware-setup",),
    )


def _other(site: Site) -> Finding:
    """By the rules of each architecture; where only the kernel knows, by /dev/kvm."""
    facts, node = site.cpu_facts(), (site.dev / "kvm").exists()
    if site.arch == "s390x":
        return _by_word(
            "sie" in facts.get("features", "").split(), "SIE (start interpretive execution)"
        )
    if site.arch.startswith("riscv"):
        isa = facts.get("isa", "").partition("_")[0]
        return _by_word("h" in isa.removeprefix("rv64").removeprefix("rv32"), "the H extension")
    if site.arch.startswith("loongarch"):
        return _by_word("lvz" in facts.get("Features", "").split(), "LVZ")
    if site.arch.startswith("ppc64"):
        metal = "PowerNV" in facts.get("platform", "") or "PowerNV" in facts.get("machine", "")
        return _by_word(metal or node, "PowerNV, or a partition that may nest,")
    if site.arch in ("aarch64", "arm64", "armv7l"):
        return _arm(site, node)
    if node:
        return _finding(
            Level.PASS, f"the kernel offers KVM on {site.arch}", "See below whether it works."
        )
    return _finding(Level.UNKNOWN, f"not known how {site.arch} shows its extensions")


def _by_word(there: bool, name: str) -> Finding:
    if there:
        return _finding(Level.PASS, f"{name} is there", "Guests can run on the processor itself.")
    return _finding(
        Level.FAILURE, f"{name} is not shown", EMULATED,
        "It is absent, or hidden by the hypervisor that this machine runs on.",
    )  # fmt: skip


def _arm(site: Site, node: bool) -> Finding:
    """Arm's kernel can be a hypervisor where the firmware starts it at exception level 2."""
    log = site.kernel_log()
    if node:
        return _finding(
            Level.PASS, "the kernel runs at exception level 2 (EL2) and offers KVM",
            "Guests can run on the processor itself.",
        )  # fmt: skip
    if "HYP mode not available" in log or "started at EL1" in log:
        outer = find_outer(site)
        return _finding(
            Level.FAILURE,
            "the kernel was started at exception level 1 (EL1): no hypervisor mode",
            EMULATED,
            outer.advice
            if outer
            else "A newer firmware or boot loader may start the kernel at EL2.",
            outer.commands if outer else (),
        )
    return _finding(
        Level.UNKNOWN,
        "no /dev/kvm, and the kernel's log cannot be read" if not log else "no /dev/kvm",
        EMULATED,
        "See what the kernel says of it.",
        ("sudo dmesg | grep -iE 'kvm|EL[12]'",),
    )
