"""Looks around for whoever makes a guest: on its host, and on the machine that vmtui runs on."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from vmtui import paths
from vmtui.engine.bounded import bounded
from vmtui.errors import Invalid, NotFound, VmtuiError
from vmtui.hypervisor import Hypervisor
from vmtui.model.guest import HostId
from vmtui.model.image import CloudImage, Seen
from vmtui.model.inventory import HostView, tally
from vmtui.model.storage import Pool, Volume
from vmtui.model.system import System
from vmtui.plan import images
from vmtui.plan.answers import Origin
from vmtui.plan.surroundings import SshKey, Surroundings

ANSWER = 15.0
"""Seconds that a host has for each question; a pool that takes longer is shown without volumes."""
KEY_FILE_MOST = 16 * 1024
AGENT_ANSWER = 2.0
"""Seconds that the ssh agent has: one that asks its owner something does not answer."""


async def look_around(
    hypervisor: Hypervisor,
    view: HostView,
    *,
    systems: Sequence[System],
    images: Sequence[CloudImage],
    cache: Path,
    engine: str = "",
) -> Surroundings:
    """What a new guest finds on this host now.

    Raises VmtuiError where the host does not tell what it offers.
    """
    offer, pools, networks, keys = await asyncio.gather(
        bounded(hypervisor.read_offer(engine), ANSWER),
        bounded(hypervisor.read_pools(), ANSWER),
        bounded(hypervisor.read_networks(), ANSWER),
        ssh_keys(),
    )
    around = Surroundings(host=HostId(view.id))
    sample = view.figures.sample if view.figures else None
    free = None
    if sample is not None and sample.memory_free is not None:
        free = sample.memory_free + (sample.memory_cache or 0)
    return replace(
        around,
        offer=offer,
        facts=view.facts,
        pools=pools,
        volumes=MappingProxyType(await _volumes(hypervisor, pools)),
        networks=networks,
        guests=tuple(sorted(view.guests.values(), key=lambda guest: guest.name)),
        memory_free=free,
        commitment=tally(view).commitment,
        systems=tuple(systems),
        images=tuple(images),
        keys=keys,
        user=_user(),
        timezone=await asyncio.to_thread(local_timezone),
        cache=str(cache),
        seed=secrets.token_hex(16),
    )


async def _volumes(hypervisor: Hypervisor, pools: Iterable[Pool]) -> dict[str, tuple[Volume, ...]]:
    """The volumes of every pool that tells them in time."""

    async def read(pool: Pool) -> tuple[str, tuple[Volume, ...] | None]:
        try:
            return pool.name, await bounded(hypervisor.read_volumes(pool.name), ANSWER)
        except VmtuiError:
            return pool.name, None

    active = [pool for pool in pools if pool.capacity is not None]
    found = await asyncio.gather(*(read(pool) for pool in active))
    return {name: volumes for name, volumes in found if volumes is not None}


async def look_at(
    hypervisor: Hypervisor, around: Surroundings, origin: Origin, size: int | None = None
) -> Surroundings:
    """The surroundings with what the first bytes of an image show, or why they cannot be read.

    What is to be downloaded first is not looked at.
    """
    if origin in around.seen or not (origin.place or origin.file):
        return around
    try:
        if origin.place is not None:
            head = await bounded(hypervisor.read_part(origin.place, 0, images.HEAD), ANSWER)
            volume = around.volume(origin.place.pool, origin.place.volume)
            size = volume.allocation if volume is not None else size
        else:
            head, size = await asyncio.to_thread(read_head, origin.file)
        seen = images.look(head, str(origin), around.systems, size)
    except VmtuiError as error:
        seen = Seen(error=error)
    return replace(around, seen=MappingProxyType({**around.seen, origin: seen}))


def read_head(file: str) -> tuple[bytes, int]:
    """The first bytes of a file of this machine, and its size. Blocks.

    Raises NotFound and Invalid with the reason.
    """
    path = paths.expanded(file)
    try:
        if path.is_dir():
            raise Invalid("That is a folder", str(path))
        if path.is_fifo() or path.is_socket():
            # Whoever opens one waits for somebody at its other end.
            raise Invalid("That is no file", str(path))
        with path.open("rb") as opened:
            return opened.read(images.HEAD), os.fstat(opened.fileno()).st_size
    except FileNotFoundError:
        raise NotFound("There is no such file", str(path)) from None
    except OSError as error:
        raise Invalid("The file cannot be read", error.strerror or str(error)) from None


async def ssh_keys(home: Path | None = None) -> tuple[SshKey, ...]:
    """The person's public keys: those that the ssh agent holds, then `~/.ssh/*.pub`."""
    files = await asyncio.to_thread(_key_files, home or Path.home())
    found: dict[str, SshKey] = {}
    for key in (*await _agent_keys(), *files):
        body = " ".join(key.text.split()[:2])
        found.setdefault(body, key)
    return tuple(found.values())


async def _agent_keys() -> list[SshKey]:
    """What `ssh-add -L` tells; nothing without an agent."""
    if "SSH_AUTH_SOCK" not in os.environ:
        return []
    try:
        process = await asyncio.create_subprocess_exec(
            "ssh-add", "-L",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return []
    try:
        async with asyncio.timeout(AGENT_ANSWER):
            told, _ = await process.communicate()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return []
    lines = told.decode("utf-8", "replace").splitlines() if process.returncode == 0 else []
    return [SshKey(line.strip(), "agent") for line in lines if _is_key(line)]


def _key_files(home: Path) -> list[SshKey]:
    found = []
    for path in sorted((home / ".ssh").glob("*.pub")):
        try:
            if path.stat().st_size > KEY_FILE_MOST:
                continue
            line = path.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if _is_key(line) and "\n" not in line and "-cert-" not in line:
            found.append(SshKey(line, path.name))
    return found


def _is_key(line: str) -> bool:
    return line.startswith(("ssh-", "ecdsa-", "sk-")) and len(line.split()) >= 2


def _user() -> str:
    # Without a name for the number, as in some containers, there is none to offer.
    with contextlib.suppress(KeyError, OSError):
        return getpass.getuser()
    return ""


def local_timezone(etc: Path = Path("/etc")) -> str:
    """This machine's time zone by its name (Europe/Vienna), or "". Blocks."""
    with contextlib.suppress(OSError):
        if name := (etc / "timezone").read_text(encoding="ascii", errors="replace").strip():
            return name
    with contextlib.suppress(OSError):
        place = str((etc / "localtime").resolve())
        if "/zoneinfo/" in place:
            return place.partition("/zoneinfo/")[2]
    return ""
