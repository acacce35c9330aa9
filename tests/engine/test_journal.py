"""What a killed process leaves: found, finished, undone, forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from tests.engine.support import Bench, eventually
from vmtui.engine.identity import Process, is_alive, this_process
from vmtui.engine.job import JobState
from vmtui.engine.jobs import Jobs
from vmtui.engine.journal import leftovers
from vmtui.engine.record import Recorder
from vmtui.errors import Busy, Conflict, Refused
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestKey, GuestState, HostId
from vmtui.model.installing import Sudo
from vmtui.model.steps import (
    Destroy,
    DiscardSaved,
    Freeze,
    Resume,
    RunAtConsole,
    SetAutostart,
    SetPassword,
    Start,
    Step,
    Suspend,
    Thaw,
    Undefine,
    WaitFor,
    WriteVolume,
)
from vmtui.plan.plan import Plan, Track

HOST = HostId("h1")
TWO = Plan(
    "x",
    "Do two",
    (
        Track(GuestKey(HOST, "u1"), "web[prod]", (Suspend("u1"), Destroy("u1"), Undefine("u1"))),
        Track(GuestKey(HOST, "u2"), "名前", (Start("u2"),)),
    ),
)
KILLED = """
import asyncio, sys
from pathlib import Path
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.jobs import Jobs
from vmtui.engine.store import Store
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.steps import ManagedSave, SetAutostart, Suspend
from vmtui.plan.plan import Plan, Track

async def main():
    store, events = Store(), EventLog()
    fleet = Fleet(store, events, History())
    demo = DemoHost(HostId("h1"), 12, speed=10.0)
    fleet.add(demo.id, demo.uri, demo.connect)
    await store.wait(lambda i: i.hosts[demo.id].listed, 5)
    uuid = demo.named("web1").uuid
    steps = (SetAutostart(uuid, on=True), ManagedSave(uuid))
    demo.speed = 1.0
    track = Track(GuestKey(demo.id, uuid), "web1", steps)
    job = Jobs(fleet, events, Path(sys.argv[1])).submit(Plan("x", "Save web1", (track,)))
    while not (job.tracks[0].step == 1 and job.tracks[0].fraction):
        await asyncio.sleep(0.01)
    print("in the middle", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def as_if_dead(folder: Path) -> None:
    """Make the records look as if their writer had been killed."""
    for path in folder.glob("*.jsonl"):
        header, *rest = path.read_text().splitlines(keepends=True)
        values = json.loads(header) | {"pid": 2**22 + 1, "born": "1"}
        path.write_text(json.dumps(values) + "\n" + "".join(rest))


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.slow
async def test_a_process_killed_in_the_middle(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"in the middle\n"
    assert leftovers(tmp_path).interrupted == (), "its writer lives"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    found = leftovers(tmp_path)
    assert not found.damaged
    (one,) = found.interrupted
    assert one.title == "Save web1"
    (track,) = one.tracks
    assert [type(step).__name__ for step in track.done] == ["SetAutostart"]
    assert [type(step).__name__ for step in track.remaining] == ["ManagedSave"]
    assert [type(step).__name__ for step in track.undo] == ["SetAutostart"]
    one.forget()
    assert leftovers(tmp_path).interrupted == ()


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (RunAtConsole("u1", "install", "apt-get install x"), None),
        (RunAtConsole("u1", "install", "apt-get install x", Sudo.FREE), None),
        (RunAtConsole("u1", "install", "x", Sudo.PASSWORD, password="p"),
         "its password was kept nowhere"),
        (RunAtConsole("u1", "install", "x", Sudo.DOAS, password="p"),
         "its password was kept nowhere"),
        (SetPassword("u1", "root", "p"), "its password was kept nowhere"),
        (WriteVolume("u1", "default", "seed.iso", b"seed"),
         "its seed was kept nowhere: a password may be in it"),
    ],
)  # fmt: skip
async def test_a_password_is_missed_only_where_one_is_asked_for(
    tmp_path: Path, step: Step, reason: str | None
) -> None:
    recorder = Recorder(tmp_path)
    await recorder.begin(Plan("x", "X", (Track(GuestKey(HOST, "u1"), "web1", (step,)),)), 1, 1.0)
    as_if_dead(tmp_path)
    (one,) = leftovers(tmp_path).interrupted
    assert one.why_not_finish() == reason
    recorder.close()


async def test_finishing_and_undoing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    record = await recorder.begin(TWO, 1, 1000.0)
    await record.note(0, 1, [Resume("u1")])
    await record.note(0, 2, [Resume("u1"), SetAutostart("u1")])
    await record.end_track(1)
    as_if_dead(tmp_path)
    (one,) = leftovers(tmp_path).interrupted
    assert one.begun == 1000.0
    finish = one.finish()
    assert finish.tracks == (Track(GuestKey(HOST, "u1"), "web[prod]", (Undefine("u1"),)),)
    assert finish.title == "Finish: Do two"
    assert finish.effects[0].destructive
    undo = one.undo()
    steps: tuple[Step, ...] = (SetAutostart("u1"), Resume("u1"))
    assert undo.tracks[0].steps == steps
    recorder.close()


async def test_an_ended_job_leaves_nothing(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    record = await recorder.begin(TWO, 1, 1000.0)
    (path,) = files(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await record.end(keep=False)
    assert files(tmp_path) == []
    recorder.close()


async def test_only_waiting_is_nothing_left(tmp_path: Path) -> None:
    plan = Plan("x", "X", (Track(GuestKey(HOST, "u"), "n", (Start("u"), WaitFor("u"))),))
    recorder = Recorder(tmp_path)
    record = await recorder.begin(plan, 1, 1.0)
    await record.note(0, 1, [])
    as_if_dead(tmp_path)
    assert leftovers(tmp_path).interrupted == ()
    assert files(tmp_path) == []
    recorder.close()


async def test_the_last_line_may_be_torn(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    record = await recorder.begin(TWO, 1, 1.0)
    await record.note(0, 1, [Resume("u1")])
    as_if_dead(tmp_path)
    (path,) = files(tmp_path)
    with path.open("a") as file:
        file.write('{"track":0,"do')
    (one,) = leftovers(tmp_path).interrupted
    assert len(one.tracks[0].done) == 1
    recorder.close()


@pytest.mark.parametrize(
    "damage",
    [
        b"", b"\n", b"null\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b"not json\n",
        b'{"version":1}\n', b'{"version":99,"pid":1}\n',
        b'{"version":1,"pid":1,"born":"","world":"","begun":0,"verb":"","title":"","tracks":[{}]}\n',
        b'{"version":1,"pid":4194999,"born":"9","world":"","begun":0,"verb":"x","title":"t",'
        b'"tracks":[]}\n{"track":7,"done":1,"undo":[]}\n',
        b'{"version":1,"pid":4194999,"born":"9","world":"","begun":0,"verb":"x","title":"t",'
        b'"tracks":[{"host":"h","uuid":"u","name":"n","steps":[{"kind":"Explode","uuid":"u"}]}]}\n',
    ],
)  # fmt: skip
def test_a_damaged_record_is_reported(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "1-1-1.jsonl").write_bytes(damage)
    found = leftovers(tmp_path)
    assert len(found.damaged) == 1
    assert found.damaged[0].reason
    found.damaged[0].forget()
    assert leftovers(tmp_path).damaged == ()


def test_no_folder_is_no_leftover(tmp_path: Path) -> None:
    assert leftovers(tmp_path / "none").interrupted == ()


def test_processes_are_told_apart() -> None:
    me = this_process()
    assert is_alive(me) is True
    assert is_alive(Process(me.pid, "1", me.world)) is False
    assert is_alive(Process(2**22 + 1, "1", me.world)) is False
    assert is_alive(Process(me.pid, me.born, "elsewhere")) is None
    assert os.getpid() == me.pid


async def test_a_writer_elsewhere_is_known_by_its_lock(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    record = await recorder.begin(TWO, 1, 1.0)
    (path,) = files(tmp_path)
    header = json.loads(path.read_text()) | {"world": "another machine"}
    with path.open("r+") as file:
        file.write(json.dumps(header, separators=(",", ":")) + "\n")
        file.truncate()
    assert leftovers(tmp_path).interrupted == ()
    await record.note(0, 1, [])
    record._close(keep=True)
    assert len(leftovers(tmp_path).interrupted) == 1
    recorder.close()


async def test_a_folder_that_cannot_be_written_stops_no_plan(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path / "file" / "journal")
    job = jobs.submit(suspend(demo))
    await eventually(lambda: job.ended)
    assert job.state is JobState.DONE
    await jobs.close()


def suspend(demo: DemoHost, *more: Step) -> Plan:
    uuid = demo.named("web1").uuid
    return Plan("x", "X", (Track(GuestKey(HOST, uuid), "web1", (Suspend(uuid), *more)),))


async def test_what_could_not_be_undone_stays_and_can_be_undone_later(
    bench: Bench, tmp_path: Path
) -> None:
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    demo.fail = {Destroy: Refused("no"), Resume: Conflict("stuck")}
    uuid = demo.named("web1").uuid
    job = jobs.submit(suspend(demo, Destroy(uuid)))
    await eventually(lambda: job.ended)
    (one,) = leftovers(tmp_path).interrupted
    assert one.tracks[0].undo == (Resume(uuid),)
    demo.fail = {}
    undo = jobs.submit(one.undo(), replaces=one)
    await eventually(lambda: undo.ended)
    assert demo.named("web1").facts.state is GuestState.RUNNING
    assert files(tmp_path) == []
    with pytest.raises(Busy, match="not now"):
        jobs.submit(one.undo(), replaces=one)
    await jobs.close()


async def test_finishing_what_was_done_already(bench: Bench, tmp_path: Path) -> None:
    demo = bench.plug()
    await bench.up()
    uuid = demo.named("web1").uuid
    plan = Plan("delete", "D", (Track(GuestKey(HOST, uuid), "web1", (DiscardSaved(uuid),)),))
    recorder = Recorder(tmp_path)
    await recorder.begin(plan, 1, 1.0)
    as_if_dead(tmp_path)
    demo.remove(uuid)
    (one,) = leftovers(tmp_path).interrupted
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    job = jobs.submit(one.finish(), replaces=one)
    await eventually(lambda: job.ended)
    assert job.state is JobState.DONE
    assert job.tracks[0].words == "was done already"
    recorder.close()
    await jobs.close()


async def test_quitting_leaves_what_was_begun(bench: Bench, tmp_path: Path) -> None:
    demo = bench.plug()
    await bench.up()
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    demo.speed = 1.0
    uuid = demo.named("web1").uuid
    jobs.submit(suspend(demo, Destroy(uuid)))
    await eventually(lambda: len(list(tmp_path.glob("*.jsonl"))) == 1)
    await jobs.close()
    as_if_dead(tmp_path)
    assert len(leftovers(tmp_path).interrupted) == 1


async def test_a_guest_whose_freezing_was_cut_is_thawed(bench: Bench, tmp_path: Path) -> None:
    demo = bench.plug(speed=0.001)
    uuid = demo.named("web1").uuid
    jobs = Jobs(bench.fleet, bench.events, tmp_path)
    track = Track(GuestKey(demo.id, uuid), "web1", (Freeze(uuid),))
    jobs.submit(Plan("freeze", "Freeze", (track,)))
    await eventually(lambda: any(b"Thaw" in path.read_bytes() for path in tmp_path.iterdir()))
    await jobs.close()
    as_if_dead(tmp_path)
    (one,) = leftovers(tmp_path).interrupted
    assert one.undo().tracks[0].steps == (Thaw(uuid),)
