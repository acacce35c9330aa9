"""Keys one after the other: what a key opens is open before the next key is given to anything.

Over a slow line many keys arrive at once. Textual hands each to what has the focus at that moment,
so the words typed behind the filter's key would be taken for the keys of verbs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

LONGEST = 5.0
"""Seconds after which the next key no longer waits for a widget that does not answer."""
ROUNDS = 5
"""How often the next key waits for messages that the one before has brought about, at most."""


class KeysInTurn(App[None], inherit_bindings=False):
    """An app in which a key waits until the one before has had its effect."""

    def __init__(self) -> None:
        super().__init__()
        self._held: deque[events.Key | events.Paste] = deque()
        self._turn = 0
        self._watchdog: asyncio.TimerHandle | None = None

    @property
    def keys_pressed(self) -> int:
        """How many keys were handed out so far."""
        return self._turn

    async def on_event(self, event: events.Event) -> None:
        """Hold what is typed while an earlier key is on its way."""
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await super().on_event(event)
        elif self._watchdog is not None:
            self._held.append(event)
        else:
            await self._hand_out(event)

    async def _hand_out(self, event: events.Key | events.Paste) -> None:
        if not self.screen_stack:
            # The app goes down: nobody is there to have the key.
            return
        self._turn += 1
        # A timer of Textual's would be a task for each key.
        self._watchdog = asyncio.get_running_loop().call_later(
            LONGEST, self.call_later, self._next, self._turn
        )
        screen = self.screen
        way: list[MessagePump] = [*(self.focused or screen).ancestors_with_self]
        await super().on_event(event)
        _Follower(self, way, screen, self._turn).climb()

    async def _next(self, turn: int) -> None:
        """Hand out the next key, if the turn is still that one's."""
        if turn != self._turn or self._watchdog is None:
            return
        self._watchdog.cancel()
        self._watchdog = None
        if self._held:
            await self._hand_out(self._held.popleft())


class _Follower:
    """Goes behind one key, from one queue to the next, as it rises from a widget to the app."""

    def __init__(
        self, app: KeysInTurn, way: Sequence[MessagePump], screen: MessagePump, turn: int
    ) -> None:
        self._app, self._way, self._screen, self._turn = app, way, screen, turn
        self._rounds = 0

    def climb(self, step: int = 0) -> None:
        """Queue up behind the key; a widget that is no more is passed over."""
        for number, pump in enumerate(self._way[step:], step):
            if pump.call_later(self.climb, number + 1):
                return
        self._arrive()

    def _arrive(self) -> None:
        self._rounds += 1
        if self._rounds < ROUNDS and any(pump.message_queue_size for pump in self._way):
            self.climb()
            return
        app = self._app
        if not app.screen_stack:
            return
        now = app.screen
        if now is self._screen or not now.call_later(app.call_later, app._next, self._turn):
            app.call_later(app._next, self._turn)
