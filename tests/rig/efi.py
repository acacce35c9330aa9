"""A disk that boots through UEFI alone: the tiny guest's kernel, there within half a minute."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.rig import cache
from tests.rig.debian.disk import GRUB, run
from tests.rig.initramfs import boot, stamp
from tests.rig.needs import missing

NAME = "modern"
"""What the guest calls itself: its prompt is ``modern:~# ``."""
MODULES = ("fat", "search", "search_fs_file", "normal", "linux")
WORDS = "console=tty0 console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1"
SETTINGS = f"""\
search --set=root --file /initramfs
linux /kernel {WORDS} tiny.name={NAME}
initrd /initramfs
boot
"""


def disk() -> Path:
    """The disk, raw: one FAT file system with GRUB where firmware looks when nothing is set up."""
    if not (GRUB / "x86_64-efi").is_dir():
        raise missing(f"GRUB's modules in {GRUB / 'x86_64-efi'}")
    files = boot()

    def make(path: Path) -> None:
        size = sum(file.stat().st_size for file in (files.kernel, files.initramfs))
        with path.open("wb") as raw:
            raw.truncate((size // (1 << 20) + 40) << 20)
        run("mformat", "-i", str(path), "-F", "-v", "EFI", "::")
        run("mmd", "-i", str(path), "::/EFI", "::/EFI/BOOT")
        run("mcopy", "-i", str(path), str(files.kernel), "::/kernel")
        run("mcopy", "-i", str(path), str(files.initramfs), "::/initramfs")
        with tempfile.TemporaryDirectory() as folder:
            settings, core = Path(folder, "grub.cfg"), Path(folder, "core.efi")
            settings.write_text(SETTINGS, encoding="utf-8")
            run("grub-mkimage", "-O", "x86_64-efi", "-o", str(core), "-p", "/boot/grub",
                "-c", str(settings), *MODULES)  # fmt: skip
            run("mcopy", "-i", str(path), str(core), "::/EFI/BOOT/BOOTX64.EFI")

    recipe = cache.key(SETTINGS, MODULES, stamp(files.kernel), stamp(files.initramfs))
    return cache.entry("efi.raw", recipe, make)
