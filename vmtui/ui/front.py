"""What an action needs of the screen on whose behalf it runs."""

from __future__ import annotations

from typing import Protocol, TypeVar

from textual.screen import Screen

from vmtui.errors import VmtuiError
from vmtui.model.guest import HostId
from vmtui.ui.actions import Action
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit

Answer = TypeVar("Answer")


class Front(Protocol):
    """The screen on whose behalf an action runs."""

    cockpit: Cockpit

    def say(self, words: str, role: Role = ..., seconds: float = ...) -> None:
        """Put a message on its line."""

    def fail(self, error: VmtuiError) -> None:
        """Say what went wrong, why, and how to mend it."""

    def key_word(self, action_id: str) -> str:
        """The first key of an action, as a person knows it."""

    def do(self, action: Action) -> bool:
        """Do one of its own actions; False where it has no such."""

    def host_here(self) -> HostId | None:
        """The host that the cursor is on, or None."""

    async def ask(self, dialog: Screen[Answer]) -> Answer:
        """Show a dialog and wait for its answer."""
