"""What can be known of a host from afar, by its hypervisor's word, and what only it can tell."""

from __future__ import annotations

import shlex

from vmtui.hypervisors.libvirt.doctor.cpu import EMULATED
from vmtui.model.finding import Finding, Level

UNKNOWABLE: tuple[tuple[str, str, str], ...] = (
    ("kvm-module", "KVM modules", "lsmod | grep kvm"),
    ("kvm-device", "/dev/kvm", "ls -l /dev/kvm"),
    ("kvm-works", "KVM works", "vmtui doctor"),
    ("nested", "Nested virtualization", "cat /sys/module/kvm_*/parameters/nested"),
    ("vhost-net", "vhost-net", "ls -l /dev/vhost-net"),
    ("bridges", "Bridges", "ip -br link show type bridge"),
    ("forwarding", "IP forwarding", "cat /proc/sys/net/ipv4/ip_forward"),
    ("clock", "Time of day", "timedatectl"),
)
"""Id, title, and the command that tells it on that host."""

SHOWN = {"vmx": "Intel VT-x (vmx)", "svm": "AMD-V (svm)"}


def over_there(host: str, command: str) -> str:
    """The command, to be run on that host from here; as it is where the way there is not known.

    `host` is what ssh is given, ready for a shell: `-p 2222 root@lab1`.
    """
    return f"ssh {host} {shlex.quote(command)}" if host else command


def check_unknowable(host: str) -> list[Finding]:
    """What libvirt does not tell. `host` is what ssh would be given, or ""."""
    return [
        Finding(id_, title, Level.UNKNOWN, "not knowable from here", "", "Ask it on that host.",
                (over_there(host, command),))
        for id_, title, command in UNKNOWABLE
    ]  # fmt: skip


def check_cpu(
    features: frozenset[str] | None, engines: frozenset[str] | None, host: str
) -> Finding:
    """The extensions, by the processor's features that libvirt lists, or by what it offers."""
    id_, title = "cpu", "CPU extensions"
    shown = next((words for flag, words in SHOWN.items() if flag in (features or ())), "")
    if shown:
        return Finding(id_, title, Level.PASS, f"{shown}, by libvirt's word")
    if engines is None:
        return Finding(
            id_,
            title,
            Level.UNKNOWN,
            "libvirt does not tell",
            "",
            "Ask it on that host.",
            (over_there(host, "lscpu | grep -i virtualization"),),
        )
    if "kvm" in engines:
        return Finding(
            id_, title, Level.UNKNOWN, "KVM is offered, and the processor's features name none",
            "It may be usable all the same.", "Ask it on that host.",
            (over_there(host, "lscpu | grep -i virtualization"),),
        )  # fmt: skip
    return Finding(
        id_, title, Level.FAILURE, "KVM is not offered", EMULATED,
        "Run the check on that host: it tells why, and how to mend it.",
        (over_there(host, "vmtui doctor"),),
    )  # fmt: skip


def check_acceleration(engines: frozenset[str] | None, host: str) -> Finding:
    """How guests are run, by the engines that the hypervisor offers."""
    id_, title = "acceleration", "How guests run"
    if engines is None:
        return Finding(id_, title, Level.UNKNOWN, "the hypervisor does not tell")
    if "kvm" in engines:
        return Finding(
            id_, title, Level.PASS, "on the processor itself (type kvm), by the hypervisor's word",
            "Whether that works in truth shows only there.", "",
            (over_there(host, "vmtui doctor"),),
        )  # fmt: skip
    if "qemu" in engines:
        return Finding(
            id_, title, Level.FAILURE, "emulated (type qemu): KVM is not offered",
            "Guests work, but their processors are 10 to 50 times slower.",
            "Run the check on that host.", (over_there(host, "vmtui doctor"),),
        )  # fmt: skip
    return Finding(id_, title, Level.FAILURE, "neither KVM nor emulation is offered",
                   "No guest can be started.", "Install QEMU there.")  # fmt: skip


def check_iommu(supported: bool | None, host: str) -> Finding:
    """Whether devices can be handed to guests, by libvirt's word."""
    id_, title = "iommu", "IOMMU"
    if supported:
        return Finding(id_, title, Level.PASS, "on, by libvirt's word")
    return Finding(
        id_, title, Level.UNKNOWN if supported is None else Level.PASS,
        "libvirt does not tell" if supported is None else "none, by libvirt's word",
        "" if supported is None else "No PCI device can be handed to a guest; only some need that.",
        "", (over_there(host, "ls /sys/kernel/iommu_groups"),),
    )  # fmt: skip


def check_huge_pages(sizes: frozenset[int]) -> Finding:
    """Which sizes of pages (bytes) are kept in reserve, by libvirt's word."""
    from vmtui.model.units import size

    words = ", ".join(size(one) for one in sorted(sizes))
    return Finding(
        "huge-pages",
        "Huge pages",
        Level.PASS,
        f"reserved: {words}" if words else "none reserved",
        "" if words else "Only guests that ask for them need them.",
    )
