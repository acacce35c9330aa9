"""The arguments of the commands that have to do with consoles."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

CONSOLE = """\
Sit at a guest's serial or virtio console in this very terminal, as with virsh console: Ctrl-]
leaves (or the chord in the settings), all other keys go to the guest.

What the guest prints reaches your terminal as it comes, escape sequences included. A guest that
you do not trust is better looked at in vmtui's own pane, which passes on nothing but characters
and colours.

Where the input is a pipe or a file, its bytes are sent as they are; after its end the console is
left as soon as nothing was printed for a second.
"""
CONSOLE_CODES = """\
The exit code is 0 when you leave or the guest is off, 1 on an error, 3 where there is no such
guest or several, 128 and its number on a signal.
"""
REPLAY = """\
Run a file of console bytes (vmtui console --log, a <log> of libvirt), or a recording as an
asciicast, through the terminal of the console pane, and print the screen that it leaves: with its
colours, or as text. Nothing else in the file reaches your terminal.
"""


def add(commands: Commands) -> None:
    """`console` and `replay`."""
    _add_console(commands)
    _add_replay(commands)


def _add_console(commands: Commands) -> None:
    made = commands.add_parser(
        "console", help="a guest's console in this terminal", description=CONSOLE,
        epilog=CONSOLE_CODES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(run="vmtui.cli.console:command")
    made.add_argument(
        "name", metavar="NAME", help="the guest's name, UUID or number (libvirt's ID)"
    )
    made.add_argument(
        "-c", "--connect", metavar="URI", action="append", default=[], dest="command_connect",
        help="where it may be, several times; the first host that has it is taken",
    )  # fmt: skip
    made.add_argument(
        "--device", metavar="ALIAS", default="",
        help="the console's alias, such as serial0 or console1; the first one without",
    )  # fmt: skip
    made.add_argument("--force", action="store_true", help="take it over from whoever has it open")
    made.add_argument(
        "--log", metavar="FILE", type=Path, help="keep the guest's bytes in a new file"
    )
    made.add_argument(
        "--record", metavar="FILE", type=Path, help="record to a new file, as an asciicast"
    )


def _add_replay(commands: Commands) -> None:
    made = commands.add_parser(
        "replay", help="the final screen of a file of console bytes", description=REPLAY,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.set_defaults(run="vmtui.cli.replay:command")
    made.add_argument("file", metavar="FILE", type=Path, help="console bytes, or an asciicast")
    made.add_argument("--cols", metavar="N", type=_cells, default=80, help="columns (80)")
    made.add_argument("--rows", metavar="N", type=_cells, default=24, help="rows (24)")
    made.add_argument("--text", action="store_true", help="the text only")


def _cells(text: str) -> int:
    """A number of columns or rows."""
    number = int(text)
    if not 1 <= number <= 500:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 500")
    return number
