"""What every full screen has: the host strip above, a line for messages and the keys below."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from vmtui.errors import VmtuiError
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.inventory import Inventory
from vmtui.ui import actions as registry
from vmtui.ui import hostlines, keymap
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.targets import Target, to_host
from vmtui.ui.widgets.painted import LinesView, where_in

MESSAGE_SECONDS = 8.0
MESSAGE_LINES = 4
"""What went wrong may need several lines in a narrow terminal; the reason stands last."""
Answer = TypeVar("Answer")


class Page(Screen[None]):
    """A full screen. Actions come in through `do`, facts through `show`."""

    DEFAULT_CSS = """
    Page { layout: vertical; }
    #hosts { height: 2; }
    #message { height: 1; }
    #keys { height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # Textual's own would copy a mouse selection, of which this screen has none.
        Binding("ctrl+c", "app.do('quit')", show=False),
    ]

    place = "guests"
    """Which of the views it is."""

    @dataclass
    class Led(Message):
        """The person goes where a line leads."""

        target: Target

    @dataclass
    class Wanted(Message):
        """An action was chosen with the mouse."""

        action: str

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._hosts_view = LinesView(id="hosts")
        self._message_view = LinesView(id="message")
        self._keys_view = LinesView(id="keys")
        self._keys_view.row_style = "bar"
        self._message: tuple[str, Role] = ("", Role.TEXT)
        self._until: Timer | None = None

    # -- to be filled in -----------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The screen's own widgets, between the host strip and the message."""
        return ()

    def show(self, inventory: Inventory) -> None:
        """Turn the newest facts into lines. Called for the visible screen only."""

    def second(self) -> None:
        """Called each second while visible: ages and running jobs."""

    def actions(self) -> Sequence[Action]:
        """What the bottom line may offer here, most useful first."""
        return ()

    def do(self, action: Action) -> bool:
        """Do an action that is this screen's own; False where it is not."""
        del action
        return False

    def status(self) -> Line:
        """What the message line says when there is no message."""
        return EMPTY

    def about(self) -> str:
        """In full what the row under the cursor has no room for; "" where it has."""
        return ""

    def host_here(self) -> HostId | None:
        """The host that the cursor is on, or None."""
        return None

    def hosts_shown(self) -> frozenset[HostId]:
        """The hosts whose own figures are on the screen, those of the strip aside."""
        return frozenset()

    def head(self, inventory: Inventory) -> list[Line]:
        """What stands above everything else: the hosts."""
        return hostlines.strip(inventory, self.size.width, time.time())

    def arrive(self, target: Target) -> None:
        """Put the cursor on that thing, as soon as it is there; may come before it is mounted."""

    def whereabouts(self) -> Target | None:
        """What the page shows or has under its cursor, to come back to; None where that is all."""
        return None

    def expect(self, key: GuestKey, *, console: bool) -> None:
        """A guest of that identity is being made: show it as soon as it is there.

        `console`: its console, too.
        """

    # -- the frame -----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Strip, body, message, keys."""
        yield self._hosts_view
        yield from self.body()
        yield self._message_view
        yield self._keys_view

    def on_mount(self) -> None:
        """Draw, and again each second."""
        self.set_interval(1.0, self._each_second)
        self.redraw()

    def on_screen_resume(self) -> None:
        """What changed behind another screen is drawn now."""
        self.redraw()

    def on_resize(self) -> None:
        """Everything is laid out by width."""
        self.call_after_refresh(self.redraw)

    def redraw(self) -> None:
        """Draw all from the newest facts."""
        if not self._drawable:
            return
        inventory = self.cockpit.store.inventory
        self.show_head(inventory)
        self.show(inventory)
        self.show_footer()

    def show_head(self, inventory: Inventory) -> None:
        """Draw what stands above everything else."""
        strip = self.head(inventory)
        view = self._hosts_view
        if view.styles.height is None or view.styles.height.value != len(strip):
            view.styles.height = len(strip)
        view.show_lines(strip)
        self.cockpit.fleet.watch(hostlines.shown(inventory) | self.hosts_shown())

    @property
    def _drawable(self) -> bool:
        """Whether it is up, maybe below a dialog; facts also come before that, and after."""
        pages = [screen for screen in self.app.screen_stack if isinstance(screen, Page)]
        return self.is_mounted and self.is_attached and bool(pages) and pages[-1] is self

    def _each_second(self) -> None:
        if self._drawable:
            self.show_head(self.cockpit.store.inventory)
            self.second()

    def host_at(self, y: int) -> HostId | None:
        """The host on that line of what stands above everything else."""
        return hostlines.host_at(self.cockpit.store.inventory, y)

    def click_key(self, word: str) -> None:
        """A key of the bottom line was clicked: do what it does."""
        for action in (registry.BY_ID["help"], *self.actions()):
            if self.key_word(action.id) == word or (action.id == "help" and word == "?"):
                self.post_message(self.Wanted(action.id))
                return

    def on_click(self, event: events.Click) -> None:
        """A click on a key does what the key does; one on a host goes to it."""
        if (place := where_in(self._keys_view, event)) is not None:
            word = hostlines.key_at(self._key_line(), place[0])
            if word:
                self.click_key(word)
        elif (place := where_in(self._hosts_view, event)) is not None:
            host = self.host_at(place[1])
            if host is not None:
                self.post_message(self.Led(to_host(host)))

    def show_footer(self) -> None:
        """The message line and the keys."""
        lines = self._message_lines()
        if (height := self._message_view.styles.height) is None or height.value != len(lines):
            self._message_view.styles.height = len(lines)
        self._message_view.show_lines(lines)
        self._keys_view.show_lines([self._key_line()])

    def _message_lines(self) -> list[Line]:
        words, role = self._message
        if not words and (about := self.about()):
            words, role = clean(about, 1000), Role.TEXT
        if not words:
            return [self.status()]
        wrapped = wrap(words, max(self.size.width - 2, 20))[:MESSAGE_LINES]
        parts = [part.replace("\N{NO-BREAK SPACE}", " ") for part in wrapped]
        return [text(f" {part}", role) for part in parts]

    def _key_line(self) -> Line:
        help_ = (Cell(" ? ", Role.KEY), Cell("Help ", Role.MUTED))
        offers: list[Line] = []
        for action in self.actions():
            word = self.key_word(action.id)
            if word and action.id != "help":
                offers.append((Cell(f" {word} ", Role.KEY), Cell(action.label, Role.TEXT)))
        return help_ + hostlines.flow(offers, self.size.width - 9, Cell(" "))

    def key_word(self, action_id: str) -> str:
        """The first key of an action, as a person knows it."""
        keys = self.cockpit.keymap.get(action_id, ())
        return keymap.word(keys[0]) if keys else ""

    async def ask(self, dialog: Screen[Answer]) -> Answer:
        """Show a dialog and wait for its answer; from a worker only, as Textual wants it."""
        return await self.app.push_screen_wait(dialog)

    # -- messages ------------------------------------------------------------------------------

    def say(self, words: str, role: Role = Role.TEXT, seconds: float = MESSAGE_SECONDS) -> None:
        """Put a message on its line for a while; "" takes it away."""
        self._message = (clean(words, 500), role)
        if self._until is not None:
            self._until.stop()
        self._until = self.set_timer(seconds, lambda: self.say("")) if words else None
        if self.is_mounted:
            self.show_footer()

    def fail(self, error: VmtuiError) -> None:
        """Say what went wrong, why, and how to mend it."""
        parts = [part for part in (error.title, error.detail, error.hint) if part]
        self.say(" · ".join(parts), Role.BAD, seconds=20.0)
