"""The exit codes of everything that runs without the screen, and which error has which."""

from __future__ import annotations

from enum import IntEnum

from vmtui.errors import (
    ConnectionFailed,
    ConnectionLost,
    Invalid,
    NotFound,
    VmtuiError,
)


class Exit(IntEnum):
    """What the exit code says; a signal's is 128 and its number (130: Ctrl-C, 141: closed pipe)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    """The command line or the settings make no sense."""
    UNFOUND = 3
    """There is no such guest, or the words fit several; nothing was done."""
    UNREACHED = 4
    """A host that was asked for did not answer."""
    REFUSED = 5
    """A guest that was named is in no state for it; the others were seen to."""
    DECLINED = 6
    """Not confirmed: a no, or no terminal to ask on and no --yes; nothing was done."""


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "something failed; what was done was undone, or is told as left over",
    Exit.USAGE: "the command line makes no sense",
    Exit.UNFOUND: "no such guest, or several are meant by one name; nothing was done",
    Exit.UNREACHED: "a host did not answer",
    Exit.REFUSED: "a guest that was named is in no state for it",
    Exit.DECLINED: "not confirmed: nothing was done",
}
"""In words, for the help and the manual page."""

SIGNALLED = 128
CANCELLED = SIGNALLED + 2
CLOSED_PIPE = SIGNALLED + 13


class Unfound(VmtuiError):
    """What was said fits no guest, or several."""


class Declined(VmtuiError):
    """The person would rather not, or could not be asked."""


def code_of(error: VmtuiError) -> int:
    """The exit code for an error that ended a command."""
    if isinstance(error, (Unfound, NotFound)):
        return Exit.UNFOUND
    if isinstance(error, Declined):
        return Exit.DECLINED
    if isinstance(error, (ConnectionFailed, ConnectionLost)):
        return Exit.UNREACHED
    return Exit.USAGE if isinstance(error, Invalid) else Exit.FAILED
