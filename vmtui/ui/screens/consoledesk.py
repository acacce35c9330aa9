"""A page with consoles on it: opening them, and the room that they have."""

from __future__ import annotations

from textual import on, work

from vmtui.errors import VmtuiError
from vmtui.model.guest import Guest
from vmtui.ui import cells
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.consolewords import figures_line, why_no_console
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import EMPTY, Line
from vmtui.ui.panes import ConsoleRoom
from vmtui.ui.screens.consolepane import ConsolePane
from vmtui.ui.screens.page import Page

MOST_CONSOLES = 20
"""Consoles that one key opens for marked guests."""


class ConsoleDesk(Page):
    """A page whose body has the id `desk` and holds `consoles` beside its own widgets."""

    DEFAULT_CSS = """
    #console { display: none; height: 1fr; }
    #desk.console-pane #split { height: 34%; }
    #desk.console-pane #console, #desk.console-full #console { display: block; }
    #desk.console-full #split { display: none; }
    ConsoleDesk.bare #hosts { display: none; }
    """

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.room = ConsoleRoom.NONE
        self.consoles = ConsolePane(cockpit.consoles, id="console")

    # -- to be filled in -----------------------------------------------------------------------

    def selected(self) -> list[Guest]:
        """The guests on whom an action acts."""
        raise NotImplementedError

    def rearrange(self) -> None:
        """Put every pane in its place."""
        raise NotImplementedError

    def to_table(self) -> None:
        """Give the keys back."""
        raise NotImplementedError

    # -- consoles ------------------------------------------------------------------------------

    @work(exclusive=True, group="menu")
    async def _do_console(self) -> None:
        wanted = self.selected()
        if not wanted:
            self.say("no guest is selected", Role.WARN)
        for guest in wanted[:MOST_CONSOLES]:
            if (reason := why_no_console(guest)) is not None:
                self.say(f"Console {cells.clean(guest.name, 60)}: {reason}", Role.WARN)
                continue
            try:
                console = await self.cockpit.consoles.open(guest.key, "", guest.name, 80, 24)
            except VmtuiError as error:
                self.fail(error)
                return
            if self.room is ConsoleRoom.NONE:
                self.give_room(ConsoleRoom.PANE)
            self.consoles.show_console(console)
        self.show_footer()

    def give_room(self, room: ConsoleRoom) -> None:
        """Let the consoles have that much of the screen."""
        self.room = room
        # A guest believes in 24 lines: every line counts where the console fills the screen.
        self.set_class(room is ConsoleRoom.FULL, "bare")
        self.rearrange()
        if room is ConsoleRoom.NONE:
            self.to_table()

    @on(ConsolePane.Left)
    def _left_console(self, event: ConsolePane.Left) -> None:
        self.give_room(ConsoleRoom.NONE if event.closed else ConsoleRoom.PANE)
        self.to_table()

    @on(ConsolePane.Full)
    def _fill_with_console(self) -> None:
        full = self.room is ConsoleRoom.FULL
        self.give_room(ConsoleRoom.PANE if full else ConsoleRoom.FULL)

    @on(ConsolePane.Say)
    def _console_says(self, event: ConsolePane.Say) -> None:
        self.say(event.words, event.role, 30.0)

    def show_console_figures(self, shown: GuestList) -> None:
        """What the guest uses at whose console one sits."""
        console = self.consoles.current
        if self.room is not ConsoleRoom.NONE and console is not None:
            row = shown.row(console.id.key)
            self.consoles.figures = figures_line(row) if row else EMPTY
            self.consoles.show_tabs()

    def on_descendant_focus(self) -> None:
        """Which keys go where is always on the bottom line."""
        self.show_footer()

    def _key_line(self) -> Line:
        typing = self.consoles.view.has_focus
        return self.consoles.key_line() if typing else super()._key_line()
