"""The programs that the rig needs, and the packages that hold them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

from tests.rig.process import RigError

LISTS = Path(__file__).with_name("packages")
"""One text file a package manager, one package a line."""

SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where daemons live; a user's own PATH often leaves the sbin folders out."""


def packages(manager: str = "apt") -> list[str]:
    """The packages that the rig needs, under the names of one package manager."""
    return names(LISTS / f"{manager}.txt")


def names(path: Path) -> list[str]:
    """The lines of a list without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = (line.partition("#")[0].strip() for line in lines)
    return [word for word in words if word]


def missing(what: str) -> RigError:
    """The error that says what is missing and how to install it."""
    return RigError(
        f"the test rig needs {what}\n"
        f"Debian and Ubuntu: apt install {' '.join(packages())}\n"
        f"other distributions: see {LISTS}"
    )


def left_out(why: str) -> NoReturn:
    """Leave the test out, where a person tests; a continuous integration leaves nothing out."""
    # What starts hypervisors for a benchmark does without it.
    import pytest

    if os.environ.get("CI"):
        pytest.fail(f"left out: {why}", pytrace=False)
    pytest.skip(why)


def program_or_left_out(name: str) -> str:
    """The path of a program that not everybody has, who runs but the quick tests."""
    found = shutil.which(name)
    return found if found is not None else left_out(f"there is no {name}")


def program(name: str) -> str:
    """The path of a program, or an error that names the packages."""
    found = shutil.which(name, path=SEARCH)
    if found is None:
        raise missing(f"the program {name}")
    return found
