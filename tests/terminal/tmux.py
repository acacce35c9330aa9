"""A private tmux, asked what cells some bytes leave on its screen."""

from __future__ import annotations

import os
import re
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

from vmtui.terminal.cells import RGB, Cursor, Row, Style, Underline, is_cluster

Cell = tuple[str, Style]

_CONFIG = """
set -g status off
set -g history-limit 100
set -g default-terminal tmux-256color
set -g default-size SIZE
set -g remain-on-exit on
set -g escape-time 0
"""
_TOKEN = re.compile(r"\x1b\[([0-9;:]*)m|\x1b\]8;[^\x1b]*\x1b\\|([\x0e\x0f])|(.)", re.DOTALL)
_GRAPHICS = dict(zip("`afghijklmnopqrstuvwxyz{|}~", "◆▒°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", strict=True))
_FLAGS = {
    1: "bold", 2: "dim", 3: "italic", 5: "blink", 7: "reverse", 8: "invisible", 9: "strike",
    53: "overline",
}  # fmt: skip
_EXTENDED = {38: "fg", 48: "bg", 58: "underline_colour"}


class Tmux:
    """One server with its own socket and configuration; `close` ends it."""

    def __init__(self, folder: Path, columns: int, rows: int) -> None:
        self._folder = folder
        self._socket = folder / "tmux.sock"
        config = folder / "tmux.conf"
        config.write_text(_CONFIG.replace("SIZE", f"{columns}x{rows}"))
        self._size = (columns, rows)
        self._count = 0
        self._env = {k: v for k, v in os.environ.items() if k != "TMUX"} | {"LC_ALL": "C.UTF-8"}
        self._start = ["tmux", "-S", str(self._socket), "-u", "-f", str(config)]
        self._run("new-session", "-d", "-x", str(columns), "-y", str(rows), "sleep 100000")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._start, *arguments], capture_output=True, timeout=60, check=True, env=self._env
        )
        return done.stdout.decode(errors="replace")

    def screen(self, data: bytes) -> tuple[list[list[Cell]], Cursor]:
        """The cells of each row up to the last that is not blank, and the cursor."""
        self._count += 1
        case = self._folder / "case"
        case.write_bytes(data)
        done = f"done{self._count}"
        # The answer to a query shows that all before it has been dealt with. That for the version
        # ends with a backslash, unlike the answers to the queries of the cases.
        script = (
            f"stty raw -echo; cat {case}; printf '\\033[>0q'; "
            "IFS= read -t 5 -r -d '\\' _answers; "
            f"tmux -S {self._socket} wait-for -S {done}; exec sleep 1000"
        )
        window = self._run("new-window", "-P", "-F", "#{window_id}", "bash", "-c", script).strip()
        try:
            self._run("wait-for", done)
            text = self._run("capture-pane", "-p", "-e", "-N", "-t", window)
            place = self._run("display", "-p", "-t", window, "#{cursor_x} #{cursor_y}")
        finally:
            self._run("kill-window", "-t", window)
        x, y = map(int, place.split())
        return _cells(text)[: self._size[1]], Cursor(x, y)

    def close(self) -> None:
        """End the server."""
        self._run("kill-server")


def cells_of(row: Row) -> list[Cell]:
    """A row of ours, cell by cell; the right half of a wide character is an empty text."""
    cells: list[Cell] = []
    for text, style, width in row.runs:
        style = style._replace(link=False)
        if is_cluster(text):
            cells += [(text, style), *[("", style)] * (width - 1)]
        else:
            for character in text:
                cells += [(character, style), *[("", style)] * (width // len(text) - 1)]
    return cells


def normal(cells: list[Cell]) -> list[Cell]:
    """The cells without what cannot be seen: colours of blanks' text, plain blanks at the end."""
    seen = []
    for text, style in cells:
        if text == " ":
            kept = style._replace(fg=None, bold=False, dim=False, italic=False, blink=False)
            kept = kept._replace(invisible=False, underline_colour=None)
            seen.append((text, kept if not style.reverse else style))
        else:
            seen.append((text, style))
    while seen and seen[-1] == (" ", Style()):
        seen.pop()
    return seen


def _cells(text: str) -> list[list[Cell]]:
    """The rows of a capture; looks and charset go on from one row to the next."""
    rows: list[list[Cell]] = [[]]
    style, graphics = Style(), False
    for match in _TOKEN.finditer(text):
        cells = rows[-1]
        sgr, shift, character = match.groups()
        if sgr is not None:
            style = _sgr(style, sgr)
        elif shift:
            graphics = shift == "\x0e"
        elif character == "\n":
            rows.append([])
        elif character is None:
            continue
        elif unicodedata.combining(character) or character in "\u200d\ufe0f":
            at = max((i for i, cell in enumerate(cells) if cell[0]), default=None)
            if at is not None:
                cells[at] = (cells[at][0] + character, cells[at][1])
        else:
            shown = _GRAPHICS.get(character, character) if graphics else character
            cells.append((shown, style))
            if unicodedata.east_asian_width(character) in "WF":
                cells.append(("", style))
    return rows


def _sgr(style: Style, codes: str) -> Style:
    looks: dict[str, Any] = style._asdict()
    parts = codes.replace("::", ":").split(";")
    numbers = [[int(number or 0) for number in part.split(":")] for part in parts]
    while numbers:
        first, *rest = numbers.pop(0)
        if first == 0:
            looks = Style()._asdict()
        elif first == 5 and rest:
            looks["overline"] = True  # so written by tmux
        elif first == 4:
            looks["underline"] = Underline(rest[0] if rest else 1)
        elif first in _FLAGS:
            looks[_FLAGS[first]] = True
        elif first in _EXTENDED:
            if not rest:
                count = 2 if numbers[0][0] == 5 else 4
                rest = [numbers.pop(0)[0] for _ in range(count)]
            looks[_EXTENDED[first]] = _colour(rest)
        elif first - 1 in _EXTENDED:
            looks[_EXTENDED[first - 1]] = None
        elif first % 60 // 10 in (3, 4):
            field = "fg" if first % 60 // 10 == 3 else "bg"
            looks[field] = first % 10 + (8 if first >= 90 else 0)
    return Style(**looks)


def _colour(arguments: list[int]) -> int:
    if arguments[0] == 5:
        return arguments[1]
    red, green, blue = arguments[-3:]
    return RGB | red << 16 | green << 8 | blue
