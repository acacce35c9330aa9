"""Debian's netboot installer: the kernel and initrd of a real one, which asks on a serial line."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

from tests.rig import cache
from tests.rig.debian.archive import MIRROR, RELEASE
from tests.rig.initramfs import Boot, copy, stamp
from tests.rig.needs import program

PACKAGE = "debian-installer-12-netboot-amd64"
PLACE = "usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
NAMES = ("linux", "initrd.gz")
WORDS = "console=ttyS0 tsc=unstable no_timer_check mitigations=off"
"""For its kernel, on an emulated processor."""


def installer() -> Boot:
    """Its two files: of the package where that is installed, else fetched, in about 30 s."""
    here = Path("/", PLACE)
    whole = all((here / name).exists() for name in NAMES)
    recipe = cache.key(*map(stamp, map(here.joinpath, NAMES))) if whole else cache.key(
        PACKAGE, RELEASE, MIRROR
    )  # fmt: skip

    def entry(name: str) -> Path:
        if whole:
            return cache.entry(f"installer-{name}", recipe, lambda path: copy(here / name, path))
        return cache.entry(
            f"installer-{name}", recipe, lambda path: unpack(fetched(), f"./{PLACE}/{name}", path)
        )

    return Boot(*map(entry, NAMES))


def fetched() -> Path:
    """The package's files as an archive."""

    def make(path: Path) -> None:
        tarball = path.with_suffix(".tar")
        words = [program("mmdebstrap"), "--quiet", "--variant=extract", f"--include={PACKAGE}"]
        subprocess.run([*words, RELEASE, tarball, MIRROR], check=True, stdin=subprocess.DEVNULL)
        tarball.rename(path)

    return cache.entry("installer.tar", cache.key(PACKAGE, RELEASE, MIRROR), make)


def unpack(archive: Path, name: str, path: Path) -> None:
    """Write one file of an archive."""
    with tarfile.open(archive) as opened:
        file = opened.extractfile(name)
        assert file is not None, name
        path.write_bytes(file.read())
