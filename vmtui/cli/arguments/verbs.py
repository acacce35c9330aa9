"""The arguments of the verbs on guests, made from the registry: a row there is a command here.

Verbs that need an answer (a new name, which keys) have it as an argument, in `OWN`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing
from vmtui.ui.actions import ACTIONS, ON_GUESTS, Action

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

RUN = "vmtui.cli.headless.verb:run"
RUNS: Mapping[str, str] = {"freeze": "vmtui.cli.headless.plugin:freeze"}
"""Verbs that another room runs."""
EXTRA: Mapping[str, str] = {
    "freeze": """\
With --run a command of this machine runs while they are frozen, once for each guest and without a
shell, and they are thawed behind it: also where it fails, or is interrupted. Fields in braces are
filled in as in a plugin's command: vmtui freeze db1 --run lvcreate -s -L 5G -n snap vg/{name}
A guest that is off is not frozen, and the command runs.
""",
}
"""What else there is to say of a verb."""

Add = Callable[[argparse.ArgumentParser], None]


def headless() -> list[Action]:
    """The verbs on guests that are commands: all but those that `exec` and `cp` do."""
    return [action for action in ACTIONS if action.scope in ON_GUESTS and action.id not in OTHERS]


def add(commands: Commands) -> None:
    """A command for each verb of the registry."""
    for action in headless():
        about = f"{action.label}: {action.help}.\n\n{sharing.GUESTS}"
        about = f"{about.rstrip()}\n\n{EXTRA[action.id]}" if action.id in EXTRA else about
        run = RUNS.get(action.id, RUN)
        made = sharing.command(commands, action.id, action.help, run, about=about)
        if action.id in FIRST:
            FIRST[action.id](made)
        if action.id in SINGLE:
            made.add_argument("guests", metavar="GUEST", nargs=1, help="the guest")
            made.set_defaults(filter="", all=False)
        else:
            sharing.selecting(made, needed=True)
        if action.id in OWN:
            OWN[action.id](made)
        sharing.running(made)
        sharing.connecting(made)


def _shutdown(made: argparse.ArgumentParser) -> None:
    made.add_argument("--no-wait", action="store_true", help="ask it, and do not wait until off")
    _waiting_for(made)


def _waiting_for(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--patience", metavar="SECONDS", type=_seconds, default=None,
        help="how long it may take before it is said not to obey (the settings' 60)",
    )  # fmt: skip
    made.add_argument(
        "--limit", metavar="SECONDS", type=_seconds, default=None,
        help="give up waiting after so long",
    )  # fmt: skip


def _escalating(made: argparse.ArgumentParser) -> None:
    _shutdown(made)
    _then(made)


def _then(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--then", choices=("agent", "destroy"), action="append", default=[],
        help="what to do to a guest that does not obey; twice for one after the other",
    )  # fmt: skip


def _autostart(made: argparse.ArgumentParser) -> None:
    group = made.add_mutually_exclusive_group()
    group.add_argument("--on", action="store_true", help="start it with the host")
    group.add_argument("--off", action="store_true", help="no longer; without either: the other")


def _delete(made: argparse.ArgumentParser) -> None:
    made.add_argument("--keep-volumes", action="store_true", help="leave its volumes in place")


def _rename(made: argparse.ArgumentParser) -> None:
    made.add_argument("to", metavar="NEW", help="its new name")


def _freeze(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--run", metavar="COMMAND", dest="words", nargs=argparse.REMAINDER, default=[],
        help="run this here meanwhile and thaw them again; all that follows is the command",
    )  # fmt: skip


def _tag(made: argparse.ArgumentParser) -> None:
    for name, about in (("--add", "a tag to give"), ("--remove", "a tag to take away")):
        made.add_argument(name, metavar="TAG", action="append", default=[], help=about)


def _group(made: argparse.ArgumentParser) -> None:
    made.add_argument("--to", metavar="NAME", default="", help="its name; without: out of any")


def _note(made: argparse.ArgumentParser) -> None:
    made.add_argument("--text", default="", help="what it says; without: no note any more")


def _order(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--to",
        metavar="N",
        default=None,
        help="its place, the lowest is started first; without: out of the order",
    )
    made.add_argument(
        "--delay",
        metavar="TIME",
        default=None,
        help="how long those after it wait at most until it is up: 30s, 2m",
    )


def _starting_in_order(made: argparse.ArgumentParser) -> None:
    _keep_going(made)
    made.add_argument(
        "--up-limit", metavar="SECONDS", type=_seconds, default=None,
        help="how long to wait at most for the agent of a guest that has no delay (120)",
    )  # fmt: skip


def _stopping_in_order(made: argparse.ArgumentParser) -> None:
    _keep_going(made)
    _waiting_for(made)
    _then(made)


def _keep_going(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "-k", "--keep-going", action="store_true", help="go on with the others where one fails"
    )


def _send_keys(made: argparse.ArgumentParser) -> None:
    from vmtui.plan.consoles import SEQUENCES

    made.add_argument(
        "sequence", metavar="KEYS", choices=tuple(SEQUENCES),
        help=f"one of {', '.join(SEQUENCES)}",
    )  # fmt: skip


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 86400")
    return value


def _user(made: argparse.ArgumentParser) -> None:
    made.add_argument("--user", metavar="NAME", required=True, help="the user inside the guest")


def _key(made: argparse.ArgumentParser) -> None:
    _user(made)
    made.add_argument(
        "--key", metavar="FILE", type=Path, required=True, help="a public key: a file in .pub"
    )


OTHERS = frozenset({"run-command", "copy-in", "copy-out"})

FIRST: Mapping[str, Add] = {"send-keys": _send_keys}
"""Arguments that stand before the guests."""


def _installing(made: argparse.ArgumentParser) -> None:
    from vmtui.cli.arguments.tools import installing

    installing(made)


SINGLE = frozenset({"rename", "install-tools"})
"""Verbs for one guest at a time."""

OWN: Mapping[str, Add] = {
    "shutdown": _escalating,
    "shutdown-agent": _shutdown,
    "autostart": _autostart,
    "delete": _delete,
    "freeze": _freeze,
    "rename": _rename,
    "tag": _tag,
    "group": _group,
    "note": _note,
    "order": _order,
    "start-in-order": _starting_in_order,
    "shutdown-in-order": _stopping_in_order,
    "set-password": _user,
    "add-key": _key,
    "install-tools": _installing,
}
