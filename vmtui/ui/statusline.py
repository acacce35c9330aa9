"""The line below the table: what is shown of what there is, or why there is nothing. Pure."""

from __future__ import annotations

from vmtui.model.guest import Guest
from vmtui.model.host import LinkState
from vmtui.model.inventory import Inventory
from vmtui.plan.build import count
from vmtui.ui import cells
from vmtui.ui.cells import Cell, Role
from vmtui.ui.guestlist import GuestList
from vmtui.ui.lines import Line, text


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
    if shown.filter:
        parts.append(f"filter: {cells.clean(shown.filter, 60)}")
    line: Line = (Cell(" " + " · ".join(parts), Role.MUTED),)
    if shown.marked:
        hidden = shown.hidden_marks
        out_of_sight = f", {hidden} of them hidden" if hidden else ""
        line += (Cell(f"  {len(shown.marked)} marked{out_of_sight}", Role.KEY),)
    if stuck is not None:
        name = cells.clean(stuck.name, 30)
        offer = f"{agent_key} agent shutdown, {force_key} force off"
        line += (Cell(f"  {name} does not obey: {offer}", Role.WARN),)
    return line
