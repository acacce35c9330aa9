"""One folder for what is slow to make, shared by every test process of this machine.

An entry's name carries a hash of its recipe, so a changed recipe makes a new entry, and it is
renamed into place when it is whole, so that a reader never sees half of one.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.rig.process import RigError, unprivileged

REPOSITORY = Path(__file__).resolve().parents[2]
WEEK = 7 * 24 * 3600


def folder() -> Path:
    """The cache folder.

    `VMTUI_RIG_CACHE` names it, and must name one that every user may enter. Otherwise it is in the
    checkout, or in /var/tmp when the user of the private hypervisors cannot read that.
    """
    if named := os.environ.get("VMTUI_RIG_CACHE"):
        path = Path(named).absolute()
        path.mkdir(parents=True, exist_ok=True)
        return path
    for path in (REPOSITORY / ".cache" / "rig", Path("/var/tmp") / f"vmtui-rig-{os.geteuid()}"):
        with contextlib.suppress(PermissionError):
            path.mkdir(mode=0o755, parents=True, exist_ok=True)
            if usable(path):
                return path
    raise RigError("there is no folder for the rig's cache: name one in VMTUI_RIG_CACHE")


def usable(path: Path) -> bool:
    """Whether this process may write here, only it or root has, and guests' users may read."""
    if path.stat().st_uid not in {os.geteuid(), 0} or not os.access(path, os.W_OK | os.X_OK):
        return False
    # Root's hypervisors run as a user who is in no group.
    enterable = all(step.stat().st_mode & 0o001 for step in (path, *path.parents))
    return unprivileged() is None or enterable


def key(*parts: object) -> str:
    """A short hash of whatever an entry is made from."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(part).encode() + b"\0")
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock of one name against every other process and thread."""
    with (folder() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def entry(name: str, made_from: str, make: Callable[[Path], None]) -> Path:
    """The path of an entry, made first when it is not there.

    Args:
        name: What it is, such as ``initramfs``.
        made_from: The `key` of its recipe.
        make: Writes the entry at the path that it is given.
    """
    path = folder() / f"{name}-{made_from}"
    if path.exists():
        with contextlib.suppress(PermissionError):
            os.utime(path)
        return path
    with locked(name):
        if path.exists():
            return path
        with tempfile.TemporaryDirectory(dir=folder(), prefix=f".{name}-") as scratch:
            fresh = Path(scratch) / "entry"
            make(fresh)
            fresh.chmod(0o644)
            fresh.rename(path)
        prune(name)
    return path


def prune(name: str) -> None:
    """Remove the entries of one name that were not used for a week."""
    for old in folder().glob(f"{name}-*"):
        if old.is_file() and time.time() - old.stat().st_mtime > WEEK:
            old.unlink()
