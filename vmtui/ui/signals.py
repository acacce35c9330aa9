"""Signals: the terminal is given back before the program ends, and taken again after a stop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from textual.app import App

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


def come_back(app: App[Any]) -> None:
    """Take the terminal again on SIGCONT; needs the running loop and the app's driver.

    Textual's own handler knows of a stop by SIGTSTP alone. After SIGSTOP, which nobody can catch,
    it would start its threads once more beside those that are there.
    """
    driver = app._driver
    if driver is None or not driver.can_suspend:
        return

    def back() -> None:
        if not driver._auto_restart:
            return
        stopped_by_us = getattr(driver, "_must_signal_resume", False)
        if not stopped_by_us:
            driver.suspend_application_mode()
        driver.resume_application_mode()
        if not stopped_by_us:
            app.refresh(layout=True)

    asyncio.get_running_loop().add_signal_handler(signal.SIGCONT, back)
