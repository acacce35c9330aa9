"""The arguments of `vmtui plugin`: commands of the person's own, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

ABOUT = f"""\
Run a plugin of the settings, on the guests (or hosts) that are named; without a name, list the
plugins. Its output goes to standard output, and the exit code of a single command is vmtui's own.

{sharing.GUESTS}"""


def add(commands: Commands) -> None:
    """`plugin`."""
    made = sharing.command(
        commands, "plugin", "run a command of your own, from the settings",
        "vmtui.cli.headless.plugin:run", about=ABOUT,
    )  # fmt: skip
    made.add_argument("plugin", metavar="NAME", nargs="?", default="", help="the plugin's name")
    sharing.selecting(made, needed=True)
    made.add_argument(
        "--set", metavar="INPUT=VALUE", action="append", default=[], dest="inputs",
        help="what the screen asks for in a form; several times",
    )  # fmt: skip
    sharing.running(made)
    sharing.connecting(made)
