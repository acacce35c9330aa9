"""What to do about an engine process that has died: whose fault it was and how to go on. Pure."""

from __future__ import annotations

import signal
from typing import NamedTuple

from vmtui.terminal.journal import Fidelity

_WINDOW = 60.0
"""Seconds of memory for deaths."""
_QUICK = 5
"""Deaths within the window that are answered at once; later ones wait, ever longer."""
_LONGEST_WAIT = 30.0
_INNOCENT = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT)


class Death(NamedTuple):
    """What is known of the end of an engine process."""

    status: int | None
    """Exit status, or minus the signal's number; None where nobody knows."""
    hung: bool
    """It had stopped answering and was killed for it."""
    restoring: bool
    """It had not yet shown a frame."""
    suspect: str
    """What it was dealing with: `bytes`, `size`, `query`, or nothing."""
    tries: int
    """Engines that had died over the same suspect before."""


class Verdict(NamedTuple):
    """How to go on."""

    drop_suspect: bool
    fidelity: Fidelity
    delay: float
    """Seconds to wait before the next start."""


class Recovery:
    """The policy for one console. It remembers the deaths of the last minute."""

    def __init__(self) -> None:
        self._deaths: list[float] = []
        self._fidelity = Fidelity.EXACT
        self._aimless = 0

    def judge(self, death: Death, now: float) -> Verdict:
        """Decide.

        Args:
            death: what is known.
            now: a clock's seconds.
        """
        self._deaths = [t for t in self._deaths if now - t < _WINDOW] + [now]
        guilty = death.hung or (death.status is not None and death.status not in _INNOCENT)
        # Somebody else's SIGKILL may be the kernel's, out of memory: the second time it counts.
        drop = bool(death.suspect) and (guilty or death.tries >= 1)
        fidelity = Fidelity.EXACT
        if drop and death.suspect == "size":
            # The size has to be taken all the same, by an engine that starts with it.
            fidelity = Fidelity.ONE_SIZE
        elif not death.suspect and (guilty or death.restoring):
            # Nothing to leave out: the cause is in what was rebuilt.
            self._aimless += 1
            worse = self._fidelity + 1 if guilty or self._aimless > 1 else self._fidelity
            recent = death.restoring or len(self._deaths) > 1
            fidelity = Fidelity(min(worse, Fidelity.EMPTY)) if recent else Fidelity.EXACT
        self._fidelity = fidelity
        over = len(self._deaths) - _QUICK
        delay = min(2.0 ** (over - 1), _LONGEST_WAIT) if over > 0 else 0.0
        return Verdict(drop, fidelity, delay)

    def recovered(self) -> None:
        """An engine has shown a frame again."""
        self._aimless = 0


def describe(death: Death, verdict: Verdict, dropped: int) -> str:
    """One sentence or two for the person whose console it was.

    Args:
        death: what happened.
        verdict: what is being done.
        dropped: bytes that were left out.
    """
    if death.hung:
        cause = "stopped answering"
    elif death.status is not None and death.status < 0:
        cause = f"ended with {signal.Signals(-death.status).name}"
    else:
        cause = "ended"
    parts = [f"the terminal engine {cause} and was restarted"]
    if dropped:
        parts.append(f"the {dropped} bytes it was reading are left out")
    parts.append(
        {
            Fidelity.EXACT: "screen and scrollback are rebuilt",
            Fidelity.ONE_SIZE: "screen and scrollback are rebuilt at the present size",
            Fidelity.PLAIN: "the scrollback is rebuilt as plain text",
            Fidelity.EMPTY: "screen and scrollback are lost",
        }[verdict.fidelity]
    )
    return "; ".join(parts)
