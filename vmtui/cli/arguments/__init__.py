"""The command line's arguments: those of vmtui itself here, each group of commands in its file.

Nothing heavy is imported: `vmtui --help` is part of the cold start.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui import __version__
from vmtui.cli.arguments import consoles, creating, doctor, lists, plugin, tools, upkeep
from vmtui.cli.arguments.sharing import DEMO

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

__all__ = ["parser", "prepared"]

EPILOG = """\
Without --connect, vmtui opens LIBVIRT_DEFAULT_URI; else the hosts in its settings; else the
hypervisor of this machine: qemu:///system where its socket answers, qemu:///session otherwise.

Inside, ? shows every key. `vmtui COMMAND --help` tells what a command takes.
"""


SHELLS = ("bash", "zsh", "fish")
COMPLETION = """\
Print what a shell needs to complete commands, options and guests' names:

  bash   vmtui completion bash > ~/.local/share/bash-completion/completions/vmtui
  zsh    vmtui completion zsh > a folder of $fpath, as _vmtui
  fish   vmtui completion fish > ~/.config/fish/completions/vmtui.fish
"""


def parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """What vmtui takes; where the words begin with a command that only looks, not the verbs."""
    made = argparse.ArgumentParser(
        prog="vmtui",
        description="A terminal console manager for virtual machines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(run="")
    _add_own(made)
    commands = made.add_subparsers(
        dest="command", metavar="COMMAND", title="commands, without the screen"
    )
    lists.add(commands)
    upkeep.add(commands)
    if not words or words[0] not in commands.choices:
        # The registry of all actions is a fifth of what such a command costs.
        from vmtui.cli.arguments import verbs

        verbs.add(commands)
    creating.add(commands)
    tools.add(commands)
    plugin.add(commands)
    consoles.add(commands)
    doctor.add(commands)
    _add_completion(commands)
    return made


def _add_completion(commands: Commands) -> None:
    made = commands.add_parser(
        "completion", help="what a shell completes, as a script for it", description=COMPLETION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(run="vmtui.cli.completion:command")
    made.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def prepared(words: Sequence[str]) -> list[str]:
    """The words with `--demo` closed off where the next one is no fleet: `--demo list` is meant."""
    made = list(words)
    for number, word in enumerate(made):
        if word == "--":
            break
        following = made[number + 1] if number + 1 < len(made) else ""
        if word == "--demo" and "=" not in following:
            made[number] = "--demo="
    return made


def _add_own(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "-c", "--connect", metavar="URI", action="append", default=[],
        help="a libvirt URI, such as qemu+ssh://root@host/system; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "-r", "--read-only", action="store_true",
        help="open read-only: nothing that changes anything is offered",
    )  # fmt: skip
    made.add_argument("--demo", metavar="FLEET", nargs="?", const="", default=None, help=DEMO)
    made.add_argument("--config", metavar="FILE", type=Path, help="settings to use")
    made.add_argument("--theme", metavar="NAME", help="theme to use")
    made.add_argument("--tick", metavar="SECONDS", type=float, help="time between two readings")
    made.add_argument(
        "--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="how much is logged"
    )
    made.add_argument("--keys", action="store_true", help="list every action with its keys")
    made.add_argument("--version", action="version", version=f"vmtui {__version__}")
