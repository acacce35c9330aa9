"""What a demo guest keeps inside, behind its agent."""

from __future__ import annotations

from dataclasses import dataclass, field

from vmtui.model.agentfacts import CommandState


@dataclass(slots=True)
class Inside:
    """What a guest keeps inside."""

    files: dict[str, bytearray] = field(default_factory=dict)
    handles: dict[int, tuple[str, int]] = field(default_factory=dict)
    ended: dict[int, CommandState] = field(default_factory=dict)
    clock_off: float = 0.0
    """Seconds by which its clock is ahead."""
    frozen: bool = False
    next: int = 1000

    def number(self) -> int:
        """One that was not given yet."""
        self.next += 1
        return self.next
