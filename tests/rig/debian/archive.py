"""Debian's packages, unpacked and set up in an archive that every image is made from."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from tests.rig import cache
from tests.rig.needs import names, program

RELEASE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
LIST = Path(__file__).with_name("packages.txt")
"""What is in the guest beside what every Debian has."""
LATER = ("qemu-guest-agent",)
"""What the guest may install: these and what they need lie beside the rest, not installed."""
PLACE = "var/local/packages"
"""Where those lie in the archive."""

LEFT_OUT = ("man", "doc", "info", "locale", "i18n", "lintian")
"""Folders of /usr/share that nobody reads in a guest."""

FETCH = Path(__file__).with_name("later.sh")


def archive() -> Path:
    """The archive, from the cache or made now, with mmdebstrap: one to three minutes, 450 MB."""
    wanted = names(LIST)
    recipe = cache.key(RELEASE, MIRROR, LATER, LEFT_OUT, FETCH.read_text(encoding="utf-8"), wanted)

    def make(path: Path) -> None:
        hook = f'sh {shlex.quote(str(FETCH))} "$1" {PLACE} {" ".join(LATER)}'
        tarball = path.with_suffix(".tar")
        words = [
            program("mmdebstrap"), "--quiet", "--variant=minbase",
            "--skip=cleanup/reproducible",
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT),
            "--dpkgopt=force-unsafe-io",
            f"--include={','.join(wanted)}",
            f"--customize-hook={hook}",
            RELEASE, str(tarball), MIRROR,
        ]  # fmt: skip
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
        tarball.rename(path)

    return cache.entry("debian.tar", recipe, make)
