"""The views that one was at, for back and forward. Pure."""

from __future__ import annotations

from vmtui.ui.targets import Target

MOST = 50


class Visits:
    """Views in the order in which they were visited, each with what it showed, and where one is."""

    def __init__(self, first: str) -> None:
        self._visits = [Target(first)]
        self._here = 0
        self._last = self._visits[0]

    @property
    def here(self) -> Target:
        """The view that is up."""
        return self._visits[self._here]

    def note(self, whereabouts: Target | None) -> None:
        """The view that is up shows this now; to be told before it is left."""
        if whereabouts is not None and whereabouts.place == self.here.place:
            self._visits[self._here] = whereabouts

    def visit(self, target: Target) -> None:
        """Go to a view; what lay ahead is forgotten. Without a thing in it, any visit is it."""
        if target in (self.here, Target(self.here.place)):
            return
        self._last = self.here
        self._visits = [*self._visits[: self._here + 1], target][-MOST:]
        self._here = len(self._visits) - 1

    def step(self, by: int) -> Target:
        """The view before (-1) or after (1); at the end of the trail the same one."""
        target = max(0, min(self._here + by, len(self._visits) - 1))
        if target != self._here:
            self._last, self._here = self.here, target
        return self.here

    def last(self) -> Target:
        """The view that was up before this one; again goes back to this."""
        target = self._last
        self.visit(target)
        return target
