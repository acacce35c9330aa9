"""The arguments of `vmtui hosts`: which hosts there are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

RUN = "vmtui.cli.headless.hosts"
ABOUT = """\
The hosts and how their connections stand; add, remove and test change and try those of the
settings, whose comments stay.
"""


def add(commands: Commands) -> None:
    """`hosts`, with `list`, `add`, `remove` and `test` below it."""
    made = sharing.command(
        commands, "hosts", "the hosts: list, add, remove, test", f"{RUN}:show", about=ABOUT
    )
    sharing.printing(made)
    sharing.connecting(made)
    below = made.add_subparsers(dest="action", metavar="ACTION", title="actions")
    listed = sharing.command(below, "list", "the hosts and how they stand", f"{RUN}:show")
    sharing.printing(listed)
    sharing.connecting(listed)
    _add(below)
    gone = sharing.command(below, "remove", "take a host out of the settings", f"{RUN}:remove")
    gone.add_argument("host", metavar="HOST", help="its name, or its address")
    _config(gone)
    tried = sharing.command(below, "test", "try to connect to a host", f"{RUN}:test")
    tried.add_argument("host", metavar="HOST", help="its name in the settings, or any address")
    _config(tried)


def _add(below: Commands) -> None:
    made = sharing.command(below, "add", "put a host into the settings", f"{RUN}:add")
    made.add_argument("uri", metavar="URI", help="libvirt's address of it")
    made.add_argument("--name", metavar="NAME", default="", help="what it is called")
    made.add_argument("--read-only", action="store_true", dest="host_read_only",
                      help="nothing can be changed there from here")  # fmt: skip
    made.add_argument("--production", action="store_true",
                      help="what is risky there takes a typed word")  # fmt: skip
    made.add_argument("--test", action="store_true", help="only where it answers")
    _config(made)


def _config(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--config", metavar="FILE", type=Path, default=argparse.SUPPRESS, help="settings to use"
    )
