"""How this distribution installs what guests need: the commands, by its package manager."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from vmtui.hypervisors.libvirt.doctor.site import Site

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "apt": ("debian", "ubuntu"),
    "dnf": ("fedora", "rhel", "centos"),
    "zypper": ("suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles"),
    "pacman": ("arch",),
}
"""Package managers, and the names in os-release (ID and ID_LIKE) of those that use each."""

INSTALL = {
    "apt": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "zypper": "sudo zypper install",
    "pacman": "sudo pacman -S --needed",
}

NEEDS: Mapping[str, Mapping[str, str]] = {
    "apt": {
        "hypervisor": "libvirt-daemon-system libvirt-daemon-driver-qemu libvirt-clients "
        "qemu-system-{apt} qemu-utils dnsmasq-base",
        "qemu": "qemu-system-{apt} qemu-utils",
        "uefi": "{ovmf}",
        "tpm": "swtpm swtpm-tools",
        "virtiofs": "virtiofsd",
        "network": "libvirt-daemon-config-network dnsmasq-base",
    },
    "dnf": {
        "hypervisor": "libvirt-daemon-kvm libvirt-daemon-config-network libvirt-client "
        "qemu-kvm qemu-img",
        "qemu": "qemu-kvm qemu-img",
        "uefi": "{edk2}",
        "tpm": "swtpm swtpm-tools",
        "virtiofs": "virtiofsd",
        "network": "libvirt-daemon-config-network dnsmasq",
    },
    "zypper": {
        "hypervisor": "libvirt-daemon-qemu libvirt-daemon-config-network libvirt-client "
        "qemu-{zypper} qemu-tools",
        "qemu": "qemu-{zypper} qemu-tools",
        "uefi": "{suse}",
        "tpm": "swtpm",
        "virtiofs": "virtiofsd",
        "network": "libvirt-daemon-config-network dnsmasq",
    },
    "pacman": {
        "hypervisor": "libvirt qemu-base dnsmasq",
        "qemu": "qemu-base",
        "uefi": "edk2-ovmf",
        "tpm": "swtpm",
        "virtiofs": "virtiofsd",
        "network": "libvirt dnsmasq",
    },
}
"""Packages for each need; what is in braces depends on the processor's architecture."""


def family_of(site: Site) -> str:
    """The package manager of this distribution, or ""."""
    facts: dict[str, str] = {}
    for line in site.text(site.etc / "os-release").splitlines():
        key, _, value = line.partition("=")
        try:
            facts[key] = " ".join(shlex.split(value))
        except ValueError:
            facts[key] = ""
    names = f"{facts.get('ID', '')} {facts.get('ID_LIKE', '')}".split()
    for name in names:
        for family, members in FAMILIES.items():
            if name in members:
                return family
    return ""


def install(site: Site, need: str) -> tuple[str, ...]:
    """The commands that install it here; none where this distribution is not known.

    Args:
        site: The machine.
        need: hypervisor, qemu, uefi, tpm, virtiofs or network.
    """
    family = family_of(site)
    if not family:
        return ()
    arm = site.arch in ("aarch64", "arm64")
    packages = NEEDS[family][need].format(
        apt="x86" if site.x86 else "arm" if arm else "misc",
        zypper="x86" if site.x86 else "arm" if arm else site.arch,
        ovmf="ovmf" if not arm else "qemu-efi-aarch64",
        edk2="edk2-ovmf" if not arm else "edk2-aarch64",
        suse="qemu-ovmf-x86_64" if not arm else "qemu-uefi-aarch64",
    )
    lines = [f"{INSTALL[family]} {packages}"]
    if family == "apt":
        lines.insert(0, "sudo apt-get update")
    if need == "hypervisor":
        lines.append("sudo systemctl enable --now libvirtd")
        if not site.superuser or site.person not in ("", "root"):
            lines.append(f"sudo usermod -aG libvirt {_user(site)}")
    return tuple(lines)


def _user(site: Site) -> str:
    return shlex.quote(site.person) if site.person not in ("", "root") else "$USER"
