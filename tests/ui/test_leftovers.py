"""What is left half done is offered on the screen at once, by a key, and until it is seen to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.errors import Busy, Refused
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import Agent, GuestKey, HostId
from vmtui.model.steps import DeleteVolume, SetAutostart, Step, Suspend, WaitReady
from vmtui.plan.plan import Plan, Risk, Track
from vmtui.ui.dialogs.choose import Choose

SEED = "web1-seed.iso"
LEFT = f"delete volume {SEED} in default"


@asynccontextmanager
async def lab(folder: Path) -> AsyncIterator[tuple[Seat, DemoHost]]:
    """The screen before one host."""
    host = DemoHost(HostId("lab"), guests=12, speed=0, lively=False)
    cockpit = cockpit_for(demo_hosts(host), folder / "journal")
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        yield seat, host


def said(seat: Seat) -> str:
    """What is on the screen, as if nothing were wrapped or framed."""
    return " ".join(word for word in seat.text().split() if "│" not in word)


async def until_said(seat: Seat, words: str) -> None:
    """Wait until these words are on the screen, however they are wrapped."""
    await seat.until(lambda: words in said(seat))


def begin(seat: Seat, host: DemoHost, *steps: Step) -> None:
    """Run these for web1."""
    track = Track(GuestKey(host.id, host.named("web1").uuid), "web1", steps)
    seat.app.cockpit.jobs.submit(Plan("x", "Create web1", (track,), risk=Risk.NONE))


def watched(host: DemoHost) -> tuple[Step, ...]:
    """Steps for a guest that stands, is watched, and then loses its seed."""
    uuid = host.named("web1").uuid
    return (
        SetAutostart(uuid, on=True),
        WaitReady(uuid, 600.0, expect_agent=True),
        DeleteVolume(uuid, "default", SEED),
    )


def records(folder: Path) -> int:
    """How many there are."""
    return len(list((folder / "journal").glob("*.jsonl")))


async def test_a_watch_that_is_cancelled_leaves_an_offer_on_the_screen(tmp_path: Path) -> None:
    async with lab(tmp_path) as (seat, host):
        host.named("web1").set_agent(Agent.DISCONNECTED)
        begin(seat, host, *watched(host))
        await seat.press("3")
        await seat.until_shown("Create web1")
        (job,) = seat.app.cockpit.jobs.running
        await seat.until(lambda: job.tracks[0].words.startswith("booting"))
        await seat.press("c")
        await until_said(seat, "I finishes or undoes it")
        shown = said(seat)
        assert f"Create web1: cancelled; it stands; left over: {LEFT}; I finishes" in shown
        assert "cancelled web1 it stands; left over: delete volume" in shown, "in the list, too"
        await seat.press("enter")
        await seat.until_shown("Esc")
        assert f"left over: {LEFT}" in seat.text()
        await seat.press("escape")

        await seat.press("I")
        await seat.until_shown("Leave things as they are")
        assert f"delete volume {SEED}" in seat.text()
        assert "What went wrong" not in seat.text()
        await seat.press("escape")
        await seat.until_gone("Leave things as they are")
        assert records(tmp_path) == 1, "it is offered again"

        await seat.press("I")
        await seat.until_shown("Leave things as they are")
        await seat.press("u")
        await seat.until_shown("type web1 to do it")
        await seat.press(*"web1", "enter")
        await seat.until(lambda: records(tmp_path) == 0)
        assert not host.named("web1").facts.autostart
        await seat.press("I")
        await seat.until_shown("nothing was left half done")


async def test_what_fails_afterwards_is_told_with_an_offer(tmp_path: Path) -> None:
    async with lab(tmp_path) as (seat, host):
        host.fail = {DeleteVolume: Busy("The guest holds on to it", "web1")}
        uuid = host.named("web1").uuid
        begin(
            seat, host, SetAutostart(uuid, on=True), WaitReady(uuid, 0.0),
            DeleteVolume(uuid, "default", SEED),
        )  # fmt: skip
        await until_said(seat, "I finishes or undoes it")
        shown = said(seat)
        assert "Create web1: failed: The guest holds on to it: web1; left over: delete" in shown
        await seat.press("I")
        await until_said(seat, "What went wrong: The guest holds on to it: web1.")
        await seat.press("l")
        await seat.until_gone("What went wrong")
        assert records(tmp_path) == 0


async def test_an_undoing_that_fails_is_offered_again_at_once(tmp_path: Path) -> None:
    async with lab(tmp_path) as (seat, host):
        uuid = host.named("web1").uuid
        host.fail = {Suspend: Refused("no"), SetAutostart: Refused("The disk is full")}
        on = SetAutostart(uuid, on=True)
        host.fail.pop(SetAutostart)
        begin(seat, host, on, WaitReady(uuid, 0.0), Suspend(uuid))
        await until_said(seat, "I finishes or undoes it")
        host.fail = {SetAutostart: Refused("The disk is full")}
        for _ in range(2):
            await seat.press("I")
            await seat.until_shown("Leave things as they are")
            await seat.press("u")
            await seat.until_shown("type web1 to do it")
            ended = len(seat.app.cockpit.jobs.past)
            await seat.press(*"web1", "enter")
            await seat.until(lambda n=ended: len(seat.app.cockpit.jobs.past) > n)  # type: ignore[misc]
            await until_said(seat, "Undo: Create web1: failed: The disk is full; left over:")
        await seat.press("I")
        await until_said(seat, "What went wrong: The disk is full")
        await until_said(seat, "it was being undone: undo the rest")
        await seat.press("f")
        assert "Leave things as they are" in seat.text()


async def test_two_things_are_offered_one_after_the_other(tmp_path: Path) -> None:
    async with lab(tmp_path) as (seat, host):
        uuid = host.named("web1").uuid
        host.fail = {Suspend: Refused("no")}
        for number in range(2):
            begin(seat, host, SetAutostart(uuid, on=True), WaitReady(uuid, 0.0), Suspend(uuid))
            await seat.until(lambda n=number: records(tmp_path) == n + 1)  # type: ignore[misc]
            await seat.until(lambda: not seat.app.cockpit.jobs.running)
        await seat.press("I")
        for left in (1, 0):
            await seat.until_shown("Leave things as they are")
            await seat.press("l")
            await seat.until(lambda n=left: records(tmp_path) == n)  # type: ignore[misc]
        await seat.until_gone("Leave things as they are")


async def test_what_comes_to_be_left_meanwhile_is_offered_next(tmp_path: Path) -> None:
    async with lab(tmp_path) as (seat, host):
        uuid = host.named("web1").uuid
        host.fail = {Suspend: Refused("no")}
        steps = (SetAutostart(uuid, on=True), WaitReady(uuid, 0.0), Suspend(uuid))
        begin(seat, host, *steps)
        await seat.until(lambda: not seat.app.cockpit.jobs.running)
        await seat.press("I")
        await seat.until_shown("Leave things as they are")
        begin(seat, host, *steps)
        await seat.until(lambda: not seat.app.cockpit.jobs.running)
        first = seat.app.screen
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.app.screen, Choose))
        await seat.until(lambda: seat.app.screen is not first)
        await seat.press("escape")
        await seat.until_gone("Leave things as they are")
        assert records(tmp_path) == 2, "each was offered once, and none is forgotten"


@pytest.mark.parametrize("read_only", [False, True])
async def test_who_only_looks_is_offered_nothing(tmp_path: Path, *, read_only: bool) -> None:
    """Neither by a key nor at the start: it could only fail, and make things worse."""
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "1-1-1.jsonl").write_text("no json")
    host = DemoHost(HostId("lab"), guests=12, speed=0, lively=False)
    cockpit = cockpit_for(demo_hosts(host), tmp_path / "journal", read_only=read_only)
    assert ("interrupted" in [one.id for one in cockpit.possible()]) is not read_only
    cockpit.problems = ["the first words"]
    async with sit_down(cockpit) as seat:
        await seat.until_shown("the first words")
        if not read_only:
            await seat.until_shown("A damaged record")
            await seat.press("k")
            await seat.until_gone("A damaged record")
        await seat.press("3")
        await seat.until_shown("no jobs yet")
        await seat.pilot.pause()
        assert "A damaged record" not in seat.text()
        assert records(tmp_path) == 1
