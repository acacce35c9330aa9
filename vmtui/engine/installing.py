"""From a wish for guest tools to the plan: looks which ways there are, and inside the guest."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vmtui.engine import atconsole, byssh
from vmtui.engine.around import ANSWER, ssh_keys
from vmtui.engine.bounded import bounded
from vmtui.engine.fleet import Fleet
from vmtui.engine.gathering import own_release
from vmtui.errors import Conflict, VmtuiError
from vmtui.model.guest import Guest
from vmtui.model.host import Virtualization
from vmtui.model.installing import Login, SshTarget, Sudo, Way
from vmtui.model.spec import Place
from vmtui.model.storage import FILE_POOLS, Volume
from vmtui.paths import cache_dir
from vmtui.plan import guest_tools, virtiowin
from vmtui.plan.agentpackages import release_of
from vmtui.plan.guest_tools import WAY_WORDS, Means, MediumRoom
from vmtui.plan.plan import Plan
from vmtui.plan.sshwords import address_of, jump_of
from vmtui.plan.toolsmedium import why_not_gather

CUSTOMIZE = "virt-customize"

AskPassword = Callable[[str], Awaitable[str | None]]
"""Asks the person for the password of whoever is logged in, with a few words; None declines."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wants it done."""

    way: Way | None = None
    """None: the first that can be gone."""
    device: str = ""
    """Which console, as its host names it."""
    address: str = ""
    """"" is the guest's own."""
    port: int = 0
    user: str = "root"
    key: str = ""
    restart: bool = False
    """Whether it may be turned off and on, where only that gives it the agent's channel."""


async def look_for_means(fleet: Fleet, guest: Guest, wish: Wish | None = None) -> Means:
    """What there is besides the guest, on this machine and its host."""
    wish = wish or Wish()
    keys, customize = await asyncio.gather(ssh_keys(), asyncio.to_thread(shutil.which, CUSTOMIZE))
    view = fleet.store.inventory.hosts[guest.key.host]
    return Means(
        has_key=bool(keys or wish.key),
        libguestfs=customize is not None,
        local=view.facts.local,
        imaginary=view.uri.startswith("demo:"),
        pools=bool(view.pools) or view.pools is None,
        address=wish.address,
    )


async def prepare(
    fleet: Fleet, guest: Guest, wish: Wish, ask_password: AskPassword, say: Say
) -> Plan | None:
    """The plan, with every command in it; None where the person declined to give a password.

    Nothing is changed; at a console one line is typed that asks who is there.

    Raises VmtuiError where the way cannot be gone, or none can.
    """
    possible = guest_tools.ways(guest, await look_for_means(fleet, guest, wish))
    if wish.way is not None:
        if (reason := possible[wish.way]) is not None:
            raise Conflict(f"{guest.name}: not {WAY_WORDS[wish.way].lower()}", f"{reason}.")
        return await _by(fleet, guest, wish.way, wish, ask_password, say)
    reasons = []
    for way, reason in possible.items():
        why = reason
        if reason is None:
            try:
                return await _by(fleet, guest, way, wish, ask_password, say)
            except VmtuiError as error:
                why = f"{error.title}. {error.detail}".rstrip(". ")
        reasons.append(f"{WAY_WORDS[way].lower()}: {why}")
    raise Conflict(
        f"There is no way to install guest tools in {guest.name} now", "; ".join(reasons) + ".",
        "Log in at its console, or give it a key for ssh.",
    )  # fmt: skip


async def _by(
    fleet: Fleet, guest: Guest, way: Way, wish: Wish, ask_password: AskPassword, say: Say
) -> Plan | None:
    view = fleet.store.inventory.hosts[guest.key.host]
    name, uri = guest.name, view.uri
    match way:
        case Way.CONSOLE:
            say("asking the shell at its console who is there…")
            login = await atconsole.look_around(fleet, guest.key, name, wish.device)
            _check(guest, login, passwords=True)
            password = await _password(guest, login, ask_password)
            if password is None:
                return None
            return guest_tools.by_console(
                guest, login, device=wish.device, password=password, restart=wish.restart
            )
        case Way.SSH:
            target = _target(guest, wish, uri)
            say(f"asking by ssh {target.user}@{target.address} what is there…")
            login = await byssh.look_around(guest.key, name, target)
            _check(guest, login, passwords=False)
            return guest_tools.by_ssh(guest, login, target, restart=wish.restart)
        case Way.DISK:
            doubtful = view.facts.virtualization is Virtualization.UNSURE
            return guest_tools.by_disk(guest, uri, emulate=doubtful)
        case Way.ISO if guest_tools.is_windows(guest):
            return await _by_virtio_win(fleet, guest)
        case Way.ISO:
            return await _by_iso(fleet, guest, wish, ask_password, say)


async def _by_iso(
    fleet: Fleet, guest: Guest, wish: Wish, ask_password: AskPassword, say: Say
) -> Plan | None:
    """Typed where somebody is logged in at its console; else the person is told what to type.

    None where the person declined to give a password.
    """
    login, unreached = None, None
    say("asking the shell at its console who is there…")
    await fleet.store.wait(lambda i: i.hosts[guest.key.host].pools is not None, ANSWER)
    try:
        login = await atconsole.look_around(fleet, guest.key, guest.name, wish.device)
    except VmtuiError as error:
        unreached = error
    if login is not None:
        _check(guest, login, passwords=True)
    release = login.release if login is not None else release_of(_system(guest))
    own = await asyncio.to_thread(own_release)
    if (reason := why_not_gather(own, release)) is not None:
        detail = f"{reason[:1].upper()}{reason[1:]}."
        if unreached is not None:
            detail += f" {unreached.title}."
        raise Conflict("There are no packages for an ISO here", detail)
    room = MediumRoom(
        _pool(fleet, guest), f"guest-tools-{guest.key.uuid[:8]}.iso",
        str(cache_dir() / "tools" / f"{guest.key.uuid}.iso"),
    )  # fmt: skip
    password = "" if login is None else await _password(guest, login, ask_password)
    if password is None:
        return None
    return guest_tools.by_iso(
        guest, release, room, login,
        device=wish.device, password=password, restart=wish.restart,
    )  # fmt: skip


async def _password(guest: Guest, login: Login, ask_password: AskPassword) -> str | None:
    """What sudo or doas will ask for, "" where it asks for nothing; None where it is declined."""
    if login.sudo not in (Sudo.PASSWORD, Sudo.DOAS):
        return ""
    return await ask_password(f"Password for {login.sudo.value.split()[0]} in {guest.name}")


async def _by_virtio_win(fleet: Fleet, guest: Guest) -> Plan:
    """With the virtio-win that a pool has, else with one that is downloaded."""
    hypervisor = fleet.hypervisor(guest.key.host)
    await fleet.store.wait(lambda i: i.hosts[guest.key.host].pools is not None, ANSWER)
    volumes: list[Volume] = []
    for pool in fleet.store.inventory.hosts[guest.key.host].pools or ():
        if pool.capacity is not None:
            # One that does not answer has none to offer.
            with contextlib.suppress(VmtuiError):
                volumes += await bounded(hypervisor.read_volumes(pool.name), ANSWER)
    if (found := virtiowin.newest(volumes)) is not None:
        return guest_tools.by_virtio_win(guest, Place(found.pool, found.name))
    place = Place(_pool(fleet, guest), virtiowin.FILE)
    return guest_tools.by_virtio_win(guest, place, str(cache_dir() / virtiowin.FILE))


def _system(guest: Guest) -> str:
    return guest.definition.os if guest.definition else ""


def _pool(fleet: Fleet, guest: Guest) -> str:
    """The pool with the most room that takes files."""
    pools = fleet.store.inventory.hosts[guest.key.host].pools or ()
    able = [pool for pool in pools if pool.available is not None and pool.kind in FILE_POOLS]
    if not able:
        raise Conflict("No storage pool of the host takes a file", "None that is active.")
    return max(able, key=lambda pool: pool.available or 0).name


def _target(guest: Guest, wish: Wish, uri: str) -> SshTarget:
    # A person's own address is taken as this machine reaches it.
    own = bool(wish.address)
    return SshTarget(
        wish.address or address_of(guest.addresses), wish.user, wish.port, wish.key,
        "" if own else jump_of(uri),
    )  # fmt: skip


def _check(guest: Guest, login: Login, *, passwords: bool) -> None:
    if (reason := guest_tools.unfit(login, passwords=passwords)) is not None:
        raise Conflict(f"Guest tools cannot be installed in {guest.name} so", f"{reason}.")
