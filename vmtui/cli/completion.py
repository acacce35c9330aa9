"""`vmtui completion SHELL`: what bash, zsh or fish completes, made from the arguments.

Guests' names come from `vmtui list --names`, whose answer the shell keeps for some seconds: a
second Tab must not wait for the hosts again.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from pathlib import Path

from vmtui.cli.arguments import parser
from vmtui.config import Settings

KEPT = 20
"""Seconds that the names are kept."""
_NAMES = """\
_vmtui_names() {{
    local kept="${{XDG_RUNTIME_DIR:-${{XDG_CACHE_HOME:-$HOME/.cache}}}}/vmtui.names"
    if [ -z "$(find "$kept" -newermt '-{kept} seconds' 2>/dev/null)" ]; then
        (umask 077; vmtui list --names 2>/dev/null </dev/null >"$kept.$$" && mv -f "$kept.$$" "$kept" || rm -f "$kept.$$")
    fi
    cat "$kept" 2>/dev/null
}}
"""  # noqa: E501
_BASH = """\
_vmtui_guests() {
    # bash puts what is completed on the line as it is, and would expand it: plain names only.
    local name
    _vmtui_names | LC_ALL=C grep -xE '[A-Za-z0-9_][A-Za-z0-9@%_+=:,.-]*' | sort -u |
        while IFS= read -r name; do
            [[ $name == "$1"* ]] && printf '%s\\n' "$name"
        done
}
"""
_ZSH = """\
_vmtui_guests() {
    local -a names
    names=("${(@f)$(_vmtui_names)}")
    compadd -a names
}
"""
_FISH = """\
function _vmtui_guests
    set -l folder $XDG_RUNTIME_DIR
    test -n "$folder"; or set folder $HOME/.cache
    set -l kept $folder/vmtui.names
    if test -z "$(find $kept -newermt '-{kept} seconds' 2>/dev/null)"
        vmtui list --names 2>/dev/null </dev/null >$kept.$fish_pid
        and mv -f $kept.$fish_pid $kept
        or rm -f $kept.$fish_pid
    end
    cat $kept 2>/dev/null
end
"""
GUESTS = {
    "bash": "_vmtui_guests",
    "zsh": "_vmtui_guests",
    "fish": "(_vmtui_guests)",
}
GUEST_ARGUMENTS = frozenset({"guests", "name"})


def command(given: Namespace, settings: Settings) -> int:
    """Print the script for a shell."""
    del settings
    print(script(given.shell))
    return 0


def script(shell: str) -> str:
    """The completion script of that shell: bash, zsh or fish."""
    import shtab

    made = parser()
    for one in _all(made):
        for action in one._actions:
            if action.dest in GUEST_ARGUMENTS and not action.option_strings:
                setattr(action, "complete", GUESTS)  # noqa: B010
            elif action.type is Path:
                setattr(action, "complete", shtab.FILE)  # noqa: B010
    return shtab.complete(made, shell, preamble=_preamble(shell))


def _preamble(shell: str) -> str:
    if shell == "fish":
        return _FISH.replace("{kept}", str(KEPT))
    return _NAMES.format(kept=KEPT) + (_BASH if shell == "bash" else _ZSH)


def _all(made: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parser and those of its commands."""
    found = [made]
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            found += list(action.choices.values())
    return found
