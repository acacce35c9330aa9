"""A guest's console over the connection that is already there: virDomainOpenConsole's stream.

The stream never blocks. libvirt's event thread takes what has arrived and hands it to asyncio.

libvirt's client takes from the socket whatever comes, and keeps without limit what its user does
not: a stream that is left alone for a second at full speed costs 20 MB. So where too much waits
here, the event thread itself waits a moment for room: then nothing is read from the socket and the
guest is held up. It waits no longer than that, because events and other consoles come through the
same thread; a reader who stands still longer loses the oldest bytes, and the gap is marked.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING, cast

import libvirt

from vmtui.errors import Conflict, NotFound, VmtuiError
from vmtui.hypervisors.libvirt.errors import message, translate

if TYPE_CHECKING:
    from vmtui.hypervisors.libvirt.handle import Handle

WOULD_BLOCK = -2
"""What a stream's recv and send return, as a number, when there is nothing to do now."""
CHUNK = 65536
HIGH, MOST = 1 << 20, 4 << 20
"""Bytes that may wait here before the event thread waits for room, and at all."""
ROOM_PAUSE = 0.05
"""Seconds at most that the event thread waits for room, each time."""
HASTE = 0.5
"""Seconds after a key for which the event thread waits for no room: the answer shall come."""
GAP = b"\x18\x1b\\\r\n[%d bytes were skipped: they came too fast]\r\n"
"""Stands where bytes are lost: it ends whatever sequence was cut through."""
TRICKLE = 1024
"""Bytes below which an arrival counts as small: a serial line brings two to five at once."""
REST = 0.001
"""Seconds that the event thread rests between small arrivals that follow each other closely."""
WRITE_PAUSE = 0.005
"""Seconds until sending is tried again where the stream takes nothing."""
PLUGGED = "serial0"
"""The alias of a guest's first serial port."""
TROUBLE = libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP
NEWS = TROUBLE | libvirt.VIR_STREAM_EVENT_READABLE

_pause = threading.Event()


class StreamChannel:
    """An open console. Fulfils `vmtui.hypervisor.ConsoleChannel`; used on one event loop."""

    _rested = 0.0
    """When the event thread rested last, for whichever console: shared by all of them."""

    def __init__(self, handle: Handle, stream: libvirt.virStream) -> None:
        self._handle = handle
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._room = threading.Event()
        self._waiting = bytearray()
        self._skipped = 0
        self._hasty_until = 0.0
        self._ended = False
        self._told = False
        self._news = asyncio.Event()
        self._closed = False

    # -- libvirt's event thread ----------------------------------------------------------------

    def listen(self) -> None:
        """Begin to receive (virStreamEventAddCallback); in a thread."""
        self._stream.eventAddCallback(NEWS, self._on_event, None)

    def _on_event(self, stream: libvirt.virStream, events: int, _opaque: object) -> None:
        ended = False
        taken = 0
        while taken < HIGH:
            try:
                # The binding says bytes; it is the number -2 where there is nothing for now.
                data = cast("bytes | int", stream.recv(CHUNK))
            except libvirt.libvirtError:
                ended = True
                break
            if not isinstance(data, bytes):
                ended = bool(events & TROUBLE)
                break
            if not data:
                ended = True
                break
            taken += len(data)
            self._keep(data)
            if len(data) < CHUNK:
                # There is no more now, and asking costs as much as taking.
                break
        if ended:
            self._let_go()
        self._tell(ended)
        if not ended:
            self._slow_down(taken)

    def _keep(self, data: bytes) -> None:
        with self._lock:
            self._waiting += data
            if len(self._waiting) > MOST:
                self._skip(HIGH)
            if len(self._waiting) > HIGH:
                self._room.clear()

    def _skip(self, left: int) -> None:
        """Lose the oldest of what waits, until `left` bytes are left; the lock is held."""
        self._skipped += len(self._waiting) - left
        del self._waiting[:-left]

    def _slow_down(self, taken: int) -> None:
        """Wait for room where there is none; gather what trickles in fast."""
        if time.monotonic() < self._hasty_until:
            return
        if len(self._waiting) > HIGH and not self._closed:
            self._room.wait(ROOM_PAUSE)
        elif taken < TRICKLE:
            now = time.monotonic()
            if now - StreamChannel._rested < 2 * REST:
                _pause.wait(REST)
                now = time.monotonic()
            StreamChannel._rested = now

    def _let_go(self) -> None:
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.eventRemoveCallback()
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.abort()

    def _tell(self, ended: bool) -> None:
        with self._lock:
            self._ended = self._ended or ended
            if self._told:
                return
            self._told = True
        with contextlib.suppress(RuntimeError):
            # The event loop may be closed while libvirt's thread still runs.
            self._loop.call_soon_threadsafe(self._news.set)

    # -- the event loop ------------------------------------------------------------------------

    async def read(self, limit: int = CHUNK) -> bytes:
        """What the guest printed, at most `limit` bytes; b"" once the console has ended."""
        while True:
            with self._lock:
                data = bytes(self._waiting[:limit])
                del self._waiting[:limit]
                if self._skipped:
                    data, self._skipped = GAP % self._skipped + data, 0
                self._told = False
                self._news.clear()
                ended = self._ended
                if len(self._waiting) < HIGH:
                    self._room.set()
            if data or ended or self._closed:
                return data
            await self._news.wait()

    async def write(self, data: bytes) -> None:
        """Send keys (virStreamSend); returns once they are handed over.

        Raises:
            VmtuiError: The console has ended, or the connection was lost.
        """
        self._clear_the_way()
        while data:
            sent = await self._handle.calls.run(self._stream.send, data)
            if sent == WOULD_BLOCK:
                await asyncio.sleep(WRITE_PAUSE)
            else:
                data = data[sent:]

    def _clear_the_way(self) -> None:
        """Somebody types while too much waits: what is old goes, so that the answer comes soon.

        It also saves the answer: QEMU drops what a virtio console prints while it is held up.
        """
        with self._lock:
            if len(self._waiting) > HIGH:
                self._skip(CHUNK)
                self._hasty_until = time.monotonic() + HASTE
                self._room.set()

    def end(self) -> None:
        """The connection is lost, of which libvirt tells no stream; a reader gets b"" at last."""
        self._tell(True)

    async def close(self) -> None:
        """Let go of it; a reader gets b""."""
        if self._closed:
            return
        self._closed = True
        self._room.set()
        self._news.set()
        if not self._ended:
            with contextlib.suppress(VmtuiError):
                await self._handle.calls.run(self._let_go, timeout=1.0)


async def open_console(
    handle: Handle, uuid: str, device: str = "", *, take_over: bool = False
) -> StreamChannel:
    """Open a console of a guest (virDomainOpenConsole).

    Args:
        handle: The connection, over which its bytes travel too.
        uuid: The guest's.
        device: The alias of a character device; "" for the first console.
        take_over: Whether one who has it open loses it.

    Raises:
        Conflict: Somebody else has it open, and `take_over` was not asked for.
        NotFound: The guest or the device is not there.
        VmtuiError: The guest does not run, or the driver has no consoles.
    """
    flags = libvirt.VIR_DOMAIN_CONSOLE_FORCE if take_over else 0

    def open_() -> libvirt.virStream:
        domain = handle.main.lookupByUUIDString(uuid)
        try:
            return _opened(domain, handle.main, device or None, flags)
        except libvirt.libvirtError as error:
            # libvirt cannot open a serial port that was plugged in by its stand-in, the console.
            plugged = PLUGGED if not device and "<null>" in message(error) else None
            if plugged is None:
                raise _explained(error) from None
        try:
            return _opened(domain, handle.main, plugged, flags)
        except libvirt.libvirtError as error:
            raise _explained(error) from None

    channel = StreamChannel(handle, await handle.calls.run(open_))
    await handle.calls.run(channel.listen)
    return channel


def _opened(
    domain: libvirt.virDomain, conn: libvirt.virConnect, device: str | None, flags: int
) -> libvirt.virStream:
    stream = conn.newStream(libvirt.VIR_STREAM_NONBLOCK)
    # The binding says str; the library takes None for the first console.
    domain.openConsole(device, stream, flags)  # type: ignore[arg-type]
    return stream


def _explained(error: libvirt.libvirtError) -> VmtuiError:
    text = message(error)
    if error.get_error_code() == libvirt.VIR_ERR_OPERATION_FAILED and "Active console" in text:
        return Conflict(
            "Somebody else has this console open", text, "take it over, or wait until they leave"
        )
    if "cannot find character device" in text or "cannot find console device" in text:
        return NotFound("The guest has no such console", text)
    return translate(error)
