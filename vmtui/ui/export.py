"""What the guests' table shows, written to a file: CSV or JSON, all rows that pass the filter."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import time
from pathlib import Path

from vmtui import paths
from vmtui.errors import Conflict, Invalid, VmtuiError
from vmtui.plan.build import count
from vmtui.ui.cells import Role, clean
from vmtui.ui.guestlist import GuestList
from vmtui.ui.screens.page import Page

KINDS = (".csv", ".json")
FORMULA = ("=", "+", "-", "@")


async def run(page: Page, guests: GuestList, path: Path) -> None:
    """Write the file off the UI's loop, and say so."""
    shown = table(guests, time.time())
    try:
        await asyncio.to_thread(write, path, shown)
    except VmtuiError as error:
        page.fail(error)
        return
    page.say(f"{count(len(shown))} written to {clean(str(path), 200)}", Role.GOOD)


def table(guests: GuestList, now: float) -> list[dict[str, str]]:
    """Every row by column id, as it stands on the screen, in its order."""
    made = []
    for key in guests.order:
        row = guests.row(key)
        if row is not None:
            cells = {column.id: column.cell(row, now).text for column, _ in guests.layout}
            texts = {id_: " ".join(text.split()) for id_, text in cells.items()}
            made.append({"uuid": key.uuid, "host": str(key.host), **texts})
    return made


def check(path: Path) -> None:
    """Raises Invalid where the file's name does not say what it is to hold."""
    if path.suffix.lower() not in KINDS:
        raise Invalid("A file for the table ends in .csv or .json", clean(str(path), 200))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a new file.

    Raises:
        Invalid: Its name ends in neither .csv nor .json.
        Conflict: There is one of that name: it is left as it is.
        VmtuiError: It cannot be written.
    """
    check(path)
    text = as_csv(rows) if path.suffix.lower() == ".csv" else json.dumps(rows, indent=2) + "\n"
    try:
        with paths.expanded(path).open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        raise Conflict(f"{path} is there already", hint="choose another name") from None
    except (OSError, ValueError) as error:
        raise VmtuiError(f"{path} cannot be written", str(error)) from None


def as_csv(rows: list[dict[str, str]]) -> str:
    """The rows as CSV with a head; a cell that a spreadsheet would reckon with is made text."""
    made = io.StringIO()
    writer = csv.writer(made)
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow([f"'{text}" if text.startswith(FORMULA) else text for text in row.values()])
    return made.getvalue()
