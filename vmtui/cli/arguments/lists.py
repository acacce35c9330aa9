"""The arguments of the commands that only look."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

TOP = """\
What the guests use, the busiest first. On a terminal it is drawn again each tick until Ctrl-C; into
a pipe, or with -n, it is printed as often as asked, one block (with --json one line) at a time.
"""
EVENTS = """\
What happens to which guest, whoever does it, as it happens: one line each, until Ctrl-C or as often
or as long as asked.
"""

XRAY = """\
What these guests are made of, as a tree each: every disk down its chain of files to the pool,
every interface to its network, lease and address, consoles, channels, host devices, snapshots.
A chain that is broken, by a file that is missing or lies on itself, makes the exit code 1.
"""
AUDIT = """\
What vmtui did on real hosts, from the screen and without it: when, who (and who they were before
sudo, and the address of their ssh client), which guests on which hosts, and how it ended. A word
leaves only entries that have it; !WORD those that have not.
"""


def add(commands: Commands) -> None:
    """`list`, `show`, `top`, `events`, `audit`, `xray`, `pools`, `networks`."""
    _add_list(commands)
    _add_show(commands)
    _add_top(commands)
    _add_events(commands)
    _add_audit(commands)
    _add_xray(commands)
    for name, help_ in (
        ("pools", "the storage pools of the hosts"),
        ("networks", "the virtual networks of the hosts, with their leases"),
    ):
        made = sharing.command(commands, name, help_, f"vmtui.cli.headless.things:{name}")
        sharing.printing(made)
        sharing.connecting(made)


def _add_xray(commands: Commands) -> None:
    made = sharing.command(
        commands, "xray", "guests taken apart: disks to their pools, interfaces to addresses",
        "vmtui.cli.headless.xray:run", about=f"{XRAY}\n{sharing.GUESTS}",
    )  # fmt: skip
    sharing.selecting(made, needed=True)
    sharing.printing(made)
    sharing.connecting(made)


def _add_audit(commands: Commands) -> None:
    made = sharing.command(
        commands, "audit", "what vmtui did, at whose wish, and how it ended",
        "vmtui.cli.headless.auditing:run", about=AUDIT,
    )  # fmt: skip
    made.add_argument("words", metavar="WORD", nargs="*", help="only entries that have it")
    made.add_argument(
        "--since", metavar="WHEN", default="",
        help="a moment (2026-11-25, 2026-11-25T10:30) or how long ago (90m, 12h, 7d)",
    )  # fmt: skip
    sharing.printing(made)


def _add_list(commands: Commands) -> None:
    made = sharing.command(
        commands, "list", "the guests", "vmtui.cli.headless.listing:run",
        about=f"The guests, one a line.\n\n{sharing.GUESTS}",
    )  # fmt: skip
    sharing.selecting(made, needed=False)
    form = made.add_mutually_exclusive_group()
    form.add_argument("--names", action="store_true", help="nothing but the names")
    form.add_argument("--uuids", action="store_true", help="nothing but the UUIDs")
    form.add_argument("--json", action="store_true", help="JSON, as docs/json.md describes it")
    _sorting(made, "name")
    made.add_argument("--figures", action="store_true", help="with CPU, network and disk rates")
    sharing.connecting(made)


def _add_show(commands: Commands) -> None:
    made = sharing.command(
        commands, "show", "all that is known of guests", "vmtui.cli.headless.showing:run",
        about=f"All that is known of these guests.\n\n{sharing.GUESTS}",
    )  # fmt: skip
    sharing.selecting(made, needed=True)
    sharing.printing(made)
    sharing.connecting(made)


def _add_top(commands: Commands) -> None:
    made = sharing.command(
        commands, "top", "what the guests use, again and again", "vmtui.cli.headless.top:run",
        about=TOP,
    )  # fmt: skip
    sharing.selecting(made, needed=False)
    _sorting(made, "cpu")
    made.add_argument("-n", "--count", metavar="N", type=_count, help="so many times, then end")
    made.add_argument("-d", "--delay", metavar="SECONDS", type=float, help="time between two")
    sharing.printing(made)
    sharing.connecting(made)


def _add_events(commands: Commands) -> None:
    made = sharing.command(
        commands, "events", "what happens to the guests, as it happens",
        "vmtui.cli.headless.events:run", about=EVENTS,
    )  # fmt: skip
    sharing.selecting(made, needed=False)
    made.add_argument("--follow", action="store_true", help="until Ctrl-C: so it is without -n")
    made.add_argument("-n", "--count", metavar="N", type=_count, help="end after so many")
    made.add_argument("--for", metavar="SECONDS", type=float, dest="seconds", help="end after")
    sharing.printing(made)
    sharing.connecting(made)


def _sorting(made: argparse.ArgumentParser, by: str) -> None:
    made.add_argument(
        "-s", "--sort", metavar="COLUMN", default=by,
        help=f"a column of the table ({by}); -COLUMN turns it round, written --sort=-COLUMN",
    )  # fmt: skip


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
