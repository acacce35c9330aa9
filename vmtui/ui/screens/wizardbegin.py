"""How the wizard begins: which host, looking around there, a draft; and leaving in vain."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import work

from vmtui.engine import profiles
from vmtui.engine.around import look_around
from vmtui.errors import NotFound, VmtuiError
from vmtui.model.guest import HostId
from vmtui.model.host import LinkState
from vmtui.model.inventory import Inventory
from vmtui.plan.answers import Answers
from vmtui.plan.defaults import defaults, follow
from vmtui.ui.cells import Role, clean
from vmtui.ui.cockpit import Cockpit, Making
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.screens.page import Page
from vmtui.ui.screens.wizarddesk import WizardDesk
from vmtui.ui.wizard import keeping
from vmtui.ui.wizard.access import generate
from vmtui.ui.wizard.draft import Draft


class WizardBegin(WizardDesk):
    """Fills in a first draft, or says why there can be none."""

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._gone: VmtuiError | None = None
        """Why it leaves, once nothing lies above it."""

    def on_mount(self) -> None:
        """Look around, then ask."""
        self._begin()

    @work(exclusive=True, group="around")
    async def _begin(self) -> None:
        found = _kept(self.cockpit)
        answers: Answers | None = None
        if found is not None:
            answers = await self._ask_for_draft(*found)
        await self._connected()
        await self._look(self._best_host(found), answers)

    async def _connected(self) -> None:
        """Wait for the hosts that are just being reached, until one of them is there."""

        def settled(inventory: Inventory) -> bool:
            links = [view.link.state for view in inventory.hosts.values()]
            return LinkState.UP in links or LinkState.CONNECTING not in links

        store = self.cockpit.store
        if not settled(store.inventory):
            self.say("connecting…", Role.MUTED, 600.0)
            await store.wait(settled)
            self.say("")

    async def _ask_for_draft(self, answers: Answers, host: str) -> Answers | None:
        name = clean(answers.name, 40) or "a guest"
        options = [
            Option("on", "Go on with it", f"{name} on {clean(host, 40)}", "g", "g"),
            Option("new", "Begin anew", "the draft is dropped", "n", "n"),
        ]
        chosen = await self.ask(Choose("There is a draft", options))
        if chosen == "new":
            self.cockpit.begun = None
            if self.cockpit.making.draft:
                keeping.forget(self.cockpit.making.draft)
        return answers if chosen == "on" else None

    def _best_host(self, found: tuple[Answers, str] | None) -> HostId:
        hosts = self._hosts()
        here = next((p.host_here() for p in self.app.screen_stack if isinstance(p, Page)), None)
        wanted = [found[1]] if found else []
        for host in (*wanted, here):
            if host in hosts:
                return HostId(str(host))
        return HostId(next(iter(hosts), ""))

    def _hosts(self) -> list[str]:
        """Where a guest can be made: hosts that are up and may be changed."""
        views = self.cockpit.store.inventory.hosts.values()
        return [str(v.id) for v in views if not v.stale and not v.capabilities.read_only]

    def _hosts_closed(self) -> dict[str, str]:
        """The other hosts, and why no guest can be made there."""
        views = self.cockpit.store.inventory.hosts.values()
        return {
            str(v.id): "it is not connected" if v.stale else "its connection is read-only"
            for v in views
            if v.stale or v.capabilities.read_only
        }

    async def _look(self, host: HostId, answers: Answers | None) -> None:
        """Look around on a host and fill in what follows."""
        view = self.cockpit.store.inventory.hosts.get(host)
        making = self.cockpit.making
        if view is None or view.stale:
            await self._leave_because(_no_host(self.cockpit.store.inventory))
            return
        self.say(f"looking around on {host}…", Role.MUTED, 60.0)
        try:
            systems, images, saved = await asyncio.to_thread(
                lambda: (making.systems(), making.images(), _profiles(making))
            )
            around = await look_around(
                self.cockpit.fleet.hypervisor(host), view,
                systems=systems, images=images, cache=making.cache,
            )  # fmt: skip
        except VmtuiError as error:
            await self._leave_because(error)
            return
        self.say("")
        made = follow(answers, around) if answers is not None else defaults(around)
        draft = Draft(made, around, tuple(self._hosts()), self._hosts_closed(), profiles=saved)
        await self._take(self._with_password(draft))
        self._form.focus_field()
        self._look_at_images()

    async def _leave_because(self, error: VmtuiError) -> None:
        """There is nothing to answer for; what was answered for another host stays."""
        if self.draft is not None:
            self.fail(error)
            await self._take(self.draft)
            return
        self._gone = error
        if self.app.screen is self:
            self._go()

    def on_screen_resume(self) -> None:
        """No dialog lies above any more."""
        if self._gone is not None and self.app.screen is self:
            self._go()

    def _go(self) -> None:
        error, self._gone = self._gone, None
        self.app.pop_screen()
        if error is not None and isinstance(self.app.screen, Page):
            self.app.screen.fail(error)

    def _with_password(self, draft: Draft) -> Draft:
        """Somebody must be able to log in: without a key at hand, a password is made up."""
        access = draft.answers.access
        if access.password or access.keys or "access.password" in draft.answers.touched:
            return draft
        made = generate()
        answers = replace(draft.answers, access=replace(access, password=made))
        return replace(draft, answers=answers, generated=made)

    def move(self, draft: Draft) -> None:
        """To another host with these answers."""
        self._move(draft)

    @work(exclusive=True, group="around")
    async def _move(self, draft: Draft) -> None:
        await self._look(draft.around.host, draft.answers)


def _profiles(making: Making) -> tuple[str, ...]:
    return profiles.names(making.profiles) if making.profiles else ()


def _no_host(inventory: Inventory) -> NotFound:
    up = [view for view in inventory.hosts.values() if not view.stale]
    if up and all(view.capabilities.read_only for view in up):
        return NotFound("No host may be changed", "Every connection is read-only.")
    errors = [view.link.error for view in inventory.hosts.values() if view.link.error]
    detail = str(errors[0]) if errors else "A guest needs one to be made on."
    return NotFound("No host is connected", detail, errors[0].hint if errors else "")


def _kept(cockpit: Cockpit) -> tuple[Answers, str] | None:
    """The draft that was left, or the answers of which nothing came, and their host."""
    path, begun = cockpit.making.draft, cockpit.begun
    found = keeping.kept(path) if path is not None else None
    if found is None and begun is not None and begun.in_vain(cockpit.store.inventory):
        return begun.answers, begun.host
    return found
