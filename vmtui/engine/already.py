"""Whether a step that fails was done before: by what was interrupted, or by somebody quicker."""

from __future__ import annotations

from vmtui.engine.journal import FINISH, UNDO
from vmtui.errors import Conflict, NotFound
from vmtui.model.guest import Guest, GuestState
from vmtui.model.steps import (
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    EjectMedium,
    ManagedSave,
    Rename,
    Resume,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    WaitReady,
)
from vmtui.plan.inorder import IN_ORDER

OF_A_GUEST = (WaitReady, EjectMedium)
"""These have no meaning without their guest; what comes after them may still."""
REMOVALS = (Destroy, DiscardSaved, DeleteSnapshots, Undefine)
SWITCHES = (Start, Suspend, Resume, ManagedSave)


def was_done(
    verb: str, number: int, step: Step, error: NotFound | Conflict, guest: Guest | None
) -> bool:
    """Whether the step of that number, in a plan of that verb, failed because it was done."""
    missing = isinstance(error, NotFound)
    if verb in IN_ORDER and isinstance(step, (Start, Shutdown)):
        # Its state was another when the plan was made.
        wanted = isinstance(step, Start)
        return not missing and guest is not None and guest.state.active is wanted
    if verb not in (FINISH, UNDO):
        return False
    if isinstance(step, OF_A_GUEST) or (verb == UNDO and isinstance(step, REMOVALS)):
        return missing
    if number != 0:
        return False
    if isinstance(step, Rename):
        return guest is not None and guest.name == step.new
    if missing and isinstance(step, DeleteVolume):
        # Where no pool knows the file, it may be there still: an undoing would lose it from sight.
        return verb == FINISH
    if missing:
        return isinstance(step, REMOVALS)
    return isinstance(step, SWITCHES) and (guest is None or _is_so(step, guest))


def _is_so(step: Step, guest: Guest) -> bool:
    """Whether the guest is as the step would have it."""
    match step:
        case Start():
            return guest.state.active
        case Suspend():
            return guest.state is GuestState.PAUSED
        case Resume():
            return guest.state is GuestState.RUNNING
        case _:
            return guest.saved is not False
