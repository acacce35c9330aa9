"""A bell that rings at most once per turn of the event loop, however often it is pulled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


class Bell:
    """Calls `ring` soon after `pull`: once, however many pulls came before."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._pulled = False

    def pull(self) -> None:
        """Have it ring in the next turn of the loop; at once where no loop runs."""
        if self._pulled:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._ring()
            return
        self._pulled = True
        loop.call_soon(self._go)

    def _go(self) -> None:
        self._pulled = False
        self._ring()


def safely(call: Callable[[], None]) -> None:
    """Call a listener; its error is logged, since it must not stop the one who told it."""
    try:
        call()
    except Exception:
        log.exception("A listener failed")
