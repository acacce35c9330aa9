"""Install trees: where a distribution keeps its installer's kernel and initrd."""

from __future__ import annotations

from vmtui.model.system import System

_DEBIAN = {"x86_64": "amd64", "aarch64": "arm64", "i686": "i386", "ppc64le": "ppc64el"}


def boot_files(tree: str, system: System, arch: str) -> tuple[str, str]:
    """Addresses of kernel and initrd in the tree; "" each where the system's are not known."""
    base = tree.rstrip("/")
    if not base:
        return "", ""
    if system.packages == "apt":
        name = _DEBIAN.get(arch, arch)
        if system.short.startswith("ubuntu"):
            return f"{base}/casper/vmlinuz", f"{base}/casper/initrd"
        path = f"{base}/main/installer-{name}/current/images/netboot/debian-installer/{name}"
        return f"{path}/linux", f"{path}/initrd.gz"
    if system.packages == "zypper":
        path = f"{base}/boot/{arch}/loader"
        return f"{path}/linux", f"{path}/initrd"
    if system.packages == "apk":
        return f"{base}/boot/vmlinuz-lts", f"{base}/boot/initramfs-lts"
    if system.packages == "dnf":
        return f"{base}/images/pxeboot/vmlinuz", f"{base}/images/pxeboot/initrd.img"
    return "", ""
