"""`vmtui doctor`: the check of hosts as a report, or as JSON for programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sys
import textwrap
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.exits import CANCELLED, Exit
from vmtui.cli.finding import Ear, Host
from vmtui.cli.output import shown
from vmtui.errors import TimedOut, VmtuiError
from vmtui.model.finding import VERDICTS, Finding, Level, counts, unreachable, worst

if TYPE_CHECKING:
    from vmtui.cli.hosts import HostChoice
    from vmtui.config import Settings
    from vmtui.hypervisor import Factory

WELL, WARNED, UNREACHED, BADLY = Exit.DONE, 1, Exit.UNREACHED, 7
"""Exit codes; of several hosts the highest counts."""
LIMIT = 120.0
"""Seconds that the check of one host may take."""
SCHEMA = 1
"""Of the JSON; it grows by fields only, else this number does."""

SIGNS = {
    Level.PASS: ("✓", "pass", "32"),
    Level.WARNING: ("!", "warning", "33"),
    Level.FAILURE: ("✗", "failure", "31"),
    Level.UNKNOWN: ("?", "unknown", "2"),
}
"""Glyph, word, and colour (SGR)."""
TITLE = 25
LABEL = 37
WIDEST = 100


@dataclass(frozen=True, slots=True)
class Report:
    """What the check of one host found."""

    name: str
    uri: str
    reached: bool
    findings: tuple[Finding, ...]

    @property
    def code(self) -> int:
        """The exit code for this host alone."""
        if not self.reached:
            return UNREACHED
        level = worst(self.findings)
        return {Level.FAILURE: BADLY, Level.WARNING: WARNED}.get(level, WELL)


def run(given: Namespace, settings: Settings) -> int:
    """Check the hosts and print what was found; the exit code."""
    hosts = wanted_hosts(given, settings)
    try:
        reports = asyncio.run(check(hosts))
    except KeyboardInterrupt:
        return CANCELLED
    if given.json:
        print(json.dumps(record(reports), indent=2, ensure_ascii=False))
    else:
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
        for report in reports:
            print("\n".join(lines(report, width, colour)))
    return max((report.code for report in reports), default=WELL)


async def check(hosts: Sequence[Host]) -> list[Report]:
    """The reports, in the order of the hosts; all are checked at once."""
    return list(await asyncio.gather(*(_check(choice, make) for choice, make in hosts)))


async def _check(choice: HostChoice, make: Factory) -> Report:
    hypervisor, error = make(), None
    try:
        await hypervisor.open(Ear())
    except VmtuiError as why:
        # One that could not be opened is of no more use; a fresh one looks without a connection.
        error, hypervisor = why, make()
    reached = error is None
    findings: tuple[Finding, ...] = ()
    try:
        async with asyncio.timeout(LIMIT):
            findings = await hypervisor.inspect()
    except TimeoutError:
        error = error or TimedOut("The check does not end", f"Not within {LIMIT:g} seconds")
    except VmtuiError as why:
        error = error or why
    finally:
        with contextlib.suppress(VmtuiError):
            await hypervisor.close()
    if error is not None:
        findings = (unreachable(error), *findings)
    return Report(choice.id, choice.uri, reached, findings)


def record(reports: Sequence[Report]) -> dict[str, Any]:
    """The reports as JSON values."""
    return {
        "schema": SCHEMA,
        "verdict": worst(one for report in reports for one in report.findings).value,
        "hosts": [
            {
                "name": report.name,
                "uri": report.uri,
                "reached": report.reached,
                "verdict": worst(report.findings).value,
                "findings": [
                    {
                        "id": finding.id,
                        "title": finding.title,
                        "level": finding.level.value,
                        "seen": finding.seen,
                        "means": finding.means,
                        "mend": finding.mend,
                        "commands": list(finding.commands),
                        "fix": finding.fix or None,
                    }
                    for finding in report.findings
                ],
            }
            for report in reports
        ],
    }


def lines(report: Report, width: int, colour: bool) -> list[str]:
    """A report for a person, `width` columns wide."""
    found = counts(report.findings)
    level = worst(report.findings)
    made = [_bright(f"{shown(report.name)}  {shown(report.uri)}", colour), ""]
    for finding in report.findings:
        glyph, word, code = SIGNS[finding.level]
        sign = _paint(f"{glyph} {word:<8}", code, colour)
        first, *rest = _wrap(shown(finding.seen), max(width - LABEL, 20)) or [""]
        made.append(f" {sign} {shown(finding.title):<{TITLE}} {first}".rstrip())
        made += [" " * LABEL + part for part in rest]
        if finding.level is not Level.PASS:
            made += _advice(finding, width, colour)
    numbers = ", ".join(_number(number, one) for one, number in found.items() if number)
    made += ["", _paint(VERDICTS[level], SIGNS[level][2], colour) + f" ({numbers})", "", ""]
    return made


def _number(number: int, level: Level) -> str:
    many = number > 1 and level in (Level.WARNING, Level.FAILURE)
    return f"{number} {SIGNS[level][1]}{'s' if many else ''}"


def _advice(finding: Finding, width: int, colour: bool) -> list[str]:
    made: list[str] = []
    for words in (finding.means, finding.mend):
        made += [" " * 12 + part for part in _wrap(shown(words), width - 12)]
    # A command is never broken: it is to be copied.
    made += [" " * 12 + _bright(f"$ {shown(command)}", colour) for command in finding.commands]
    if finding.fix:
        made.append(" " * 12 + "(vmtui can do that: key 5, then m)")
    return made


def _wrap(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, max(width, 20), break_long_words=False, break_on_hyphens=False)


def _bright(words: str, colour: bool) -> str:
    return _paint(words, "1", colour)


def _paint(words: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{words}\x1b[0m" if colour else words
