"""X-ray, storage and networks: what they show, and the ways from one to the other and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.facts import guest
from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down, words_of
from vmtui.errors import NotFound
from vmtui.hypervisors.demo import DemoHost
from vmtui.hypervisors.demo.hypervisor import DemoHypervisor
from vmtui.model.device import Disk, Interface
from vmtui.model.guest import Definition, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView
from vmtui.model.layers import Chain, Found, Layer, Layers, Snapshot
from vmtui.ui.dialogs.prompt import Prompt
from vmtui.ui.grouping import Again
from vmtui.ui.tree import everything
from vmtui.ui.xray import Told, guest_node

LAB = HostId("lab")


@pytest.fixture
def lab() -> DemoHost:
    return DemoHost(LAB, 12)


@pytest.fixture
async def seat(tmp_path: Path, lab: DemoHost) -> AsyncIterator[Seat]:
    cockpit = cockpit_for(demo_hosts(lab), tmp_path)
    async with sit_down(cockpit, (100, 30)) as seat:
        await seat.until_shown("k8s-node1")
        yield seat


async def go(seat: Seat, words: str) -> None:
    """Put the tree's cursor on the first line that has these words."""
    table = seat.app.page._table  # type: ignore[attr-defined]

    def found() -> bool:
        for key in table.keys:
            if words in words_of(table._line_of(key)):
                table.move_to(key)
                return True
        return False

    await seat.until(found)


@pytest.mark.slow
async def test_the_guest_under_the_cursor_is_taken_apart_whatever_is_marked(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("space")
    await seat.go_to("k8s-node1")
    await seat.press("v")
    await seat.until_shown("lies on k8s-golden.qcow2")
    await seat.press("1")
    await seat.until(lambda: seat.app.page is seat.guests)
    # A guest with two tags stands in two groups; a group itself is no guest.
    await seat.press("plus")
    await seat.until(lambda: isinstance(seat.app.screen, Prompt))
    await seat.press(*"red blue", "enter")
    await seat.until_shown("web1: done")
    seat.guests.show_groups("tag")
    await seat.until(lambda: any(isinstance(row, Again) for row in seat.guests._table.keys))
    again = next(row for row in seat.guests._table.keys if isinstance(row, Again))
    seat.guests._table.move_to(again)
    await seat.press("v")
    await seat.until(lambda: seat.app.page.place == "xray")
    there = seat.app.page.whereabouts()
    assert there is not None
    assert there.guest == again.guest
    await seat.press("1")
    await seat.until(lambda: seat.app.page is seat.guests)
    seat.guests._table.move_to(seat.guests._table.keys[0])
    await seat.press("v")
    await seat.until_shown("no guest is under the cursor")


@pytest.mark.slow
async def test_from_a_guest_to_its_volumes_and_back_to_who_uses_them(seat: Seat) -> None:
    await seat.go_to("k8s-node1")
    await seat.press("v")
    await seat.until_shown("X-RAY  guest")
    await seat.until_shown("lies on k8s-golden.qcow2")
    await seat.until_shown("lies on debian-13-genericcloud")
    await go(seat, "k8s-golden")
    await seat.press("enter")
    await seat.until_shown("X-RAY  volume")
    await seat.until_shown("overlay k8s-master1.qcow2")
    assert "← k8s-node1, k8s-master1" in seat.text() or "← k8s-master1, k8s-node1" in seat.text()
    await go(seat, "overlay k8s-master1")
    await seat.press("right")
    await go(seat, "k8s-master1  as vda")
    await seat.press("enter")
    await seat.until_shown("k8s-master1  ")
    await seat.until_shown("X-RAY  guest")
    await seat.press("home", "enter")
    await seat.until(lambda: seat.app.page is seat.guests)
    assert seat.name_at_cursor() == "k8s-master1"
    await seat.press("left_square_bracket")
    await seat.until_shown("X-RAY  guest")
    await seat.press("left_square_bracket")
    await seat.until_shown("X-RAY  volume")
    await seat.until_shown("k8s-golden.qcow2")


async def test_a_broken_chain_says_so(seat: Seat) -> None:
    await seat.go_to("mail1")
    await seat.press("v")
    await seat.until_shown("✗ broken chain")
    await seat.until_shown("✗ missing: its pool")


async def test_what_cannot_be_read_says_why(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(self: DemoHypervisor, uuid: str) -> Layers:
        raise NotFound("The guest is gone", "for good")

    monkeypatch.setattr(DemoHypervisor, "read_layers", gone)
    await seat.go_to("db1")
    await seat.press("v")
    await seat.until_shown("what the disks lie on is not told: The guest is gone for good")
    assert "db1.qcow2" in seat.text()


async def test_a_guest_that_goes_away_under_it(seat: Seat, lab: DemoHost) -> None:
    await seat.go_to("db1")
    await seat.press("v")
    await seat.until_shown("db1.qcow2")
    lab.remove(lab.named("db1").uuid)
    await seat.until_shown("this guest is gone, or not known yet")


@pytest.mark.slow
async def test_pools_are_read_when_they_are_unfolded(seat: Seat, lab: DemoHost) -> None:
    await seat.press("8")
    await seat.until_shown("STORAGE  2 pools")
    assert lab.calls["read_volumes"] == 0
    await go(seat, "default")
    await seat.press("right")
    await seat.until_shown("web1.qcow2")
    assert lab.calls["read_volumes"] == 1
    await seat.press("slash", *"golden", "enter")
    await seat.until_gone("web1.qcow2")
    await seat.press("escape")
    await seat.until_shown("web1.qcow2")
    await go(seat, "─ ▸ k8s-golden.qcow2")
    await seat.press("enter")
    await seat.until_shown("X-RAY  volume")
    await seat.press("left_square_bracket")
    await seat.until_shown("STORAGE")
    await seat.until_shown("k8s-golden.qcow2")
    table = seat.app.page._table  # type: ignore[attr-defined]
    await seat.until(lambda: "▸ k8s-golden" in words_of(table._line_of(table.cursor)))


@pytest.mark.slow
async def test_pools_are_never_read_on_the_tick(seat: Seat, lab: DemoHost) -> None:
    await seat.press("8")
    await seat.until_shown("STORAGE  2 pools")
    read = lab.calls["sample_guests"]
    await seat.until(lambda: lab.calls["sample_guests"] > read + 1)
    assert (lab.calls["read_volumes"], lab.calls["read_layers"]) == (0, 0)


async def test_networks_lead_to_their_guests(seat: Seat) -> None:
    await seat.press("9")
    await seat.until_shown("NETWORKS  2 networks")
    await go(seat, "default")
    await seat.press("right")
    await seat.until_shown("lease, ")
    await go(seat, "web1")
    await seat.press("enter")
    await seat.until_shown("X-RAY  guest")
    await go(seat, "network default")
    await seat.press("enter")
    await seat.until_shown("NETWORKS  2 networks")


@pytest.mark.slow
async def test_the_mouse_folds_and_chooses(seat: Seat) -> None:
    await seat.press("9")
    await seat.until_shown("▸ default")
    row = next(number for number, line in enumerate(seat.text().split("\n")) if "▸ default" in line)
    await seat.pilot.click(offset=(1, row))
    await seat.until_shown("▾ default")
    await seat.until_shown("web1")
    row = next(number for number, line in enumerate(seat.text().split("\n")) if "web1" in line)
    await seat.pilot.click(offset=(20, row), times=2)
    await seat.until_shown("X-RAY  guest")


# -- the tree itself ---------------------------------------------------------------------------


def lines(told: Told, definition: Definition) -> list[str]:
    one = replace(guest("web1"), definition=definition)
    view = HostView(LAB, "x", Link(LinkState.UP, 0.0), networks=())
    return [words_of(line) for line in everything([guest_node(view, one, told, 10_000.0)])]


def test_names_are_harmless_and_missing_networks_told() -> None:
    evil = "/v/a\x1b[2J\u202eb"
    definition = Definition(
        disks=(Disk("vda", source=evil),), interfaces=(Interface("m", "network", "gone"),)
    )
    chain = Chain("vda", (Layer(evil, Found.LOOP, note="it is one of those that lie on it"),))
    text = "\n".join(lines(Layers((chain,)), definition))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "✗ a loop: it is one of those" in text
    assert "network gone  ✗ there is no such network" in text


def test_snapshots_hang_below_their_parents_even_in_a_loop() -> None:
    snapshots = (
        Snapshot("a", made=9_400.0), Snapshot("b", "a", current=True), Snapshot("x", "lost"),
        Snapshot("l1", "l2"), Snapshot("l2", "l1"),
    )  # fmt: skip
    text = "\n".join(lines(Layers((), snapshots), Definition()))
    assert "├─ a  10m ago" in text
    assert "└─ b  ← it runs on this one" in text
    assert "x" in text


def test_an_empty_drive_and_one_that_is_still_read() -> None:
    definition = Definition(disks=(Disk("sda", "cdrom"), Disk("vda", source="/v/a")))
    text = "\n".join(lines(None, definition))
    assert "sda  cdrom  empty" in text
    assert "vda  disk  reading…" in text
