"""The registrations of libvirt's events, and the watch over the link to its daemon."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import libvirt

from vmtui.errors import ConnectionLost, VmtuiError
from vmtui.hypervisor import Listener
from vmtui.hypervisors.libvirt.callbacks import Callbacks, Known
from vmtui.model.change import Change, Event
from vmtui.model.guest import HostId

logger = logging.getLogger(__name__)

_CLOSE_REASONS = {
    libvirt.VIR_CONNECT_CLOSE_REASON_ERROR: "The connection broke",
    libvirt.VIR_CONNECT_CLOSE_REASON_EOF: "The host closed the connection",
    libvirt.VIR_CONNECT_CLOSE_REASON_KEEPALIVE: "The host does not answer any more",
}
_SILENT = (
    "VIR_DOMAIN_EVENT_ID_METADATA_CHANGE",
    "VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK",
    "VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE",
    "VIR_DOMAIN_EVENT_ID_NIC_MAC_CHANGE",
    "VIR_DOMAIN_EVENT_ID_VCPU_REMOVED",
)
"""Events worth a fresh look and no line in the log; the later ones are unknown to old libvirts."""


class Events:
    """What one connection announces. Made on the event loop, registered in a thread."""

    def __init__(
        self,
        host: HostId,
        loop: asyncio.AbstractEventLoop,
        listener: Listener,
        now: Callable[[], float],
    ) -> None:
        """`now` tells seconds since the epoch."""
        self.known = Known()
        self._loop = loop
        self._listener = listener
        self._over = False
        self._callbacks = Callbacks(host, self.known, now, self._hand_over)
        self._registered: list[tuple[Callable[[int], object], int]] = []

    def register(self, conn: libvirt.virConnect) -> bool:
        """Register all that this driver has; whether it announces its guests at all. May block."""
        _attempt(conn.registerCloseCallback, self._on_close, None)
        callbacks = self._callbacks
        announces = self._domain(conn, "VIR_DOMAIN_EVENT_ID_LIFECYCLE", callbacks.lifecycle)
        if announces:
            for name, callback in self._others():
                self._domain(conn, name, callback)
        networks = (conn.networkEventDeregisterAny, conn.networkEventRegisterAny)
        pools = (conn.storagePoolEventDeregisterAny, conn.storagePoolEventRegisterAny)
        self._keep(*networks, libvirt.VIR_NETWORK_EVENT_ID_LIFECYCLE, callbacks.network)
        self._keep(*pools, libvirt.VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, callbacks.pool)
        self._keep(*pools, libvirt.VIR_STORAGE_POOL_EVENT_ID_REFRESH, callbacks.pool)
        return announces

    def unregister(self, conn: libvirt.virConnect) -> None:
        """Take all back. May block for ever on a host that is gone."""
        for deregister, number in self._registered:
            _attempt(deregister, number)
        self._registered.clear()
        _attempt(conn.unregisterCloseCallback)

    def end(self) -> None:
        """Tell the listener nothing more; on the event loop."""
        self._over = True

    def lose(self, error: VmtuiError) -> None:
        """The connection is gone: tell so, once; on the event loop."""
        if not self._over:
            self._over = True
            self._listener.lost(error)

    def announce(self, change: Change) -> None:
        """Tell of a change that libvirt does not announce; on the event loop."""
        if not self._over:
            self._listener.changed(change)

    def _others(self) -> tuple[tuple[str, Callable[..., object]], ...]:
        callbacks = self._callbacks
        return (
            ("VIR_DOMAIN_EVENT_ID_REBOOT", callbacks.reboot),
            ("VIR_DOMAIN_EVENT_ID_WATCHDOG", callbacks.watchdog),
            ("VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON", callbacks.io_error),
            ("VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE", callbacks.agent),
            ("VIR_DOMAIN_EVENT_ID_DEVICE_ADDED", callbacks.device_added),
            ("VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED", callbacks.device_removed),
            ("VIR_DOMAIN_EVENT_ID_TRAY_CHANGE", callbacks.tray),
            ("VIR_DOMAIN_EVENT_ID_DISK_CHANGE", callbacks.disk),
            *((name, callbacks.silent) for name in _SILENT),
        )

    def _domain(
        self, conn: libvirt.virConnect, event: str, callback: Callable[..., object]
    ) -> bool:
        number = getattr(libvirt, event, None)
        if number is None:
            return False
        return self._keep(
            conn.domainEventDeregisterAny, conn.domainEventRegisterAny, number, callback
        )

    def _keep(
        self,
        deregister: Callable[[int], object],
        register: Callable[..., int],
        event: int,
        callback: Callable[..., object],
    ) -> bool:
        number = _attempt(register, None, event, callback, None)
        if number is not None:
            self._registered.append((deregister, number))
        return number is not None

    def _on_close(self, _conn: object, reason: int, _: object) -> None:
        """In the event thread: the link to the daemon is closed, by whomever."""
        if reason != libvirt.VIR_CONNECT_CLOSE_REASON_CLIENT:
            error = ConnectionLost(_CLOSE_REASONS.get(reason, "The connection is gone"))
            self._send(lambda: self.lose(error))

    def _hand_over(self, change: Change, event: Event | None) -> None:
        """In the event thread: let the loop tell the listener."""
        self._send(lambda: self._deliver(change, event))

    def _deliver(self, change: Change, event: Event | None) -> None:
        if self._over:
            return
        self._listener.changed(change)
        if event is not None:
            self._listener.happened(event)

    def _send(self, function: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            logger.debug("an event came after the event loop was closed")


def _attempt(function: Callable[..., object], *args: object) -> int | None:
    """What a call returns, or None where this driver does not know it."""
    try:
        result = function(*args)
    except libvirt.libvirtError as error:
        logger.debug("%s: %s", getattr(function, "__name__", function), error)
        return None
    return result if isinstance(result, int) else 0
