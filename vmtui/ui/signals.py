"""Signals that end the program: the terminal is given back first, as it was."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable

PATIENCE = 3.0
"""Seconds for the polite way out, which a terminal that is gone may block."""


def leave_on_signals(leave: Callable[[int], None]) -> None:
    """Have `leave` called with the exit code on SIGTERM and SIGHUP; needs the running loop."""

    def polite(number: signal.Signals) -> None:
        code = 128 + number
        last_resort = threading.Timer(PATIENCE, os._exit, (code,))
        last_resort.daemon = True
        last_resort.start()
        leave(code)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, polite, number)
