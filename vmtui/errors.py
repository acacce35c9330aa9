"""The errors that vmtui shows to a person.

    VmtuiError                 what happened, why, and how to mend it
    ├── ConnectionFailed       a host could not be reached, or refused us
    ├── ConnectionLost         a host that was up went away in the middle of a call
    ├── NotFound               the guest, volume, ... is not there (any more)
    ├── Refused                the host does not allow this person to do it
    ├── Busy                   another operation holds the object
    ├── Conflict               the name, file or address is taken, or the state forbids it
    ├── Unsupported            this hypervisor or its driver cannot do it
    ├── TimedOut               no answer within the time limit
    └── Invalid                input that cannot be accepted

A hypervisor translates its library's exceptions into these once, at its border.
"""

from __future__ import annotations


class VmtuiError(Exception):
    """An error worth showing: `title` says what, `detail` why, `hint` how to mend it."""

    def __init__(self, title: str, detail: str = "", hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.title, self.detail, self.hint))


class ConnectionFailed(VmtuiError):
    """A host could not be reached, or refused the connection; `hint` names the command to run."""


class ConnectionLost(VmtuiError):
    """The connection went away while a call was under way."""


class NotFound(VmtuiError):
    """The object is not there (any more)."""


class Refused(VmtuiError):
    """The host does not allow this, for lack of a right or because the connection only reads."""


class Busy(VmtuiError):
    """Another operation holds the object; trying again later may work."""


class Conflict(VmtuiError):
    """A name, file or address is taken, or the object's state forbids the operation."""


class Unsupported(VmtuiError):
    """This hypervisor, or this version of it, cannot do it."""


class TimedOut(VmtuiError):
    """No answer came within the time limit."""


class Invalid(VmtuiError):
    """Input that cannot be accepted; `detail` says what would be."""
