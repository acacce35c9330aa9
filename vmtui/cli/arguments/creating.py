"""The arguments of `vmtui create`, made from the table of what can be said of a new guest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing
from vmtui.plan.requestwords import SETTINGS, Setting

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

ABOUT = """\
Make guests, from an image to a login prompt. What is not said is as the wizard would fill it in:
from the system, and from what the host offers. What is wrong is told before anything is done, a
step that fails undoes those before it, and so does Ctrl-C.

  vmtui create --cloud debian13 --name web1 --memory 2G --password-stdin
  vmtui create --iso isos/debian.iso --system debian13 --size 40G --display vnc
  vmtui create --file web.toml --count 3 --name 'web-##' --dry-run
"""
PREFIX = "want_"
"""Before a setting's name in the parsed arguments: some are called as arguments of all commands."""


def add(commands: Commands) -> None:
    """`create`."""
    made = sharing.command(
        commands, "create", "make guests, from an image to a login prompt",
        "vmtui.cli.headless.creating:run", about=ABOUT,
    )  # fmt: skip
    guest = made.add_argument_group("the guest")
    for name, setting in SETTINGS.items():
        _add_setting(guest, name, setting)
    guest.add_argument(
        "--password-stdin", action="store_true",
        help="cloud image: the user's password is the first line of standard input, or typed",
    )  # fmt: skip
    whence = made.add_argument_group("files, profiles and lists")
    whence.add_argument(
        "--file", metavar="FILE", type=Path,
        help="the same names in TOML or YAML (- is standard input); what is an option wins",
    )  # fmt: skip
    whence.add_argument("--profile", metavar="NAME", help="begin with these saved answers")
    whence.add_argument(
        "--save-profile", metavar="NAME",
        help="save the answers, without passwords; with --dry-run nothing else is done",
    )  # fmt: skip
    lists = whence.add_mutually_exclusive_group()
    lists.add_argument("--profiles", action="store_true", help="list the saved profiles")
    lists.add_argument("--images", action="store_true", help="list the cloud images by their ids")
    lists.add_argument(
        "--systems", metavar="WORD", nargs="?", const="",
        help="list the operating systems that are known, or those that fit a word",
    )  # fmt: skip
    made.add_argument("--on", metavar="HOST", default="", help="on which of several hosts")
    made.add_argument(
        "-n", "--dry-run", action="store_true",
        help="print the plan, the definition and a virt-install line, and do nothing",
    )  # fmt: skip
    made.add_argument("-y", "--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--production", action="store_true", help="with --yes: also on hosts marked production"
    )
    made.add_argument("-q", "--quiet", action="store_true", help="no progress, no warnings")
    sharing.printing(made)
    sharing.connecting(made)


def _add_setting(group: argparse._ArgumentGroup, name: str, setting: Setting) -> None:
    flag, dest = f"--{name.replace('_', '-')}", PREFIX + name
    help_ = setting.help.replace("%", "%%")
    if setting.kind == "flag":
        group.add_argument(
            flag, dest=dest, action=argparse.BooleanOptionalAction, default=None, help=help_
        )
    else:
        group.add_argument(
            flag, dest=dest, metavar=setting.metavar, help=help_,
            action="append" if setting.kind == "list" else "store",
        )  # fmt: skip
