"""Whether the person's terminal keeps up with what is painted."""

from __future__ import annotations

from typing import Any

from textual.app import App


def is_behind(app: App[Any]) -> bool:
    """Whether something painted earlier still waits to be written.

    Textual's queue is short and the UI's loop stands still while it is full, so nothing that can
    wait is added to one that is not empty.
    """
    writer = getattr(getattr(app, "_driver", None), "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    return queue is not None and queue.qsize() > 0
