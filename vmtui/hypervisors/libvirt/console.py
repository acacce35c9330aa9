"""A guest's console over the connection that is already there: virDomainOpenConsole's stream.

The stream never blocks. libvirt's event thread takes what has arrived and hands it to asyncio;
while too much waits there, it is no longer told of more, so that the guest itself is held up.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, cast

import libvirt

from vmtui.errors import Conflict, NotFound, VmtuiError
from vmtui.hypervisors.libvirt.errors import message, translate

if TYPE_CHECKING:
    from vmtui.hypervisors.libvirt.handle import Handle

WOULD_BLOCK = -2
"""What a stream's recv and send return, as a number, when there is nothing to do now."""
CHUNK = 65536
HIGH, LOW = 1 << 20, 1 << 18
"""Bytes that may wait here before reading stops, and below which it goes on."""
WRITE_PAUSE = 0.005
"""Seconds until sending is tried again where the stream takes nothing."""
TROUBLE = libvirt.VIR_STREAM_EVENT_ERROR | libvirt.VIR_STREAM_EVENT_HANGUP
NEWS = TROUBLE | libvirt.VIR_STREAM_EVENT_READABLE


class StreamChannel:
    """An open console. Fulfils `vmtui.hypervisor.ConsoleChannel`; used on one event loop."""

    def __init__(self, handle: Handle, stream: libvirt.virStream) -> None:
        self._handle = handle
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._ended = False
        self._held = False
        self._told = False
        self._news = asyncio.Event()
        self._closed = False

    # -- libvirt's event thread ----------------------------------------------------------------

    def listen(self) -> None:
        """Begin to receive (virStreamEventAddCallback); in a thread."""
        self._stream.eventAddCallback(NEWS, self._on_event, None)

    def _on_event(self, stream: libvirt.virStream, events: int, _opaque: object) -> None:
        ended = False
        while True:
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
            with self._lock:
                self._waiting += data
                full = len(self._waiting) > HIGH
                self._held = self._held or full
            if full:
                self._watch(TROUBLE)
                break
        if ended:
            self._let_go()
        self._tell(ended)

    def _watch(self, events: int) -> None:
        with contextlib.suppress(libvirt.libvirtError):
            self._stream.eventUpdateCallback(events)

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
                self._told = False
                self._news.clear()
                resume = self._held and len(self._waiting) < LOW
                ended = self._ended
                if resume:
                    self._held = False
            if resume and not ended:
                await self._handle.calls.run(self._watch, NEWS)
            if data or ended or self._closed:
                return data
            await self._news.wait()

    async def write(self, data: bytes) -> None:
        """Send keys (virStreamSend); returns once they are handed over.

        Raises:
            VmtuiError: The console has ended, or the connection was lost.
        """
        while data:
            sent = await self._handle.calls.run(self._stream.send, data)
            if sent == WOULD_BLOCK:
                await asyncio.sleep(WRITE_PAUSE)
            else:
                data = data[sent:]

    async def close(self) -> None:
        """Let go of it; a reader gets b""."""
        if self._closed:
            return
        self._closed = True
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
        stream = handle.main.newStream(libvirt.VIR_STREAM_NONBLOCK)
        try:
            # The binding says str; the library takes None for the first console.
            domain.openConsole(device or None, stream, flags)  # type: ignore[arg-type]
        except libvirt.libvirtError as error:
            raise _explained(error) from None
        return stream

    channel = StreamChannel(handle, await handle.calls.run(open_))
    await handle.calls.run(channel.listen)
    return channel


def _explained(error: libvirt.libvirtError) -> VmtuiError:
    text = message(error)
    if error.get_error_code() == libvirt.VIR_ERR_OPERATION_FAILED and "Active console" in text:
        return Conflict(
            "Somebody else has this console open", text, "take it over, or wait until they leave"
        )
    if "cannot find character device" in text or "cannot find console device" in text:
        return NotFound("The guest has no such console", text)
    return translate(error)
