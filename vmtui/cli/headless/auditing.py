"""`vmtui audit`: what vmtui did, from its audit log."""

from __future__ import annotations

import dataclasses
import re
import time
from argparse import Namespace
from datetime import datetime

from vmtui import paths
from vmtui.cli.exits import Exit
from vmtui.cli.headless.facts import VERSION, Json
from vmtui.cli.headless.printing import json_document, table
from vmtui.config import Settings
from vmtui.engine.trail import Entry, matches, read
from vmtui.errors import Invalid
from vmtui.model.query.values import read_seconds

HEADS = ("WHEN", "WHO", "RESULT", "WHAT", "GUESTS")


def run(given: Namespace, settings: Settings) -> int:
    """`vmtui audit`, from its arguments."""
    del settings
    text = " ".join(given.words)
    since = moment_of(given.since, time.time())
    entries = [one for one in read(paths.audit_file(), since) if matches(one, text)]
    if given.json:
        json_document({"version": VERSION, "entries": [entry_of(entry) for entry in entries]})
    else:
        table(HEADS, [_row(entry) for entry in entries])
    return Exit.DONE


def moment_of(text: str, now: float) -> float:
    """Seconds since the epoch of a moment in local time, or of so long before `now`.

    Raises Invalid with what would do.
    """
    if not text:
        return 0.0
    try:
        if re.fullmatch(r"\d{4}-.*", text):
            return datetime.fromisoformat(text).timestamp()
        return now - read_seconds(text)
    except ValueError:
        raise Invalid(
            f"{text} is no moment", "2026-11-25, 2026-11-25T10:30, 90m, 12h or 7d would do."
        ) from None


def entry_of(entry: Entry) -> Json:
    """An entry as JSON."""
    made = dataclasses.asdict(entry)
    del made["words"]
    made["guests"] = [dict(guest) for guest in made["guests"]]
    return made


def who(entry: Entry) -> str:
    """`root (anna from 10.0.0.7)`."""
    behind = entry.sudo_user
    if entry.ssh_client:
        behind = f"{behind} from {entry.ssh_client}".strip()
    return f"{entry.user} ({behind})" if behind else entry.user


def _row(entry: Entry) -> list[str]:
    when = datetime.fromtimestamp(entry.begun).astimezone().isoformat(" ", "seconds")
    names = [f"{guest.host}/{guest.name}" for guest in entry.guests]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    result = entry.result or "not ended"
    return [when, who(entry), result, entry.title, ", ".join(names[:3]) + more]
