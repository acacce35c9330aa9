"""A page with consoles on it: opening them, and the room that they have."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on, work

from vmtui.errors import VmtuiError
from vmtui.model.guest import Guest, GuestKey
from vmtui.ui import cells
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.consolewords import figures_line, port_words, ports, why_no_console
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import Line
from vmtui.ui.panes import ConsoleRoom
from vmtui.ui.screens.consoleerrands import Said
from vmtui.ui.screens.consolepane import ConsolePane
from vmtui.ui.screens.page import Page

MOST_CONSOLES = 20
"""Consoles that one key opens for marked guests."""
FIRST = "first"


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
        self.consoles = ConsolePane(cockpit.consoles, cockpit.settings.console, id="console")
        self.consoles.many.marked = self._marked_guests

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

    def _marked_guests(self) -> list[GuestKey]:
        selected = self.selected()
        return [guest.key for guest in selected] if len(selected) > 1 else []

    # -- consoles ------------------------------------------------------------------------------

    def _do_console(self) -> None:
        wanted = self.selected()
        if not wanted:
            self.say("no guest is selected", Role.WARN)
        self.open_consoles(wanted)

    @work(exclusive=True, group="menu")
    async def open_consoles(self, wanted: Sequence[Guest]) -> None:
        """Sit down at the consoles of these guests; asks which, where one has several."""
        for guest in wanted[:MOST_CONSOLES]:
            if (reason := why_no_console(guest, self.key_word("add-console"))) is not None:
                self.say(f"Console {cells.clean(guest.name, 60)}: {reason}", Role.WARN)
                continue
            found = ports(guest)
            device, port = found[0] if found else ("", None)
            if len(found) > 1 and len(wanted) == 1:
                chosen = await self._choose_port(guest)
                if chosen is None:
                    return
                device, port = chosen, dict(found)[chosen]
            try:
                console = await self.cockpit.consoles.open(
                    guest.key, device, guest.name, 80, 24, port
                )
            except VmtuiError as error:
                self.fail(error)
                return
            if self.room is ConsoleRoom.NONE:
                self.give_room(ConsoleRoom.PANE)
            self.consoles.show_console(console)
        self.show_footer()

    async def _choose_port(self, guest: Guest) -> str | None:
        options = [
            Option(device or FIRST, *port_words(port, device, self._is_open(guest, device)))
            for device, port in ports(guest)
        ]
        heading = f"Which console of {cells.clean(guest.name, 40)}?"
        chosen = await self.ask(Choose(heading, options))
        return "" if chosen == FIRST else chosen

    def _is_open(self, guest: Guest, device: str) -> bool:
        return self.cockpit.consoles.is_open(guest.key, device)

    def give_room(self, room: ConsoleRoom) -> None:
        """Let the consoles have that much of the screen."""
        self.room = room
        # A guest believes in 24 lines: every line counts where the console fills the screen.
        self.set_class(room is ConsoleRoom.FULL, "bare")
        self.rearrange()
        self.consoles.sleep(room is ConsoleRoom.NONE)
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

    @on(ConsolePane.Rekeyed)
    def _console_rekeyed(self) -> None:
        self.show_footer()

    @on(Said)
    def _console_says(self, event: Said) -> None:
        self.say(event.words, event.role, 30.0)

    def show_console_figures(self, shown: GuestList) -> None:
        """What the guests use at whose consoles one sits."""
        if self.room is not ConsoleRoom.NONE:
            rows = {console.id.key: shown.row(console.id.key) for console in self.consoles.shown}
            self.consoles.figures = {key: figures_line(row) for key, row in rows.items() if row}
            self.consoles.show_tabs()

    def on_descendant_focus(self) -> None:
        """Which keys go where is always on the bottom line."""
        if not self.consoles.has_keys:
            self.consoles.end_many()
        self.show_footer()

    def on_screen_suspend(self) -> None:
        """Behind another screen nothing is painted; behind a dialog the pane is seen."""
        if not self.app.screen.is_modal:
            self.consoles.sleep(True)

    def on_screen_resume(self) -> None:
        """What the guests printed meanwhile is painted."""
        self.consoles.sleep(self.room is ConsoleRoom.NONE)

    def click_key(self, word: str) -> None:
        """While a console has the keys, its own are shown."""
        if self.consoles.has_keys:
            if chord := self.consoles.chord_of(word):
                self.app.simulate_key(chord)
        else:
            super().click_key(word)

    def _key_line(self) -> Line:
        return self.consoles.key_line() if self.consoles.has_keys else super()._key_line()
