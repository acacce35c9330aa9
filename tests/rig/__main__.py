"""A private hypervisor for the hand: ``python -m tests.rig shell --guests tiny=2,idle=20``."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from xml.etree.ElementTree import Element

from tests.rig import Daemon, RigError, idle, packages, start_all, tiny
from tests.rig.initramfs import boot

KINDS: dict[str, Callable[[str], Element]] = {"tiny": tiny, "idle": idle}


def main(words: list[str]) -> int:
    """Do what the command line says and give the exit status."""
    arguments = parse(words)
    try:
        return run(arguments)
    except KeyboardInterrupt:
        return 130
    except RigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person reads it
        return 1


def run(arguments: argparse.Namespace) -> int:
    """Carry out one command."""
    if arguments.command == "packages":
        print("\n".join(packages(arguments.manager)))  # noqa: T201 - this is its output
        return 0
    if arguments.command == "build":
        files = boot()
        print(files.kernel, files.initramfs, sep="\n")  # noqa: T201 - this is its output
        return 0
    # The folder must go when a script ends this process politely, too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    with Daemon() as daemon:
        start_all(daemon.connect(), guests(arguments.guests))
        return stay(daemon, arguments.exec)


def parse(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    shell = commands.add_parser("shell", help="a private hypervisor that stays until Ctrl-C")
    shell.add_argument("--guests", default="tiny=1", help="such as tiny=2,idle=20")
    shell.add_argument(
        "--exec",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run a command with LIBVIRT_DEFAULT_URI set, and end with it",
    )
    listing = commands.add_parser("packages", help="the packages that the rig needs")
    listing.add_argument("manager", nargs="?", default="apt")
    commands.add_parser("build", help="fill the cache")
    return parser.parse_args(words)


def guests(text: str) -> list[Element]:
    """The guests that ``tiny=2,idle=20`` asks for: tiny-1, tiny-2, idle-1 and so on."""
    found = []
    for part in filter(None, text.split(",")):
        kind, _, count = part.partition("=")
        if kind not in KINDS:
            raise SystemExit(f"no such guest: {kind}; there are {', '.join(KINDS)}")
        found += [KINDS[kind](f"{kind}-{number + 1}") for number in range(int(count or 1))]
    return found


def stay(daemon: Daemon, command: list[str] | None) -> int:
    """Run the command, or say where the hypervisor is and wait to be interrupted."""
    if command:
        environment = {**os.environ, "LIBVIRT_DEFAULT_URI": daemon.uri}
        return subprocess.call(command, env=environment)
    print(daemon.uri, flush=True)  # noqa: T201 - this is its output
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
