"""A chord that was begun: waits for its next key, and after a pause shows which there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.screen import ModalScreen

from vmtui.ui.keymap import LEAVING, Chords, Next, word
from vmtui.ui.offers import Offer
from vmtui.ui.widgets.whichkeys import PAUSE, WhichKeys


class Chord(ModalScreen[tuple[str, ...]]):
    """Answers the keys that were pressed; none where the chord was left."""

    DEFAULT_CSS = """
    Chord { align: left bottom; background: $background 0%; }
    Chord WhichKeys { height: auto; }
    """

    def __init__(self, chords: Chords, first: str, label_of: Callable[[Next], str]) -> None:
        super().__init__()
        self._chords = chords
        self._pressed: list[str] = [first]
        self._label_of = label_of
        self._which = WhichKeys()

    def compose(self) -> ComposeResult:
        """Nothing to see, until the pause is over."""
        yield self._which

    def on_mount(self) -> None:
        """Who is slow is told."""
        self.set_timer(PAUSE, self._tell)

    def on_resize(self) -> None:
        """The box is as wide as the screen."""
        if self._which.display:
            self._tell()

    def _tell(self) -> None:
        offers = offers_of(self._chords.after(self._pressed), self._label_of)
        heading = f"{word(' '.join(self._pressed))} …   Esc leaves"
        size = self.app.size
        self._which.styles.height = self._which.offer(heading, offers, size.width, size.height - 2)

    def on_key(self, event: events.Key) -> None:
        """The next key of the chord."""
        event.stop()
        event.prevent_default()
        self._press(event.key)

    @on(WhichKeys.Picked)
    def _picked(self, event: WhichKeys.Picked) -> None:
        event.stop()
        self._press(event.key)

    def on_click(self) -> None:
        """A click beside the box leaves."""
        self.dismiss(())

    def _press(self, key: str) -> None:
        if key in (LEAVING, "ctrl+c"):
            self.dismiss(())
            return
        self._pressed.append(key)
        if self._chords.after(self._pressed):
            if self._which.display:
                self._tell()
        else:
            self.dismiss(tuple(self._pressed))


def offers_of(following: Sequence[Next], label_of: Callable[[Next], str]) -> list[Offer]:
    """What may follow, for the box."""
    return [Offer(one.key, word(one.key), label_of(one)) for one in following]
