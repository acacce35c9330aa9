"""A guest's cells as strips: its colours and attributes as Rich styles, each made once."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from vmtui.terminal.cells import Colour, Row, Style, Underline, glyph_at, rgb

BASIC = (
    0x1D2229, 0xE06C75, 0x98C379, 0xE5C07B, 0x61AFEF, 0xC678DD, 0x56B6C2, 0xC5CCD6,
    0x5C6370, 0xFF7B86, 0xB5E890, 0xFFD68A, 0x82C4FF, 0xE19CF5, 0x7FDCE6, 0xFFFFFF,
)  # fmt: skip
"""The sixteen colours by number: eight, and eight bright ones."""
REVERSED, UNDERLINED = RichStyle(reverse=True), RichStyle(underline=True)
LIFTED = RichStyle(reverse=False, underline=True)
LEVELS = (0, 95, 135, 175, 215, 255)
"""The steps of the 6×6×6 cube, colours 16 to 231."""


@lru_cache(maxsize=4096)
def colour(value: int) -> Color:
    """A colour of the palette by its number, or a true one."""
    if value > 0xFF:
        return Color.from_rgb(*rgb(value))
    if value < 16:
        return Color.from_rgb(*rgb(BASIC[value]))
    if value < 232:
        red, rest = divmod(value - 16, 36)
        green, blue = divmod(rest, 6)
        return Color.from_rgb(LEVELS[red], LEVELS[green], LEVELS[blue])
    grey = 8 + (value - 232) * 10
    return Color.from_rgb(grey, grey, grey)


@lru_cache(maxsize=8192)
def rich_style(style: Style, base: RichStyle) -> RichStyle:
    """How a run looks on a screen whose own colours are `base`'s."""
    fg, bg = _or_base(style.fg, base.color), _or_base(style.bg, base.bgcolor)
    if style.reverse:
        fg, bg = bg, fg
    if style.invisible:
        fg = bg
    return RichStyle(
        color=fg,
        bgcolor=bg,
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=(style.underline is not Underline.NONE or style.link) or None,
        strike=style.strike or None,
        overline=style.overline or None,
        # Nothing blinks: a restless corner helps nobody at night.
    )


def _or_base(value: Colour, base: Color | None) -> Color | None:
    return base if value is None else colour(value)


def strip_of(row: Row, width: int, base: RichStyle) -> Strip:
    """A row of the guest's screen in exactly `width` cells."""
    segments = [Segment(run.text, rich_style(run.style, base)) for run in row.runs]
    return Strip(segments, row.width).adjust_cell_length(width, base)


def marked(strip: Strip, start: int, end: int, mark: RichStyle = REVERSED) -> Strip:
    """The strip with a style laid over the cells `start` up to `end`."""
    width = strip.cell_length
    start, end = max(start, 0), min(end, width)
    if start >= end:
        return strip
    cuts = sorted({start, end, width} - {0})
    parts = list(strip.divide(cuts))
    at = 1 if start else 0
    parts[at] = Strip(
        [Segment(s.text, (s.style or RichStyle()) + mark) for s in parts[at]], end - start
    )
    return Strip.join(parts)


def with_cursor(
    strip: Strip, row: Row, x: int, *, focused: bool, on: tuple[int, int] | None = None
) -> Strip:
    """The strip with a cursor at cell `x`: a block, or a line where the keys go elsewhere.

    On a wide character the cursor is as wide: half of one cannot be painted. Where it lies `on`
    cells that are reversed already it is what is not.
    """
    start, end = glyph_at(row, x)
    if on is not None and on[0] < end and start < on[1]:
        return marked(strip, start, end, LIFTED)
    return marked(strip, start, end, REVERSED if focused else UNDERLINED)
