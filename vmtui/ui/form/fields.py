"""The fields of a form, as data: what they say of the form's state, and how they change it.

A field never keeps a value. `read` takes it out of the state, `write` gives a new state; what
cannot be accepted raises Invalid, and its title stands under the field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vmtui.ui.dialogs.choose import Option
from vmtui.ui.lines import Line

S = TypeVar("S")


def always(_state: object) -> bool:
    """A field that is there in every state."""
    return True


@dataclass(frozen=True, kw_only=True)
class Field(Generic[S]):
    """What every field has."""

    id: str
    """Also the key of its problems."""
    label: str
    help: str = ""
    """One or two sentences for whoever stands on it."""
    expert: bool = False
    """Folded away until it is asked for."""
    shown: Callable[[S], bool] = always


@dataclass(frozen=True, kw_only=True)
class TextField(Field[S]):
    """A line to type in."""

    read: Callable[[S], str]
    write: Callable[[S, str], S]
    note: Callable[[S], str] = lambda _state: ""
    """Words behind the value, such as what a size is out of."""
    placeholder: str = ""
    secret: bool = False
    path: bool = False
    """Whether it is a path of this machine, which is completed as it is typed."""


@dataclass(frozen=True, kw_only=True)
class ChoiceField(Field[S]):
    """One of several."""

    read: Callable[[S], str]
    """The chosen one's id."""
    write: Callable[[S, str], S]
    choices: Callable[[S], Sequence[Option]]


@dataclass(frozen=True, kw_only=True)
class ToggleField(Field[S]):
    """Yes or no."""

    read: Callable[[S], bool]
    write: Callable[[S, bool], S]
    note: Callable[[S], str] = lambda _state: ""


@dataclass(frozen=True, kw_only=True)
class ManyField(Field[S]):
    """Any number of several."""

    read: Callable[[S], Sequence[str]]
    write: Callable[[S, tuple[str, ...]], S]
    choices: Callable[[S], Sequence[Option]]
    none: str = "none"


@dataclass(frozen=True, kw_only=True)
class ButtonField(Field[S]):
    """Something to press; who owns the form does it."""

    words: Callable[[S], str]


@dataclass(frozen=True, kw_only=True)
class NoteField(Field[S]):
    """Lines to read; the width to lay them out in is given."""

    lines: Callable[[S, int], Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a field. A warning does not keep anybody from going on."""

    field: str
    words: str
    warning: bool = False
