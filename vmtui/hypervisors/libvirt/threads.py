"""Threads that take calls from a queue, and that may hang without holding anybody up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

import libvirt

from vmtui.hypervisors.libvirt.errors import garbled, translate

MOST_REPLACEMENTS = 4
"""Hung threads of a queue that are replaced; beyond it the queue waits for one to return."""


class Call:
    """One piece of work, and whether anybody still waits for it."""

    __slots__ = ("abandoned", "deliver", "running", "work")

    def __init__(
        self,
        work: Callable[[], object],
        deliver: Callable[[object, BaseException | None], None],
    ) -> None:
        self.work = work
        self.deliver = deliver
        self.running = False
        self.abandoned = False

    def outcome(self) -> tuple[object, BaseException | None]:
        """Do the work: what it returned, or what it raised."""
        try:
            return self.work(), None
        except libvirt.libvirtError as error:
            return None, translate(error)
        except (SystemError, UnicodeDecodeError) as error:
            return None, garbled(error) or error
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the waiting one
            return None, error


class Threads:
    """A queue with at most `size` threads at work, apart from those that hang.

    Of those that have nothing to do `kept` stay; the others end, and their connections with them.

    The thread that was at work last is the first to be woken, and one that is about to look at
    the queue is not helped: calls that come one after the other stay with one thread, and so
    with one connection.
    """

    def __init__(self, name: str, size: int, kept: int, on_exit: Callable[[], None] | None) -> None:
        self.name = name
        self.stuck = 0
        self._on_exit = on_exit
        self._size = size
        self._kept = kept
        self._queue: deque[Call] = deque()
        self._lock = threading.Lock()
        self._sleepers: list[threading.Condition] = []
        self._threads = 0
        self._looking = 0
        """Threads that have done their call and will look at the queue by themselves."""
        self._closed = False

    def put(self, call: Call) -> None:
        """Queue a call."""
        with self._lock:
            self._queue.append(call)
            self._rouse()

    def abandon(self, call: Call) -> None:
        """Nobody waits for it any more: forget it, or count its thread as stuck."""
        with self._lock:
            call.abandoned = True
            if call.running:
                self.stuck += 1
                self._rouse()
            elif call in self._queue:
                self._queue.remove(call)

    def close(self) -> None:
        """Drop what is queued; threads end when their call returns."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            self._looking += len(self._sleepers)
            while self._sleepers:
                self._sleepers.pop().notify()

    def _rouse(self) -> None:
        """See to it that somebody takes what is queued; the lock is held."""
        if len(self._queue) <= self._looking:
            return
        if self._sleepers:
            self._looking += 1
            self._sleepers.pop().notify()
        elif self._threads < self._limit and not self._closed:
            self._threads += 1
            self._looking += 1
            threading.Thread(target=self._work, name=self.name, daemon=True).start()

    @property
    def _limit(self) -> int:
        return self._size + min(self.stuck, MOST_REPLACEMENTS)

    def _work(self) -> None:
        """A thread's life: take calls until the pool closes or is larger than it should be."""
        sleeper = threading.Condition(self._lock)
        while (call := self._take(sleeper)) is not None:
            result, error = call.outcome()
            with self._lock:
                self._looking += 1
                call.running = False
                if call.abandoned:
                    self.stuck -= 1
            call.deliver(result, error)
            # What was handed over must not live on in an idle thread.
            del call, result, error
        if self._on_exit is not None:
            self._on_exit()

    def _take(self, sleeper: threading.Condition) -> Call | None:
        """The next call, or None where this thread is to end."""
        with self._lock:
            while True:
                self._looking -= 1
                if self._closed or self._threads > self._limit:
                    self._threads -= 1
                    self._rouse()
                    return None
                if self._queue:
                    call = self._queue.popleft()
                    call.running = True
                    return call
                if len(self._sleepers) >= self._kept:
                    self._threads -= 1
                    return None
                self._sleepers.append(sleeper)
                sleeper.wait()
