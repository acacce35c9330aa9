"""Storage pools, as the host reports them."""

from __future__ import annotations

import logging
from typing import cast

import libvirt

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.text import plain
from vmtui.hypervisors.libvirt.xml.tree import attribute, parse, words
from vmtui.model.storage import Pool, PoolState

logger = logging.getLogger(__name__)

_STATES = {
    libvirt.VIR_STORAGE_POOL_INACTIVE: PoolState.INACTIVE,
    libvirt.VIR_STORAGE_POOL_BUILDING: PoolState.BUILDING,
    libvirt.VIR_STORAGE_POOL_RUNNING: PoolState.RUNNING,
    libvirt.VIR_STORAGE_POOL_DEGRADED: PoolState.DEGRADED,
    libvirt.VIR_STORAGE_POOL_INACCESSIBLE: PoolState.INACCESSIBLE,
}


def read_pools(conn: libvirt.virConnect) -> tuple[Pool, ...]:
    """Every pool by name (virConnectListAllStoragePools); none from a driver without pools.

    Nothing is refreshed: sizes are those that the daemon last counted. May block.
    """
    try:
        found = conn.listAllStoragePools()
    except libvirt.libvirtError as error:
        if not unsupported(error):
            raise
        return ()
    pools = [pool for one in found if (pool := _read(one)) is not None]
    return tuple(sorted(pools, key=lambda pool: pool.name))


def _read(pool: libvirt.virStoragePool) -> Pool | None:
    """One pool; None where it went away meanwhile or cannot be read."""
    try:
        state, capacity, allocation, available = cast("list[int]", pool.info())
        kind, path = _describe(pool)
        active = state not in (
            libvirt.VIR_STORAGE_POOL_INACTIVE,
            libvirt.VIR_STORAGE_POOL_BUILDING,
        )
        return Pool(
            name=plain(pool.name()),
            uuid=pool.UUIDString(),
            state=_STATES.get(state, PoolState.INACCESSIBLE),
            kind=kind,
            path=path,
            capacity=capacity if active else None,
            allocation=allocation if active else None,
            available=available if active else None,
            autostart=bool(pool.autostart()),
            persistent=bool(pool.isPersistent()),
        )
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        logger.debug("a pool cannot be read: %s", error)
        return None


def _describe(pool: libvirt.virStoragePool) -> tuple[str, str]:
    """Its kind and its target's path."""
    try:
        root = parse(pool.XMLDesc())
    except Invalid as error:
        logger.warning("pool %s: %s", pool.UUIDString(), error)
        return "", ""
    return attribute(root, "type"), words(root, "target/path")
