"""The programs that the rig needs, and the packages that hold them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.rig.process import RigError

LISTS = Path(__file__).with_name("packages")
"""One text file a package manager, one package a line."""

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where daemons live; a user's own PATH often leaves the sbin folders out."""


def packages(manager: str = "apt") -> list[str]:
    """The packages that the rig needs, under the names of one package manager."""
    lines = (LISTS / f"{manager}.txt").read_text(encoding="utf-8").splitlines()
    names = [line.partition("#")[0].strip() for line in lines]
    return [name for name in names if name]


def missing(what: str) -> RigError:
    """The error that says what is missing and how to install it."""
    return RigError(
        f"the test rig needs {what}\n"
        f"Debian and Ubuntu: apt install {' '.join(packages())}\n"
        f"other distributions: see {LISTS}"
    )


def program(name: str) -> str:
    """The path of a program, or an error that names the packages."""
    found = shutil.which(name, path=SEARCH)
    if found is None:
        raise missing(f"the program {name}")
    return found
