"""Keeps a private hypervisor away from /dev/kvm.

A node whose hardware is missing makes libvirt probe for half a minute at each start of a guest, and
emulation behaves the same on every host. Libvirt believes whatever its user may open, so the node
must be closed to it, or not be there.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

from tests.rig.needs import program
from tests.rig.process import Keeper

NODE = Path("/dev/kvm")

CLOSE = """\
mount --bind "$1" "$2"
shift 2
exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"
"""
"""Lays a file that nobody may open over the node, then drops the right to open it all the same."""

REMOVE = """\
mkdir -p "$1"
mount -t tmpfs -o mode=755 dev "$1"
for node in /dev/*; do
    place=$1/${node##*/}
    if [ "$node" = "$2" ]; then
        continue
    elif [ -d "$node" ] && ! [ -L "$node" ]; then
        mkdir "$place" && mount --rbind "$node" "$place"
    else
        cp -a "$node" "$place" # a bound ptmx would not find its pts
    fi
done
mount --rbind "$1" /dev
"""
"""Shell lines that give a mount namespace a /dev without the node: root may open whatever is there.
Call them with a folder and the node."""


def reachable(owner: int | None) -> bool:
    """Whether a private hypervisor would find /dev/kvm open to it."""
    if not NODE.exists():
        return False
    if owner is None:
        return os.access(NODE, os.R_OK | os.W_OK)
    # The owner is in no group: only what anyone may do counts.
    return bool(NODE.stat().st_mode & 0o006)


def without_kvm(keeper: Keeper) -> list[str]:
    """The words before a command that close /dev/kvm to it; none when it is closed anyway."""
    if not reachable(keeper.owner) or not may_unshare():
        return []
    closed = keeper.folder / "closed"
    if not closed.exists():
        keeper.write(closed.name, "", mode=0)
    return [*UNSHARE, program("sh"), "-euc", CLOSE, "sh", str(closed), str(NODE)]


UNSHARE = ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount")


@functools.cache
def may_unshare() -> bool:
    """Whether this host lets an ordinary user have a mount namespace."""
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
