"""Cells as text with colours, for a terminal or a file: SGR sequences made here, and no others.

What a guest sent is never passed on: only the text of runs, which is clean, and styles.
"""

from __future__ import annotations

from collections.abc import Iterable

from vmtui.terminal.cells import PLAIN, RGB, Colour, Row, Style, Underline, rgb

_FLAGS = (
    ("bold", "1"), ("dim", "2"), ("italic", "3"), ("blink", "5"), ("reverse", "7"),
    ("invisible", "8"), ("strike", "9"), ("overline", "53"),
)  # fmt: skip
RESET = "\x1b[0m"


def sgr(style: Style) -> str:
    """The sequence that sets this style, whatever was set before."""
    codes = ["0", *(code for name, code in _FLAGS if getattr(style, name))]
    if style.underline is Underline.NONE:
        # What a guest marks as a link is shown as one; where it leads is not passed on.
        codes += ["4"] if style.link else []
    else:
        codes.append("4" if style.underline is Underline.SINGLE else f"4:{style.underline:d}")
    codes += _colour(style.fg, 30) + _colour(style.bg, 40)
    if style.underline_colour is not None:
        codes += _colour(style.underline_colour, 50)
    return f"\x1b[{';'.join(codes)}m"


def _colour(colour: Colour, base: int) -> list[str]:
    """Codes of a colour; `base` is 30 for the text, 40 for what is behind, 50 for its line."""
    if colour is None:
        return []
    if colour & RGB:
        return [f"{base + 8};2;{';'.join(str(part) for part in rgb(colour))}"]
    if colour < 16 and base < 50:
        return [str(base + colour if colour < 8 else base + 60 + colour - 8)]
    return [f"{base + 8};5;{colour}"]


def painted(rows: Iterable[Row]) -> str:
    """Rows as lines of text with their colours; every line leaves the plain style behind."""
    return "".join(f"{_line(row)}\n" for row in rows)


def _line(row: Row) -> str:
    parts: list[str] = []
    last = PLAIN
    for run in row.runs:
        if run.style != last:
            parts.append(sgr(run.style))
            last = run.style
        parts.append(run.text)
    if last != PLAIN:
        parts.append(RESET)
    return "".join(parts)
