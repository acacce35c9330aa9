"""Where the fields of a command stand: which words they begin, and who reads them. Pure.

A value that begins with a dash is an option where it begins an argument; one that another shell
reads again is safe only where it holds nothing that a shell heeds. `Words` follows one simple
command, word by word, and knows both; `vmtui/plugin/shell.py` takes a shell's line apart for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple


class Field(NamedTuple):
    """A field where a character could stand; `several` is one that becomes several arguments."""

    name: str
    several: bool = False

    def __str__(self) -> str:
        return f"{{{self.name}}}"


Pieces = Sequence[str | Field]
"""A text, character by character, with its fields."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field, and what its value may be there."""

    name: str
    bare: bool = False
    """Whether it may begin an argument in which a program looks for options."""
    read_again: bool = False
    """Whether another shell reads it once more, as the one behind ssh does."""


class Unsafe(Exception):
    """A field stands where no value is safe; says why."""


SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish"})
LENDING = {
    "exec": "a", "command": "", "builtin": "", "time": "", ".": "", "source": "", "nohup": "",
    "setsid": "", "env": "CSu", "nice": "n", "ionice": "cn", "timeout": "ks", "sudo": "CDRTUghprtu",
    "doas": "Cu", "xargs": "EILPadns", "coproc": "",
}  # fmt: skip
"""Those that run what follows them, each with its options that take the next word."""
READING = frozenset({"eval", "let", "trap", "alias", "declare", "typeset"})
"""Those that read their arguments as shell, or as arithmetic, in which a shell hides."""
NAMING = frozenset({"export", "readonly", "local", "read", "unset", "getopts"})
"""Those whose arguments are names of variables, in which a shell hides too."""
KEEPING = frozenset({"for", "select", "case", "set"})
"""Those for whose words nobody knows where they go: `--` protects them from nothing."""
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=")
_SCRIPT = re.compile(r"-[A-Za-z]*c[A-Za-z]*")


class Words:
    """One simple command, as far as it was read; in a shell's line assignments may precede it."""

    def __init__(self, *, in_shell: bool) -> None:
        self.head = True
        """Whether the next word is the program."""
        self.program = ""
        self._in_shell = in_shell
        self._lent = ""
        """The program before it, which runs this one."""
        self._skips = False
        """Whether the next word is that one's own, and not its program."""
        self._dashes = False
        self._far = False
        """Whether ssh was told its host: what follows is a command over there."""
        self._timed = False
        self._script = False
        """Whether a shell's script comes next."""
        self._last = ""

    def assigns(self, begun: str) -> bool:
        """Whether a word that begins so gives a variable its value."""
        may = self.head and (self._in_shell or self._lent in ("env", "sudo"))
        may = may or self.program in NAMING
        return may and _ASSIGNMENT.match(begun) is not None

    def take(self, word: str, *, assigns: bool = False) -> None:
        """A whole word, as it is written."""
        if not self.head:
            self._argument(word)
        elif self._skips:
            self._skips = False
        elif not (assigns or self._is_lenders(word)):
            self._begin(word)
        self._last = word

    def _is_lenders(self, word: str) -> bool:
        """Whether it is an argument of the program that runs the one which is to come."""
        if not self._lent:
            return False
        if word.startswith("-"):
            self._skips |= len(word) == 2 and word[1] in LENDING[self._lent]
            return True
        if self._lent == "timeout" and not self._timed:
            self._timed = True
            return True
        return False

    def _is_lenders_own(self, begun: str) -> bool:
        """Whether a word that begins so is never the program."""
        if not self._lent:
            return False
        timing = self._lent == "timeout" and not self._timed
        return self._skips or timing or begun.startswith("-")

    def _begin(self, word: str) -> None:
        name = PurePosixPath(word).name
        if name in LENDING:
            self._lent = name
        else:
            self.head, self.program = False, name

    def _argument(self, word: str) -> None:
        if word == "--":
            self._dashes = self.program not in KEEPING
        elif self._dashes and self.program == "ssh" and not self._far:
            # To the command over there its own `--` has to be said.
            self._dashes, self._far = False, True
        if self.program in SHELLS and _SCRIPT.fullmatch(word):
            self._script = True
        elif not word.startswith(("-", "+")):
            self._script = False

    def place(self, field: Field, begun: str, *, begins: bool) -> Place:
        """Where a field stands in the word that is `begun` so far.

        `begins` says whether all before it in the word may come to nothing. Raises Unsafe.
        """
        if self.assigns(begun):
            # Where the variable goes nobody knows.
            return Place(field.name, begins)
        if self.head:
            if self._is_lenders_own(begun):
                return Place(field.name, begins)
            raise Unsafe(f"the program itself cannot be a field: {field}")
        if self.program in READING:
            raise Unsafe(f"{self.program} reads {field} as shell again")
        if self._script:
            raise Unsafe(f"{self.program} -c reads {field} as shell: give it as an argument, $1")
        of_test = self.program in ("test", "[", "printf") and self._last in ("-v", "-R")
        if self.program in NAMING or of_test:
            raise Unsafe(f"the name of a variable cannot be a field: {field}")
        return Place(field.name, begins and not self._dashes, self.program == "ssh")


def of_arguments(parts: Sequence[Pieces]) -> list[Place]:
    """The fields of a program and its arguments, which no shell reads. Raises Unsafe."""
    words, made = Words(in_shell=False), []
    for part in parts:
        begun = ""
        for piece in part:
            if isinstance(piece, Field):
                made.append(words.place(piece, begun, begins=not begun))
            else:
                begun += piece
        words.take(begun, assigns=words.assigns(begun))
    return made
