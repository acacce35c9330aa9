"""Rows painted at once show the same cells as rows that go through Textual."""

from __future__ import annotations

import random

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style as RichStyle

from vmtui.terminal.binding import load
from vmtui.terminal.cells import RGB, Row, Run, Style, Underline
from vmtui.terminal.screen import Screen
from vmtui.ui.terminalpaint import painted
from vmtui.ui.terminalstyle import rich_style, strip_of

WIDTH = 40
BASES = (("#c5ccd6", "#0b0e14"), (None, None))
BASE = RichStyle(color="#c5ccd6", bgcolor="#0b0e14")
SYSTEMS = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT,
           "standard": ColorSystem.STANDARD}  # fmt: skip


def some_row(rng: random.Random) -> Row:
    """Runs of many kinds, of at most `WIDTH` cells."""
    runs: list[Run] = []
    left = rng.choice((0, 5, 20, WIDTH))
    while left > 0:
        text = rng.choice(("x", "word", "漢", "e\u0301", "  "))
        width = {"漢": 2, "e\u0301": 1}.get(text, len(text))
        if width > left:
            break
        left -= width
        runs.append(Run(text, some_style(rng), width))
    return Row(tuple(runs))


def some_style(rng: random.Random) -> Style:
    """A style; as often as not a foreground and nothing else."""
    colours = (None, 1, 12, 77, 240, RGB | 0x123456, RGB | 0xFFFFFF)
    style = Style(fg=rng.choice(colours))
    if rng.random() < 0.5:
        return style
    flags = {name: rng.random() < 0.3 for name in
             ("bold", "italic", "reverse", "invisible", "strike", "overline", "link")}  # fmt: skip
    underline = rng.choice((Underline.NONE, Underline.CURLY))
    return style._replace(bg=rng.choice(colours), underline=underline, **flags)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("colours", BASES)
def test_the_cells_are_the_same(system: str, colours: tuple[str | None, str | None]) -> None:
    # Rich keeps in a style how it was written first, whatever the terminal was.
    rich_style.cache_clear()
    base = RichStyle(color=colours[0], bgcolor=colours[1])
    rng = random.Random(7)
    native = load(None)
    console = Console(force_terminal=True, color_system=system)  # type: ignore[arg-type]
    for _ in range(60):
        row = some_row(rng)
        direct = painted(row, WIDTH, base, SYSTEMS[system])
        assert direct is not None
        rows = []
        for text in (direct, strip_of(row, WIDTH, base).render(console)):
            screen = Screen(native, WIDTH, 2)
            # Whatever was set before the first of them would show behind it.
            screen.feed(text.encode() + b"\r\nafter")
            frame = screen.frame(everything=True)
            rows.append((frame.changed, frame.cursor))
            screen.close()
        assert rows[0] == rows[1], row


def test_a_colour_is_set_once() -> None:
    red = Style(fg=RGB | 0xFF0000)
    row = Row((Run("a", red, 1), Run("b", red._replace(fg=RGB | 0x00FF00), 1)))
    text = painted(row, 2, BASE, ColorSystem.TRUECOLOR)
    assert text == "\x1b[38;2;255;0;0;48;2;11;14;20ma\x1b[38;2;0;255;0mb\x1b[0m"


@pytest.mark.parametrize("row", [
    Row((Run("wider than that", Style(), 15),)), Row((Run("x", Style(dim=True), 1),)),
])  # fmt: skip
def test_what_is_wider_or_dim_goes_through_textual(row: Row) -> None:
    assert painted(row, 10, BASE, ColorSystem.TRUECOLOR) is None
