"""The keys with which one looks back at a console, marks and copies; none is the guest's. Pure."""

from __future__ import annotations

from enum import Enum, auto

from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.consolekeys import Chords
from vmtui.ui.consoleselection import Selection, Shape
from vmtui.ui.hostlines import flow
from vmtui.ui.lines import Line, fit, width_of


class Look(Enum):
    """What a key does while one looks back."""

    LEFT = auto()
    RIGHT = auto()
    UP = auto()
    DOWN = auto()
    WORD = auto()
    LONG_WORD = auto()
    WORD_BACK = auto()
    LONG_WORD_BACK = auto()
    WORD_END = auto()
    LONG_WORD_END = auto()
    LINE_START = auto()
    LINE_END = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    PAGE_RETURN = auto()
    """A page down; from the last page back to the guest."""
    HALF_UP = auto()
    HALF_DOWN = auto()
    FIRST = auto()
    LAST = auto()
    MARK = auto()
    MARK_LINES = auto()
    MARK_BOX = auto()
    OTHER_END = auto()
    COPY = auto()
    COPY_RETURN = auto()
    WRITE = auto()
    SEARCH = auto()
    OLDER = auto()
    NEWER = auto()
    LESS = auto()
    """Unmark, or back to the guest where nothing is marked."""
    RETURN = auto()


_KEYS: dict[Look, str] = {
    Look.LEFT: "h left",
    Look.RIGHT: "l right",
    Look.UP: "k up",
    Look.DOWN: "j down",
    Look.WORD: "w",
    Look.LONG_WORD: "W",
    Look.WORD_BACK: "b",
    Look.LONG_WORD_BACK: "B",
    Look.WORD_END: "e",
    Look.LONG_WORD_END: "E",
    Look.LINE_START: "0 home",
    Look.LINE_END: "$ dollar_sign end",
    Look.PAGE_UP: "pageup shift+pageup ctrl+b",
    Look.PAGE_DOWN: "pagedown ctrl+f",
    Look.PAGE_RETURN: "shift+pagedown",
    Look.HALF_UP: "ctrl+u",
    Look.HALF_DOWN: "ctrl+d",
    Look.FIRST: "g ctrl+home",
    Look.LAST: "G ctrl+end",
    Look.MARK: "v space",
    Look.MARK_LINES: "V",
    Look.MARK_BOX: "ctrl+v",
    Look.OTHER_END: "o",
    Look.COPY: "y",
    Look.COPY_RETURN: "enter",
    Look.WRITE: "s",
    Look.SEARCH: "/ slash ? question_mark",
    Look.OLDER: "n",
    Look.NEWER: "N",
    Look.LESS: "escape",
    Look.RETURN: "q ctrl+c",
}
_LOOKS = {key: look for look, keys in _KEYS.items() for key in keys.split()}

HELP: tuple[tuple[str, str], ...] = (
    ("← ↓ ↑ → h j k l", "a character or a line on; at the end of a line to the next one"),
    ("w b e  W B E", "the next word, the one before, a word's end; W B E go from blank to blank"),
    ("0 $  Home End", "the beginning and the end of the line, in however many rows it lies"),
    ("PgUp PgDn", "a page; Ctrl-U and Ctrl-D half of one; Shift-PgDn on the last page returns"),
    ("g G", "the oldest line that is kept, and the end"),
    ("/", "search, newest first; the cursor goes to what is found"),
    ("n N", "the next older place from the cursor, or the next newer one"),
    ("v Space", "begin to mark at the cursor, or unmark"),
    ("V", "mark whole lines"),
    ("^V", "mark a box: the same columns of each row"),
    ("o", "the cursor goes to the other end of what is marked"),
    ("y", "copy what is marked to the clipboard, or what was found at the cursor"),
    ("Enter", "copy what is marked, and return to the guest"),
    (
        "s",
        "write what is marked, else all that is kept, to a file; with its colours to .ans",
    ),
    ("Esc", "unmark; where nothing is marked, return to the guest"),
    ("q", "return to the guest"),
)
"""Keys and meanings for the help page."""
_CLICKED = {"Esc": "escape", "^V": "ctrl+v", "Enter": "enter", "Shift-PgUp": "shift+pageup"}
NAME_MOST = 12


def look_of(key: str, character: str | None) -> Look | None:
    """What a key does, by its character or by Textual's name for it."""
    return _LOOKS.get(character or key) or _LOOKS.get(key)


def clicked(word: str) -> str:
    """The key, as Textual names it, that the bottom line calls so; "" for none of these."""
    key = _CLICKED.get(word, word)
    return key if key in _LOOKS else ""


def bottom_line(name: str, selection: Selection | None, keys: Chords, width: int) -> Line:
    """Which keys do what, as many as fit; the first ones in any case."""
    if selection is None:
        head = " looking back "
        guest = fit(clean(name), NAME_MOST).rstrip()
        offers = [("Esc", f"to {guest}"), ("v", "mark"), ("V", "lines"), ("y", "copy"),
                  ("/", "search"), (keys.prefix_word, "commands"), ("←↓↑→", "move"),
                  ("^V", "box"), ("n", "older"), ("N", "newer"),
                  (keys.leave_word, "leave")]  # fmt: skip
    else:
        head = f" {_extent(selection)} marked "
        offers = [("Esc", "unmark"), ("y", "copy"), ("Enter", "copy, return"), ("s", "to file"),
                  ("o", "turn"), (keys.prefix_word, "commands"), ("V", "lines"),
                  ("^V", "box"), (keys.leave_word, "leave")]  # fmt: skip
    first: Line = (Cell(head, Role.ACCENT),)
    parts = [(Cell(f" {key} ", Role.KEY), Cell(does, Role.TEXT)) for key, does in offers]
    return (*first, *flow(parts, width - width_of(first), Cell(" ")))


def _extent(selection: Selection) -> str:
    lines = len(selection.lines)
    if selection.shape is Shape.LINES or lines > 1:
        words = f"{lines} line{'' if lines == 1 else 's'}"
    else:
        cells = abs(selection.head[1] - selection.anchor[1]) + 1
        words = f"{cells} column{'' if cells == 1 else 's'}"
    return f"box of {words}" if selection.shape is Shape.BOX else words
