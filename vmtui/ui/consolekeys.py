"""The keys of the console pane: the two that the guest does not get, and the commands. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vmtui.config import ConsoleSettings
from vmtui.ui.offers import Offer

COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("f", "full", "fill the screen, or go back to a pane"),
    ("n", "next", "the next console"),
    ("p", "previous", "the console before"),
    ("v", "views", "one, two or four consoles side by side"),
    ("o", "other", "the keys go to the next of those side by side; so does Tab, or a click"),
    ("b", "to many", "type into all that are shown, and those of marked guests, at once"),
    ("x", "close", "let go of this console"),
    ("l", "look back", "look back in what was printed, with a cursor, to mark and copy"),
    ("s", "search", "search what was printed for a regular expression, newest first"),
    ("[", "older", "the next older place where it is found; before a search as l"),
    ("]", "newer", "the next newer place where it is found"),
    ("c", "copy", "copy what is kept to the clipboard"),
    (
        "w",
        "write",
        "write what is kept or marked to a file; with its colours where that ends in .ans",
    ),
    ("r", "record", "record to a new asciicast file, or end the recording"),
    ("y", "replay", "play a recording, or a file of raw bytes"),
    ("i", "insert", "type a snippet of the settings"),
    (
        "z",
        "size",
        "tell the guest the size of the pane: through its agent, else by typing the stty line",
    ),
    ("t", "take over", "open it although somebody else has it"),
    ("a", "again", "try to open it now"),
)
"""Key after the prefix, its word, and what it does."""
NAMED = {"left_square_bracket": "[", "right_square_bracket": "]"}
"""Keys of commands that Textual calls otherwise."""
LOOKING_COMMANDS = ("l", "s", "[", "]")
"""Those that look back, and begin to where one does not yet."""
PLAYER = "Space pauses  ← → 5 s  ↑ ↓ 1 min  Home End  + - speed"
_NAMES = {"]": "right_square_bracket", "\\": "backslash", "^": "circumflex_accent",
          "_": "underscore"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chords:
    """The two chords, as Textual names them."""

    leave: str = "ctrl+right_square_bracket"
    prefix: str = "ctrl+backslash"
    leave_word: str = "^]"
    prefix_word: str = "^\\"


def chords(settings: ConsoleSettings) -> Chords:
    """The chords that a person has chosen."""
    return Chords(
        _key(settings.leave), _key(settings.prefix), _word(settings.leave), _word(settings.prefix)
    )


def _key(chord: str) -> str:
    modifier, plus, letter = chord.partition("+")
    return modifier + plus + _NAMES.get(letter, letter)


def _word(chord: str) -> str:
    letter = chord.partition("+")[2]
    return f"^{letter.upper()}" if letter else chord.upper()


def offers(keys: Chords) -> list[Offer]:
    """What may follow the prefix."""
    made = [Offer(key, key, word) for key, word, _ in COMMANDS]
    return [
        *made,
        Offer("1", "1-9", "that console"),
        Offer(keys.prefix, keys.prefix_word, "itself"),
    ]


def command_help(keys: Chords) -> Iterable[tuple[str, str]]:
    """Keys and meanings for the help page."""
    yield keys.leave_word, "leave the console: the keys go to the table again"
    for key, _label, meaning in COMMANDS:
        yield f"{keys.prefix_word} {key}", meaning
    yield f"{keys.prefix_word} 1 ... 9", "the console of that number"
    yield f"{keys.prefix_word} {keys.prefix_word}", f"send {keys.prefix_word} to the guest"
    yield "Shift-PgUp", f"look back in what was printed, as {keys.prefix_word} l; Esc returns"
    yield "mouse", "drag to copy; with Shift also where the guest asks for the mouse"
    yield "in a replay", PLAYER
