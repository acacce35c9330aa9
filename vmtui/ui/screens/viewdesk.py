"""The guests' table as one likes it: its columns, named views, and what is copied from it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work

from vmtui.entries import ViewEntry
from vmtui.errors import VmtuiError
from vmtui.model.guest import Guest
from vmtui.settingsfile import Value
from vmtui.ui import preferences, yanking
from vmtui.ui.cells import Role, clean
from vmtui.ui.columns import BY_ID as COLUMN
from vmtui.ui.columns import wanted_columns
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.columns import Columns
from vmtui.ui.grouping import GROUPINGS
from vmtui.ui.screens.groupdesk import GroupDesk


class ViewDesk(GroupDesk):
    """A page with the table of guests, its columns and views."""

    # -- to be filled in -----------------------------------------------------------------------

    def selected(self) -> list[Guest]:
        """The guests on whom an action acts."""
        raise NotImplementedError

    # -- columns -------------------------------------------------------------------------------

    @work(exclusive=True, group="menu")
    async def _do_columns(self) -> None:
        before = self.list.columns
        shown = before or tuple(column.id for column, _ in self.list.layout)
        dialog = Columns(shown, automatic=not before, show=self.show_columns)
        chosen = await self.ask(dialog)
        if chosen is None:
            self.show_columns(before)
        else:
            self.keep_columns(chosen)

    def keep_columns(self, words: Sequence[str]) -> None:
        """Show these columns, and keep them in the settings; none for as many as fit."""
        self.show_columns(words)
        said = f"columns: {' '.join(words)}" if words else "as many columns as fit"
        preferences.keep(self, "ui", "columns", " ".join(words) or None, said)

    # -- named views ---------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Begin with the view of the settings."""
        wanted = self.cockpit.settings.view
        view = next((one for one in self.cockpit.settings.views if one.name == wanted), None)
        if view is not None:
            self.show_view(view)
        elif wanted:
            self.say(f"settings: there is no view {wanted}", Role.WARN)

    @work(exclusive=True, group="menu")
    async def _do_views(self) -> None:
        views = {view.name: view for view in self.cockpit.settings.views}
        if not views:
            self.say("no view is saved yet: :save-view NAME keeps this one", Role.WARN)
            return
        options = [Option(view.name, view.name, words_of(view)) for view in views.values()]
        chosen = await self.ask(Choose("Show the view", options, SAVING))
        if chosen is not None:
            self.call_view(views[chosen])

    def call_view(self, view: ViewEntry) -> None:
        """Show the table as the view has it, and say so."""
        self.show_view(view)
        problems = problems_of(view)
        if problems:
            self.say(f"view {view.name}: {problems[0]}", Role.WARN)
        else:
            self.say(f"view {view.name}: {words_of(view)}", Role.GOOD)

    def show_view(self, view: ViewEntry) -> None:
        """Show the table as the view has it; what is not known in it is left out."""
        shown = self.list
        shown.columns = tuple(view.columns.split())
        shown.column = COLUMN.get(view.sort.removeprefix("-"), COLUMN["name"])
        shown.falling = shown.column.falling != view.sort.startswith("-")
        shown.group_by(view.group_by)
        self.filter_line.put(view.filter)
        shown.arrange()
        self.rearrange()

    def view_now(self) -> dict[str, Value]:
        """The table as it is, for the settings."""
        shown = self.list
        turned = shown.falling != shown.column.falling
        values: dict[str, Value] = {
            "columns": " ".join(shown.columns),
            "sort": f"{'-' if turned else ''}{shown.column.id}",
            "group_by": shown.groups.by.id if shown.groups.by else "",
            "filter": shown.filter.text,
        }
        return {name: value for name, value in values.items() if value}

    # -- copying -------------------------------------------------------------------------------

    @work(exclusive=True, group="menu")
    async def _do_yank(self) -> None:
        guests = self.selected()
        if not guests:
            self.say("no guest is selected", Role.WARN)
            return
        inventory = self.cockpit.store.inventory
        options = [yanking.option(kind, guests, inventory) for kind in yanking.KINDS]
        options.append(Option(yanking.XML, "XML", "its definition, without passwords", "x", "x"))
        one = clean(guests[0].name, 50) if len(guests) == 1 else f"{len(guests)} guests"
        chosen = await self.ask(Choose(f"Copy of {one}", options, yanking.INTRO))
        if chosen is None:
            return
        try:
            values = (
                await self._definitions(guests) if chosen == yanking.XML
                else yanking.values(chosen, guests, inventory)
            )  # fmt: skip
        except VmtuiError as error:
            self.fail(error)
            return
        self.app.copy_to_clipboard("\n".join(values))
        self.say(yanking.said(chosen, guests, values), Role.GOOD)

    async def _definitions(self, guests: Sequence[Guest]) -> list[str]:
        made = []
        for guest in guests[: yanking.XML_MOST]:
            hypervisor = self.cockpit.fleet.hypervisor(guest.key.host)
            made.append(await hypervisor.read_definition(guest.key.uuid, secrets=False))
        return made


SAVING = ":save-view NAME keeps the table as it is, :delete-view NAME forgets a view."


def words_of(view: ViewEntry) -> str:
    """What a view shows, in one line."""
    parts = [
        view.columns or "columns as they fit",
        f"sorted by {view.sort.removeprefix('-') or 'name'}",
        f"grouped by {view.group_by}" if view.group_by else "",
        f"filter {view.filter}" if view.filter else "",
    ]
    return clean(" · ".join(part for part in parts if part), 200)


def problems_of(view: ViewEntry) -> list[str]:
    """What in it there is not."""
    known = wanted_columns(view.columns.split())
    found = [
        f"there is no column {clean(word, 40)}"
        for word in view.columns.split() if word.partition(":")[0] not in known
    ]  # fmt: skip
    if view.sort and view.sort.removeprefix("-") not in COLUMN:
        found.append(f"there is no column {clean(view.sort, 40)} to sort by")
    if view.group_by and view.group_by not in GROUPINGS:
        found.append(f"there is no grouping {clean(view.group_by, 40)}")
    return found
