"""The wizard and the check of its host: a note on the first page, and the way there and back."""

from __future__ import annotations

from typing import Any

from textual import on, work

from vmtui.engine.checkup import Checkup
from vmtui.errors import VmtuiError
from vmtui.model.inventory import Inventory
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.form.fields import Field
from vmtui.ui.form.form import Form
from vmtui.ui.screens.wizardbegin import WizardBegin
from vmtui.ui.wizard import check
from vmtui.ui.wizard.draft import Draft
from vmtui.ui.wizard.pages import SOURCE


class WizardCheck(WizardBegin):
    """Has the host checked when the wizard opens, and says so where guests do not run well."""

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__(cockpit)
        self._checkup: Checkup | None = None
        """The one that is shown."""
        self._mending = False

    async def looked_again(self, draft: Draft) -> Draft:
        """Look around again; what was answered stays."""
        raise NotImplementedError

    def _fields(self, draft: Draft) -> list[Field[Any]]:
        made = super()._fields(draft)
        if self._page is SOURCE:
            self._checkup = self.cockpit.checkups.latest(draft.around.host)
            made += check.fields(self._checkup)
        return made

    async def _take(self, draft: Draft) -> None:
        checkups, host = self.cockpit.checkups, draft.around.host
        if checkups.latest(host) is None and not checkups.running(host):
            checkups.run(host)
        await super()._take(draft)

    def show(self, inventory: Inventory) -> None:
        """A check has ended, maybe."""
        super().show(inventory)
        draft = self.draft
        if draft is None or self._page is not SOURCE:
            return
        if self.cockpit.checkups.latest(draft.around.host) is not self._checkup:
            self._show_check()

    @work(exclusive=True, group="check")
    async def _show_check(self) -> None:
        if self.draft is not None:
            await self._take(self.draft)

    @on(Form.Pressed)
    def _check_pressed(self, event: Form.Pressed) -> None:
        if event.field == check.BUTTON and self.draft is not None:
            from vmtui.ui.screens.doctor import DoctorScreen

            self._keep()
            self._mending = True
            self.app.push_screen(DoctorScreen(self.cockpit, over=self.draft.around.host))

    def on_screen_resume(self) -> None:
        """From the check's page: what was mended there is looked at."""
        if self._mending:
            self._mending = False
            self._look_at_mended()

    @work(exclusive=True, group="around")
    async def _look_at_mended(self) -> None:
        if self.draft is None:
            return
        try:
            await self._take(await self.looked_again(self.draft))
        except VmtuiError as error:
            self.fail(error)
