"""The app: the store's one listener, the keys, and which screen is up."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.message import Message

from vmtui.engine.job import Job, JobState
from vmtui.engine.journal import Damaged, Interrupted
from vmtui.errors import VmtuiError
from vmtui.model.inventory import Inventory
from vmtui.plan.build import count
from vmtui.ui import actions as registry
from vmtui.ui import flow
from vmtui.ui.cells import Role, clean, moment
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.screens.guests import GuestsScreen
from vmtui.ui.screens.page import Page
from vmtui.ui.signals import leave_on_signals
from vmtui.ui.theme import Palette

DRAW_INTERVAL = 0.06
"""Seconds between two drawings of new facts, at least."""


class NewFacts(Message):
    """The Inventory, a job or the event log changed; merged to one a turn."""


class VmtuiApp(App[None], inherit_bindings=False):
    """vmtui on a terminal."""

    TITLE = "vmtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._palette = cockpit.palette
        self._facts_pending = False
        self._drawn_at = 0.0
        for action in registry.possible(cockpit.read_only):
            for key in cockpit.keymap.get(action.id, ()):
                self.bind(key, f"do('{action.id}')", description=action.label, show=False)

    @property
    def palette(self) -> Palette:
        """The styles of the theme in use."""
        return self._palette

    # -- start and end -------------------------------------------------------------------------

    def get_default_screen(self) -> Page:
        """The guests."""
        return GuestsScreen(self.cockpit)

    def on_mount(self) -> None:
        """Theme, listeners, then the hosts: the screen never waits for them."""
        for palette in self.cockpit.palettes.values():
            self.register_theme(palette.theme)
        self.theme = self._palette.theme.name
        self.cockpit.store.listen(self._inventory_changed)
        self.cockpit.jobs.listen(self._job_changed)
        self.cockpit.events.listen(lambda _events: self._event_logged())
        if not self.is_headless:
            leave_on_signals(lambda code: self.exit(return_code=code))
        self.cockpit.connect()
        self.call_after_refresh(self._first_words)

    def _first_words(self) -> None:
        if self.cockpit.problems:
            more = len(self.cockpit.problems) - 1
            rest = f" (and {more} more, see the log)" if more else ""
            self.page.say(f"settings: {self.cockpit.problems[0]}{rest}", Role.WARN, 20.0)
        self._offer_leftovers()

    @property
    def page(self) -> Page:
        """The full screen that is up, or lies under the dialog that is."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, Page))

    async def on_unmount(self) -> None:
        """Let go of the hosts, within a second."""
        await self.cockpit.close()

    async def action_quit(self) -> None:
        """Leave; with jobs running, only after a yes."""
        self._leave()

    @work(exclusive=True, group="quit")
    async def _leave(self) -> None:
        running = self.cockpit.jobs.running
        if running:
            titles = "\n".join(clean(job.plan.title, 100) for job in running[:5])
            options = [
                Option("stay", "Stay", "let them finish", "s", "s"),
                Option("quit", "Quit all the same",
                       "what is half done is offered again next time", "q", "q"),
            ]  # fmt: skip
            heading = f"{count(len(running), 'job')} still running"
            if await self.push_screen_wait(Choose(heading, options, titles)) != "quit":
                return
        self.exit()

    # -- facts ---------------------------------------------------------------------------------

    def _inventory_changed(self, _inventory: Inventory) -> None:
        self._new_facts()

    def _new_facts(self) -> None:
        if not self._facts_pending:
            self._facts_pending = True
            # The first change is drawn at once; a storm of them is drawn a few times a second.
            wait = self._drawn_at + DRAW_INTERVAL - time.monotonic()
            if wait <= 0:
                self.post_message(NewFacts())
            else:
                # A timer of Textual's would die here: facts come in outside the app's context.
                asyncio.get_running_loop().call_later(wait, self.post_message, NewFacts())

    def on_new_facts(self) -> None:
        """Draw the visible screen; the others draw when they return."""
        self._facts_pending = False
        self._drawn_at = time.monotonic()
        # While the app goes down there is no screen, and facts still come in.
        if self.screen_stack:
            self.page.redraw()

    def _event_logged(self) -> None:
        # A drawing for the log alone would hold up the one that shows the event's own row.
        if self.screen_stack and self.page.place == "events":
            self._new_facts()

    def _job_changed(self, job: Job) -> None:
        self._new_facts()
        if not self.screen_stack:
            return
        if job.state is JobState.FAILED:
            failed = [run for run in job.tracks if run.error is not None]
            if len(failed) == 1 and failed[0].error is not None:
                self.page.fail(failed[0].error)
            else:
                key = self.page.key_word("view-jobs")
                words = f"{job.plan.title}: failed for {count(len(failed))}; {key} shows why"
                self.page.say(words, Role.BAD, 20.0)
        elif job.state is JobState.DONE:
            self.page.say(f"{job.plan.title}: done", Role.GOOD)
        elif job.state is JobState.CANCELLED:
            self.page.say(f"{job.plan.title}: cancelled", Role.WARN)

    # -- plans that an earlier process left unfinished -----------------------------------------

    @work(exclusive=True, group="leftovers")
    async def _offer_leftovers(self) -> None:
        found = self.cockpit.leftovers()
        for interrupted in found.interrupted:
            await self._offer(interrupted)
        for damaged in found.damaged:
            await self._report(damaged)

    async def _offer(self, interrupted: Interrupted) -> None:
        finish, undo = interrupted.finish(), interrupted.undo()
        options = [
            Option("finish", "Finish it", f"{sum(len(t.steps) for t in finish.tracks)} steps",
                   "f", "f", "nothing is left to do" if finish.empty else None),
            Option("undo", "Undo it", f"{sum(len(t.steps) for t in undo.tracks)} steps",
                   "u", "u", "nothing of it can be undone" if undo.empty else None),
            Option("forget", "Leave things as they are", "and forget it", "l", "l"),
        ]  # fmt: skip
        intro = f"“{interrupted.title}” was begun at {moment(interrupted.begun)} and not finished."
        chosen = await self.push_screen_wait(Choose("Interrupted", options, intro))
        if chosen == "forget":
            interrupted.forget()
        elif chosen in ("finish", "undo"):
            agreed = await flow.ask(self.page, finish if chosen == "finish" else undo)
            if agreed is not None:
                try:
                    self.cockpit.jobs.submit(agreed, replaces=interrupted)
                except VmtuiError as error:
                    self.page.fail(error)

    async def _report(self, damaged: Damaged) -> None:
        options = [
            Option("keep", "Keep the file", "to look at it by hand", "k", "k"),
            Option("forget", "Remove it", "", "r", "r"),
        ]
        intro = f"{damaged.path} cannot be read: {damaged.reason}"
        if await self.push_screen_wait(Choose("A damaged record", options, intro)) == "forget":
            damaged.forget()

    # -- actions -------------------------------------------------------------------------------

    async def action_do(self, action_id: str) -> None:
        """Do an action: the visible screen's own, else the app's."""
        action = registry.BY_ID[action_id]
        if isinstance(self.screen, Page) and self.screen.do(action):
            return
        own: dict[str, Callable[[], Any]] = {
            "view-guests": self._to_guests,
            "view-host": lambda: self._to("host"),
            "view-jobs": lambda: self._to("jobs"),
            "view-events": lambda: self._to("events"),
            "help": lambda: self._to("help"),
            "back": self._to_guests,
            "retry": self._retry,
            "theme": self._next_theme,
            "quit": self._leave,
        }
        if action_id in own:
            own[action_id]()

    def _to_guests(self) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def _to(self, name: str) -> None:
        already = isinstance(self.screen, Page) and self.screen.place == name
        self._to_guests()
        if not already:
            self.push_screen(self._open(name))

    def _open(self, name: str) -> Page:
        """The screen of that name; imported on its first use."""
        module = importlib.import_module(f"vmtui.ui.screens.{name}")
        page: Page = getattr(module, f"{name.capitalize()}Screen")(self.cockpit)
        page.place = name
        return page

    def _retry(self) -> None:
        for host in self.cockpit.store.inventory.hosts:
            self.cockpit.fleet.retry_now(host)
        self.page.say("trying to reach the hosts that are not up", Role.BUSY)

    def _next_theme(self) -> None:
        names = sorted(self.cockpit.palettes)
        here = names.index(self._palette.theme.name)
        self._palette = self.cockpit.palettes[names[(here + 1) % len(names)]]
        self.theme = self._palette.theme.name
        for screen in self.screen_stack:
            screen.refresh(layout=False)
            for widget in screen.walk_children():
                widget.refresh()
        self.page.say(f"theme {self._palette.theme.name}", Role.MUTED)
