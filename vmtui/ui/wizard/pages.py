"""The pages in their order, and which of them a draft needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmtui.ui.cells import Cell, Role
from vmtui.ui.form.fields import Field, Trouble
from vmtui.ui.lines import Line
from vmtui.ui.wizard import access, resources, source, system
from vmtui.ui.wizard.draft import Draft


@dataclass(frozen=True, slots=True)
class WizardPage:
    """One page; the review, which comes last, makes its fields by itself."""

    id: str
    title: str
    fields: Callable[[Draft], list[Field[Draft]]] | None = None


SOURCE = WizardPage("source", "Source", source.fields)
SYSTEM = WizardPage("system", "System", system.fields)
RESOURCES = WizardPage("resources", "Resources", resources.fields)
ACCESS = WizardPage("access", "Access", access.fields)
REVIEW = WizardPage("review", "Review")


def pages(draft: Draft) -> list[WizardPage]:
    """What is asked about this draft: who can log in only where cloud-init is told."""
    middle = [ACCESS] if draft.answers.seeded else []
    return [SOURCE, SYSTEM, RESOURCES, *middle, REVIEW]


def page_of(draft: Draft, trouble: Trouble) -> WizardPage:
    """The page on which something can be mended; the review where on no other."""
    for page in pages(draft):
        if page.fields is not None:
            ids = [field.id for field in page.fields(draft) if field.shown(draft)]
            if home(trouble.field, ids):
                return page
    return REVIEW


def home(name: str, ids: Sequence[str]) -> str:
    """The field at which what is wrong with `name` is to be shown, of these; "" for none.

    What concerns a part stands at the whole, what concerns a whole at its first part, and what
    is missing at the button that adds it.
    """
    while name:
        if name in ids:
            return name
        if first := next((id_ for id_ in ids if id_.startswith(f"{name}.")), ""):
            return first
        if (adds := f"add-{name.removesuffix('s')}") in ids:
            return adds
        name = name.rpartition(".")[0]
    return ""


def placed(troubles: Sequence[Trouble], fields: Sequence[Field[Draft]]) -> list[Trouble]:
    """Each trouble at a field that is there."""
    ids = [field.id for field in fields]
    return [Trouble(home(one.field, ids) or one.field, one.words, one.warning) for one in troubles]


def tabs(draft: Draft, here: WizardPage, troubles: Sequence[Trouble], width: int = 80) -> Line:
    """`1 Source  2 System ✗  …`: where one is, and where something is wrong.

    Where there is no room for all titles, that of the page itself is kept.
    """
    narrow = sum(len(page.title) + 6 for page in pages(draft)) > width
    wrong = {page_of(draft, trouble).id for trouble in troubles if not trouble.warning}
    cells: list[Cell] = [Cell(" ")]
    for number, page in enumerate(pages(draft), 1):
        current = page.id == here.id
        role = Role.STRONG if current else Role.MUTED
        lead = "▸" if current else " "
        title = f" {page.title}" if current or not narrow else ""
        cells.append(Cell(f"{lead}{number}{title}", role))
        gap = " " if narrow else "   "
        cells.append(Cell(" ✗ " if page.id in wrong else gap, Role.BAD))
    return tuple(cells)


def keys(*, last: bool, expert: bool, button: bool = False) -> list[Line]:
    """What can be pressed, most needed first; on a button Enter presses it."""
    on = "press" if button else "create" if last else "next"
    said = [
        ("Enter", on), ("^B", "back"), ("Esc", "leave"), ("^O", "fewer" if expert else "more"),
        ("↑↓", "fields"), ("←→", "choose"), ("Space", "list"),
    ]  # fmt: skip
    return [(Cell(f" {key} ", Role.KEY), Cell(meaning)) for key, meaning in said]
