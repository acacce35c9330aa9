"""What may be typed next on the command line. Pure but for what the commands ask of the deck."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vmtui.errors import Invalid
from vmtui.model.query import fuzzy
from vmtui.ui.commands.command import Command, Deck
from vmtui.ui.commands.line import replaced, split, typing

MOST = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """One completion: the whole line that it makes, the word that is shown, and what it means."""

    line: str
    word: str
    about: str = ""


def find(commands: Mapping[str, Command], name: str) -> Command:
    """The command of that name, or the only one that begins so; of several the shortest.

    Raises Invalid where there is none.
    """
    if name in commands:
        return commands[name]
    begun = sorted((one for one in commands if one.startswith(name)), key=lambda o: (len(o), o))
    if name and begun:
        return commands[begun[0]]
    near = best(name, commands)
    hint = f"did you mean {near[0]}?" if near else "? lists them all"
    raise Invalid(f"there is no command {name}", hint)


def best(pattern: str, words: Iterable[str]) -> list[str]:
    """The words that match, the best first: those that begin so, then by fuzzy score."""
    scored = []
    for number, word in enumerate(words):
        points = fuzzy.score(pattern, word)
        if points is not None:
            begins = word.casefold().startswith(pattern.casefold())
            scored.append((not begins, -points if pattern else 0, number, word))
    return [entry[-1] for entry in sorted(scored)]


def offers(deck: Deck, commands: Mapping[str, Command], text: str) -> list[Offer]:
    """What may stand in place of the word that is being typed, the best first."""
    before, last = typing(text)
    if not before:
        return [
            Offer(f"{name} " if commands[name].usage else name, name, commands[name].help)
            for name in best(last, commands)[:MOST]
        ]
    try:
        command = find(commands, split(text)[0])
    except Invalid:
        return []
    head, comma, tail = last.rpartition(",")
    options = command.complete(deck, before)
    found = best(tail, dict.fromkeys(itertools.islice(options, 2000)))[:MOST]
    return [Offer(replaced(text, f"{head}{comma}{word}"), word) for word in found]


def hint(commands: Mapping[str, Command], text: str) -> str:
    """The command's arguments and what it does."""
    name, _ = split(text)
    if not name:
        return "a command, or the beginning of one; Tab completes, Up goes back"
    try:
        command = find(commands, name)
    except Invalid as error:
        return str(error)
    return f"{command.id} {command.usage}".strip() + f"  {command.help}"
