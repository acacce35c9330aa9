"""The screen in ASCII: every sign by one that any terminal has, in as many cells.

Textual lets a filter see all that is painted, so nothing else has to know: neither borders nor
scroll bars nor the rows of a guest's console.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = {
    # states, each another letter
    "●": "*", "○": "o", "◌": ".", "‖": "=", "▼": "v", "▲": "^", "✗": "x", "◐": "z", "◔": "~",
    "✓": "+", "↺": "<", "⚠": "!", "❄": "%",
    # arrows and pointers
    "→": ">", "←": "<", "↑": "^", "↓": "v", "▸": ">", "▾": "v", "‹": "<", "›": ">", "»": ">",
    "«": "<", "⏎": "<", "▶": ">", "◀": "<", "△": "^", "▽": "v",
    # words
    "…": "~", "·": ".", "•": "*", "–": "-", "—": "-", "×": "x", "“": '"', "”": '"', "‘": "'",
    "’": "'", "„": '"', "°": "o", "µ": "u", "±": "+", "≈": "~", "≤": "<", "≥": ">", "−": "-",
    "Σ": "S", "Δ": "d", "†": "+",
    # boxes
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("─━═╌╍┄┅┈┉╴╶╸╺▔▁", "-"),
    **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻", "|"),
    # bars and graphs
    **dict.fromkeys("▏▎▍▌▐▕", "|"),
    **dict.fromkeys("▋▊▉█▓▀▄", "#"),
    **dict.fromkeys("▒", "+"), **dict.fromkeys("░", ":"),
    "▂": "_", "▃": "-", "▅": "+", "▆": "#", "▇": "#",
}  # fmt: skip


@lru_cache(maxsize=8192)
def ascii_of(text: str) -> str:
    """The text in ASCII, as wide as it was."""
    if text.isascii():
        return text
    return "".join(map(_sign, text))


@lru_cache(maxsize=4096)
def _sign(letter: str) -> str:
    if letter.isascii():
        return letter
    known = _SIGNS.get(letter)
    if known is not None:
        return known
    width = cell_len(letter)
    # An é is an e and an accent; what has no such letters is shown to be there.
    letters = unicodedata.normalize("NFKD", letter)
    plain = "".join(one for one in letters if one.isascii() and one.isprintable())
    return plain if width and len(plain) == width else "?" * width


class AsciiOnly(LineFilter):
    """Replaces all that is not ASCII in what is painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in ASCII."""
        del background
        return [
            segment if segment.text.isascii() else Segment(ascii_of(segment.text), *segment[1:])
            for segment in segments
        ]
