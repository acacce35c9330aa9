"""The check of a demo host: findings of every level, some of which can be mended.

Its ailments: `firmware` (CPU extensions switched off), `vhost` (vhost_net not loaded),
`autostart` (the network does not start with the host), `tpm`, `clock`, `version`. One more, a pool
that is nearly `full`, is shown by the pool itself.
"""

from __future__ import annotations

import shlex
import time

from vmtui.hypervisors.demo.machine import Machine
from vmtui.model.change import Change, ChangeKind
from vmtui.model.finding import Finding, Level
from vmtui.model.steps import Step
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    HostStep,
    JoinGroup,
    LoadModule,
    StartNetwork,
    StartPool,
    StopNetwork,
    StopPool,
    UndefineNetwork,
    UndefinePool,
)
from vmtui.model.units import size

PASS, WARNING, FAILURE, UNKNOWN = Level.PASS, Level.WARNING, Level.FAILURE, Level.UNKNOWN


def findings(host: Machine) -> tuple[Finding, ...]:
    """What the check finds."""
    off = "firmware" in host.ailments
    return (*_processor(off), *_extras(host, off), *_parts(host), *_services(host))


def _processor(off: bool) -> tuple[Finding, ...]:
    if not off:
        return (
            Finding("acceleration", "How guests run", PASS, "on the processor itself (type kvm)"),
            Finding("cpu", "CPU extensions", PASS, "AMD-V (svm)"),
            Finding("kvm-module", "KVM modules", PASS, "kvm, kvm_amd"),
            Finding("kvm-device", "/dev/kvm", PASS, "there, and open to you (group kvm, mode 660)"),
            Finding("kvm-works", "KVM works", PASS, "a machine with one vCPU ran a loop at 3,912.4 "
                    "million instructions a second"),
        )  # fmt: skip
    slow = "Guests are emulated: their processors run 10 to 50 times slower."
    return (
        Finding(
            "acceleration",
            "How guests run",
            FAILURE,
            "emulated (type qemu): KVM cannot be used here",
            slow,
            "See “CPU extensions” and what follows it.",
        ),
        Finding(
            "cpu",
            "CPU extensions",
            FAILURE,
            "AMD-V (svm) is switched off in the firmware: the kernel says: kvm_amd: SVM disabled "
            "(by BIOS) in MSR_VM_CR",
            slow,
            "Switch it on in the firmware's setup, then turn the machine off and on again. ASUS: "
            "Advanced → CPU Configuration: “SVM Mode”.",
            ("systemctl reboot --firmware-setup",),
        ),
        Finding(
            "kvm-module",
            "KVM modules",
            UNKNOWN,
            "none",
            "Without CPU extensions there is nothing for them to drive.",
        ),
        Finding("kvm-device", "/dev/kvm", UNKNOWN, "it is not there"),
        Finding("kvm-works", "KVM works", UNKNOWN, "there is no /dev/kvm to try"),
    )


def _extras(host: Machine, off: bool) -> tuple[Finding, ...]:
    lacks = "vhost" in host.ailments
    vhost = Finding("vhost-net", "vhost-net", PASS, "there")
    if lacks:
        vhost = Finding(
            "vhost-net", "vhost-net", WARNING, "/dev/vhost-net is not there",
            "QEMU moves each packet of a guest: several times slower than the kernel does.",
            "Load the module.", ("sudo modprobe vhost_net",), "load-module",
            (LoadModule(name="vhost_net"),),
        )  # fmt: skip
    return (
        Finding("nested", "Nested virtualization", UNKNOWN if off else PASS,
                "kvm_amd is not loaded" if off else "on (kvm_amd)"),
        Finding("iommu", "IOMMU", PASS, "on, 42 groups"),
        vhost,
        Finding("huge-pages", "Huge pages", PASS, "none reserved; transparent: madvise"),
        Finding("confidential", "Confidential guests", PASS, "SEV, SEV-ES"),
    )  # fmt: skip


def _parts(host: Machine) -> tuple[Finding, ...]:
    tpm = Finding("tpm", "TPM emulator", PASS, "swtpm is there")
    if "tpm" in host.ailments:
        tpm = Finding(
            "tpm",
            "TPM emulator",
            WARNING,
            "swtpm is not found",
            "Windows 11 asks for a TPM.",
            "Install swtpm, then start libvirt's daemon again.",
            ("sudo apt-get install swtpm swtpm-tools",),
        )
    qemu = Finding("qemu-version", "QEMU", PASS, "9.2.4")
    if "version" in host.ailments:
        qemu = Finding(
            "qemu-version",
            "QEMU",
            WARNING,
            "7.1.0 is known to have a fault",
            "Guests with an I/O thread and io='io_uring' hang.",
            "Update it.",
        )
    return (
        Finding("uefi", "UEFI firmware", PASS, "there (pc-q35-9.2)"),
        Finding("secure-boot", "UEFI with secure boot", PASS, "there with keys enrolled"),
        tpm,
        Finding("virtiofs", "Shared folders (virtiofs)", PASS, "virtiofsd is there"),
        qemu,
    )


def _services(host: Machine) -> tuple[Finding, ...]:
    network = Finding("network", "Guest network", PASS, "“default” is active (nat, virbr0)")
    if "autostart" in host.ailments:
        network = Finding(
            "network", "Guest network", WARNING,
            "“default” is active (nat, virbr0), and does not start by itself",
            "After the next start of the host, guests on it cannot be started.",
            "Have it started with the host.", ("virsh net-autostart default",), "start-network",
            (StartNetwork(name="default"),),
        )  # fmt: skip
    shown = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(host.now()))
    clock = Finding("clock", "Time of day", PASS, f"{shown}, synchronized")
    if "clock" in host.ailments:
        clock = Finding("clock", "Time of day", WARNING, f"{shown}, and nothing keeps it right",
                        "It drifts, and guests' time with it.",
                        "Have it kept right by systemd-timesyncd or chrony.",
                        ("sudo timedatectl set-ntp true",))  # fmt: skip
    memory = host.world.facts.memory or 0
    return (
        network,
        Finding("bridges", "Bridges", PASS, "br0"),
        Finding("forwarding", "IP forwarding", PASS, "on"),
        Finding("memory", "Free memory", PASS, f"{size(memory // 3)} free of {size(memory)}"),
        Finding("pool", "Storage pool", PASS, "“default” active, 1 not"),
        clock,
    )


def mend(host: Machine, step: HostStep) -> Step | None:
    """Do a step that mends; returns the one that undoes it."""
    match step:
        case StartNetwork(name=name) if "autostart" in host.ailments:
            host.ailments.discard("autostart")
            host.announce_change(Change(ChangeKind.NETWORK, f"{host.id}-net-1"))
            return StopNetwork(name=name)
        case StopNetwork(autostart=False):
            host.ailments.add("autostart")
            host.announce_change(Change(ChangeKind.NETWORK, f"{host.id}-net-1"))
        case LoadModule(name=name, on=on):
            host.ailments.discard("vhost")
            if not on:
                host.ailments.add("vhost")
            return LoadModule(name=name, on=not on)
        case JoinGroup(user=user, group=group, on=on):
            return JoinGroup(user=user, group=group, on=not on)
    return None


def preview(step: HostStep) -> str:
    """The step as a command line."""
    match step:
        case StartNetwork(name=name) | StopNetwork(name=name):
            verb = "net-autostart" if isinstance(step, StartNetwork) else "net-destroy"
            return shlex.join(["virsh", verb, name])
        case DefineNetwork():
            return "virsh net-define /dev/stdin"
        case UndefineNetwork(name=name):
            return shlex.join(["virsh", "net-undefine", name])
        case StartPool(name=name) | StopPool(name=name):
            verb = "pool-start" if isinstance(step, StartPool) else "pool-destroy"
            return shlex.join(["virsh", verb, name])
        case DefinePool(name=name, path=path):
            return shlex.join(["virsh", "pool-define-as", name, "dir", "--target", path])
        case UndefinePool(name=name):
            return shlex.join(["virsh", "pool-undefine", name])
        case LoadModule(name=name, on=on):
            return shlex.join(["sudo", "modprobe", *([] if on else ["-r"]), name])
        case JoinGroup(user=user, group=group):
            return shlex.join(["sudo", "usermod", "-aG", group, user])
    return step.label
