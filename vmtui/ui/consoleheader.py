"""The lines above consoles: tabs, what one is doing, and the banner of typing into many. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.engine.consolebase import ConsoleBase, ConsoleState
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.lines import Line, fit, width_of

STATE_WORDS = {
    ConsoleState.CONNECTING: ("◌", Role.BUSY),
    ConsoleState.LIVE: ("●", Role.RUNNING),
    ConsoleState.WAITING: ("○", Role.PAUSED),
    ConsoleState.TAKEN: ("‖", Role.WARN),
    ConsoleState.FAILED: ("✗", Role.BAD),
}
NAME_MOST = 24
RECORDING = " ● REC"


def name_of(console: ConsoleBase, among: Sequence[ConsoleBase]) -> str:
    """Its guest, its host where names are alike, its port where that is not the first."""
    name = clean(console.name, 60)
    name = fit(name, min(len(name), NAME_MOST)).rstrip()
    host = console.id.key.host
    if any(other.name == console.name and other.id.key.host != host for other in among):
        name += f"@{clean(host, 20)}"
    return name + (f":{clean(console.id.device, 20)}" if console.id.device else "")


def tabs_line(
    consoles: Sequence[ConsoleBase],
    current: ConsoleBase | None,
    shown: Sequence[ConsoleBase],
    width: int,
    rest: Line,
) -> Line:
    """Every console with its number, state and badge, then what is said of the current one.

    Where they do not fit, those before and after the current one are left out.
    """
    tabs = [_tab(n, console, current, shown, consoles) for n, console in enumerate(consoles, 1)]
    here = next((n for n, console in enumerate(consoles) if console is current), 0)
    # A title may be long: it is what gives way, but a state or a warning keeps some room.
    room = max(width - min(width_of(rest), 24) - 4, 24)
    first, last = here, here
    used = width_of(tabs[here]) if tabs else 0
    while first > 0 or last < len(tabs) - 1:
        wider = [n for n in (first - 1, last + 1) if 0 <= n < len(tabs)]
        fitting = [n for n in wider if used + width_of(tabs[n]) <= room]
        if not fitting:
            break
        used += width_of(tabs[fitting[0]])
        first, last = min(first, fitting[0]), max(last, fitting[0])
    made: list[Cell] = []
    if first > 0:
        made.append(Cell("‹" + _hidden(consoles[:first]), Role.MUTED))
    for tab in tabs[first : last + 1]:
        made += tab
    if last < len(tabs) - 1:
        made.append(Cell(_hidden(consoles[last + 1 :]) + "›", Role.MUTED))
    return (*made, *rest)


def tab_at(line: Line, x: int, consoles: Sequence[ConsoleBase]) -> int | None:
    """The number, from 0, of the console whose tab lies `x` cells from the left, if one does."""
    numbers = {f" {n} {name_of(one, consoles)}": n - 1 for n, one in enumerate(consoles, 1)}
    left, right = 0, 0
    glyphs = {f" {glyph}" for glyph, _ in STATE_WORDS.values()}
    for cell in line:
        if cell.text not in glyphs and cell.text[:-1] not in numbers:
            right += width_of((cell,))
            left = right
            continue
        right += width_of((cell,))
        if cell.text[:-1] in numbers:
            if left <= x < right:
                return numbers[cell.text[:-1]]
            left = right
    return None


def _hidden(consoles: Sequence[ConsoleBase]) -> str:
    return f"{len(consoles)}{'*' if any(console.unread for console in consoles) else ''}"


def _tab(
    number: int,
    console: ConsoleBase,
    current: ConsoleBase | None,
    shown: Sequence[ConsoleBase],
    among: Sequence[ConsoleBase],
) -> Line:
    glyph, role = STATE_WORDS[console.state]
    mark = "*" if console.unread else " "
    words = Role.TEXT
    if console is current:
        words = Role.KEY
    elif console in shown:
        words = Role.ACCENT
    elif console.unread:
        words = Role.STRONG
    recording = (Cell("● ", Role.BAD),) if console.recording and console is not current else ()
    return (
        Cell(f" {glyph}", role),
        Cell(f" {number} {name_of(console, among)}{mark}", words),
        *recording,
    )


def doings(console: ConsoleBase, back: int | None, figures: Line) -> Line:
    """What goes on in one console: most urgent first, for the line may be cut."""
    made: list[Cell] = []
    if console.recording:
        made.append(Cell(RECORDING, Role.BAD))
    if back is not None:
        made.append(Cell(f"  ↑ {back} line{'' if back == 1 else 's'} back", Role.WARN))
    if console.progress:
        made.append(Cell(f"  {clean(console.progress, 60)}", Role.BUSY))
    if console.words:
        made.append(Cell(f"  {clean(console.words, 200)}", Role.WARN))
    if figures:
        made += [Cell("  "), *figures]
    if console.title and not console.words:
        made.append(Cell(f"  {clean(console.title, 100)}", Role.MUTED))
    if console.note:
        made.append(Cell(f"  {clean(console.note, 200)}", Role.MUTED))
    return tuple(made)


def view_line(
    console: ConsoleBase,
    among: Sequence[ConsoleBase],
    back: int | None,
    figures: Line,
    *,
    focused: bool,
) -> Line:
    """The header of one of several views; the one to which the keys go is marked."""
    glyph, role = STATE_WORDS[console.state]
    number = among.index(console) + 1
    name = Cell(f" {number} {name_of(console, among)}", Role.KEY if focused else Role.TEXT)
    mark = Cell("▶" if focused else " ", Role.KEY)
    return (mark, Cell(glyph, role), name, *doings(console, back, figures))


def banner_line(consoles: Sequence[ConsoleBase], prefix_word: str) -> Line:
    """What says that one key goes to many guests."""
    names = " ".join(name_of(console, consoles) for console in consoles)
    count = len(consoles)
    words = f" ▶▶ TYPING INTO {count} CONSOLE{'S' if count != 1 else ''} AT ONCE"
    return (Cell(f"{words}  {prefix_word} b ends it  {names}", Role.BAD),)
