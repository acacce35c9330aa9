"""What guests are made of besides a processor: firmware, TPM, shared folders."""

from __future__ import annotations

from vmtui.hypervisors.libvirt.doctor.packages import install
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.hypervisors.libvirt.xml.offered import DomainCapabilities
from vmtui.model.finding import Finding, Level

VIRTIOFSD = "virtiofsd"
DESCRIPTORS = ("share/qemu/firmware", "share/qemu/vhost-user")
"""Below /usr (and /etc): what describes firmware images and helpers to libvirt."""


def check_parts(offer: DomainCapabilities | None, site: Site | None) -> list[Finding]:
    """The parts, by what the hypervisor offers.

    Args:
        offer: What it says; None where it did not.
        site: This machine where the hypervisor runs on it, for the commands that mend it.
    """
    return [
        _uefi(offer, site),
        _secure_boot(offer, site),
        _tpm(offer, site),
        _virtiofs(offer, site),
    ]


def _commands(site: Site | None, need: str) -> tuple[str, ...]:
    return install(site, need) if site is not None else ()


def _silent(id_: str, title: str) -> Finding:
    return Finding(
        id_, title, Level.UNKNOWN, "the hypervisor did not tell what it offers", "",
        "Ask it on that host.", ("virsh domcapabilities",),
    )  # fmt: skip


def _uefi(offer: DomainCapabilities | None, site: Site | None) -> Finding:
    id_, title = "uefi", "UEFI firmware"
    if offer is None:
        return _silent(id_, title)
    if offer.efi:
        return Finding(
            id_, title, Level.PASS, f"there ({offer.machine})", "Guests can boot by UEFI."
        )
    return Finding(
        id_, title, Level.WARNING, "none is found",
        "Guests boot by BIOS only: no Windows 11, and no guest at all on Arm.",
        "Install the firmware for guests.", _commands(site, "uefi"),
    )  # fmt: skip


def _secure_boot(offer: DomainCapabilities | None, site: Site | None) -> Finding:
    id_, title = "secure-boot", "UEFI with secure boot"
    if offer is None:
        return _silent(id_, title)
    if offer.secure:
        keys = " with keys enrolled" if site is not None and _enrolled(site) else ""
        return Finding(id_, title, Level.PASS, f"there{keys}", "Windows 11 can be installed.")
    return Finding(
        id_, title, Level.WARNING, "none is found",
        "Windows 11 asks for it, and guests cannot prove what they booted.",
        "Install firmware with secure boot for guests.", _commands(site, "uefi"),
    )  # fmt: skip


def _enrolled(site: Site) -> bool:
    for root in (site.usr, site.etc):
        folder = root / (DESCRIPTORS[0] if root is site.usr else "qemu/firmware")
        if any('"enrolled-keys"' in site.text(file) for file in sorted(folder.glob("*.json"))):
            return True
    return False


def _tpm(offer: DomainCapabilities | None, site: Site | None) -> Finding:
    id_, title = "tpm", "TPM emulator"
    if offer is None:
        return _silent(id_, title)
    if offer.tpm:
        return Finding(
            id_, title, Level.PASS, "swtpm is there", "Guests can have a TPM of their own."
        )
    return Finding(
        id_, title, Level.WARNING, "swtpm is not found", "Windows 11 asks for a TPM.",
        "Install swtpm, then start libvirt's daemon again.", _commands(site, "tpm"),
    )  # fmt: skip


def _virtiofs(offer: DomainCapabilities | None, site: Site | None) -> Finding:
    id_, title = "virtiofs", "Shared folders (virtiofs)"
    if offer is not None and "virtiofs" not in offer.file_systems:
        return Finding(id_, title, Level.WARNING, "QEMU cannot do it",
                       "Folders can be shared with guests by 9p or a network only.",
                       "Update QEMU.")  # fmt: skip
    if site is None:
        # libvirt looks for the program only when a guest with such a folder is started.
        return Finding(
            id_, title, Level.UNKNOWN,
            "QEMU can; whether virtiofsd is installed is not knowable from here", "",
            "Look on that host.", ("ls /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd",),
        )  # fmt: skip
    described = any((site.usr / DESCRIPTORS[1]).glob("*virtiofsd*.json"))
    if described or site.find(VIRTIOFSD):
        return Finding(id_, title, Level.PASS, "virtiofsd is there",
                       "Folders of the host can be shared with guests.")  # fmt: skip
    return Finding(
        id_, title, Level.WARNING, "virtiofsd is not found",
        "Folders of the host can be shared with guests by 9p only, which is slower.",
        "Install it.", _commands(site, "virtiofs"),
    )  # fmt: skip
