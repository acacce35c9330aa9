"""The audit log: what vmtui did, when, at whose wish, to which guests, and how it ended.

JSON lines, two for each job: one when it begins and one when it has ended, so that a killed process
leaves the first. Steps are named and effects told; what a step holds (a definition, a password) is
not written. The file is for its owner only and rotated; several processes may write it at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vmtui.engine.job import Job, JobState, TrackRun

VERSION = 1
MOST_BYTES = 2_000_000
KEPT = 5
"""Older files that are kept: `audit.jsonl.1` is the newest of them."""
EFFECTS_MOST, TEXT_MOST = 200, 1000


@dataclass(frozen=True, slots=True)
class Actor:
    """At whose wish something is done."""

    user: str
    sudo_user: str = ""
    """Who became `user` through sudo, or ""."""
    ssh_client: str = ""
    """The address from which they came in, or ""."""
    by: str = "screen"
    """screen, or the command that was run."""


def actor_from(environment: Mapping[str, str], uid: int, by: str = "screen") -> Actor:
    """The person, as the system and the environment tell."""
    try:
        user = pwd.getpwuid(uid).pw_name
    except KeyError:
        user = str(uid)
    client = environment.get("SSH_CONNECTION") or environment.get("SSH_CLIENT") or ""
    return Actor(user, environment.get("SUDO_USER", ""), client.partition(" ")[0], by)


class AuditLog:
    """Appends to the file `path`; its methods block, and are for the journal's thread."""

    def __init__(self, path: Path, actor: Actor) -> None:
        self.path = path
        self._actor = actor

    def begun(self, job: Job) -> None:
        """A job begins. Raises OSError where the file cannot be written."""
        plan = job.plan
        self._append(
            {
                "version": VERSION,
                "event": "begun",
                "job": _name(job),
                "at": job.started,
                **asdict(self._actor),
                "verb": plan.verb,
                "title": _short(plan.title),
                "risk": plan.risk.value,
                "effects": [_short(effect.text) for effect in plan.effects[:EFFECTS_MOST]],
                "guests": [
                    {
                        "host": run.key.host,
                        "uuid": run.key.uuid,
                        "name": run.track.name,
                        "steps": [step.label for step in run.track.steps],
                    }
                    for run in job.tracks
                ],
            }
        )

    def ended(self, job: Job) -> None:
        """A job has ended. Raises OSError where the file cannot be written."""
        self._append(
            {
                "version": VERSION,
                "event": "ended",
                "job": _name(job),
                "at": job.ended,
                "result": job.state.value if job.state.ended else JobState.FAILED.value,
                "guests": [_result(run) for run in job.tracks],
            }
        )

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._locked()
        try:
            size = os.fstat(file).st_size
            if size and size + len(line) > MOST_BYTES:
                self._rotate()
                os.close(file)
                file = self._locked()
            while line:
                line = line[os.write(file, line) :]
        finally:
            os.close(file)

    def _locked(self) -> int:
        """The file that is there now, open and locked: another process may just have rotated it."""
        while True:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                if os.path.samestat(os.fstat(file), self.path.stat()):
                    return file
            except FileNotFoundError:
                pass
            os.close(file)

    def _rotate(self) -> None:
        for number in range(KEPT - 1, 0, -1):
            older = older_file(self.path, number)
            if older.exists():
                older.rename(older_file(self.path, number + 1))
        self.path.rename(older_file(self.path, 1))


def older_file(path: Path, number: int) -> Path:
    """The file that was written `number` rotations ago."""
    return path.with_name(f"{path.name}.{number}")


def _name(job: Job) -> str:
    return f"{int(job.started * 1000)}-{os.getpid()}-{job.id}"


def _result(run: TrackRun) -> dict[str, Any]:
    return {
        "host": run.key.host,
        "uuid": run.key.uuid,
        "state": run.state.value,
        "words": _short(run.words),
        "error": _short(str(run.error)) if run.error else "",
        "not_undone": [_short(str(error)) for error in run.undo_errors],
    }


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MOST else text[: TEXT_MOST - 1] + "…"
