"""Names and texts that a careless program stumbles over, on a hypervisor that takes them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import (
    SLOW,
    act,
    aside,
    guest,
    state,
    text_of,
    until_idle,
    view,
    watching,
)
from tests.rig import Daemon, define, idle
from tests.ui.cockpits import Seat
from vmtui.model.guest import GuestState
from vmtui.model.steps import Undefine
from vmtui.ui.cells import clean

pytestmark = pytest.mark.rig

NAMES = (
    "web[prod]", "[bold", "[x]", "$x", "名前", "שלום עולם", "-x", "--help", "a b  c",
    "it's \"quoted\"", "%s%n{}", "e\u0301clair", "🙂🙂", "`id`;#",
    "<b>&amp;", "~", "null\u00a0space",
)  # fmt: skip
LONG = "n" * 240
UNSEEN = ("\u202eevil", "zero\u200bwidth", "a\u2066b\u2069")
"""Names with characters that no terminal shows, and some obey."""


def plain(name: str) -> str:
    """The name as the table shows it."""
    return clean(name).rstrip()


async def until_listed(seat: Seat, name: str) -> None:
    """Wait until the filter lets the guest through."""
    wanted = next(g.key for g in view(seat).guests.values() if g.name == name)
    await seat.until(lambda: wanted in seat.guests._table.keys)


async def test_every_name_is_shown_filtered_and_driven(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """Shown as it is, found by typing, in the menu, in the plan and in the details."""
    for name in (*NAMES, *UNSEEN):
        define(lab, idle(name))
    async with watching(tmp_path, rig_daemon.uri, size=(120, 50)) as seat:
        await seat.until_shown(f"{len(NAMES) + len(UNSEEN)} guests")
        await seat.until(lambda: all(g.definition for g in view(seat).guests.values()), SLOW)
        for name in NAMES:
            await seat.until_shown(plain(name))
        assert not set(seat.text()) & set("\u202e\u200b\u2066\u2069")
        await seat.until_shown("evil")
        for name in NAMES:
            await seat.press("slash")
            seat.guests.filter_by(name)
            await until_listed(seat, name)
            await seat.press("enter", "escape")
            await act(seat, name, "x")
            await seat.until_shown("Discard state")
            assert plain(name) in seat.text()
            await seat.press("escape")
            await seat.until_gone("Discard state")


@pytest.mark.parametrize("name", ["web[prod]", "名前", "-x", 'it\'s "quoted"', LONG, "[bold"])
async def test_a_guest_of_an_odd_name_through_its_life(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path, name: str
) -> None:
    """Started, paused, saved, forced off, renamed and deleted from the keyboard."""
    define(lab, idle(name))
    other = name[:200] + "2"
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await seat.until_shown("1 guest")
        await seat.until(lambda: seat.name_at_cursor() == name)
        await seat.press("s")
        await seat.until(lambda: state(seat, name) is GuestState.RUNNING, SLOW)
        await until_idle(seat)
        await seat.press("D")
        await seat.until_shown("do it")
        await seat.press("ctrl+e")
        await seat.until_shown("destroy")
        await seat.press("y")
        await seat.until(lambda: state(seat, name) is GuestState.OFF, SLOW)
        await until_idle(seat)
        await seat.press("f2")
        await seat.until_shown("its new name")
        field = seat.app.screen.query_one("#field")
        setattr(field, "value", other)  # noqa: B010
        await seat.press("enter")
        await seat.until(lambda: guest(seat, other) is not None, SLOW)
        await until_idle(seat)
        assert lab.lookupByName(other).name() == other
        await seat.press("X")
        await seat.until_shown("Esc cancel")
        word = seat.app.screen.query_one("#word")
        setattr(word, "value", other)  # noqa: B010
        await seat.press("enter")
        await seat.until(lambda: not view(seat).guests, SLOW)
        await until_idle(seat)
        assert not lab.listAllDomains()


TITLE = "front \u202edoor\u202c of \u2066the\u2069 shop [bold red]x[/]"
METADATA = (
    '<metadata xmlns:a="urn:example:a">'
    '<a:one key="1"><a:two>deep &amp; wide</a:two></a:one>'
    '<b:tags xmlns:b="urn:example:b"><b:tag>prod</b:tag></b:tags></metadata>'
)


def with_extras(name: str) -> str:
    """A guest with a title, metadata of strangers, and elements that nobody knows."""
    made = idle(name)
    made.append(ET.fromstring(METADATA))  # noqa: S314 - our own
    ET.SubElement(made, "title").text = TITLE
    ET.SubElement(made, "unheard_of", how="so").text = "what"
    return text_of(made)


async def test_a_title_with_control_characters_is_shown_harmless(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """No markup, no bidi control, no escape sequence reaches the terminal."""
    lab.defineXML(with_extras("web1"))
    async with watching(tmp_path, rig_daemon.uri, size=(130, 40)) as seat:
        await seat.until_shown("red]x[/]")
        assert "\u202e" not in seat.text()
        assert "\x1b" not in seat.text()


async def test_strangers_metadata_survives_renaming_and_an_undone_deletion(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """What we do not model is there afterwards: rename, then define again what was undefined."""
    domain = lab.defineXML(with_extras("web1"))
    uuid, before = domain.UUIDString(), domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    assert "deep &amp; wide" in before
    domain.setAutostart(1)
    async with watching(tmp_path, rig_daemon.uri) as seat:
        await act(seat, "web1", "f2")
        await seat.until_shown("its new name")
        await seat.press("2", "enter")
        await seat.until(lambda: guest(seat, "web12") is not None, SLOW)
        await until_idle(seat)
        hypervisor = seat.app.cockpit.fleet.hypervisor(view(seat).id)
        renamed = await hypervisor.read_definition(uuid)
        assert canonical(renamed) == canonical(before.replace("web1<", "web12<"))
        undo = await hypervisor.execute(Undefine(uuid, name="web12"), lambda *_: None)
        await seat.until(lambda: guest(seat, "web12") is None)
        assert undo is not None
        await hypervisor.execute(undo, lambda *_: None)
        await seat.until(lambda: guest(seat, "web12") is not None)
        again = await aside(lab.lookupByUUIDString, uuid)
        assert again.autostart() == 1
        assert canonical(again.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)) == canonical(renamed)
        await seat.until(lambda: bool((g := guest(seat, "web12")) and g.autostart))


def canonical(xml: str) -> str:
    """XML without differences that mean nothing."""
    return ET.canonicalize(xml, strip_text=True)
