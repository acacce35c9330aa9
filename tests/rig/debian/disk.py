"""The Debian guest as a published cloud image is: a disk that boots through BIOS and through UEFI.

It is put together without mounting anything: mke2fs fills its file system from a folder, mtools the
EFI partition, and GRUB's first sectors are laid where its own installer would lay them.
"""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

from tests.rig import cache
from tests.rig.debian.archive import archive
from tests.rig.needs import missing, program
from tests.rig.process import RigError

HERE = Path(__file__).parent
SECTOR = 512
BLOCK = 4096
SIZE = 2 << 30
"""The size that the guest sees at first; growpart makes it as big as the disk it is copied to."""

BIOS_BOOT, EFI, ROOT = 2048, 4096, 36864
"""The first sectors of the partitions."""
END = 2048
"""Sectors after the last partition, for the second copy of the table."""

TABLE = f"""\
label: gpt
start={BIOS_BOOT}, size={EFI - BIOS_BOOT}, type=21686148-6449-6E6F-744E-656564454649
start={EFI}, size={ROOT - EFI}, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start={ROOT}, size={SIZE // SECTOR - ROOT - END}, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
"""

EARLY = HERE / "early.cfg"
"""What GRUB's core does first: find the file system and go on with the settings there."""
GRUB = Path("/usr/lib/grub")
MODULES = ("part_gpt", "ext2", "search", "search_label", "normal", "configfile", "linux", "echo",
           "serial", "terminal", "test", "reboot", "halt")  # fmt: skip


def image() -> Path:
    """The cloud image, a compressed qcow2 of about 200 MB, from the cache or made now.

    From the archive it takes about a minute. A guest with one emulated processor is at its login
    prompt after 20 to 30 s; with a cloud-init seed some 20 s more. The user `vmtui` with the
    password `vmtui` may log in and use sudo; what a seed asks for comes on top. qemu-guest-agent
    is in it, and starts where the guest has its channel.
    """
    source = archive()
    recipe = [HERE / "disk.py", *sorted(HERE.glob("*.sh")), EARLY]
    recipe += [path for path in sorted((HERE / "system").rglob("*")) if path.is_file()]
    ours = cache.key(*((str(path.relative_to(HERE)), path.read_bytes()) for path in recipe))
    return cache.entry(
        "debian.qcow2", cache.key(source.name, ours), lambda path: make(path, source)
    )


def make(path: Path, source: Path) -> None:
    """Write the image."""
    raw = path.with_suffix(".raw")
    with raw.open("wb") as disk:
        disk.truncate(SIZE)
    run("sfdisk", "--quiet", str(raw), given=TABLE)
    add_bios_boot(raw)
    add_efi_boot(raw)
    blocks = (SIZE // SECTOR - ROOT - END) * SECTOR // BLOCK
    run(*AS_ROOT, "sh", str(HERE / "build.sh"), str(source), str(raw), str(ROOT * SECTOR),
        str(blocks))  # fmt: skip
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", "compression_type=zstd",
        str(raw), str(path))  # fmt: skip
    raw.unlink()


AS_ROOT = () if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--map-auto")


def run(*words: str, given: str = "") -> None:
    """Run a program; what it says is in the error when it fails."""
    command = [program(words[0]), *words[1:]]
    done = subprocess.run(
        command, input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise RigError(f"{' '.join(words)} failed:\n{done.stdout[-4000:]}")


def core(path: Path, kind: str, *modules: str) -> bytes:
    """GRUB's core for one kind of firmware, with the modules in it and nothing else to load."""
    if not (GRUB / kind).is_dir():
        raise missing(f"GRUB's modules in {GRUB / kind}")
    run("grub-mkimage", "-O", kind, "-o", str(path), "-p", "/boot/grub",
        "-c", str(EARLY), *MODULES, *modules)  # fmt: skip
    data = path.read_bytes()
    path.unlink()
    return data


def add_bios_boot(raw: Path) -> None:
    """Lay GRUB's boot sector and its core, each of which names the sector to read next.

    The places of these numbers are part of GRUB's boot.S and diskboot.S: 0x5c in the boot sector,
    and the last entry of the list of blocks at the end of the core's first sector.
    """
    boot = bytearray((GRUB / "i386-pc" / "boot.img").read_bytes())
    boot[0x5C:0x64] = struct.pack("<Q", BIOS_BOOT)
    data = bytearray(core(raw.with_suffix(".core"), "i386-pc", "biosdisk"))
    data[0x1F4:0x1FC] = struct.pack("<Q", BIOS_BOOT + 1)
    assert len(data) < (EFI - BIOS_BOOT) * SECTOR
    with raw.open("r+b") as disk:
        disk.write(boot[:440])
        disk.seek(BIOS_BOOT * SECTOR)
        disk.write(data)


def add_efi_boot(raw: Path) -> None:
    """Make the EFI partition, with GRUB where firmware looks when nothing else is set up."""
    program_file = raw.with_suffix(".efi")
    program_file.write_bytes(core(raw.with_suffix(".core"), "x86_64-efi"))
    partition = f"{raw}@@{EFI * SECTOR}"
    run("mformat", "-i", partition, "-T", str(ROOT - EFI), "-v", "EFI", "::")
    run("mmd", "-i", partition, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", partition, str(program_file), "::/EFI/BOOT/BOOTX64.EFI")
    program_file.unlink()
