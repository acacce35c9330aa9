"""The pane of consoles as one looks back in it: searching, and copying what is marked."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.message import Message

from vmtui.ui.cells import Role
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.lookingkeys import clicked
from vmtui.ui.screens.consoleerrands import Errands, Said, regex_problem
from vmtui.ui.screens.consolepointing import Pointed
from vmtui.ui.widgets.consoleview import ConsoleView


class Looking(Pointed):
    """A pane of consoles, as one looks back in it."""

    _errands: Errands

    @dataclass
    class Rekeyed(Message):
        """Other keys do something now, or they do something else."""

    def show_tabs(self) -> None:
        """The lines above the consoles: names, badges, figures, and what goes on in them."""
        raise NotImplementedError

    def say(self, words: str, role: Role) -> None:
        """Tell the person."""
        self.post_message(Said(words, role))

    def chord_of(self, word: str) -> str:
        """The key, as Textual names it, that the bottom line calls so; "" for none."""
        chords = {self.keys.leave_word: self.keys.leave, self.keys.prefix_word: self.keys.prefix}
        return chords.get(word) or clicked(word)

    @on(ConsoleView.Scrolled)
    def _scrolled(self, event: ConsoleView.Scrolled) -> None:
        event.stop()
        self.show_tabs()
        self.post_message(self.Rekeyed())

    @on(ConsoleView.Told)
    def _told(self, event: ConsoleView.Told) -> None:
        event.stop()
        self.say(event.words, Role.BAD if event.failed else Role.WARN)

    @on(ConsoleView.Selected)
    def _selected(self, event: ConsoleView.Selected) -> None:
        event.stop()
        self.run_worker(self._errands.copy(event.console, event.mark), group="copying")

    async def ask_pattern(self, view: ConsoleView, began: bool) -> None:
        """Ask what is to be found; when it returns the next key goes to the question.

        Args:
            view: where it is to be found.
            began: whether one looks back only for this.
        """

        def answered(pattern: str | None) -> None:
            if pattern:
                for frame in self.grid.frames:
                    frame.view.pattern = pattern
            view.search(pattern or "", began=began)

        label = "a regular expression; newest first"
        await self.app.push_screen(Prompt("Search", view.pattern, regex_problem, label), answered)
