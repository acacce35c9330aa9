"""The wizard: from a few answers, most of them given already, to a plan and its job."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on, work

from vmtui.engine import profiles
from vmtui.engine.around import look_around
from vmtui.errors import VmtuiError
from vmtui.plan.create import create, spec
from vmtui.plan.defaults import defaults, follow
from vmtui.plan.plan import Plan
from vmtui.plan.problem import Problem
from vmtui.plan.profile import named_freely
from vmtui.plan.rules import problems
from vmtui.ui import flow
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Begun
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.dialogs.compare import Compare
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.editing import edit
from vmtui.ui.form.form import Form
from vmtui.ui.screens.page import Page
from vmtui.ui.screens.wizardcheck import WizardCheck
from vmtui.ui.wizard import keeping
from vmtui.ui.wizard.draft import Draft, add_disk, add_interface, drop_last, put, put_access
from vmtui.ui.wizard.pages import REVIEW, page_of
from vmtui.ui.wizard.review import Reviewed

DESCRIBE_LIMIT = 20.0


class WizardScreen(WizardCheck):
    """A new guest: its review, its definition by hand, its plan and its job."""

    # -- the review ----------------------------------------------------------------------------

    def review(self) -> None:
        """Look around again, then show the plan."""
        self._make_review()

    @work(exclusive=True, group="review")
    async def _make_review(self) -> None:
        """Look around again, then show the plan: names and room may have gone meanwhile."""
        draft = self.draft
        if draft is None:
            return
        try:
            reviewed = await self._made_review(await self.looked_again(draft))
        except VmtuiError as error:
            self.fail(error)
            return
        self._reviewed = replace(reviewed, definition_shown=self._reviewed.definition_shown)
        if self._page is REVIEW and self.draft is not None:
            await self._take(self.draft)

    async def looked_again(self, draft: Draft) -> Draft:
        """Look around again; what was answered stays."""
        around, host = draft.around, draft.around.host
        view = self.cockpit.store.inventory.hosts.get(host)
        if view is None or view.stale:
            return draft
        fresh = await look_around(
            self.cockpit.fleet.hypervisor(host), view,
            systems=around.systems, images=around.images, cache=self.cockpit.making.cache,
            engine=draft.answers.engine,
        )  # fmt: skip
        # What was answered while the host took its time stays.
        now = self.draft if self.draft is not None else draft
        if now.around.host != host:
            return now
        fresh = replace(fresh, seed=now.around.seed, seen=now.around.seen)
        self.draft = self._in(now, fresh)
        return self.draft

    async def _made_review(self, draft: Draft) -> Reviewed:
        found = problems(draft.answers, draft.around)
        plan = await asyncio.to_thread(create, draft.answers, draft.around)
        hypervisor = self.cockpit.fleet.hypervisor(draft.around.host)
        async with asyncio.timeout(DESCRIBE_LIMIT):
            described = await hypervisor.describe(spec(draft.answers, draft.around))
        if text := draft.answers.definition:
            described = replace(described, definition=text)
            if wrong := await self._wrong_with(text):
                found = (Problem("definition", wrong), *found)
        return Reviewed(plan, found, flow.commands(self.cockpit, plan), described)

    @on(Form.Pressed)
    async def _pressed(self, event: Form.Pressed) -> None:
        draft = self.draft
        if draft is None:
            return
        changes = {
            "add-disk": lambda: add_disk(draft),
            "drop-disk": lambda: drop_last(draft, "disks"),
            "add-interface": lambda: add_interface(draft),
            "drop-interface": lambda: drop_last(draft, "interfaces"),
        }
        if event.field in changes:
            await self._take(changes[event.field]())
        elif event.field == "access.user_data":
            self._edit_user_data()
        elif event.field == "save-profile":
            self._save_profile()
        elif event.field == "edit-definition":
            self._edit_definition()
        elif event.field == "forget-definition":
            await self._take(put(draft, definition=""))
            self.review()
        elif event.field == "show-definition":
            shown = not self._reviewed.definition_shown
            self._reviewed = replace(self._reviewed, definition_shown=shown)
            await self._take(draft)
        elif event.field.startswith("copy-") and self._reviewed.described is not None:
            described = self._reviewed.described
            what = described.command if event.field == "copy-command" else described.definition
            self.app.copy_to_clipboard(what)
            self.say("copied", Role.GOOD)

    @work(exclusive=True, group="edit")
    async def _edit_user_data(self) -> None:
        draft = self.draft
        if draft is None:
            return
        begin = draft.answers.access.user_data or "#cloud-config\n"
        try:
            after = await edit(self.app, self.cockpit.fleet.screen, begin, ".yaml")
        except VmtuiError as error:
            self.fail(error)
            return
        told = "" if after.strip() == "#cloud-config" else after
        await self._take(put_access(self.draft or draft, "user_data", told))

    @work(exclusive=True, group="edit")
    async def _edit_definition(self) -> None:
        """The definition in the person's editor, until it is right or left as it was."""
        draft, described = self.draft, self._reviewed.described
        if draft is None or described is None:
            return
        before = after = described.definition
        while True:
            try:
                after = await edit(self.app, self.cockpit.fleet.screen, after, ".xml")
                wrong = await self._wrong_with(after)
            except VmtuiError as error:
                self.fail(error)
                return
            if after == before:
                self.say("nothing was changed", Role.MUTED)
                return
            answer = await self.ask(Compare("What the edit changes", before, after, wrong))
            if answer != "edit":
                break
        if answer == "take":
            await self._take(put(self.draft or draft, definition=after))
            self.review()

    async def _wrong_with(self, definition: str) -> str:
        """Why the host would not take it, or ""."""
        draft = self.draft
        assert draft is not None  # noqa: S101 - it is edited in a draft only
        try:
            hypervisor = self.cockpit.fleet.hypervisor(draft.around.host)
            await hypervisor.check_definition(definition, spec(draft.answers, draft.around))
        except VmtuiError as error:
            return " ".join(part for part in (f"{error}.", error.hint) if part)
        return ""

    # -- profiles ------------------------------------------------------------------------------

    def use_profile(self, name: str) -> None:
        """Begin anew with the saved answers of that name; with "" with none."""
        self._use_profile(name)

    @work(exclusive=True, group="profile")
    async def _use_profile(self, name: str) -> None:
        draft, folder = self.draft, self.cockpit.making.profiles
        if draft is None or folder is None:
            return
        around = draft.around
        made = defaults(around)
        if name:
            try:
                saved = await asyncio.to_thread(profiles.load, folder, name)
            except VmtuiError as error:
                self.fail(error)
                await self._take(draft)
                return
            made = named_freely(follow(saved, around), around)
        fresh = Draft(
            made, around, draft.hosts, draft.closed, profiles=draft.profiles, profile=name
        )
        await self._take(self._with_password(fresh))
        self._look_at_images()

    @work(exclusive=True, group="profile")
    async def _save_profile(self) -> None:
        draft, folder = self.draft, self.cockpit.making.profiles
        if draft is None or folder is None:
            self.say("nothing is kept here", Role.MUTED)
            return
        label = "A name for it; passwords are not saved."
        proposed = draft.profile or draft.answers.name
        name = await self.ask(Prompt("Save as profile", proposed, profiles.name_problem, label))
        if not name:
            return
        if name in draft.profiles and name != draft.profile:
            options = [
                Option("yes", "Replace it", "", "y", "y"),
                Option("no", "Keep it", "", "n", "n"),
            ]
            if await self.ask(Choose(f"There is a profile {name}", options)) != "yes":
                return
        try:
            await asyncio.to_thread(profiles.save, folder, name, draft.answers)
        except VmtuiError as error:
            self.fail(error)
            return
        known = tuple(sorted({*draft.profiles, name}))
        self.draft = replace(self.draft or draft, profiles=known)
        self.say(f"saved as {name}", Role.GOOD)

    # -- the job -------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Ask for the last time, and have it done."""
        self._confirm()

    @work(exclusive=True, group="confirm")
    async def _confirm(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self.say("looking around again…", Role.MUTED)
        try:
            reviewed, draft = draft.answers, await self.looked_again(draft)
            if self._page is not REVIEW:
                return
            self.say("")
            if draft.answers != reviewed:
                self.say("The host has changed meanwhile, and so has this: look again.", Role.WARN)
                await self._take(draft)
                self.review()
                return
            wrong = next((t for t in draft.troubles() if not t.warning), None)
            if wrong is not None:
                self.say(wrong.words, Role.BAD)
                page = page_of(draft, wrong)
                await self._open(page, wrong.field)
                return
            if (text := draft.answers.definition) and (reason := await self._wrong_with(text)):
                self.say(reason, Role.BAD)
                return
            plan = await asyncio.to_thread(create, draft.answers, draft.around)
            agreed = await flow.ask(self, plan)
            if agreed is not None:
                self._submit(agreed, draft)
        except VmtuiError as error:
            self.fail(error)

    def _submit(self, plan: Plan, draft: Draft) -> None:
        job = flow.submit(self, plan)
        self.cockpit.begun = Begun(job, draft.answers, str(draft.around.host))
        if self.cockpit.making.draft is not None:
            keeping.forget(self.cockpit.making.draft)
        app = self.app
        app.pop_screen()
        if len(plan.tracks) == 1 and isinstance(app.screen, Page):
            watched = draft.answers.start and draft.answers.wait
            app.screen.expect(plan.tracks[0].key, console=watched)
