"""Jobs that make guests: what a killed program or a lost host leaves half made is known."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.support import HOST, Bench, eventually
from tests.engine.test_journal import as_if_dead
from vmtui.engine.job import TrackState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import Interrupted, leftovers
from vmtui.errors import ConnectionLost, TimedOut
from vmtui.hypervisor import Progress
from vmtui.model.guest import GuestKey, GuestState
from vmtui.model.spec import DiskSpec, GuestSpec, Place
from vmtui.model.steps import (
    CreateVolume,
    DefineGuest,
    DeleteVolume,
    Start,
    Step,
    UploadVolume,
)
from vmtui.plan.plan import Plan, Track

UUID = "9d3f6c1e-0000-4000-8000-000000000001"
PATH = "/var/lib/libvirt/images/new.img"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """An engine with a demo host that takes its time."""
    made = Bench()
    made.plug()
    await made.up()
    yield made
    await made.fleet.close()


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """A guest with an uploaded disk and an empty one."""
    file = tmp_path / "new.img"
    with file.open("wb") as made:
        made.truncate(600 << 20)
    spec = GuestSpec(UUID, "new", disks=(DiskSpec(Place("default", "new.img")),))
    steps: tuple[Step, ...] = (
        CreateVolume(UUID, "default", "new-data.qcow2", 1 << 30),
        UploadVolume(UUID, "default", "new.img", str(file)),
        DefineGuest(UUID, spec),
        Start(UUID),
    )
    return Plan("create", "Create new", (Track(GuestKey(HOST, UUID), "new", steps),))


def volumes(bench: Bench) -> set[str]:
    """The names of the host's volumes that belong to the guest."""
    return {v.name for v in bench.hosts[0].world.volumes.values() if v.name.startswith("new")}


async def test_a_guest_is_made_and_runs(bench: Bench, plan: Plan) -> None:
    job = Jobs(bench.fleet, bench.events).submit(plan)
    await eventually(lambda: job.tracks[0].state is TrackState.DONE)
    await eventually(lambda: (it := bench.find("new")) and it.state is GuestState.RUNNING)


async def test_of_a_step_that_does_not_end_what_is_half_made_is_known(
    bench: Bench, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled on a line that is dead: what takes it away is tried, and kept where that fails."""
    folder = tmp_path / "journal"
    begun = asyncio.Event()
    host = bench.fleet.hypervisor(HOST)
    execute = host.execute

    async def hang(step: Step, progress: Progress) -> Step | None:
        if isinstance(step, DeleteVolume):
            raise TimedOut("The host does not answer")
        if not isinstance(step, UploadVolume):
            return await execute(step, progress)
        begun.set()
        try:
            return await asyncio.Event().wait()  # type: ignore[return-value]
        except asyncio.CancelledError:
            raise TimedOut("The host does not answer") from None

    monkeypatch.setattr(host, "execute", hang)
    job = Jobs(bench.fleet, bench.events, folder).submit(plan)
    await begun.wait()
    job.cancel()
    run = job.tracks[0]
    await eventually(lambda: run.state is TrackState.CANCELLED)
    assert [type(step) for step in run.undo] == [DeleteVolume, DeleteVolume]
    assert len(run.undo_errors) == 2
    await eventually(lambda: job.ended)
    as_if_dead(folder)
    (left,) = leftovers(folder).interrupted
    names = [step.volume for step in left.tracks[0].undo if isinstance(step, DeleteVolume)]
    assert names == ["new.img", "new-data.qcow2"]


async def killed(bench: Bench, plan: Plan, folder: Path) -> Interrupted:
    """What is left where the program was killed in the middle of the upload."""
    job = Jobs(bench.fleet, bench.events, folder).submit(plan)
    run = job.tracks[0]
    bench.hosts[0].speed = 10.0
    await eventually(lambda: run.step == 1 and (run.fraction or 0) > 0.1)
    copied = folder.with_name("copied")
    shutil.copytree(folder, copied)
    job.cancel()
    bench.hosts[0].speed = 100.0
    await eventually(lambda: run.state is TrackState.CANCELLED)
    assert volumes(bench) == set(), "what is cancelled leaves nothing"
    as_if_dead(copied)
    (left,) = leftovers(copied).interrupted
    return left


async def test_a_killed_program_knows_what_it_had_begun(
    bench: Bench, plan: Plan, tmp_path: Path
) -> None:
    left = await killed(bench, plan, tmp_path / "journal")
    half = DeleteVolume(UUID, "default", "new.img", PATH)
    data = DeleteVolume(UUID, "default", "new-data.qcow2", PATH.replace(".img", "-data.qcow2"))
    assert left.tracks[0].begun == half
    assert left.undo().tracks[0].steps == (half, data)
    assert left.finish().tracks[0].steps == (half, *plan.tracks[0].steps[1:])


@pytest.mark.parametrize("finish", [True, False])
async def test_what_was_begun_is_finished_or_undone(
    bench: Bench, plan: Plan, tmp_path: Path, *, finish: bool
) -> None:
    left = await killed(bench, plan, tmp_path / "journal")
    # As the killed program had left them.
    demo = bench.hosts[0].connect()
    await demo.open(_Deaf())
    for step in plan.tracks[0].steps[:2]:
        await demo.execute(step, lambda _fraction, _words: None)
    job = Jobs(bench.fleet, bench.events).submit(left.finish() if finish else left.undo())
    await eventually(lambda: job.tracks[0].state is TrackState.DONE)
    assert volumes(bench) == ({"new.img", "new-data.qcow2"} if finish else set())
    await eventually(lambda: bool(bench.find("new")) is finish)


@pytest.mark.parametrize("finish", [True, False])
async def test_a_host_that_goes_away_in_the_middle_is_left_with_a_note(
    bench: Bench, plan: Plan, tmp_path: Path, *, finish: bool
) -> None:
    """Nothing can be taken away while it is gone: what would do it is kept for later.

    Where nothing was undone yet it can be finished as well, as if it had been killed.
    """
    demo, folder = bench.hosts[0], tmp_path / "journal"
    demo.fail[UploadVolume] = ConnectionLost("gone")
    demo.fail[DeleteVolume] = ConnectionLost("gone")
    job = Jobs(bench.fleet, bench.events, folder).submit(plan)
    run = job.tracks[0]
    await eventually(lambda: run.state is TrackState.FAILED)
    assert [step.volume for step in run.undo if isinstance(step, DeleteVolume)] == [
        "new-data.qcow2", "new.img",
    ]  # fmt: skip
    await eventually(lambda: leftovers(folder).interrupted)
    (left,) = leftovers(folder).interrupted
    demo.fail.clear()
    assert left.went_wrong == ("gone",)
    assert left.why_not_finish() is None
    job = Jobs(bench.fleet, bench.events).submit(left.finish() if finish else left.undo())
    await eventually(lambda: job.tracks[0].state is TrackState.DONE)
    assert volumes(bench) == ({"new.img", "new-data.qcow2"} if finish else set())


class _Deaf:
    def changed(self, change: object) -> None:
        """Nothing."""

    def happened(self, event: object) -> None:
        """Nothing."""

    def lost(self, error: object) -> None:
        """Nothing."""
