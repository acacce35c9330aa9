"""What can be copied of a guest, and what is said of it. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vmtui.model.device import Interface
from vmtui.model.guest import Guest
from vmtui.model.inventory import HostView, Inventory
from vmtui.plan.build import count
from vmtui.plan.sshwords import address_of
from vmtui.ui.cells import clean
from vmtui.ui.dialogs.choose import Option

XML = "xml"
XML_MOST = 50
"""Guests whose definitions are read at once."""
SHOWN = 60
INTRO = "It goes to the clipboard of your terminal, also through ssh, where that takes it (OSC 52)."


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be copied; `of` answers "" where a guest has none."""

    id: str
    key: str
    label: str
    of: Callable[[Guest, HostView], str]


def _addresses(guest: Guest, _view: HostView) -> str:
    return " ".join(sorted((a.ip for a in guest.addresses), key=lambda ip: ":" in ip))


def _macs(guest: Guest, _view: HostView) -> str:
    return " ".join(card.mac for card in _cards(guest) if card.mac)


def _cards(guest: Guest) -> Sequence[Interface]:
    return guest.definition.interfaces if guest.definition else ()


def _disks(guest: Guest, _view: HostView) -> str:
    disks = guest.definition.disks if guest.definition else ()
    return " ".join(shlex.quote(disk.source) for disk in disks if disk.source)


def _display(guest: Guest, _view: HostView) -> str:
    for display in guest.definition.displays if guest.definition else ():
        if display.port is not None:
            address = display.address or "localhost"
            host = f"[{address}]" if ":" in address else address
            return f"{display.kind}://{host}:{display.port}"
    return ""


def _console(guest: Guest, view: HostView) -> str:
    if guest.definition is None or not guest.definition.consoles:
        return ""
    return shlex.join(["vmtui", "console", "-c", view.uri, guest.key.uuid])


def _virsh(guest: Guest, view: HostView) -> str:
    if guest.definition is None or not guest.definition.consoles:
        return ""
    return shlex.join(["virsh", "-c", view.uri, "console", guest.key.uuid])


KINDS: tuple[Kind, ...] = (
    Kind("name", "n", "Name", lambda guest, _: guest.name),
    Kind("uuid", "u", "UUID", lambda guest, _: guest.key.uuid),
    Kind("path", "h", "Host and name", lambda guest, view: f"{view.id}/{guest.name}"),
    Kind("ip", "i", "IP address", lambda guest, _: address_of(guest.addresses)),
    Kind("ips", "a", "All addresses", _addresses),
    Kind("mac", "m", "MAC addresses", _macs),
    Kind("hostname", "o", "Host name inside", lambda guest, _: guest.hostname),
    Kind("console", "c", "Console command", _console),
    Kind("virsh", "v", "virsh console", _virsh),
    Kind("display", "g", "Display", _display),
    Kind("disks", "d", "Disks", _disks),
    Kind("uri", "r", "URI of its host", lambda _, view: view.uri),
    Kind("note", "t", "Note", lambda guest, _: (
        guest.definition.labels.note if guest.definition else "")),
)  # fmt: skip
BY_ID = {kind.id: kind for kind in KINDS}


def values(id_: str, guests: Sequence[Guest], inventory: Inventory) -> list[str]:
    """That value of each guest that has one, in their order, as it is to be copied."""
    kind = BY_ID[id_]
    made = []
    for guest in guests:
        view = inventory.hosts.get(guest.key.host)
        # What a guest calls itself may try to be keys of the terminal into which it is pasted.
        text = clean(kind.of(guest, view), 4000) if view is not None else ""
        if text:
            made.append(text)
    return made


def option(kind: Kind, guests: Sequence[Guest], inventory: Inventory) -> Option:
    """The row of the list, with what would be copied."""
    found = values(kind.id, guests, inventory)
    about = found[0][:SHOWN] if found else ""
    if len(found) > 1:
        about = f"{about} and {len(found) - 1} more"
    none = "it has none" if len(guests) == 1 else "none of them has one"
    return Option(kind.id, kind.label, about, kind.key, kind.key, None if found else none)


def said(id_: str, guests: Sequence[Guest], copied: Sequence[str]) -> str:
    """What was copied, in one line."""
    label = "XML" if id_ == XML else BY_ID[id_].label
    if len(copied) != 1:
        return f"copied: {label} of {count(len(copied))}"
    value = f"{len(copied[0])} characters" if id_ == XML else clean(copied[0], SHOWN)
    if len(guests) > 1:
        return f"copied: {label}, {value}"
    return f"copied {clean(guests[0].name, 40)}: {label}, {value}"
