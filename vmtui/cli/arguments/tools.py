"""The arguments of the commands that talk to a guest's agent: exec, cp and tools."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing
from vmtui.model.installing import Way

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

EXEC = """\
Run a command inside a guest through its agent: no network, no login, as root (on Windows as
SYSTEM). No shell reads the command unless it names one: vmtui exec web1 -- sh -c 'df | sort'.

What it prints is kept until it ends, 1 MiB of standard output and as much of standard error; a
command that prints more is ended. Where the input is a pipe or a file, up to 96 KiB of it are the
command's input. On a terminal control characters are left out of what is printed, unless --raw.
"""
EXEC_CODES = """\
The exit code is the command's own; 124 where it did not end in time and was killed, 125 where
vmtui failed (no such guest, no agent, a blocked command), 127 where there is no such program,
128 and its number where a signal ended it.
"""
COPY = """\
Copy one file into a guest or out of it, through its agent: vmtui cp notes.txt web1:/root/ or
vmtui cp web1:/var/log/syslog . (a file of this machine whose name has a colon: ./a:b).

A file is written under a temporary name and renamed when it is whole and the SHA-256 of both
sides agree; what a cut copy left is taken up by the next one. Where the agent runs no commands,
a copy into the guest is written under its own name, and checked by reading it back.
"""
COPY_CODES = """\
The exit code is 0 when it is copied, 1 on an error, 3 where there is no such guest or several,
4 where a host did not answer, 6 where the target is there and --force was not given, 128 and its
number on a signal.
"""
TOOLS = """\
Tell how a guest's tools (its qemu-guest-agent) stand, what they can do, and the next step.

With --install they are installed first: at its serial console where somebody is logged in, by ssh
where there is a key, from an ISO, or into the disk of a guest that is off. Every command is shown
before it is run; with --dry-run that is all. A password for sudo is asked for, and kept nowhere.
"""
TOOLS_CODES = """\
The exit code is 0 where the agent answers, 1 on an error, 3 where there is no such guest or
several, 4 where a host did not answer, 10 where no agent answers, 11 where there is no channel
for one, 12 where the agent is out of date.
"""


def add(commands: Commands) -> None:
    """Add the three commands."""
    made = _command(commands, "exec", "run a command inside a guest", "commandline", EXEC)
    made.epilog = EXEC_CODES
    _name(made)
    made.add_argument("words", metavar="COMMAND", nargs="+", help="the command, after --")
    made.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=None,
        help="kill it when so many seconds have passed (never)",
    )  # fmt: skip
    made.add_argument("--raw", action="store_true", help="print what it prints as it is")
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made = _command(commands, "cp", "copy a file into a guest or out of it", "copying", COPY)
    made.epilog = COPY_CODES
    made.add_argument("source", metavar="SOURCE", help="a file, or NAME:PATH in a guest")
    made.add_argument("target", metavar="TARGET", help="a file or folder, or NAME:PATH")
    made.add_argument("-f", "--force", action="store_true", help="write over what is there")
    made.add_argument("-q", "--quiet", action="store_true", help="say nothing of its progress")
    made.add_argument("--json", action="store_true", help="print one JSON object")
    made = _command(commands, "tools", "how a guest's tools stand", "tools", TOOLS)
    made.epilog = TOOLS_CODES
    _name(made)
    made.add_argument(
        "--install", action="store_true", help="install the agent, as the verb install-tools does"
    )
    installing(made)
    made.add_argument("-n", "--dry-run", action="store_true", help="show what would be done")
    made.add_argument("-y", "--yes", action="store_true", help="do not ask")
    made.add_argument(
        "--production", action="store_true", help="with --yes: also on hosts marked production"
    )
    made.add_argument("-q", "--quiet", action="store_true", help="no progress on standard error")
    made.add_argument("--json", action="store_true", help="print one JSON object")


def installing(made: ArgumentParser) -> None:
    """How guest tools are installed."""
    made.add_argument(
        "--by", choices=[way.value for way in Way], default="",
        help="at its console, by ssh, from an ISO, or into its disk; without it the first way "
        "that can be gone",
    )  # fmt: skip
    made.add_argument(
        "--device", metavar="NAME", default="", help="which console, as its host names it (serial0)"
    )
    made.add_argument(
        "--user", metavar="NAME", default="root", help="whom ssh logs in as; needs sudo (root)"
    )
    made.add_argument(
        "--address", metavar="HOST[:PORT]", default="",
        help="where ssh finds the guest; without it at the address that is known of it",
    )  # fmt: skip
    made.add_argument(
        "--key", metavar="FILE", type=Path, default=None, help="ssh's private key (ssh's own)"
    )
    made.add_argument(
        "--restart", action="store_true",
        help="turn it off and on again, where only that gives it the agent's channel",
    )  # fmt: skip


def _command(commands: Commands, name: str, words: str, module: str, about: str) -> ArgumentParser:
    run = f"vmtui.cli.inside.{module}:run"
    made = sharing.command(commands, name, words, run, about=about, codes=False)
    sharing.connecting(made)
    return made


def _name(made: ArgumentParser) -> None:
    made.add_argument(
        "name", metavar="NAME", help="the guest's name, UUID or number (libvirt's ID)"
    )


def _seconds(text: str) -> float:
    """A time limit."""
    seconds = float(text)
    if not 0 < seconds <= 1e7:
        raise argparse.ArgumentTypeError(f"{text} is no time limit")
    return seconds
