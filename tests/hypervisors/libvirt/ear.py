"""A listener that writes down what it is told, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from vmtui.errors import VmtuiError
from vmtui.model.change import Change, ChangeKind, Event, Happened


class Ear:
    """Fulfils `vmtui.hypervisor.Listener`."""

    def __init__(self) -> None:
        self.changes: list[tuple[float, Change]] = []
        self.events: list[tuple[float, Event]] = []
        self.losses: list[VmtuiError] = []
        self._told = asyncio.Event()

    def changed(self, change: Change) -> None:
        """Something is to be read again."""
        self.changes.append((time.perf_counter(), change))
        self._told.set()

    def happened(self, event: Event) -> None:
        """Something befell a guest."""
        self.events.append((time.perf_counter(), event))
        self._told.set()

    def lost(self, error: VmtuiError) -> None:
        """The connection is gone."""
        self.losses.append(error)
        self._told.set()

    async def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        """Wait until what was told makes a condition true."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._told.clear()
                await self._told.wait()

    async def hears(self, what: Happened, name: str, seconds: float = 10.0) -> float:
        """Wait until that befell the guest of that name; when it was told."""
        await self.until(lambda: self._find(what, name), seconds)
        found = self._find(what, name)
        assert found is not None
        return found

    def _find(self, what: Happened, name: str) -> float | None:
        for at, event in self.events:
            if (event.what, event.name) == (what, name):
                return at
        return None

    def story(self, name: str) -> list[Happened]:
        """What befell a guest, in order."""
        return [event.what for _, event in self.events if event.name == name]

    def uuids(self, kind: ChangeKind) -> set[str]:
        """Whose changes of that kind were told."""
        return {change.uuid for _, change in self.changes if change.kind is kind}

    def forget(self) -> None:
        """Begin anew."""
        self.changes.clear()
        self.events.clear()
