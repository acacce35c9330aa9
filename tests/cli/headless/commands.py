"""Commands on the demo fleet, run in this very process, and what they print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from vmtui.cli.main import main

FLEET = "--demo=hosts=2,guests=10,lively=0"
"""Two hosts with guests of the same names: cache1 (saved), db1, dns1, mail1 (crashed), web1."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.out.splitlines()


@dataclass(frozen=True)
class Commands:
    """Runs commands."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str, fleet: str = FLEET) -> Ran:
        """Run `vmtui` with these words."""
        self.capture.readouterr()
        code = main([*([fleet] if fleet else []), *words])
        told = self.capture.readouterr()
        return Ran(code, told.out, told.err)
