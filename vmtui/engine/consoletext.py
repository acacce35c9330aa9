"""What a terminal keeps, as text with colours: for files, and for the start of a recording."""

from __future__ import annotations

from collections.abc import Iterable

from vmtui.terminal.cells import PLAIN, Colour, Cursor, Row, Style, Underline, rgb


def coloured(rows: Iterable[Row]) -> str:
    """Rows with their colours and attributes as SGR sequences; wrapped ones are joined.

    Blank lines at the end are left out. Each line ends in the default style.
    """
    made: list[str] = []
    line: list[str] = []
    for row in rows:
        line.append(_row(row))
        if not row.wrapped:
            made.append("".join(line) + "\n")
            line = []
    if line:
        made.append("".join(line) + "\n")
    while made and made[-1] == "\n":
        made.pop()
    return "".join(made)


def snapshot(rows: Iterable[Row], cursor: Cursor) -> bytes:
    """What puts this screen on an empty terminal."""
    parts = ["\x1b[H\x1b[2J"]
    for y, row in enumerate(rows, 1):
        if text := _row(row):
            parts.append(f"\x1b[{y};1H{text}")
    parts.append(f"\x1b[{cursor.y + 1};{cursor.x + 1}H")
    return "".join(parts).encode()


def _row(row: Row) -> str:
    runs = list(row.runs)
    while not row.wrapped and runs and runs[-1].style == PLAIN and not runs[-1].text.strip(" "):
        runs.pop()
    made: list[str] = []
    before = PLAIN
    for position, run in enumerate(runs):
        if run.style != before:
            made.append(sgr(run.style))
            before = run.style
        last = position == len(runs) - 1 and before == PLAIN and not row.wrapped
        made.append(run.text.rstrip(" ") if last else run.text)
    if before != PLAIN:
        made.append("\x1b[0m")
    return "".join(made)


def sgr(style: Style) -> str:
    """The sequence that sets exactly this style."""
    codes = ["0"]
    attributes = (
        (style.bold, "1"), (style.dim, "2"), (style.italic, "3"), (style.blink, "5"),
        (style.reverse, "7"), (style.invisible, "8"), (style.strike, "9"), (style.overline, "53"),
    )  # fmt: skip
    codes += [code for wanted, code in attributes if wanted]
    if style.underline is not Underline.NONE:
        codes.append("4" if style.underline is Underline.SINGLE else f"4:{int(style.underline)}")
    codes += _colour(style.fg, 30, 38) + _colour(style.bg, 40, 48)
    return f"\x1b[{';'.join(codes)}m"


def _colour(value: Colour, basic: int, long: int) -> list[str]:
    if value is None:
        return []
    if value > 0xFF:
        return [str(long), "2", *(str(part) for part in rgb(value))]
    if value < 8:
        return [str(basic + value)]
    if value < 16:
        return [str(basic + 52 + value)]
    return [str(long), "5", str(value)]
