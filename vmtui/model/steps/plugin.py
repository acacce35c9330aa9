"""A command of the person's own, which the engine runs on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmtui.model.steps.step import Step


@dataclass(frozen=True, slots=True)
class RunPlugin(Step):
    """Run a program here, without a shell; `uuid` is "" where it is for no single guest.

    In the `background` its output is kept; else it has the terminal for itself. It cannot be
    undone, nor finished by another process: nobody knows how far it came.
    """

    plugin: str = ""
    command: tuple[str, ...] = ()
    background: bool = True
    label: ClassVar[str] = "run a command of your own"
