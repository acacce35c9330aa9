"""Reads the audit log: one entry for each job, its beginning and its end put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vmtui.engine.audit import KEPT, older_file

MOST = 5000
"""Entries that are read: the newest."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What was done to one guest."""

    host: str
    uuid: str
    name: str
    steps: tuple[str, ...] = ()
    state: str = ""
    """How it ended; "" where that is not known."""
    words: str = ""
    error: str = ""
    not_undone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One job. `begun` and `ended` are seconds since the epoch."""

    job: str
    begun: float
    user: str
    sudo_user: str
    ssh_client: str
    by: str
    verb: str
    title: str
    risk: str
    effects: tuple[str, ...]
    guests: tuple[Touched, ...]
    ended: float | None = None
    """None where it runs still, or its process was killed."""
    result: str = ""
    words: str = field(default="", compare=False)
    """All that a search looks at, folded."""


def read(path: Path, since: float = 0.0) -> list[Entry]:
    """The entries, oldest first; what cannot be read is passed over."""
    found: dict[str, Entry] = {}
    for record in _records(path):
        try:
            _take(found, record)
        except (LookupError, TypeError, ValueError, AttributeError):
            continue
    kept = [entry for entry in found.values() if entry.begun >= since]
    return [replace(entry, words=_words(entry)) for entry in kept[-MOST:]]


def matches(entry: Entry, text: str) -> bool:
    """Whether every word is in it, and none that begins with `!`."""
    for word in text.casefold().split():
        negated = word.startswith("!")
        if (word.removeprefix("!") in entry.words) is negated and word != "!":
            return False
    return True


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for file in [*(older_file(path, number) for number in range(KEPT, 0, -1)), path]:
        try:
            lines = file.read_bytes().splitlines()
        except OSError:
            continue
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record


def _take(found: dict[str, Entry], record: dict[str, Any]) -> None:
    job = str(record["job"])
    if record["event"] == "begun":
        guests = [
            Touched(str(g["host"]), str(g["uuid"]), str(g["name"]), tuple(map(str, g["steps"])))
            for g in record["guests"]
        ]
        found[job] = Entry(
            job, float(record["at"]), str(record["user"]), str(record["sudo_user"]),
            str(record["ssh_client"]), str(record["by"]), str(record["verb"]),
            str(record["title"]), str(record["risk"]), tuple(map(str, record["effects"])),
            tuple(guests),
        )  # fmt: skip
        return
    begun = found[job]
    results = {(str(g["host"]), str(g["uuid"])): g for g in record["guests"]}
    guests = [_ended(guest, results.get((guest.host, guest.uuid))) for guest in begun.guests]
    found[job] = replace(
        begun, ended=float(record["at"]), result=str(record["result"]), guests=tuple(guests)
    )


def _ended(guest: Touched, result: dict[str, Any] | None) -> Touched:
    if result is None:
        return guest
    return replace(
        guest,
        state=str(result["state"]),
        words=str(result["words"]),
        error=str(result["error"]),
        not_undone=tuple(map(str, result["not_undone"])),
    )


def _words(entry: Entry) -> str:
    parts = [entry.user, entry.sudo_user, entry.ssh_client, entry.by, entry.verb, entry.title]
    parts += [entry.result or "not ended"]
    for guest in entry.guests:
        parts += [guest.name, guest.host, guest.uuid, guest.error]
    return "\n".join(parts).casefold()
