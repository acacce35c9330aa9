"""The app: the store's one listener, the keys, and which screen is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import work
from textual.binding import BindingType
from textual.message import Message

from vmtui.engine.job import Job, JobState
from vmtui.model.inventory import Inventory
from vmtui.plan.build import count
from vmtui.ui import flow, leftovers, reload, strips
from vmtui.ui.bridge import Bridge
from vmtui.ui.cells import Role, clean
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.outside import Outside
from vmtui.ui.screens.guests import GuestsScreen
from vmtui.ui.screens.page import Page
from vmtui.ui.signals import come_back, leave_on_signals
from vmtui.ui.tidying import REST, Tidying

DRAW_INTERVAL = 0.06
"""Seconds between two drawings of new facts, at least."""
FIGURES_INTERVAL = 0.5
"""The same where nothing but figures is new: a hundred hosts tell theirs at a hundred moments."""


class NewFacts(Message):
    """The Inventory, a job or the event log changed; merged to one a turn."""


class VmtuiApp(Bridge, inherit_bindings=False):
    """vmtui on a terminal."""

    TITLE = "vmtui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        # What glides is painted twenty times: over a slow line that is twenty times too late.
        self.animation_level = "none"
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        """When the next drawing is to come, by the monotonic clock."""
        self._drawn_at = 0.0
        self._drawn = Inventory()
        self._offering = False
        """Whether what was left half done is being offered."""
        self.reload = reload.Reload(self)
        strips.let_go()

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
        self.cockpit.checkups.listen(self._new_facts)
        if not self.is_headless:
            leave_on_signals(lambda code: self.exit(return_code=code))
            come_back(self)
            tidying = Tidying(lambda: self.keys_pressed)
            tidying.begin()
            self.set_interval(REST, tidying.look)
        self.cockpit.fleet.take_screen = Outside(self).run
        self.cockpit.connect()
        self.call_after_refresh(self._first_words)
        self.set_interval(reload.SECONDS, self._look_again)

    @work(group="reload")
    async def _look_again(self) -> None:
        await self.reload.look()

    def _first_words(self) -> None:
        if self.cockpit.problems:
            more = len(self.cockpit.problems) - 1
            rest = f" (and {more} more, see the log)" if more else ""
            self.page.say(f"settings: {self.cockpit.problems[0]}{rest}", Role.WARN, 20.0)
        if self.cockpit.first_start():
            self._tour()
        if not self.cockpit.read_only:
            self._offer_leftovers()

    def _tour(self) -> None:
        from vmtui.ui.dialogs.tour import Tour

        self.push_screen(Tour(self.page.key_word))

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

    def _inventory_changed(self, inventory: Inventory) -> None:
        self._new_facts(FIGURES_INTERVAL if figures_only(self._drawn, inventory) else DRAW_INTERVAL)

    def _new_facts(self, interval: float = DRAW_INTERVAL) -> None:
        """Draw soon: the first change at once, a storm of them a few times a second."""
        now = time.monotonic()
        due = max(self._drawn_at + interval, now)
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        # A timer of Textual's would die here: facts come in outside the app's context.
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(due - now, self.post_message, NewFacts())

    def on_new_facts(self) -> None:
        """Draw the visible screen; the others draw when they return."""
        self._timer = None
        self._drawn_at = time.monotonic()
        self._drawn = self.cockpit.store.inventory
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
        left = leftovers.hint(job, self.page.key_word("interrupted"))
        if left:
            self._say_left(job, left)
        elif job.state is JobState.FAILED:
            failed = [run for run in job.tracks if run.error is not None]
            if len(failed) == 1 and failed[0].error is not None:
                self.page.fail(failed[0].error)
            else:
                key = self.page.key_word("view-jobs")
                words = f"{job.plan.title}: failed for {count(len(failed))}; {key} shows why"
                self.page.say(words, Role.BAD, 20.0)
        elif job.state is JobState.DONE:
            outcome = job.tracks[0].outcome if len(job.tracks) == 1 else ""
            good = not outcome or outcome.startswith("ready")
            hint = flow.afterwards(self.page, job.plan)
            words = f"{job.plan.title}: {outcome or 'done'}{hint}"
            seconds = 20.0 if outcome or hint else 8.0
            self.page.say(words, Role.GOOD if good else Role.WARN, seconds)
        elif job.state is JobState.CANCELLED:
            self.page.say(f"{job.plan.title}: cancelled", Role.WARN)

    def _say_left(self, job: Job, left: str) -> None:
        """Who has a console or a dialog open is not interrupted: a key offers it."""
        error = next((run.error for run in job.tracks if run.error is not None), None)
        how = "cancelled" if error is None else f"failed: {clean(str(error), 150)}"
        self.page.say(f"{job.plan.title}: {how}; {left}", Role.WARN, 30.0)

    # -- what was left half done, here or by an earlier process --------------------------------

    @work(group="leftovers")
    async def _offer_leftovers(self, *, asked: bool = False) -> None:
        if self._offering:
            return
        self._offering = True
        try:
            if not await leftovers.offer(self.page) and asked:
                self.page.say("nothing was left half done", Role.MUTED)
        finally:
            self._offering = False

    # -- actions -------------------------------------------------------------------------------

    def own_actions(self) -> dict[str, Callable[[], Any]]:
        """What every screen leaves to the app, by action."""
        return {
            **super().own_actions(),
            "tour": self._tour,
            "create": lambda: self._to("wizard"),
            "retry": self._retry,
            "interrupted": lambda: self._offer_leftovers(asked=True),
            "quit": self._leave,
        }

    def _retry(self) -> None:
        for host in self.cockpit.store.inventory.hosts:
            self.cockpit.fleet.retry_now(host)
        self.page.say("trying to reach the hosts that are not up", Role.BUSY)


def figures_only(old: Inventory, new: Inventory) -> bool:
    """Whether nothing differs between the two but what guests and hosts use."""
    if old.hosts.keys() != new.hosts.keys():
        return False
    for host, view in new.hosts.items():
        before = old.hosts[host]
        if before is not view and not (
            before.guests is view.guests
            and before.link is view.link
            and before.listed == view.listed
            and before.facts is view.facts
            and before.pools is view.pools
            and before.networks is view.networks
        ):
            return False
    return True
