"""Typing into many consoles at once: which they are, and that it is on."""

from __future__ import annotations

from collections.abc import Callable, Collection

from vmtui.engine.consolebase import ConsoleBase
from vmtui.engine.consoles import Consoles
from vmtui.model.guest import GuestKey
from vmtui.ui.screens.consolegrid import ConsoleGrid


class Many:
    """While it is on, what is typed goes to all consoles that are shown or marked."""

    def __init__(self, consoles: Consoles, grid: ConsoleGrid) -> None:
        self.on = False
        self.marked: Callable[[], Collection[GuestKey]] = tuple
        """The guests that a person has marked."""
        self._consoles = consoles
        self._grid = grid
        self._chosen: Collection[GuestKey] = ()

    def targets(self) -> list[ConsoleBase]:
        """The consoles that get what is typed."""
        shown = self._grid.shown
        return [
            console for console in self._consoles
            if console.typable and (console in shown or console.id.key in self._chosen)
        ]  # fmt: skip

    def begin(self) -> bool:
        """Turn it on, for the guests that are marked now; False where there is but one console."""
        self._chosen = frozenset(self.marked())
        if len(self.targets()) < 2:
            return False
        self._set(True)
        return True

    def end(self) -> None:
        """What is typed goes to one console again."""
        self._set(False)

    def _set(self, on: bool) -> None:
        self.on = on
        for frame in self._grid.frames:
            frame.view.typed_into = self.targets if on else None
