"""What the pages edit: the answers, what they are given for, and how the pages are folded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from vmtui.errors import Invalid
from vmtui.model.spec import InterfaceSpec
from vmtui.model.units import GIB, MIB, parse_size
from vmtui.plan.answers import Answers, DiskAnswer, Origin
from vmtui.plan.defaults import follow
from vmtui.plan.problem import Problem, Severity
from vmtui.plan.rules import problems
from vmtui.plan.surroundings import Surroundings
from vmtui.ui.form.fields import Trouble

DIGITS = 12
_UNITS = {"T": 1024 * GIB, "G": GIB, "M": MIB, "K": 1024}


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """One state of the wizard."""

    answers: Answers
    around: Surroundings
    hosts: tuple[str, ...] = ()
    """Where a guest can be made."""
    closed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Hosts on which none can be made now, and why."""
    ways: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By which way an origin is given (`file`, `url`), where none of the known ones is."""
    generated: str = field(default="", repr=False)
    """A password that nobody chose."""
    profiles: tuple[str, ...] = ()
    """The names of saved answers."""
    profile: str = ""
    """Which of them these answers began with, or ""."""

    def way(self, name: str) -> str:
        """How the origin of that name is given: `file`, `url` or "" (one that is known)."""
        return self.ways.get(name, "")

    def troubles(self) -> list[Trouble]:
        """What is wrong, for the fields that show it."""
        return [trouble(problem) for problem in problems(self.answers, self.around)]


def trouble(problem: Problem) -> Trouble:
    """A problem under its field."""
    return Trouble(problem.field, str(problem), problem.severity is Severity.WARNING)


def put(draft: Draft, *changed: str, **values: Any) -> Draft:
    """The draft with these answers; what follows from them is adapted.

    `changed` names the fields where they are not those of `values` themselves.
    """
    answers = replace(draft.answers, **values)
    return replace(draft, answers=follow(answers, draft.around, *(changed or values)))


def put_origin(draft: Draft, name: str, origin: Origin, way: str = "") -> Draft:
    """Another image, kernel or initrd, given in that way."""
    ways = MappingProxyType({**draft.ways, name: way})
    return replace(put(draft, **{name: origin}), ways=ways)


def put_access(draft: Draft, name: str, value: Any) -> Draft:
    """Something else for cloud-init."""
    access = replace(draft.answers.access, **{name: value})
    return put(draft, f"access.{name}", access=access)


def put_disk(draft: Draft, index: int, **values: Any) -> Draft:
    """A disk, changed."""
    disks = list(draft.answers.disks)
    disks[index] = replace(disks[index], **values)
    return put(draft, *(f"disks.{index}.{name}" for name in values), disks=tuple(disks))


def put_interface(draft: Draft, index: int, **values: Any) -> Draft:
    """A network interface, changed."""
    nics = list(draft.answers.interfaces)
    nics[index] = replace(nics[index], **values)
    changed = (f"interfaces.{index}.{name}" for name in values)
    return put(draft, *changed, interfaces=tuple(nics))


def add_disk(draft: Draft) -> Draft:
    """One more empty disk, like the last one."""
    disks = draft.answers.disks
    like = replace(disks[-1], place=None, size=20 * GIB) if disks else DiskAnswer()
    return put(draft, f"disks.{len(disks)}.size", disks=(*disks, like))


def add_interface(draft: Draft) -> Draft:
    """One more interface, like the last one."""
    nics = draft.answers.interfaces
    like = replace(nics[-1], mac="", boot=0) if nics else InterfaceSpec()
    return put(draft, "interfaces", interfaces=(*nics, like))


def drop_last(draft: Draft, name: str) -> Draft:
    """Without the last disk or interface."""
    items = getattr(draft.answers, name)
    return put(draft, name, **{name: items[:-1]})


def amount(text: str) -> int:
    """Bytes of a size. Raises Invalid where it is none."""
    try:
        return parse_size(text)
    except ValueError as error:
        raise Invalid(str(error)) from None


def amount_text(count: int) -> str:
    """Bytes as `amount` reads them, without loss: `20G`, `1536M`."""
    for unit, bytes_ in _UNITS.items():
        if count and count % bytes_ == 0:
            return f"{count // bytes_}{unit}"
    return f"{count / GIB:.3f}G" if count else "0G"


def whole(text: str, least: int = 0, most: int = 999_999) -> int:
    """A whole number. Raises Invalid where it is none, less than `least` or more than `most`."""
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > DIGITS or not least <= int(digits) <= most:
        raise Invalid(f"A whole number from {least} to {most}")
    return int(digits)


def words(text: str) -> tuple[str, ...]:
    """What is separated by commas or spaces."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)
