"""Plans that mend a host itself: run, undone, recorded like those on guests; and its checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.support import HOST, Bench, eventually
from tests.engine.test_journal import as_if_dead, files
from vmtui.engine.checkup import Checkups
from vmtui.engine.job import JobState, TrackState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import leftovers
from vmtui.engine.record import Recorder
from vmtui.errors import Busy, ConnectionFailed, Refused
from vmtui.model.capabilities import Capabilities
from vmtui.model.finding import Finding, Level
from vmtui.model.guest import GuestKey
from vmtui.model.steps.mending import HOST_KINDS, LoadModule, StartNetwork, StopNetwork
from vmtui.plan.mend import effect_of, mend, why_not_mend
from vmtui.plan.plan import Risk

NETWORK = Finding(
    "network", "Guest network", Level.WARNING, "", mend="m", commands=("c",),
    fix="start-network", steps=(StartNetwork(name="default"),),
)  # fmt: skip
MODULE = Finding(
    "vhost-net", "vhost-net", Level.WARNING, "", fix="load-module",
    steps=(LoadModule(name="vhost_net"),),
)  # fmt: skip


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    bench.plug()
    bench.hosts[0].ailments |= {"autostart", "vhost"}
    await bench.up()
    yield bench
    await bench.fleet.close()


def test_the_plan() -> None:
    plan = mend(HOST, [NETWORK])
    assert (plan.verb, plan.title, plan.risk) == ("mend", f"Start the network of {HOST}", Risk.ASK)
    assert plan.tracks[0].key == GuestKey(HOST, "")
    assert [effect.text for effect in plan.effects] == [
        "starts the network default, now and with the host"
    ]
    assert mend(HOST, [NETWORK, MODULE, NETWORK]).tracks[0].steps == (*NETWORK.steps, *MODULE.steps)
    assert mend(HOST, [Finding("x", "", Level.FAILURE, "")]).empty


def test_why_not() -> None:
    assert why_not_mend(NETWORK, Capabilities()) is None
    assert "read-only" in (why_not_mend(NETWORK, Capabilities(read_only=True)) or "")
    by_hand = Finding("x", "", Level.FAILURE, "", "", "do this", ("c",))
    assert "copied" in (why_not_mend(by_hand, Capabilities()) or "")
    assert "nothing to do" in (why_not_mend(Finding("x", "", Level.PASS, ""), Capabilities()) or "")


@pytest.mark.parametrize("kind", HOST_KINDS, ids=lambda kind: kind.__name__)
def test_every_step_says_what_it_does(kind: type) -> None:
    assert effect_of(kind())


async def test_it_runs_and_is_forgotten(bench: Bench, tmp_path: Path) -> None:
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    job = jobs.submit(mend(HOST, [NETWORK, MODULE]))
    with pytest.raises(Busy):
        jobs.submit(mend(HOST, [MODULE]))
    await eventually(lambda: job.ended)
    assert job.state is JobState.DONE
    assert bench.hosts[0].ailments == set()
    assert files(tmp_path) == []
    await eventually(lambda: (bench.view().networks or ())[0].autostart)
    await jobs.close()


async def test_a_failure_undoes_what_was_done(bench: Bench, tmp_path: Path) -> None:
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    bench.hosts[0].fail[LoadModule] = Refused("no such module")
    job = jobs.submit(mend(HOST, [NETWORK, MODULE]))
    await eventually(lambda: job.ended)
    assert job.tracks[0].state is TrackState.UNDONE
    assert bench.hosts[0].ailments == {"autostart", "vhost"}
    await jobs.close()


async def test_what_was_interrupted_is_finished_or_undone(bench: Bench, tmp_path: Path) -> None:
    plan = mend(HOST, [NETWORK, MODULE])
    recorder = Recorder(tmp_path)
    record = await recorder.begin(plan, 1, 0.0)
    await record.note(0, 1, [StopNetwork(name="default")])
    recorder.close()
    as_if_dead(tmp_path)
    (found,) = leftovers(tmp_path).interrupted
    assert found.finish().tracks[0].steps == MODULE.steps
    assert found.undo().tracks[0].steps == (StopNetwork(name="default"),)
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    job = jobs.submit(found.finish(), replaces=found)
    await eventually(lambda: job.ended)
    assert job.state is JobState.DONE
    assert bench.hosts[0].ailments == {"autostart"}
    assert files(tmp_path) == []
    await jobs.close()


async def test_a_check_is_run_once_and_kept(bench: Bench) -> None:
    checkups = Checkups(bench.fleet)
    told: list[bool] = []
    checkups.listen(lambda: told.append(checkups.running(HOST)))
    assert checkups.latest(HOST) is None
    checkups.run(HOST)
    checkups.run(HOST)
    assert checkups.running(HOST)
    await eventually(lambda: checkups.latest(HOST))
    latest = checkups.latest(HOST)
    assert latest is not None
    assert {one.id for one in latest.findings if one.fix} == {"network", "vhost-net"}
    assert told == [True, False]
    assert bench.hosts[0].calls["inspect"] == 1


async def test_a_host_that_was_never_reached_is_checked_without_it() -> None:
    bench = Bench()
    demo = bench.plug()
    demo.refuse = ConnectionFailed("No daemon", "", "Start it")
    await eventually(lambda: bench.view().link.error)
    found = await bench.fleet.inspect(HOST)
    assert (found[0].id, found[0].level, found[0].mend) == ("connection", Level.FAILURE, "Start it")
    assert len(found) > 10
    await bench.fleet.close()


async def test_a_host_that_was_removed_says_so(bench: Bench) -> None:
    checkups = Checkups(bench.fleet)
    await bench.fleet.remove(HOST)
    checkups.run(HOST)
    await eventually(lambda: checkups.latest(HOST))
    latest = checkups.latest(HOST)
    assert latest is not None
    assert latest.error is not None
