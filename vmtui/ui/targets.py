"""Where a line leads: the view, and the thing in it that the cursor goes to. Pure."""

from __future__ import annotations

from typing import NamedTuple

from vmtui.model.guest import GuestKey, HostId


class Target(NamedTuple):
    """A thing in a view; `what` is its identity there: a UUID, a name, a job's number."""

    place: str
    host: HostId = HostId("")
    what: str = ""
    kind: str = ""
    """Where a view has things of several kinds: which one."""

    @property
    def guest(self) -> GuestKey:
        """The guest that is meant, where `what` is one."""
        return GuestKey(self.host, self.what)


def to_guest(key: GuestKey) -> Target:
    """To a guest in the table."""
    return Target("guests", key.host, key.uuid)


def to_xray(key: GuestKey) -> Target:
    """To a guest taken apart."""
    return Target("xray", key.host, key.uuid, "guest")


def to_host(host: HostId) -> Target:
    """To the page of a host."""
    return Target("host", host)
