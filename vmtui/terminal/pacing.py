"""How soon after one frame the next may come.

Where more rushes by than a frame can show, nobody reads it: then frames come the more rarely the
more there is to paint, and the first one after the rush comes at once.
"""

from __future__ import annotations

from vmtui.terminal.cells import Frame

RUSHING = 50_000
"""Bytes a second that frames may cost while a flood runs: a twentieth of what tmux writes."""
RAREST = 1.0
"""Seconds between two frames at most."""
STEP = 0.03
"""Seconds after which it is looked whether a flood has ended."""
RUN_COST = 20
"""Bytes that a change of colour costs."""


class Pacing:
    """Reckons for one terminal; times are a clock's seconds."""

    def __init__(self) -> None:
        self.interval = 0.0
        """Least seconds between two frames."""
        self.flooded = False
        """Whether more came before the latest frame than it could show."""
        self._came = self._seen = 0
        self._at = 0.0
        self._until = 0.0

    def came(self, count: int) -> None:
        """So many bytes of output came."""
        self._came += count

    def framed(self, frame: Frame, now: float) -> None:
        """A frame was made."""
        cost = weight(frame)
        self.flooded = self._came > cost
        rest = min(cost / RUSHING, RAREST) if self.flooded else 0.0
        self._at, self._until = now, now + max(self.interval, rest)
        self._came, self._seen = 0, -1

    def wait(self, now: float, *, idle: bool) -> float:
        """Seconds until it is to be asked again; 0 or less where a frame may come.

        Args:
            now: the time.
            idle: whether all that came has been dealt with.
        """
        least = self._at + self.interval - now
        rest = self._until - now
        if least > 0 or rest <= 0:
            return least if least > 0 else rest
        dry = idle and self._came == self._seen
        self._seen = self._came
        return 0.0 if dry else min(rest, STEP)


def weight(frame: Frame) -> int:
    """About how many bytes painting a frame takes."""
    return sum(
        sum(len(run.text) for run in row.runs) + RUN_COST * len(row.runs)
        for row in frame.changed.values()
    )
