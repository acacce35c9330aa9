"""Guests for tests of plans, with as few words as possible."""

from __future__ import annotations

from vmtui.model.guest import Agent, Definition, Guest, GuestKey, GuestState, HostId

HOST = HostId("lab")


def guest(
    name: str = "web1",
    state: GuestState = GuestState.RUNNING,
    *,
    agent: Agent = Agent.NO_CHANNEL,
    nvram: str = "",
    persistent: bool = True,
    autostart: bool = False,
    saved: bool = False,
    snapshots: bool = False,
    host: HostId = HOST,
) -> Guest:
    """A guest whose UUID follows from its name."""
    return Guest(
        key=GuestKey(host, f"uuid-of-{name}"),
        name=name,
        state=state,
        persistent=persistent,
        autostart=autostart,
        saved=saved,
        snapshots=snapshots,
        definition=Definition(agent=agent, nvram=nvram),
    )
