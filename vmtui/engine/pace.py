"""How fast the engine goes: every interval and limit in one place, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Intervals and limits in seconds, and how much is done at once."""

    tick: float = 2.0
    """Between two samples of a host and its guests."""
    guests_a_tick: int = 1500
    """Guests of all hosts together that are sampled at a tick. Where there are more, those that
    are on the screen are sampled at each tick, and whole hosts in turn."""
    first_tick: float = 0.7
    """Between the first sample and the second, so that rates are on the screen early."""
    slow: float = 15.0
    """Between two readings of what changes without an event: flags and leases."""
    pools: float = 30.0
    """Between two readings of the storage pools."""
    answer: float = 60.0
    """A reading that has no answer by then means that the connection is dead."""

    merge: float = 0.015
    """How long the first change waits for others before it is acted upon."""
    merge_most: float = 0.1
    """The same while changes pour in."""
    batch: int = 50
    """Guests whose definitions are read at once."""

    open: float = 25.0
    """An attempt to connect that has not ended by then is abandoned."""
    abandoned: int = 3
    """Abandoned attempts that may still hang before no further one is made."""
    close: float = 1.0
    """Letting go of a connection, whatever it does."""
    lost_first: float = 0.5
    """The pause before a lost connection is opened again; doubles up to `lost_most`."""
    lost_most: float = 30.0
    refused_first: float = 2.0
    """The pause before a refused connection is tried again; doubles up to `refused_most`."""
    refused_most: float = 60.0
    steady: float = 30.0
    """A connection that was up this long starts again with the shortest pause."""

    agent_sweep: float = 5.0
    """Between two looks at which guest agents are to be asked."""
    agent_fresh: float = 60.0
    """How old an agent's answer may be for a guest in focus."""
    agent_pause: float = 10.0
    """How long a silent agent is left alone; doubles up to `agent_pause_most`."""
    agent_pause_most: float = 600.0
    agent_answer: float = 30.0
    """An agent that has not answered by then is silent."""
    agent_prompt: float = 0.5
    """An agent that has not answered by then makes room for another one, and is waited for on."""
    agent_together: float = 1.0
    """For so long the answers of agents wait for others, except of those in focus."""
    agents: int = 4
    """Guest agents of one host asked at once."""
    agents_slow: int = 8
    """Beside these, those that are waited for on. Each holds a worker of the host's daemon, which
    has 20 by default."""
