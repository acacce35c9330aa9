"""libvirt's connections to one host: one for each thread that calls, and how they are closed.

libvirt's client may be called from many threads at once, but up to 9.1 it can lose the wake-up
of the thread that reads the socket: a call that is sent while another one waits is then stuck
until something arrives for the other one. With one call that hangs (a wedged guest, a silent
agent, a long save) all others would hang with it. So no two threads use one connection: each
opens its own when it first needs one.

Closing talks to the host, and so does forgetting the last reference: it is done by threads for
which nobody waits, because it hangs for ever on a host that is gone. Only the end of the process
gives them a moment: up to 9.0 at least, a daemon that loses its client while that takes its events
back may call through what it has just freed, and crash.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import libvirt

from vmtui.errors import ConnectionLost, TimedOut
from vmtui.hypervisors.libvirt.text import plain

logger = logging.getLogger(__name__)

KEEPALIVE_INTERVAL = 5
"""Seconds of silence after which the daemon is asked whether it is there."""
KEEPALIVE_COUNT = 3
"""Unanswered questions after which a connection is given up."""
HANGING_MOST = 3
"""Calls that may hang at once on a connection that threads share: a daemon takes five of a
connection by default (max_client_requests), and does not listen to it while these are under way."""

SILENT = "timed out"
"""What ssh and the kernel say of a host from which nothing comes: it does not merely refuse."""

LAST_MOMENT = 1.0
"""Seconds that the end of the process waits for the connections that are being closed."""

_closing: list[threading.Thread] = []

Connect = Callable[[bool], libvirt.virConnect]
"""Opens a connection; told whether it is the first one, about which a person may be asked."""


@dataclass(slots=True, eq=False)
class Link:
    """One connection, and the domains found through it by UUID."""

    conn: libvirt.virConnect
    domains: dict[str, libvirt.virDomain] = field(default_factory=dict)
    """libvirt finds a domain by its UUID, so these survive restarts and renames."""
    main: bool = False
    """Whether it is the first one, which `Links.close` closes."""
    taken: bool = False
    """Whether a thread has it; told of the first one only."""
    shared: bool = False
    """Whether other threads use the same connection."""

    def close(self) -> None:
        """Close it; in a thread."""
        self.domains.clear()
        try:
            self.conn.close()
        except libvirt.libvirtError as error:
            logger.debug("closing: %s", error)


class Links:
    """The connections to one host."""

    def __init__(self, connect: Connect, *, shared: bool = False) -> None:
        """`connect` opens one. `shared`: the driver runs in this process, one is enough."""
        self._connect = connect
        self._shared = shared
        self._lock = threading.Lock()
        self._own = threading.local()
        self._main: Link | None = None
        self._closed = False
        self._hanging = threading.BoundedSemaphore(HANGING_MOST)

    def open(self) -> libvirt.virConnect:
        """Open the first connection, whose events are listened to. In a thread, which keeps it."""
        link = self._new(first=True)
        link.main = link.taken = True
        with self._lock:
            if not self._closed:
                self._main = self._own.link = link
                return link.conn
        # Nobody waits for it any more.
        link.close()
        raise ConnectionLost("The connection is closed")

    def mine(self) -> Link:
        """The connection of the calling thread, opened where it has none. May block.

        Where no more can be opened (the host limits them, or ssh would ask again) it is the
        first one, with all the waiting that sharing brings.

        Raises:
            ConnectionLost: All are closed already, or were while this one was opened.
            TimedOut: No more can be opened because the host does not answer.
        """
        link: Link | None = getattr(self._own, "link", None)
        if link is not None:
            return link
        with self._lock:
            if self._closed:
                raise ConnectionLost("The connection is closed")
            if self._main is not None and (self._shared or not self._main.taken):
                self._main.taken = True
                self._own.link = self._main
                return self._main
            main = self._main
        try:
            self._own.link = self._new(first=False)
        except libvirt.libvirtError as error:
            if main is None:
                raise
            self._check_sharable(error)
            logger.info("no more connections: %s", error)
            # A link of its own, so that the first one is not given back twice.
            self._own.link = Link(main.conn, main=True, taken=True, shared=True)
        opened: Link = self._own.link
        return opened

    def _check_sharable(self, error: libvirt.libvirtError) -> None:
        """Raise where the first connection is no way out either.

        Up to libvirt 10.3 two threads on a connection that breaks meanwhile crash the process: the
        one goes on with what the other had on its stack (CVE-2024-4418).
        """
        with self._lock:
            if self._closed:
                raise ConnectionLost("The connection is closed") from error
        if SILENT in str(error):
            raise TimedOut("The host does not answer", plain(str(error))) from error

    def patient(self) -> libvirt.virConnect:
        """A connection of the calling thread for sending much, with no question for signs of life.

        That would wait behind all that was sent before it, and a slow line pass for a dead one.
        That the host is gone is noticed by the first connection. May block.

        Raises:
            ConnectionLost: All are closed already.
        """
        link: Link | None = getattr(self._own, "patient", None)
        if link is not None:
            return link.conn
        with self._lock:
            closed, shared = self._closed, self._shared
        if closed:
            raise ConnectionLost("The connection is closed")
        if shared:
            return self.mine().conn
        try:
            link = self._own.patient = Link(self._connect(False))
        except libvirt.libvirtError as error:
            logger.info("no connection for sending: %s", error)
            return self.mine().conn
        return link.conn

    @contextlib.contextmanager
    def sparing(self) -> Iterator[None]:
        """Around calls that may hang: a connection that threads share has room for few of them."""
        with self._hanging if self.mine().shared else contextlib.nullcontext():
            yield

    def _new(self, *, first: bool) -> Link:
        conn = self._connect(first)
        with contextlib.suppress(libvirt.libvirtError):
            # Drivers within this process have nothing to keep alive.
            conn.setKeepAlive(KEEPALIVE_INTERVAL, KEEPALIVE_COUNT)
        return Link(conn)

    def leave(self) -> None:
        """The calling thread ends: close its connections, or give the first one back."""
        patient: Link | None = getattr(self._own, "patient", None)
        if patient is not None:
            del self._own.patient
            patient.close()
        link: Link | None = getattr(self._own, "link", None)
        if link is None:
            return
        del self._own.link
        if link.main:
            # It is listened to: `close` takes the events back before it closes it.
            with self._lock:
                link.taken = False
        else:
            link.close()

    def close(self, before: Callable[[libvirt.virConnect], None]) -> None:
        """Close the first connection after `before`, in a thread; the others go with theirs."""
        with self._lock:
            self._closed = True
            link, self._main = self._main, None
        if link is not None:
            if not _closing:
                atexit.register(_wait_at_exit)
            thread = threading.Thread(
                target=_close, args=(link, before), name="libvirt close", daemon=True
            )
            _closing[:] = [one for one in _closing if one.is_alive()] + [thread]
            thread.start()


def _wait_at_exit() -> None:
    until = time.monotonic() + LAST_MOMENT
    for thread in _closing:
        thread.join(max(until - time.monotonic(), 0))


def _close(link: Link, before: Callable[[libvirt.virConnect], None]) -> None:
    before(link.conn)
    link.close()
