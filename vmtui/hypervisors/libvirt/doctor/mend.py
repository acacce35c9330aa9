"""Carries out the steps that mend a host: networks, pools, modules, groups."""

from __future__ import annotations

import ipaddress
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Conflict, Refused, TimedOut, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.calls import Lane
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.local import is_local
from vmtui.model.change import Change, ChangeKind
from vmtui.model.steps import Step
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    HostStep,
    JoinGroup,
    LoadModule,
    StartNetwork,
    StartPool,
    StopNetwork,
    StopPool,
    UndefineNetwork,
    UndefinePool,
)

COMMAND_LIMIT = 20.0
"""Seconds for a command on this machine."""


async def start_network(handle: Handle, step: StartNetwork, _progress: Progress) -> Step | None:
    """virNetworkCreate and virNetworkSetAutostart."""

    def start() -> Step | None:
        network = handle.conn.networkLookupByName(step.name)
        was = bool(network.autostart())
        off = not network.isActive()
        if off:
            network.create()
        if step.autostart and not was:
            network.setAutostart(1)
        return StopNetwork(name=step.name, autostart=was) if off else None

    return await _run(handle, start, ChangeKind.NETWORK)


async def stop_network(handle: Handle, step: StopNetwork, _progress: Progress) -> Step | None:
    """virNetworkDestroy and virNetworkSetAutostart."""

    def stop() -> Step | None:
        network = handle.conn.networkLookupByName(step.name)
        if network.isActive():
            network.destroy()
        network.setAutostart(int(step.autostart))
        return None

    return await _run(handle, stop, ChangeKind.NETWORK)


async def define_network(handle: Handle, step: DefineNetwork, _progress: Progress) -> Step | None:
    """virNetworkDefineXML, of a NAT network with addresses by DHCP."""
    text = ET.tostring(network_xml(step.name, step.address), encoding="unicode")

    def define() -> Step | None:
        if any(network.name() == step.name for network in handle.conn.listAllNetworks()):
            return None
        handle.conn.networkDefineXML(text)
        return UndefineNetwork(name=step.name)

    return await _run(handle, define, ChangeKind.NETWORK)


async def undefine_network(
    handle: Handle, step: UndefineNetwork, _progress: Progress
) -> Step | None:
    """virNetworkUndefine."""

    def undefine() -> Step | None:
        for network in handle.conn.listAllNetworks():
            if network.name() == step.name:
                network.undefine()
        return None

    return await _run(handle, undefine, ChangeKind.NETWORK)


def network_xml(name: str, address: str) -> Element:
    """A NAT network with the host at `address` (192.168.122.1/24) and the rest for guests.

    Raises:
        Conflict: That is no address of a network with room for guests.
    """
    try:
        interface = ipaddress.IPv4Interface(address)
        others = [one for one in interface.network.hosts() if one != interface.ip]
        first, last = others[0], others[-1]
    except (ValueError, IndexError):
        raise Conflict(f"{address} is no address of a network for guests") from None
    network = Element("network")
    ET.SubElement(network, "name").text = name
    ET.SubElement(network, "forward", {"mode": "nat"})
    ET.SubElement(network, "bridge", {"stp": "on", "delay": "0"})
    ip = ET.SubElement(
        network, "ip", {"address": str(interface.ip), "netmask": str(interface.netmask)}
    )
    dhcp = ET.SubElement(ip, "dhcp")
    ET.SubElement(dhcp, "range", {"start": str(first), "end": str(last)})
    return network


async def start_pool(handle: Handle, step: StartPool, _progress: Progress) -> Step | None:
    """virStoragePoolCreate, which makes the folder where it misses, and its autostart."""

    def start() -> Step | None:
        pool = handle.conn.storagePoolLookupByName(step.name)
        was = bool(pool.autostart())
        off = not pool.isActive()
        if off:
            pool.create(libvirt.VIR_STORAGE_POOL_CREATE_WITH_BUILD)
        if step.autostart and not was:
            pool.setAutostart(1)
        return StopPool(name=step.name, autostart=was) if off else None

    return await _run(handle, start, ChangeKind.POOL)


async def stop_pool(handle: Handle, step: StopPool, _progress: Progress) -> Step | None:
    """virStoragePoolDestroy, which deletes nothing, and its autostart."""

    def stop() -> Step | None:
        pool = handle.conn.storagePoolLookupByName(step.name)
        if pool.isActive():
            pool.destroy()
        pool.setAutostart(int(step.autostart))
        return None

    return await _run(handle, stop, ChangeKind.POOL)


async def define_pool(handle: Handle, step: DefinePool, _progress: Progress) -> Step | None:
    """virStoragePoolDefineXML, of a folder."""
    pool = Element("pool", {"type": "dir"})
    ET.SubElement(pool, "name").text = step.name
    ET.SubElement(ET.SubElement(pool, "target"), "path").text = step.path
    text = ET.tostring(pool, encoding="unicode")

    def define() -> Step | None:
        if any(one.name() == step.name for one in handle.conn.listAllStoragePools()):
            return None
        handle.conn.storagePoolDefineXML(text)
        return UndefinePool(name=step.name)

    return await _run(handle, define, ChangeKind.POOL)


async def undefine_pool(handle: Handle, step: UndefinePool, _progress: Progress) -> Step | None:
    """virStoragePoolUndefine."""

    def undefine() -> Step | None:
        for pool in handle.conn.listAllStoragePools():
            if pool.name() == step.name:
                pool.undefine()
        return None

    return await _run(handle, undefine, ChangeKind.POOL)


async def load_module(handle: Handle, step: LoadModule, _progress: Progress) -> Step | None:
    """modprobe, as root on this machine."""
    await _command(handle, words_of(step))
    return LoadModule(name=step.name, on=not step.on)


async def join_group(handle: Handle, step: JoinGroup, _progress: Progress) -> Step | None:
    """usermod, as root on this machine; counts from the user's next login on."""
    await _command(handle, words_of(step))
    return JoinGroup(user=step.user, group=step.group, on=not step.on)


def words_of(step: HostStep) -> list[str]:
    """The command of a step that is one."""
    match step:
        case LoadModule(name=name, on=on):
            return ["modprobe", *([] if on else ["-r"]), "--", name]
        case JoinGroup(user=user, group=group, on=True):
            return ["usermod", "-aG", group, "--", user]
        case JoinGroup(user=user, group=group):
            return ["gpasswd", "-d", user, group]
    return []


async def _command(handle: Handle, words: list[str]) -> None:
    if not is_local(handle.uri):
        raise Refused("That can be done on the host itself only", " ".join(words))

    def run() -> None:
        try:
            done = subprocess.run(
                words, capture_output=True, text=True, errors="replace", timeout=COMMAND_LIMIT,
                stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except OSError as error:
            raise Refused(f"{words[0]} cannot be run", str(error)) from None
        except subprocess.TimeoutExpired:
            raise TimedOut(f"{words[0]} does not end") from None
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-500:]
            raise VmtuiError(f"{words[0]} failed", said or f"exit code {done.returncode}")

    await handle.calls.run(run, lane=Lane.LONG)


async def _run(handle: Handle, work: Callable[[], Step | None], kind: ChangeKind) -> Step | None:
    undo = await handle.calls.run(work, lane=Lane.LONG)
    handle.announce(Change(kind, ""))
    return undo
