"""libvirt's event loop: one daemon thread for the life of the process.

libvirt can neither replace nor stop its event loop, and connections made before it was
registered never get events; so `prepare` comes before the first open, and once is enough.
"""

from __future__ import annotations

import logging
import os
import threading

import libvirt

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_started = False

REFUSING_PROGRAM = "/bin/false"
"""What ssh asks for a password: nobody, because the terminal is the screen's."""


def prepare() -> None:
    """Silence libvirt, keep ssh off the terminal and start the event loop; once a process."""
    global _started
    with _lock:
        if _started:
            return
        _started = True
        # libvirt prints every error, caught ones too, which would tear the screen.
        libvirt.registerErrorHandler(_ignore, None)
        keep_ssh_quiet()
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run, name="libvirt events", daemon=True).start()


def keep_ssh_quiet() -> None:
    """Let the ssh that libvirt starts never read from our terminal.

    A person who set SSH_ASKPASS is asked by that program; anyone else gets an error that names
    the command to run.
    """
    if not asks_by_program():
        os.environ["SSH_ASKPASS"] = REFUSING_PROGRAM
    os.environ["SSH_ASKPASS_REQUIRE"] = "force"


def asks_by_program() -> bool:
    """Whether the person chose a program that asks for ssh's passwords."""
    return os.environ.get("SSH_ASKPASS", REFUSING_PROGRAM) != REFUSING_PROGRAM


def _ignore(_context: object, error: object) -> None:
    logger.debug("libvirt: %s", error)


def _run() -> None:
    pause = threading.Event()
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError as error:
            logger.warning("libvirt's event loop: %s", error)
            pause.wait(0.1)
