"""Arguments that many commands have: where to look, which guests, how to print."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.exits import MEANINGS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

CODES = "exit codes:\n" + "".join(f"  {code}  {words}\n" for code, words in MEANINGS.items())
GUESTS = """\
A GUEST is a name, a pattern such as 'web*', a UUID, or HOST/NAME. A name that several hosts have is
refused with the list of them: nothing is guessed.
"""
DEMO = "an imaginary fleet, such as hosts=3,guests=200; no hypervisor is touched"


def command(
    commands: Commands,
    name: str,
    help_: str,
    run: str,
    *,
    about: str = "",
    codes: bool = True,
) -> argparse.ArgumentParser:
    """A command; `run` is `module:function` of what does it, imported on use."""
    sentence = f"{help_[:1].upper()}{help_[1:]}."
    made = commands.add_parser(
        name, help=help_.replace("%", "%%"), description=about or sentence,
        epilog=CODES if codes else None, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(run=run)
    return made


def connecting(made: argparse.ArgumentParser) -> None:
    """Where to look; also possible before the command."""
    made.add_argument(
        "-c", "--connect", metavar="URI", action="append", default=[], dest="command_connect",
        help="where to look, several times; without it as vmtui itself does",
    )  # fmt: skip
    made.add_argument(
        "--demo", metavar="FLEET", nargs="?", const="", default=argparse.SUPPRESS, help=DEMO
    )
    made.add_argument(
        "--config", metavar="FILE", type=Path, default=argparse.SUPPRESS, help="settings to use"
    )


def selecting(made: argparse.ArgumentParser, *, needed: bool) -> None:
    """Which guests: names and patterns, all, or those that a filter leaves."""
    made.add_argument(
        "guests", metavar="GUEST", nargs="*",
        help="a name, a pattern, a UUID or HOST/NAME" + ("" if needed else "; all without"),
    )  # fmt: skip
    filtering(made)
    if needed:
        made.add_argument("--all", action="store_true", help="every guest of these hosts")


def filtering(made: argparse.ArgumentParser) -> None:
    """The same filter as above the table."""
    made.add_argument(
        "-f", "--filter", metavar="TEXT", default="",
        help="only guests that match, as with / above the table",
    )  # fmt: skip


def printing(made: argparse.ArgumentParser) -> None:
    """JSON instead of words."""
    made.add_argument("--json", action="store_true", help="JSON, as docs/json.md describes it")


def running(made: argparse.ArgumentParser) -> None:
    """How a plan is run: on trial, without a question, in silence."""
    made.add_argument(
        "-n", "--dry-run", action="store_true",
        help="print the plan as commands that would do the same, and do nothing",
    )  # fmt: skip
    made.add_argument("-y", "--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--production", action="store_true", help="with --yes: also on hosts marked production"
    )
    made.add_argument("-q", "--quiet", action="store_true", help="no progress on standard error")
    printing(made)
