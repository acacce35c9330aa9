"""Tables and JSON on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from vmtui.cli.output import shown

GAP = "  "


def json_document(value: dict[str, Any]) -> None:
    """An object for people and programs: indented, in ASCII, so that nothing in it can harm."""
    print(json.dumps(value, indent=2, ensure_ascii=True))


def json_line(value: dict[str, Any]) -> None:
    """One object a line, at once."""
    print(json.dumps(value, ensure_ascii=True), flush=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under their heads, each column as wide as its widest cell; no heads for no rows."""
    sys.stdout.write(table_text(heads, rows))


def table_text(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same as text."""
    lines = [[shown(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "".join(
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )
