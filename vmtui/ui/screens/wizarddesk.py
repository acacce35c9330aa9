"""The wizard's pages: looking around, showing a draft, and the way through it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widget import Widget

from vmtui.engine.around import look_at
from vmtui.errors import VmtuiError
from vmtui.model.guest import Guest, GuestKey, HostId
from vmtui.model.host import Virtualization
from vmtui.model.inventory import Inventory
from vmtui.plan.defaults import follow
from vmtui.plan.surroundings import Surroundings
from vmtui.ui import keymap
from vmtui.ui.actions import Action
from vmtui.ui.cells import Cell, Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.form.fields import ButtonField, Field, Trouble
from vmtui.ui.form.form import Form
from vmtui.ui.hostlines import flow
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.screens.page import Page
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.wizard import keeping
from vmtui.ui.wizard.draft import Draft
from vmtui.ui.wizard.pages import REVIEW, SOURCE, WizardPage, keys, pages, placed, tabs
from vmtui.ui.wizard.review import Reviewed
from vmtui.ui.wizard.review import fields as review_fields

ORIGINS = ("image", "kernel", "initrd")
LOW = 16
"""Lines of a screen that has few of them to spare."""


class WizardDesk(Page):
    """A draft, page by page; what is done with it is the subclass's."""

    DEFAULT_CSS = """
    #tabs { height: 2; }
    #about { height: 2; padding: 0 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "turn(1)", show=False),
        Binding("ctrl+b", "turn(-1)", show=False),
        Binding("ctrl+o", "fold", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self.draft: Draft | None = None
        self._page: WizardPage = SOURCE
        self._expert = False
        self._reviewed = Reviewed()
        self._tabs = LinesView(id="tabs")
        self._form = Form(id="form")
        self._about = LinesView(id="about")
        self._help: Field[Any] | None = None
        self._showing = asyncio.Lock()
        self._asked = self._shown = 0
        """How often a drawing was asked for, and up to which of them it is done."""

    # -- the frame -----------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """Which page it is, its fields, and what the one with the keys is for."""
        yield self._tabs
        yield self._form
        yield self._about

    def show(self, inventory: Inventory) -> None:
        """Facts do not change what is being answered: it is looked at again before the plan.

        Only guests that had not been read when the wizard began are known once they are.
        """
        if self.draft is not None and _read_since(self.draft.around, inventory):
            self._learn()

    @work(exclusive=True, group="guests")
    async def _learn(self) -> None:
        draft = self.draft
        known = _read_since(draft.around, self.cockpit.store.inventory) if draft else {}
        if draft is None or not known:
            return
        guests = tuple(known.get(guest.key, guest) for guest in draft.around.guests)
        await self._take(self._in(draft, replace(draft.around, guests=guests)))

    def status(self) -> Line:
        """What the host says of itself, where it bears on new guests."""
        if self.draft is None:
            return text(" looking around…", Role.MUTED)
        facts = self.draft.around.facts
        if facts.virtualization in (Virtualization.USABLE, Virtualization.UNKNOWN):
            return EMPTY
        words = facts.virtualization_note or "Hardware virtualization cannot be used."
        return text(f" ! {clean(words, 300)}", Role.WARN)

    def actions(self) -> Sequence[Action]:
        """Keys of its own instead."""
        return ()

    def _key_line(self) -> Line:
        button = isinstance(self._help, ButtonField)
        offers = keys(last=self._page is REVIEW, expert=self._expert, button=button)
        return flow(offers, self.size.width, Cell(" "))

    def click_key(self, word: str) -> None:
        """The keys are this screen's own."""
        self.app.simulate_key(keymap.name(word))

    def host_at(self, y: int) -> HostId | None:
        """Nobody leaves the wizard by a click beside it."""
        del y
        return None

    def do(self, action: Action) -> bool:
        """Letters are typed here: the app's own keys are not for this screen."""
        if action.id in ("help", "quit"):
            self._keep()
            return False
        return True

    # -- to be filled in -----------------------------------------------------------------------

    def review(self) -> None:
        """Make out what the review shows, and show it."""
        raise NotImplementedError

    def confirm(self) -> None:
        """Ask for the last time, and have it done."""
        raise NotImplementedError

    def move(self, draft: Draft) -> None:
        """To another host with these answers."""
        raise NotImplementedError

    def use_profile(self, name: str) -> None:
        """Begin anew with the saved answers of that name; with "" with none."""
        raise NotImplementedError

    # -- what is shown -------------------------------------------------------------------------

    async def _take(self, draft: Draft) -> None:
        """Show another state of the draft."""
        self.draft = draft
        self._asked += 1
        mine = self._asked
        async with self._showing:
            # Whoever waited here wants the page to stand as it is now: one drawing does for all.
            if self._shown >= mine:
                return
            self._shown, draft = self._asked, self.draft
            if self._page not in pages(draft):
                self._page = pages(draft)[-2]
            fields = self._fields(draft)
            troubles = placed(draft.troubles(), fields)
            self._show_tabs(draft)
            await self._form.show(draft, self._unfolded(fields, troubles), troubles)
        self.show_footer()

    def _show_tabs(self, draft: Draft) -> None:
        line = tabs(draft, self._page, draft.troubles(), self.size.width)
        self._tabs.show_lines([line, EMPTY])

    def on_resize(self) -> None:
        """A low screen is for the fields."""
        low = self.size.height < LOW
        self._tabs.styles.height = self._about.styles.height = 1 if low else 2
        if self.draft is not None:
            self._show_tabs(self.draft)

    def _fields(self, draft: Draft) -> list[Field[Draft]]:
        if self._page.fields is None:
            return review_fields(draft, self._reviewed)
        return self._page.fields(draft)

    def _unfolded(
        self, fields: Sequence[Field[Draft]], troubles: Sequence[Trouble]
    ) -> list[Field[Draft]]:
        """What is folded away comes out where something is wrong with it."""
        wrong = {trouble.field for trouble in troubles}
        return [f for f in fields if self._expert or not f.expert or f.id in wrong]

    @on(Form.Here)
    def _explain(self, event: Form.Here) -> None:
        self._help = event.field
        lines = [text(part, Role.MUTED) for part in wrap(event.field.help, self.size.width - 4)]
        self._about.show_lines((lines or [EMPTY])[:2])
        self.show_footer()

    @on(Form.Changed)
    async def _changed(self, event: Form.Changed) -> None:
        draft: Draft = event.onto(self.draft)
        if self.draft is not None and draft.around.host != self.draft.around.host:
            self.move(draft)
            return
        if self.draft is not None and draft.profile != self.draft.profile:
            self.use_profile(draft.profile)
            return
        await self._take(draft)
        if event.field.partition(".")[0] in ORIGINS or event.field == "source":
            self._look_at_images()
        if self._page is REVIEW:
            self.review()

    @work(exclusive=True, group="images")
    async def _look_at_images(self) -> None:
        """See what the chosen files are, once typing has paused."""
        await asyncio.sleep(0.25)
        draft = self.draft
        if draft is None:
            return
        try:
            hypervisor = self.cockpit.fleet.hypervisor(draft.around.host)
        except VmtuiError:
            return
        around = draft.around
        for name in ORIGINS:
            around = await look_at(hypervisor, around, getattr(draft.answers, name))
        if around is not draft.around and self.draft is not None:
            await self._take(self._in(self.draft, around))

    @staticmethod
    def _in(draft: Draft, around: Surroundings) -> Draft:
        return replace(draft, around=around, answers=follow(draft.answers, around))

    # -- the way through -----------------------------------------------------------------------

    @on(Form.Done)
    async def _done(self) -> None:
        if self.draft is None:
            return
        here = self._form.ids
        wrong = next((t for t in self._form.troubles if not t.warning and t.field in here), None)
        if wrong is not None and self._page is not REVIEW:
            self._form.focus_field(wrong.field)
            self.say(wrong.words, Role.BAD)
        elif self._page is REVIEW:
            self.confirm()
        elif self._page is SOURCE and self.draft.profile and self._is_right():
            await self._open(REVIEW)
        else:
            await self.action_turn(1)

    def _is_right(self) -> bool:
        return self.draft is not None and all(one.warning for one in self.draft.troubles())

    async def action_turn(self, by: int) -> None:
        """To the next page, or the one before; nothing is lost either way."""
        draft = self.draft
        if draft is None:
            return
        order = pages(draft)
        at = min(max(order.index(self._page) + by, 0), len(order) - 1)
        if order[at] is not self._page:
            await self._open(order[at])

    async def _open(self, page: WizardPage, field: str = "") -> None:
        assert self.draft is not None  # noqa: S101 - pages are turned in a draft only
        self._page = page
        if page is REVIEW:
            self._reviewed = Reviewed()
            self.review()
        await self._take(self.draft)
        self._form.scroll_home(animate=False)
        self._form.focus_field(field)

    async def action_fold(self) -> None:
        """Show what is for experts, or no longer."""
        self._expert = not self._expert
        if self.draft is not None:
            await self._take(self.draft)

    def action_leave(self) -> None:
        """Leave; the draft is kept."""
        self._keep()
        self.app.pop_screen()

    def _keep(self) -> None:
        making = self.cockpit.making
        if self.draft is not None and making.draft is not None and self.draft.answers.touched:
            keeping.keep(making.draft, self.draft.answers, str(self.draft.around.host))


def _read_since(around: Surroundings, inventory: Inventory) -> dict[GuestKey, Guest]:
    """The guests of which more is known by now than their names."""
    unread = (guest.key for guest in around.guests if guest.definition is None)
    fresh = (inventory.guest(key) for key in unread)
    return {guest.key: guest for guest in fresh if guest is not None and guest.definition}
