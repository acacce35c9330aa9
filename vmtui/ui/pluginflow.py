"""A plugin from its key to its job: what it asks, on what it runs, and how it gets the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vmtui import plugin as rows
from vmtui.model.guest import Guest
from vmtui.model.inventory import HostView
from vmtui.plan import plugins
from vmtui.plan.plan import Plan
from vmtui.plugin import PluginEntry
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.choose import Choose, Option
from vmtui.ui.front import Front


async def planned(page: Front, entry: PluginEntry, guests: Sequence[Guest]) -> Plan | None:
    """The plan that runs it, once what must be asked was; None where there is none.

    Raises VmtuiError where its command cannot be filled in.
    """
    views = await _hosts(page, entry)
    inputs = None if views is None else await _inputs(page, entry)
    if views is None or inputs is None:
        return None
    # While the form was open a guest may have changed, or gone.
    inventory = page.cockpit.store.inventory
    now = [one for guest in guests if (one := inventory.guest(guest.key)) is not None]
    plan = _plan(page, entry, now, views, inputs)
    if not plan.empty:
        return plan
    told = plan.refused[0] if plan.refused else None
    reason = f"{clean(told.name, 60)}: {told.reason}" if told else "nothing to run it for"
    page.say(f"{entry.title}: {reason}", Role.WARN)
    return None


def _plan(
    page: Front,
    entry: PluginEntry,
    guests: Sequence[Guest],
    views: Sequence[HostView],
    inputs: Mapping[str, str],
) -> Plan:
    if entry.scope == rows.HOST:
        return plugins.for_hosts(entry, views, inputs)
    hosts = page.cockpit.store.inventory.hosts
    if entry.scope == rows.ALL:
        return plugins.for_all(entry, guests, hosts, inputs)
    return plugins.for_guests(entry, guests, hosts, inputs)


async def _hosts(page: Front, entry: PluginEntry) -> list[HostView] | None:
    """The host that it is meant for: the one at the cursor, else the one that is chosen."""
    if entry.scope != rows.HOST:
        return []
    hosts = page.cockpit.store.inventory.hosts
    here = page.host_here()
    if here is None and len(hosts) > 1:
        options = [Option(host, clean(host, 40), clean(view.uri, 80))
                   for host, view in hosts.items()]  # fmt: skip
        chosen = await page.ask(Choose(f"{entry.title}: which host", options))
        if chosen is None:
            return None
        here = next(host for host in hosts if host == chosen)
    return [view for host, view in hosts.items() if here is None or host == here]


async def _inputs(page: Front, entry: PluginEntry) -> Mapping[str, str] | None:
    """What the person fills in, or None where they would rather not."""
    if not entry.inputs:
        return {}
    from vmtui.ui.form.inputs import Inputs

    return await page.ask(Inputs(entry))
