"""Runs one track of a Job: its steps in order, and their undoing in reverse where one fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from vmtui.engine import retreat
from vmtui.engine.already import OF_A_GUEST, was_done
from vmtui.engine.bounded import abandon
from vmtui.engine.clock import Clock
from vmtui.engine.copying import copy
from vmtui.engine.fleet import Fleet
from vmtui.engine.job import Job, TrackRun, TrackState
from vmtui.engine.journal import FINISH, UNDO, InterruptedTrack
from vmtui.engine.ownsteps import BEGINS, MAKERS, WAITS, own_work
from vmtui.engine.record import Record
from vmtui.errors import Conflict, ConnectionLost, NotFound, TimedOut, VmtuiError
from vmtui.model.change import Change, ChangeKind
from vmtui.model.guest import Guest
from vmtui.model.host import LinkState
from vmtui.model.steps import (
    AddKey,
    CopyIn,
    CopyOut,
    DefineGuest,
    DeleteVolume,
    Destroy,
    Freeze,
    Redefine,
    RestartForChannel,
    Resume,
    SetClock,
    Start,
    Step,
    Thaw,
    Undefine,
    VerifyTools,
    WaitReady,
    WaitTurn,
)
from vmtui.model.steps.mending import HostStep

log = logging.getLogger(__name__)
T = TypeVar("T")

ABORT_PATIENCE = 5.0
"""Seconds that a step has to end once it was asked to."""
SETTLE = 0.25
"""Seconds that the store has to hear of the last step."""
NO_RETURN = (DeleteVolume,)
"""After these nothing that was done before is undone."""
TOLD_BY_AGENT = (Freeze, Thaw, SetClock, AddKey, Resume)
"""After these the guest's agent has something new to tell."""


class _Stopped(Exception):
    """The person cancelled, or another job took over."""

    left = False  # Whether the step did not end: what it makes may be there, wholly or half.


class Runner:
    """One track while it runs. `slots` bounds how many do something on one host at once."""

    def __init__(
        self,
        job: Job,
        index: int,
        fleet: Fleet,
        slots: asyncio.Semaphore,
        tell: Callable[[], None],
    ) -> None:
        self.job = job
        self.run: TrackRun = job.tracks[index]
        self._index = index
        self._fleet = fleet
        self._clock: Clock = fleet.clock
        self._slots = slots
        self._has_slot = False
        self._tell = tell
        self._stop = asyncio.Event()
        self._taken_over = ""
        self._standing: tuple[Step, ...] = ()
        """What takes away the guest that was made, once it stands."""
        self._undoes = job.plan.verb == UNDO
        self._stays = self._undoes
        """Whether what was done is not undone by itself any more."""

    async def inherit(self, left: InterruptedTrack, record: Record) -> None:
        """It finishes or undoes what was interrupted: what undoes that goes on to be known."""
        self._stays = True
        begun = None
        if not self._undoes:
            begun = left.begun
            self.run.undo = list(reversed(left.undo))
        if not (self._undoes and left.undo):
            self._standing = tuple(reversed(left.standing))
        undoes = self.run.undo
        await record.note(self._index, 0, undoes, begun, self._standing, why=left.why)

    @property
    def waits_last(self) -> bool:
        """Whether it waits for the guest, and that is the last thing it does."""
        run = self.run
        last = run.step == len(run.track.steps) - 1
        return last and isinstance(run.running_step, WAITS)

    @property
    def waits(self) -> bool:
        """Whether it waits for the guest, or for others before it."""
        run = self.run
        turn = run.state is TrackState.WAITING and isinstance(run.track.steps[run.step], WaitTurn)
        return turn or isinstance(run.running_step, WAITS)

    def stop(self) -> None:
        """Cancel it: the running step is aborted, what was done is undone."""
        self._stop.set()

    def give_way(self, title: str) -> None:
        """Another plan, of that title, does what this one waits for."""
        self._taken_over = title
        self._stop.set()

    async def go(self, record: Record) -> None:
        """Run it to its end. Raises no VmtuiError: the TrackRun tells."""
        run = self.run
        try:
            await self._forward(record)
        except _Stopped:
            if self._taken_over:
                self._set(TrackState.CANCELLED, f"taken over by: {self._taken_over}")
            else:
                await self._give_up(record, "")
                self._set(TrackState.CANCELLED, self._told() or run.words)
        except Exception as error:  # noqa: BLE001 - a job must end and tell, whatever happened
            run.error = _ours(error)
            could_undo = bool(run.undo)
            await self._give_up(record, str(run.error))
            undone = could_undo and not run.undo_errors
            self._set(TrackState.UNDONE if undone else TrackState.FAILED, run.words)
        else:
            run.step, run.undo = len(run.track.steps), []
            self._set(TrackState.DONE, run.outcome or run.words)
        finally:
            self._free_slot()
            self.job.turns.ended(run)
        if not run.left:
            await record.end_track(self._index)

    def _told(self) -> str:
        stands = bool(self._standing) and not self._undoes
        return retreat.told(self.run.left, stands=stands)

    async def _forward(self, record: Record) -> None:
        run = self.run
        self._check_there()
        before = self._guest()
        for index, step in enumerate(run.track.steps):
            if isinstance(step, WAITS):
                self._free_slot()
            elif not self._has_slot:
                await self._take_slot()
            if self._stop.is_set():
                raise _Stopped
            before = self._guest()
            run.step, run.fraction, run.since = index, None, self._clock.now()
            waits = isinstance(step, WaitTurn)
            self._set(TrackState.WAITING if waits else TrackState.RUNNING, "")
            undo, stopped = None, False
            begun = await self._begin(step, index, record)
            try:
                undo = await self._do(step)
            except _Stopped as stop:
                stopped = True
                undo = begun if stop.left else stop.args[0] if stop.args else None
            except ConnectionLost:
                # Nobody could take away what was half made.
                run.undo += [begun] if begun is not None and not self._undoes else []
                raise
            if undo is not None and not self._undoes:
                run.undo.append(undo)
            if isinstance(step, NO_RETURN) and not stopped:
                # To bring back the guest without this would make it only half again.
                run.undo.clear()
                self._stays = True
            if undo is not None or not stopped:
                await record.note(self._index, index + 1, run.undo, standing=self._standing)
            if stopped:
                raise _Stopped
        await self._settle(before)

    async def _begin(self, step: Step, index: int, record: Record) -> Step | None:
        """Note what will undo the step before it is done; None where it makes nothing."""
        if isinstance(step, WaitReady) or (isinstance(step, VerifyTools) and step.final):
            # All is made, and only to be looked at: it is not undone any more, but by a person.
            if isinstance(step, WaitReady):
                self._standing = (*self._standing, *self.run.undo)
            self._stays = True
            self.run.undo.clear()
            await record.note(self._index, index, (), standing=self._standing)
        made = (*self.run.track.steps[:index], *self.run.undo)
        makes = any(isinstance(one, (DefineGuest, Undefine)) for one in made)
        if isinstance(step, Start) and makes and not self._undoes:
            # It may run from here on, and its disks go only once it does not.
            self.run.undo.append(Destroy(step.uuid))
            await record.note(self._index, index, self.run.undo)
        if isinstance(step, Freeze):
            # Killed in its middle, the guest must not stay frozen unseen.
            thaw = Thaw(step.uuid)
            await record.note(self._index, index, self.run.undo, thaw)
            return thaw
        if isinstance(step, RestartForChannel):
            # Nor must it stay off; where it fails, the step has told itself what starts the guest.
            await record.note(self._index, index, self.run.undo, replace(step, asked=True))
            return None
        if not isinstance(step, MAKERS):
            return None
        hypervisor = self._fleet.hypervisor(self.run.key.host)
        begun = await self._interruptible(hypervisor.foresee(step))
        if begun is not None:
            await record.note(self._index, index, self.run.undo, begun)
        return begun

    async def _settle(self, before: Guest | None) -> None:
        """Let the store hear of the last step, lest the row shows for a moment what was before."""
        self._free_slot()
        if before is not None and not isinstance(self.run.track.steps[-1], WAITS):
            await self._fleet.store.wait(lambda _: _gist(self._guest()) != _gist(before), SETTLE)

    def _guest(self) -> Guest | None:
        return self._fleet.store.inventory.guest(self.run.key)

    async def _do(self, step: Step) -> Step | None:
        if isinstance(step, WaitTurn):
            await self._interruptible(self.job.turns.wait(self.run.track, step))
            return None
        own = own_work(self._fleet, self.run, step, self._progress, self._stalled)
        try:
            if own is not None:
                outcome = await self._interruptible(own)
                self.run.outcome = outcome or self.run.outcome
                return None
            hypervisor = self._fleet.hypervisor(self.run.key.host)
            if isinstance(step, (CopyIn, CopyOut)):
                agent = hypervisor.agent(step.uuid)
                await self._interruptible(copy(agent, step, self._progress))
                return None
            return await self._interruptible(hypervisor.execute(step, self._progress))
        except (NotFound, Conflict) as error:
            verb, number = self.job.plan.verb, self.run.step
            if not was_done(verb, number, step, error, self._guest()):
                raise
            gone = isinstance(step, OF_A_GUEST)
            self.run.words = "its guest is gone" if gone else "was done already"
            return None
        finally:
            self._look_again(step)

    async def _interruptible(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, unless it is stopped: then `_Stopped` with what it still gave."""
        task = asyncio.ensure_future(work)
        stop = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            task.cancel()
            await asyncio.wait((task,), timeout=ABORT_PATIENCE)
        finally:
            stop.cancel()
            abandon(task)
        if task.done() and not task.cancelled() and task.exception() is None:
            raise _Stopped(task.result())
        stopped = _Stopped()
        ended = task.done() and (task.cancelled() or not isinstance(task.exception(), TimedOut))
        stopped.left = not ended
        raise stopped

    async def _give_up(self, record: Record, why: str) -> None:
        """Undo what was done; where there is no way back, keep on record what is left."""
        run = self.run
        before = record.last(self._index)
        if run.undo or not self._stays:
            undone = await retreat.undo(
                run,
                self._undo,
                lambda steps, why: record.note(self._index, run.step, steps, undoing=True, why=why),
                self._set,
                _ours,
            )
            if run.left and not undone:
                # As when it was killed: it can be finished as well.
                await record.went_wrong(before, str(run.undo_errors[-1]))
            return
        run.left = retreat.left_of(run)
        if run.left:
            await record.went_wrong(before, why)

    async def _undo(self, step: Step) -> None:
        try:
            own = own_work(self._fleet, self.run, step, self._progress, self._stalled)
            if own is None:
                hypervisor = self._fleet.hypervisor(self.run.key.host)
                await hypervisor.execute(step, self._progress)
            else:
                await own
        finally:
            self._look_again(step)

    def _check_there(self) -> None:
        """Raises NotFound where the guest is known to be gone before anything was begun."""
        key, first = self.run.key, self.run.track.steps[0]
        if isinstance(first, (HostStep, *BEGINS)) or not key.uuid:
            return
        view = self._fleet.store.inventory.hosts.get(key.host)
        if self.job.plan.verb in (FINISH, UNDO) or isinstance(first, (Redefine, DeleteVolume)):
            return
        if any(isinstance(step, DefineGuest) for step in self.run.track.steps):
            return
        up = view is not None and view.listed and view.link.state is LinkState.UP
        if up and view is not None and key.uuid not in view.guests:
            raise NotFound(f"{self.run.track.name} is not there any more")

    def _look_again(self, step: Step) -> None:
        """Not every hypervisor announces everything that a step changes."""
        host = self.run.key.host
        if isinstance(step, HostStep):
            self._fleet.changed(host, Change(ChangeKind.POOL, ""))
            self._fleet.changed(host, Change(ChangeKind.NETWORK, ""))
            return
        if not step.uuid:
            return
        self._fleet.changed(host, Change(ChangeKind.GUEST, step.uuid))
        if isinstance(step, TOLD_BY_AGENT):
            self._fleet.ask_agent(self.run.key)
        if isinstance(step, (DeleteVolume, *MAKERS)):
            self._fleet.changed(host, Change(ChangeKind.POOL, ""))

    async def _take_slot(self) -> None:
        try:
            await self._interruptible(self._slots.acquire())
        except _Stopped as stop:
            if stop.args:
                self._slots.release()
            raise _Stopped from None
        self._has_slot = True

    def _free_slot(self) -> None:
        if self._has_slot:
            self._has_slot = False
            self._slots.release()

    def _stalled(self, note: str) -> None:
        self._set(TrackState.STALLED, note)

    def _progress(self, fraction: float | None, words: str) -> None:
        self.run.fraction, self.run.words = fraction, words
        self._tell()

    def _set(self, state: TrackState, words: str) -> None:
        self.run.state, self.run.words = state, words
        self._tell()


def _gist(guest: Guest | None) -> tuple[object, ...] | None:
    """What steps change of a guest."""
    if guest is None:
        return None
    return guest.name, guest.state, guest.started_at, guest.autostart, guest.saved, guest.snapshots


def _ours(error: Exception) -> VmtuiError:
    """A job must end and tell, also where the program itself is at fault."""
    if isinstance(error, VmtuiError):
        return error
    log.error("A step failed in vmtui itself", exc_info=error)
    return VmtuiError("vmtui itself failed in doing this", repr(error), "The log tells more.")
