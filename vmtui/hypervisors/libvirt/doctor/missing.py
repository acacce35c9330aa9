"""Where the hypervisor of this machine cannot be talked to: is there one at all?"""

from __future__ import annotations

from vmtui.hypervisors.libvirt.doctor.packages import install
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level

DAEMONS = ("libvirtd", "virtqemud")
EMULATORS = ("qemu-system-x86_64", "qemu-system-aarch64", "qemu-kvm", "qemu-system-ppc64",
             "qemu-system-s390x", "qemu-system-riscv64", "kvm")  # fmt: skip
SOCKETS = ("libvirt/libvirt-sock", "libvirt/virtqemud-sock")


def check_hypervisor(site: Site) -> Finding:
    """Whether libvirt's daemon and QEMU are installed, and whether the daemon runs."""
    id_, title = "hypervisor", "Hypervisor"
    daemon = next((name for name in DAEMONS if site.find(name)), "")
    emulator = next((name for name in EMULATORS if site.find(name)), "")
    if not emulator:
        # RHEL's is where no PATH leads.
        emulator = "qemu-kvm" if (site.usr / "libexec/qemu-kvm").exists() else ""
    if not daemon or not emulator:
        lacking = " and ".join(
            name for name, there in (("libvirt's daemon", daemon), ("QEMU", emulator)) if not there
        )
        commands = install(site, "hypervisor" if not daemon else "qemu")
        return Finding(
            id_,
            title,
            Level.FAILURE,
            f"{lacking} not installed",
            "No guest can be made or run here.",
            "Install it with these commands, then log in again for the group to count."
            if commands
            else "Install libvirt and QEMU by your distribution's own means.",
            commands,
        )
    if not any((site.run / socket).exists() for socket in SOCKETS):
        start = (
            ("sudo systemctl enable --now libvirtd",)
            if (site.run / "systemd/system").is_dir()
            else ("sudo virtlogd -d", f"sudo {daemon} -d")
        )
        return Finding(
            id_,
            title,
            Level.FAILURE,
            f"{daemon} and {emulator} are installed; the daemon does not run",
            "Guests of the system cannot be seen or made.",
            "Start it, now and with the host.",
            start,
        )
    return Finding(id_, title, Level.PASS, f"{daemon} and {emulator} are installed, and it listens")
