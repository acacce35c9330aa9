"""The audit log: who did what, whole even after a kill, private, rotated, without secrets."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.plan.facts import HOST, guest
from vmtui.engine import audit, trail
from vmtui.engine.audit import Actor, AuditLog, actor_from
from vmtui.engine.job import Job, TrackState
from vmtui.errors import Conflict
from vmtui.model.capabilities import Capabilities
from vmtui.model.steps import Redefine
from vmtui.plan.lifecycle import VERBS
from vmtui.plan.plan import Plan, Track

ANNA = Actor("root", "anna", "10.0.0.7", "vmtui destroy")


def job(number: int = 1, verb: str = "destroy", started: float = 1000.0) -> Job:
    plan = VERBS[verb].plan([guest()], {HOST: Capabilities()})
    return Job(number, plan, started, lambda _job: None)


def end(one: Job, state: TrackState = TrackState.DONE) -> None:
    one.tracks[0].state = state
    one.ended = one.started + 2


def test_an_entry_tells_who_what_where_and_how_it_ended(tmp_path: Path) -> None:
    log, one = AuditLog(tmp_path / "a" / "audit.jsonl", ANNA), job()
    log.begun(one)
    one.tracks[0].error = Conflict("it is off", "already")
    end(one, TrackState.FAILED)
    log.ended(one)
    (entry,) = trail.read(log.path)
    assert (entry.user, entry.sudo_user, entry.ssh_client) == ("root", "anna", "10.0.0.7")
    assert (entry.verb, entry.title, entry.by) == ("destroy", "Force off web1", "vmtui destroy")
    assert (entry.begun, entry.ended, entry.result) == (1000.0, 1002.0, "failed")
    (touched,) = entry.guests
    assert (touched.host, touched.name, touched.steps) == ("lab", "web1", ("force off",))
    assert touched.error == "it is off: already"
    assert "lost" in entry.effects[0]


def test_a_killed_process_leaves_what_it_began(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", ANNA)
    log.begun(job())
    (entry,) = trail.read(log.path)
    assert (entry.ended, entry.result) == (None, "")
    assert trail.matches(entry, "not ended")


def test_it_is_for_its_owner_only(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "new" / "audit.jsonl", ANNA)
    log.begun(job())
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


def test_what_a_step_holds_is_not_written(tmp_path: Path) -> None:
    secret = "<graphics passwd='hunter2'/>"
    step = Redefine("uuid", definition=secret)
    plan = Plan("delete", "Delete web1", (Track(guest().key, "web1", (step,)),))
    log = AuditLog(tmp_path / "audit.jsonl", ANNA)
    log.begun(Job(1, plan, 1.0, lambda _job: None))
    assert "hunter2" not in log.path.read_text()


def test_it_is_rotated_and_read_across_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_BYTES", 1500)
    log = AuditLog(tmp_path / "audit.jsonl", ANNA)
    for number in range(40):
        one = job(number, started=1000.0 + number)
        log.begun(one)
        end(one)
        log.ended(one)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["audit.jsonl", *(f"audit.jsonl.{n}" for n in range(1, audit.KEPT + 1))]
    assert all(path.stat().st_size <= 1500 for path in tmp_path.iterdir())
    entries = trail.read(log.path)
    assert [entry.begun for entry in entries] == sorted(entry.begun for entry in entries)
    assert entries[-1].begun == 1039.0
    assert trail.read(log.path, since=1039.0) == entries[-1:]


def test_several_writers_at_once_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MOST_BYTES", 20_000)

    def write(base: int) -> None:
        log = AuditLog(tmp_path / "audit.jsonl", ANNA)
        for number in range(25):
            log.begun(job(base + number))

    writers = [threading.Thread(target=write, args=(base * 100,)) for base in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(trail.read(tmp_path / "audit.jsonl")) == 100


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", ANNA)
    log.begun(job())
    with log.path.open("a") as file:
        file.write('garbage\n{"event": "begun"}\n[1]\n{"event": "ended", "job": "nosuch"}\n{"ev')
    assert len(trail.read(log.path)) == 1
    assert trail.read(tmp_path / "nosuch") == []


def test_words_leave_those_that_have_them(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl", ANNA)
    log.begun(job())
    (entry,) = trail.read(log.path)
    assert trail.matches(entry, "ANNA web1 !db")
    assert not trail.matches(entry, "bert")
    assert not trail.matches(entry, "!anna")
    assert trail.matches(entry, "")


def test_who_it_is() -> None:
    environment = {"SUDO_USER": "anna", "SSH_CONNECTION": "fe80::1 5022 10.0.0.1 22"}
    assert actor_from(environment, 0) == Actor("root", "anna", "fe80::1")
    assert actor_from({}, 4_000_000) == Actor("4000000")


@pytest.mark.slow
def test_a_command_writes_it_and_the_demo_does_not(test_uri: str, own_home: Path) -> None:
    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "vmtui", *words], capture_output=True, text=True, check=False,
            env={**os.environ, "SUDO_USER": "anna"}, stdin=subprocess.DEVNULL, timeout=60,
        ).stdout  # fmt: skip

    run("--demo=hosts=1,guests=3,lively=0", "suspend", "web1")
    assert not list(own_home.rglob("audit.jsonl"))
    assert run("suspend", "-c", test_uri, "guest-001") == "guest-001: done\n"
    (entry,) = json.loads(run("audit", "--json", "guest-001"))["entries"]
    assert (entry["verb"], entry["result"], entry["sudo_user"]) == ("suspend", "done", "anna")
    assert "Suspend guest-001" in run("audit", "--since", "1h")
    assert "Suspend" not in run("audit", "--since", "2999-01-01")
