"""The event log: what happened to which guest and when, whoever did it. Bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from vmtui.engine.bell import Bell, safely
from vmtui.model.change import Event

Listener = Callable[[tuple[Event, ...]], None]
"""Told of new events, oldest first, at most once per turn of the event loop."""


class EventLog:
    """The last `limit` events, oldest first, and one listener."""

    def __init__(self, limit: int = 5000) -> None:
        self._events: deque[Event] = deque(maxlen=limit)
        self._new: list[Event] = []
        self._listener: Listener | None = None
        self._bell = Bell(self._tell)

    def __iter__(self) -> Iterator[Event]:
        """Oldest first, as of now."""
        return iter(tuple(self._events))

    def __len__(self) -> int:
        return len(self._events)

    def last(self, count: int) -> tuple[Event, ...]:
        """The newest `count`, oldest first."""
        events = self._events
        return tuple(events[i] for i in range(max(0, len(events) - count), len(events)))

    def append(self, event: Event) -> None:
        """Write a line; the oldest one gives way."""
        self._events.append(event)
        if self._listener is not None:
            self._new.append(event)
            self._bell.pull()

    def listen(self, listener: Listener | None) -> None:
        """Have `listener` told of new events; it takes the place of the one before."""
        self._listener = listener
        self._new.clear()

    def _tell(self) -> None:
        new, self._new = tuple(self._new), []
        if (listener := self._listener) is not None and new:
            safely(lambda: listener(new))
