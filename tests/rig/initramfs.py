"""The tiny guest's kernel and its whole system: busybox, modules and the guest agent in 3 MB."""

from __future__ import annotations

import gzip
import lzma
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig import cache
from tests.rig.needs import missing, program

FILES = Path(__file__).with_name("tiny")
"""What goes into the guest as it is: its scripts and settings."""

MODULES = (
    "button", "evdev",
    "virtio_pci", "virtio_console", "virtio_balloon", "virtio_blk", "virtio_scsi", "virtio_net",
    "virtio_rng", "sd_mod", "sr_mod", "isofs", "vfat", "nls_ascii", "nls_cp437", "e1000",
)  # fmt: skip
"""The drivers that the guest loads; most kernels have some of them built in."""

FOLDERS = ("dev", "proc", "sys", "run", "tmp", "root", "mnt", "usr/bin", "usr/sbin", "var/run")


@dataclass(frozen=True)
class Boot:
    """The two files that a tiny guest boots from, in the cache."""

    kernel: Path
    initramfs: Path


def newest_kernel() -> tuple[Path, Path]:
    """The newest kernel and its modules, cloud kernels first: they are the smallest."""
    found = [
        (kernel, modules)
        for modules in Path("/lib/modules").glob("*")
        for kernel in (Path(f"/boot/vmlinuz-{modules.name}"), modules / "vmlinuz")
        if kernel.exists() and (modules / "modules.dep").exists()
    ]
    if not found:
        raise missing("a kernel, in /boot or beside its modules in /lib/modules")
    return max(found, key=lambda pair: ("cloud" in pair[1].name, natural(pair[1].name)))


def natural(text: str) -> list[int]:
    """The numbers in a text, so that 6.10 is newer than 6.9."""
    return [int(number) for number in re.findall(r"\d+", text)]


def load_order(modules: Path, names: Sequence[str] = MODULES) -> list[Path]:
    """The module files to load, dependencies first."""
    needs: dict[str, list[str]] = {}
    paths: dict[str, str] = {}
    for line in (modules / "modules.dep").read_text(encoding="utf-8").splitlines():
        path, _, rest = line.partition(":")
        paths[module_name(path)] = path
        needs[path] = rest.split()
    order: dict[str, None] = {}
    for name in names:
        if path := paths.get(name, ""):
            # modules.dep lists the nearest dependency first, and all of them.
            order |= dict.fromkeys([*reversed(needs[path]), path])
    return [modules / path for path in order]


def module_name(path: str) -> str:
    """The name of a module, as the kernel spells it."""
    return Path(path).name.split(".ko")[0].replace("-", "_")


def unpacked(module: Path) -> bytes:
    """A module's bytes; distributions pack them in different ways."""
    data = module.read_bytes()
    if module.suffix == ".xz":
        return lzma.decompress(data)
    if module.suffix == ".gz":
        return gzip.decompress(data)
    if module.suffix == ".zst":
        words = [program("zstd"), "-dcq", str(module)]
        return subprocess.run(words, check=True, capture_output=True).stdout
    return data


def libraries(binary: Path) -> list[Path]:
    """The shared libraries that a binary needs, its loader among them."""
    output = subprocess.run(
        [program("ldd"), str(binary)], check=True, capture_output=True, text=True
    ).stdout
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", output)]


def boot() -> Boot:
    """The kernel and the initramfs, from the cache or made now."""
    kernel, modules = newest_kernel()
    busybox, agent = Path(program("busybox")), Path(program("qemu-ga"))
    recipe = [Path(__file__), *(path for path in sorted(FILES.rglob("*")) if path.is_file())]
    ours = cache.key(*((path.name, path.read_bytes()) for path in recipe))
    system = [stamp(path) for path in (kernel, modules / "modules.dep", busybox, agent)]
    return Boot(
        kernel=cache.entry("kernel", cache.key(system[0]), lambda path: copy(kernel, path)),
        initramfs=cache.entry(
            "initramfs",
            cache.key(system, ours),
            lambda path: pack(path, modules, busybox, agent),
        ),
    )


def stamp(path: Path) -> tuple[str, int, int]:
    """What changes when a package replaces a file."""
    state = path.stat()
    return str(path), state.st_size, state.st_mtime_ns


def copy(source: Path, path: Path) -> None:
    """Copy a kernel, which some distributions let only root read."""
    try:
        path.write_bytes(source.read_bytes())
    except PermissionError as error:
        raise missing(f"to read {source}: chmod a+r {source}") from error


def pack(path: Path, modules: Path, busybox: Path, agent: Path) -> None:
    """Write the archive: folders, busybox and its names, the agent, modules, our own files."""
    archive = Archive()
    for name in FOLDERS:
        archive.folder(name)
    archive.file("bin/busybox", busybox.read_bytes(), 0o755)
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout
    for applet in applets.split():
        if applet != "busybox":
            archive.link(f"bin/{applet}", "busybox")
    archive.file("usr/sbin/qemu-ga", agent.read_bytes(), 0o755)
    for library in libraries(agent):
        archive.file(str(library).lstrip("/"), library.read_bytes(), 0o755)
    order = load_order(modules)
    for module in order:
        archive.file(f"lib/modules/{module_name(module.name)}", unpacked(module))
    names = "".join(f"{module_name(module.name)}\n" for module in order)
    archive.file("lib/modules/order", names.encode())
    for source in sorted(FILES.rglob("*")):
        if source.is_file():
            # Scripts say so in their first line, whatever a checkout made of their modes.
            data = source.read_bytes()
            mode = 0o755 if data.startswith(b"#!") else 0o644
            archive.file(str(source.relative_to(FILES)), data, mode)
    # The emulated processor unpacks it: little compression is the quickest.
    path.write_bytes(gzip.compress(archive.end(), compresslevel=1, mtime=0))


class Archive:
    """A cpio archive in the form that Linux unpacks, made without root and without cpio."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._folders: set[str] = set()
        self._count = 0

    def folder(self, name: str) -> None:
        """Add a folder and those above it, once."""
        path = Path(name)
        for step in (*reversed(path.parents), path):
            text = str(step)
            if text != "." and text not in self._folders:
                self._folders.add(text)
                self._add(text, 0o040755, b"")

    def file(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """Add a file."""
        self.folder(str(Path(name).parent))
        self._add(name, 0o100000 | mode, data)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self.folder(str(Path(name).parent))
        self._add(name, 0o120777, target.encode())

    def end(self) -> bytes:
        """Close the archive and give its bytes."""
        self._add("TRAILER!!!", 0, b"")
        return b"".join(self._parts)

    def _add(self, name: str, mode: int, data: bytes) -> None:
        self._count += 1
        encoded = name.encode() + b"\0"
        fields = (self._count, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        for part in (head, data):
            self._parts.append(part + b"\0" * (-len(part) % 4))
