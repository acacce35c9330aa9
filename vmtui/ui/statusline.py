"""The line below the table: what is shown of what there is, or why there is nothing. Pure."""

from __future__ import annotations

from functools import lru_cache

from vmtui.model.guest import Guest, GuestState
from vmtui.model.host import LinkState
from vmtui.model.inventory import Inventory, tally
from vmtui.model.query.fields import STATES
from vmtui.model.query.terms import values_of
from vmtui.plan.build import count
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import Line, text, width_of


def why_empty(inventory: Inventory, filter_: str) -> str:
    """Why there is no guest to show, in lines: what, why, and how to mend it."""
    if filter_:
        return f"no guest matches “{cells.clean(filter_, 80)}”; Esc clears the filter"
    views = list(inventory.hosts.values())
    if not views:
        return "no host to look at: start with --connect URI, or add one to the settings"
    for view in views:
        error = view.link.error
        if error is not None and view.stale:
            parts = (error.title, error.detail, error.hint)
            return "\n".join(cells.clean(part, 600) for part in parts if part)
    if any(view.link.state is LinkState.CONNECTING for view in views):
        return "connecting…"
    if not all(view.listed for view in views):
        return "reading the guests…"
    return "no guests on this host yet" if len(views) == 1 else "no guests on these hosts yet"


def status(shown: GuestList, stuck: Guest | None, agent_key: str, force_key: str) -> Line:
    """How many guests are shown, how they are filtered and marked, and which does not obey."""
    visible, total = len(shown.order), shown.total
    if not visible:
        return text(f" {count(total)}", Role.MUTED)
    parts = [f"{visible} of {count(total)}" if visible != total else count(total)]
    if shown.filter.text:
        parts.append(f"filter: {cells.clean(shown.filter.text, 60)}")
    if shown.groups.by:
        parts.append(f"by {shown.groups.by.id}")
    line: Line = (Cell(" " + " · ".join(parts), Role.MUTED), *chips(shown))
    if shown.marked:
        hidden = shown.hidden_marks
        out_of_sight = f", {hidden} of them hidden" if hidden else ""
        line += (Cell(f"  {len(shown.marked)} marked{out_of_sight}", Role.KEY),)
    if stuck is not None:
        name = cells.clean(stuck.name, 30)
        offer = f"{agent_key} agent shutdown, {force_key} force off"
        line += (Cell(f"  {name} does not obey: {offer}", Role.WARN),)
    return line


@lru_cache(maxsize=1)
def state_counts(inventory: Inventory) -> dict[GuestState, int]:
    """How many guests are in each state, of those states that there are."""
    counts = dict.fromkeys(GuestState, 0)
    for view in inventory.hosts.values():
        for state, number in tally(view).states.items():
            counts[state] += number
    return {state: number for state, number in counts.items() if number}


def chips(shown: GuestList) -> Line:
    """A chip for each state that there is, with its count; the one filtered by stands out."""
    counts = state_counts(shown.inventory)
    if len(counts) < 2:
        return ()
    wanted = values_of(shown.filter.text, "state")
    made: list[Cell] = []
    for state, number in counts.items():
        glyph, _word, role = cells.STATES[state]
        on = STATES[state] in wanted
        words = f"[{glyph} {number}]" if on else f" {glyph} {number} "
        made.append(Cell(words, Role.KEY if on else role))
    return (Cell(" ", Role.MUTED), *made)


def chip_at(shown: GuestList, line: Line, x: int) -> GuestState | None:
    """The state whose chip lies `x` cells from the left of the status line, if one does."""
    left = 0
    states = {f"{cells.STATES[s][0]} {n}": s for s, n in state_counts(shown.inventory).items()}
    for cell in line:
        left += width_of((cell,))
        if x < left:
            return states.get(cell.text.strip(" []"))
    return None
