"""libvirt's event callbacks: each builds a Change, often an Event, and hands them over.

They run in libvirt's event thread. They read what libvirt passed to them and nothing else: no
call to a host, no listener. They must not raise, because libvirt would print that to the
terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import libvirt

from vmtui.hypervisors.libvirt.happenings import Happening, lifecycle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.change import Change, ChangeKind, Event, Happened
from vmtui.model.guest import HostId

_AGENT_CHANNEL = libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_REASON_CHANNEL
_AGENT_CONNECTED = libvirt.VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_STATE_CONNECTED
_WATCHDOG_ACTIONS = ("no action", "paused", "reset", "powered off", "shut down", "debug", "NMI")


@dataclass(slots=True)
class Known:
    """What the events themselves told; written in the event thread, read anywhere."""

    off: set[str] = field(default_factory=set)
    """Guests known to be off: the "resumed" that libvirt sends at their start is no news."""
    started: dict[str, float] = field(default_factory=dict)
    """When a guest was started, in seconds since the epoch."""

    def forget(self, uuid: str) -> None:
        """The guest is gone."""
        self.off.discard(uuid)
        self.started.pop(uuid, None)


class Callbacks:
    """The callbacks of one connection."""

    def __init__(
        self,
        host: HostId,
        known: Known,
        now: Callable[[], float],
        hand_over: Callable[[Change, Event | None], None],
    ) -> None:
        self._host = host
        self._known = known
        self._now = now
        self._hand_over = hand_over

    def _tell(self, domain: libvirt.virDomain, happening: Happening | None = None) -> None:
        """Hand over a change of this guest, and what befell it."""
        uuid = domain.UUIDString()
        event = None
        if happening is not None:
            name, detail = plain(domain.name()), plain(happening.detail, 300)
            event = Event(self._now(), self._host, happening.what, uuid, name, detail)
        self._hand_over(Change(ChangeKind.GUEST, uuid), event)

    def lifecycle(
        self, _conn: object, domain: libvirt.virDomain, event: int, detail: int, _: object
    ) -> None:
        """Defined, started, suspended, stopped, ..."""
        happening = lifecycle(event, detail)
        uuid = domain.UUIDString()
        match event:
            case libvirt.VIR_DOMAIN_EVENT_RESUMED if uuid in self._known.off:
                happening = None
            case libvirt.VIR_DOMAIN_EVENT_STARTED:
                self._known.off.discard(uuid)
                if detail != libvirt.VIR_DOMAIN_EVENT_STARTED_WAKEUP:
                    self._known.started[uuid] = self._now()
            case libvirt.VIR_DOMAIN_EVENT_STOPPED:
                self._known.started.pop(uuid, None)
                self._known.off.add(uuid)
            case libvirt.VIR_DOMAIN_EVENT_DEFINED if happening and (
                happening.what is Happened.DEFINED
            ):
                self._known.off.add(uuid)
            case libvirt.VIR_DOMAIN_EVENT_UNDEFINED if happening:
                self._known.off.discard(uuid)
        self._tell(domain, happening)

    def reboot(self, _conn: object, domain: libvirt.virDomain, _: object) -> None:
        """It rebooted, by itself or because it was asked."""
        self._tell(domain, Happening(Happened.REBOOTED))

    def watchdog(self, _conn: object, domain: libvirt.virDomain, action: int, _: object) -> None:
        """Its watchdog fired."""
        known = 0 <= action < len(_WATCHDOG_ACTIONS)
        detail = _WATCHDOG_ACTIONS[action] if known else ""
        self._tell(domain, Happening(Happened.WATCHDOG, detail))

    def io_error(
        self,
        _conn: object,
        domain: libvirt.virDomain,
        path: str,
        alias: str,
        _action: int,
        reason: str,
        _: object,
    ) -> None:
        """A disk of it failed."""
        detail = ": ".join(word for word in (path or alias, reason) if word)
        self._tell(domain, Happening(Happened.IO_ERROR, detail))

    def agent(
        self, _conn: object, domain: libvirt.virDomain, state: int, reason: int, _: object
    ) -> None:
        """Its agent came or went."""
        # At every start libvirt says that nobody is connected yet: no news.
        happening = None
        if reason == _AGENT_CHANNEL:
            up = state == _AGENT_CONNECTED
            happening = Happening(Happened.AGENT_UP if up else Happened.AGENT_DOWN)
        self._tell(domain, happening)

    def device_added(self, _conn: object, domain: libvirt.virDomain, alias: str, _: object) -> None:
        """A device was plugged."""
        self._tell(domain, Happening(Happened.DEVICE_ADDED, alias))

    def device_removed(
        self, _conn: object, domain: libvirt.virDomain, alias: str, _: object
    ) -> None:
        """A device was unplugged."""
        self._tell(domain, Happening(Happened.DEVICE_REMOVED, alias))

    def tray(
        self, _conn: object, domain: libvirt.virDomain, alias: str, reason: int, _: object
    ) -> None:
        """A drive's tray moved."""
        opened = reason == libvirt.VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN
        detail = f"{alias} {'opened' if opened else 'closed'}"
        self._tell(domain, Happening(Happened.MEDIA_CHANGED, detail))

    def disk(
        self,
        _conn: object,
        domain: libvirt.virDomain,
        _old: str | None,
        new: str | None,
        alias: str,
        _reason: int,
        _: object,
    ) -> None:
        """A disk's source was left out at a start, because it is missing."""
        self._tell(domain, Happening(Happened.MEDIA_CHANGED, f"{alias}: {new or 'dropped'}"))

    def silent(self, _conn: object, domain: libvirt.virDomain, *_: object) -> None:
        """Something that is worth a fresh look, and no line in the log."""
        self._tell(domain)

    def network(self, _conn: object, network: libvirt.virNetwork, *_: object) -> None:
        """A network was defined, started, stopped, ..."""
        self._hand_over(Change(ChangeKind.NETWORK, network.UUIDString()), None)

    def pool(self, _conn: object, pool: libvirt.virStoragePool, *_: object) -> None:
        """A pool was defined, started, refreshed, ..."""
        self._hand_over(Change(ChangeKind.POOL, pool.UUIDString()), None)
