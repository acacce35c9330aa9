"""The journal: plans that were begun and have not ended, and the plans that finish or undo them.

Written by `record`; read here, at the next start or when somebody asks.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vmtui.engine.identity import Process, is_alive
from vmtui.engine.record import SUFFIX, VERSION
from vmtui.errors import Invalid
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.record import lacks_secrets
from vmtui.model.steps import (
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    Reset,
    RunPlugin,
    Step,
    Undefine,
    WaitFor,
    WaitReady,
    WriteVolume,
    from_record,
)
from vmtui.plan.plan import Effect, Plan, Risk, Track

log = logging.getLogger(__name__)

FINISH = "finish"
UNDO = "undo"
"""The verbs of the plans made here."""
DESTRUCTIVE = (Destroy, Reset, Undefine, DeleteVolume, DeleteSnapshots, DiscardSaved)


@dataclass(frozen=True, slots=True)
class InterruptedTrack:
    """One guest's part that was not finished."""

    key: GuestKey
    name: str
    done: tuple[Step, ...]
    remaining: tuple[Step, ...]
    """The first of them may have been under way: it can be done already."""
    undo: tuple[Step, ...]
    """What would undo `done`, in the order to run it."""
    begun: Step | None = None
    """What takes away that which the first of `remaining` may have made, wholly or half."""
    standing: tuple[Step, ...] = ()
    """What takes away the guest that was made and stands, in the order to run it."""
    undoing: bool = False
    """Whether some of it is undone already: there is no way but back."""
    why: str = ""
    """What went wrong when that was last tried; "" where nothing did."""

    @property
    def taken_away(self) -> tuple[Step, ...]:
        """`begun`, as the steps to run first whether it is finished or undone."""
        return () if self.begun is None else (self.begun,)


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A plan that was left unfinished."""

    path: Path
    verb: str
    title: str
    begun: float
    """Seconds since the epoch."""
    tracks: tuple[InterruptedTrack, ...]

    def finish(self) -> Plan:
        """The plan of what remains; empty where nothing does."""
        tracks = [
            Track(track.key, track.name, track.taken_away + tuple(map(_late, track.remaining)))
            for track in self.tracks
        ]
        return _plan(FINISH, f"Finish: {self.title.removeprefix('Finish: ')}", tracks)

    def undo(self) -> Plan:
        """The plan that undoes what was done; empty where nothing can be.

        A guest that stands may have been used since: its name is to be typed.
        """
        tracks = [
            Track(track.key, track.name, track.taken_away + (track.undo or track.standing))
            for track in self.tracks
        ]
        title = self.title.removeprefix("Undo: ").removeprefix("Finish: ")
        plan = _plan(UNDO, f"Undo: {title}", tracks)
        if not any(track.standing and not track.undo for track in self.tracks):
            return plan
        word = plan.tracks[0].name if len(plan.tracks) == 1 else str(len(plan.tracks))
        return replace(plan, risk=Risk.TYPE_NAME, confirm_word=word)

    def why_not_finish(self) -> str | None:
        """None where it can be finished, else the reason in one sentence."""
        if any(track.undoing for track in self.tracks):
            return "it was being undone: undo the rest"
        if self.finish().empty:
            return "nothing is left to do"
        remaining = [step for track in self.tracks for step in track.remaining]
        lacking = [step for step in remaining if lacks_secrets(step)]
        if any(isinstance(step, WriteVolume) for step in lacking):
            return "its seed was kept nowhere: a password may be in it"
        if lacking:
            return "its password was kept nowhere"
        if any(isinstance(step, RunPlugin) for step in remaining):
            return "nobody knows how far the command came: run it again where that is right"
        return None

    @property
    def went_wrong(self) -> tuple[str, ...]:
        """What went wrong when it was last tried, each thing once."""
        return tuple(dict.fromkeys(track.why for track in self.tracks if track.why))

    def forget(self) -> None:
        """Remove its record and leave things as they are."""
        _remove(self.path)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read."""

    path: Path
    reason: str

    def forget(self) -> None:
        """Remove it."""
        _remove(self.path)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What was left behind, oldest first."""

    interrupted: tuple[Interrupted, ...] = ()
    damaged: tuple[Damaged, ...] = ()


def leftovers(folder: Path) -> Leftovers:
    """Read the records whose writers are no more, or gave up undoing.

    Never raises for what it finds; records of processes that live are left alone.
    """
    interrupted: list[Interrupted] = []
    damaged: list[Damaged] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    except OSError:
        return Leftovers()
    for path in paths:
        try:
            found = _read(path)
        except FileNotFoundError:
            continue  # another vmtui has just removed it
        except (OSError, ValueError, LookupError, TypeError, AttributeError, Invalid) as error:
            log.warning("The journal %s cannot be read: %r", path, error)
            damaged.append(Damaged(path, str(error) or repr(error)))
            continue
        if found is not None and found.tracks:
            interrupted.append(found)
        elif found is not None:
            found.forget()  # it was killed between the last step and the removal
    return Leftovers(tuple(interrupted), tuple(damaged))


@dataclass(slots=True)
class _TrackState:
    key: GuestKey
    name: str
    steps: tuple[Step, ...]
    done: int = 0
    undo: tuple[Step, ...] = field(default=())
    begun: Step | None = None
    standing: tuple[Step, ...] = ()
    undoing: bool = False
    why: str = ""
    ended: bool = False


def _read(path: Path) -> Interrupted | None:
    """The record, or None where its writer is still at it."""
    lines = path.read_bytes().split(b"\n")
    # The last line has no end where the writer was killed in the middle of it: not yet said.
    header, *notes = [json.loads(line) for line in lines[:-1]] or [None]
    if not isinstance(header, dict) or header.get("version") != VERSION:
        raise Invalid("It is no journal of this version of vmtui")
    gave_up = any(note.get("ended") and "track" not in note for note in notes)
    writer = Process(int(header["pid"]), str(header["born"]), str(header["world"]))
    if not gave_up and _is_written(path, writer):
        return None
    tracks = [
        _TrackState(
            GuestKey(HostId(str(track["host"])), str(track["uuid"])),
            str(track["name"]),
            tuple(from_record(step) for step in track["steps"]),
        )
        for track in header["tracks"]
    ]
    for note in notes:
        if "track" in note:
            _apply(tracks[note["track"]], note)
    verb = str(header["verb"])
    left = (_left(track, undoes=verb == UNDO) for track in tracks)
    return Interrupted(
        path,
        verb,
        str(header["title"]),
        float(header["begun"]),
        tuple(track for track in left if track is not None),
    )


def _apply(track: _TrackState, note: dict[str, Any]) -> None:
    if note.get("ended"):
        track.ended = True
        return
    track.done = int(note["done"])
    track.undo = tuple(from_record(step) for step in note["undo"])
    track.begun = from_record(note["begun"]) if "begun" in note else None
    track.standing = tuple(from_record(step) for step in note.get("standing", ()))
    track.undoing = bool(note.get("undoing"))
    track.why = str(note.get("why", track.why))


def _left(track: _TrackState, *, undoes: bool) -> InterruptedTrack | None:
    """None where nothing is left to finish or to undo."""
    remaining = track.steps[track.done :]
    only_waits = all(isinstance(step, (WaitFor, WaitReady)) for step in remaining)
    if track.ended or not remaining or (only_waits and not track.undo):
        return None
    undo, standing = tuple(reversed(track.undo)), tuple(reversed(track.standing))
    if undoes:
        # What is left of an undoing is its own rest; a guest that stood is asked for by its name.
        undo, standing = ((), remaining) if standing else (remaining, ())
    back = undoes or track.undoing
    return InterruptedTrack(
        track.key,
        track.name,
        track.steps[: track.done],
        () if back else remaining,
        undo,
        track.begun,
        standing,
        back,
        track.why,
    )


def _late(step: Step) -> Step:
    """The step as it is done when its time has gone by: a prompt that nobody saw is said once."""
    return replace(step, late=True) if isinstance(step, WaitReady) else step


def _is_written(path: Path, writer: Process) -> bool:
    """Whether its writer lives: by its number, or from elsewhere by its lock."""
    alive = is_alive(writer)
    if alive is not None:
        return alive
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _plan(verb: str, title: str, tracks: list[Track]) -> Plan:
    full = tuple(track for track in tracks if track.steps)
    effects = tuple(
        Effect(f"{track.name}: {words_of(step)}", isinstance(step, DESTRUCTIVE))
        for track in full
        for step in track.steps
    )
    return Plan(verb, title, full, effects, Risk.ASK)


def words_of(step: Step) -> str:
    """What it does, with the volume that goes."""
    if isinstance(step, DeleteVolume):
        return f"{step.label} {step.volume or step.path}" + (f" in {step.pool}" * bool(step.pool))
    return step.label


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The journal %s cannot be removed: %s", path, error)
