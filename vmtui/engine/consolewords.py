"""What a console says of itself where it is not attached to its guest, and why."""

from __future__ import annotations

from vmtui.model.guest import Guest
from vmtui.model.host import LinkState
from vmtui.model.inventory import HostView


def ended(view: HostView | None, guest: Guest | None) -> str:
    """Why it ended."""
    if view is None or view.link.state is not LinkState.UP:
        return "the connection to the host is lost; the console comes back with it"
    if guest is None:
        return "the guest is gone"
    if guest.state.active:
        return "the console was closed; opening it again"
    return f"{guest.name} is {guest.state.value}; the console comes back when it starts"


def waiting(name: str, guest: Guest | None, device: str) -> str:
    """What it waits for. `device` is as the host names it, "" for the guest's first."""
    if guest is not None and guest.state.active:
        return f"waiting until {name} and its {device or 'console'} are there"
    return f"{name} is {guest.state.value if guest else 'gone'}: waiting until it runs"
