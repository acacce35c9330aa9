"""Writes the pages that are made from the program itself: the manual page and the tables of docs.

    python -m scripts.papers           writes them
    python -m scripts.papers --check   says which are not up to date, and exits with 1

A test runs the check.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from scripts.pages import config, keys, manual

ROOT = Path(__file__).resolve().parents[1]

PAGES: dict[str, Callable[[], str]] = {
    "man/vmtui.1": manual.page,
    "docs/keys.md": keys.page,
    "docs/config.md": config.page,
}


def stale() -> list[str]:
    """The pages that are not as the program is."""
    return [path for path, page in PAGES.items() if _read(ROOT / path) != page()]


def write() -> None:
    """Write all pages."""
    for path, page in PAGES.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(page(), encoding="utf-8")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    if "--check" in sys.argv:
        found = stale()
        for name in found:
            print(f"{name} is not up to date: python -m scripts.papers")
        sys.exit(bool(found))
    write()
