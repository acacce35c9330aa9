"""A guest's rows as the sequences that paint them: each colour is set where it changes.

Rich names all of a style before each run and takes it back behind it; with a colour a character
that is twice the bytes and five times the work.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.style import Style as RichStyle

from vmtui.terminal.cells import PLAIN, RGB, Colour, Row, Style, Underline
from vmtui.ui.terminalstyle import colour

_ONLY_FOREGROUND = PLAIN[1:]
_RESET = "\x1b[0m"


def painted(row: Row, width: int, base: RichStyle, system: ColorSystem) -> str | None:
    """The text and sequences that fill `width` cells, from a style that is reset to one that is.

    Args:
        row: What to paint.
        width: In cells.
        base: The screen's own colours.
        system: What colours the terminal has.

    Returns:
        None where the row is wider, or something is dim, which Textual blends itself.
    """
    parts: list[str] = []
    plain = _codes(PLAIN, base, system)
    truecolour = RGB if system is ColorSystem.TRUECOLOR else 0
    now = ("", "", "")
    # A foreground and nothing else, as of the run before: by far the most common change.
    latest: Colour = -1
    cells = 0
    for text, style, length in row.runs:
        cells += length
        value = style[0]
        if style[1:] != _ONLY_FOREGROUND:
            if style.dim:
                return None
            latest, wanted = -1, _codes(style, base, system)
        elif value is None:
            latest, wanted = -1, plain
        elif value == latest:
            parts.append(text)
            continue
        elif value & truecolour:
            code = f"38;2;{value >> 16 & 255};{value >> 8 & 255};{value & 255}"
            if latest != -1:
                parts.append(f"\x1b[{code}m{text}")
                latest, now = value, ("", code, plain[2])
                continue
            latest, wanted = value, ("", code, plain[2])
        else:
            latest, wanted = -1, ("", _code(value, None, system), plain[2])
        if wanted != now:
            parts.append(_change(now, wanted))
            now = wanted
        parts.append(text)
    if cells > width:
        return None
    if cells < width:
        parts.append(_change(now, plain) + " " * (width - cells))
    parts.append(_RESET)
    return "".join(parts)


def _change(now: tuple[str, str, str], wanted: tuple[str, str, str]) -> str:
    """The sequence from one set of attributes, foreground and background to another."""
    if now[0] == wanted[0]:
        # A colour that is the terminal's own has no code and is had by a reset only.
        pairs = [(old, new) for old, new in zip(now[1:], wanted[1:], strict=True) if old != new]
        if all(new for _, new in pairs):
            return f"\x1b[{';'.join(new for _, new in pairs)}m" if pairs else ""
    return f"\x1b[{';'.join(code for code in ('0', *wanted) if code)}m"


@lru_cache(maxsize=8192)
def _codes(style: Style, base: RichStyle, system: ColorSystem) -> tuple[str, str, str]:
    """Attributes, foreground and background of a run; the same as `terminalstyle.rich_style`'s."""
    fg, bg = _code(style.fg, base.color, system), _code(style.bg, base.bgcolor, system, "bg")
    if style.reverse:
        fg = _code(style.bg, base.bgcolor, system)
        bg = _code(style.fg, base.color, system, "bg")
    if style.invisible:
        hidden = (style.fg, base.color) if style.reverse else (style.bg, base.bgcolor)
        fg = _code(*hidden, system)
    flags = (
        (style.bold, "1"), (style.dim, "2"), (style.italic, "3"),
        (style.underline is not Underline.NONE or style.link, "4"),
        (style.strike, "9"), (style.overline, "53"),
    )  # fmt: skip
    return ";".join(code for flag, code in flags if flag), fg, bg


@lru_cache(maxsize=8192)
def _code(value: Colour, base: Color | None, system: ColorSystem, ground: str = "fg") -> str:
    """The numbers that set a colour; "" where it is the terminal's own."""
    made = base if value is None else colour(value)
    if made is None:
        return ""
    return ";".join(made.downgrade(system).get_ansi_codes(ground == "fg"))
