"""The tour: what to know on the first day, a page at a time; Esc skips it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.ui.cells import Role
from vmtui.ui.dialogs.dialog import Dialog
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.widgets.painted import LinesView

KeyWord = Callable[[str], str]
"""From an action's id to its key, as the person's settings have it."""

Stop = tuple[str, tuple[str, ...]]
"""A heading and its paragraphs; `{start}` in them is the key of that action."""

STOPS: tuple[Stop, ...] = (
    ("Welcome", (
        "Below is the table of all guests of your hosts, live. Five short pages tell what to know; "
        "Esc leaves them at any time, and {tour} brings them back.",
        "The bottom line always offers what can be done where you are. {help} shows every key.",
    )),
    ("Guests", (
        "↑ ↓ or k j move; {start} starts the guest under the cursor, {shutdown} asks it to shut "
        "down, {destroy} cuts its power, {menu} lists all that can be done, and why the rest "
        "cannot.",
        "Space marks guests: a key then acts on all of them. Before anything is lost you are shown "
        "what it costs, and the commands that would do the same.",
    )),
    ("Finding", (
        "{filter} filters as you type: web, !test, state:running, cpu>50, os:debian. {sort} sorts, "
        "{details} shows a guest's details.",
        "{view-host} is the page of the host, {view-events} what happened to which guest, whoever "
        "did it.",
    )),
    ("Consoles", (
        "{console} opens the guest's console beside the table. There every key is the guest's, "
        "but Ctrl-], which comes back: the console lives on.",
        "A guest without a console gets one with {add-console}.",
    )),
    ("Hosts, and what was done", (
        "{view-hosts} adds, tests and edits hosts. Mark one as production, and what is risky there "
        "takes a typed word.",
        "{view-jobs} lists what runs, {view-audit} what was done, by whom. All of it goes without "
        "the screen too: vmtui --help.",
    )),
)  # fmt: skip


class Tour(Dialog[None]):
    """Pages to read; answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right,l,n", "turn(1)", "Next", show=False),
        Binding("left,h,p,backspace", "turn(-1)", "Back", show=False),
        Binding("q", "cancel", "Skip", show=False),
    ]

    DEFAULT_CSS = """
    Tour #list { max-height: 16; }
    """

    def __init__(self, key_word: KeyWord) -> None:
        super().__init__()
        self._key_word = key_word
        self._page = 0
        self.heading = "A short tour"

    def body(self) -> Iterable[Widget]:
        """The page."""
        yield LinesView(id="list")

    def on_mount(self) -> None:
        """Begin with the first page."""
        self._show()

    def on_resize(self) -> None:
        """Text is wrapped to the room that there is."""
        self._show()

    def keys(self) -> list[tuple[str, str]]:
        """What can be pressed."""
        last = self._page == len(STOPS) - 1
        made = [("Enter", "end" if last else "next")]
        if self._page:
            made.append(("←", "back"))
        return made if last else [*made, ("Esc", "skip")]

    def _show(self) -> None:
        heading, paragraphs = STOPS[self._page]
        number = f"  {self._page + 1} of {len(STOPS)}"
        lines: list[Line] = [(*text(heading, Role.TITLE), *text(number, Role.MUTED))]
        for paragraph in paragraphs:
            lines.append(EMPTY)
            lines += [text(part) for part in wrap(self._filled(paragraph), self.room)]
        self.query_one("#list", LinesView).show_lines(lines)
        self.show_keys()

    def _filled(self, paragraph: str) -> str:
        """With the keys as they are set."""
        made = ""
        for number, part in enumerate(paragraph.replace("}", "{").split("{")):
            made += (self._key_word(part) or f"“{part}”") if number % 2 else part
        return made

    def action_turn(self, by: int) -> None:
        """To the next page, or the one before; past the last one it ends."""
        self._page = max(0, self._page + by)
        if self._page >= len(STOPS):
            self.dismiss(None)
        else:
            self._show()
