"""Tags, group, note and order: what is there to begin with, and what is to be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vmtui.errors import VmtuiError
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest, HostId, Labels
from vmtui.model.labels import group_problem, note_problem, reordered, retagged
from vmtui.plan import labels
from vmtui.plan.build import whom
from vmtui.plan.plan import Plan
from vmtui.ui.cells import Role, clean
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.front import Front


async def planned(
    page: Front,
    verb: str,
    guests: Sequence[Guest],
    capabilities: Mapping[HostId, Capabilities],
    given: str = "",
) -> Plan | None:
    """The plan for what was typed, or `given` before; None for none.

    Raises Invalid where it cannot be written.
    """
    typed = given or await _typed(page, verb, guests)
    if typed is None:
        return None
    plan = _plan(verb, guests, typed.strip(), capabilities)
    if not plan.tracks:
        page.say(f"{plan.title}: nothing changes", Role.MUTED)
        return None
    return plan


async def _typed(page: Front, verb: str, guests: Sequence[Guest]) -> str | None:
    names = whom([clean(guest.name, 50) for guest in guests])
    now = labels.labels_of(guests[0])
    # What some of several guests have must not be written on all by a mere Enter.
    alone = len(guests) == 1
    if verb == "tag":
        asked = Prompt(f"Tags of {names}", "", _tag_problem,
                       f"web or +web adds one, -web takes it away  {_there(now.tags)}")  # fmt: skip
    elif verb == "group":
        asked = Prompt(f"Group of {names}", clean(now.group) if alone else "", group_problem,
                       "empty for none")  # fmt: skip
    elif verb == "order":
        asked = Prompt(
            f"Order of {names}",
            _order_words(now) if alone else "",
            _order_problem,
            "10 delay=30s: those after it wait until it is up; none takes it out",
        )
    else:
        asked = Prompt(f"Note on {names}", clean(now.note, 2000) if alone else "", note_problem,
                       "empty for none")  # fmt: skip
    return await page.ask(asked)


def _plan(
    verb: str, guests: Sequence[Guest], typed: str, capabilities: Mapping[HostId, Capabilities]
) -> Plan:
    if verb == "tag":
        return labels.tag(guests, typed.split(), capabilities)
    if verb == "order":
        return labels.order(guests, typed.split(), capabilities)
    make = labels.group if verb == "group" else labels.note
    return make(guests, typed, capabilities)


def _there(tags: Sequence[str]) -> str:
    return clean(f"(there: {' '.join(tags)})", 200) if tags else ""


def _tag_problem(typed: str) -> str | None:
    if not typed.split():
        return "a tag is needed"
    try:
        retagged(Labels(), typed.split())
    except VmtuiError as error:
        return error.detail or error.title
    return None


def _order_words(now: Labels) -> str:
    if now.order is None:
        return ""
    return f"{now.order} delay={now.delay}s" if now.delay else str(now.order)


def _order_problem(typed: str) -> str | None:
    if not typed.split():
        return "a number is needed, or none"
    try:
        # A delay alone is right where there is an order already.
        reordered(Labels(order=0), typed.split())
    except VmtuiError as error:
        return error.detail or error.title
    return None
