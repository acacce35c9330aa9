"""Turning guests on and off, on libvirt's test driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, Bench, fleet, opened
from vmtui.errors import NotFound, Refused, Unsupported, VmtuiError
from vmtui.hypervisors.libvirt.execute import EXECUTE
from vmtui.hypervisors.libvirt.states import guest_state, state_of
from vmtui.model.guest import GuestState
from vmtui.model.steps import (
    KINDS,
    CopyIn,
    CopyOut,
    CustomizeDisk,
    Destroy,
    FetchFile,
    GatherPackages,
    Reboot,
    Reset,
    RestartForChannel,
    Resume,
    RunAtConsole,
    RunBySsh,
    RunPlugin,
    Shutdown,
    Start,
    Step,
    Suspend,
    VerifyTools,
    Via,
    WaitFor,
    WaitReady,
    WaitTurn,
    WaitUp,
)

ON, OFF, PAUSED = UUID.format(0), UUID.format(1), UUID.format(2)
NOBODY = UUID.format(99)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A host with a guest that runs, one that is off and one that is paused."""
    uri = fleet(
        tmp_path,
        "on",
        "off|<test:runstate>5</test:runstate>",
        "paused|<test:runstate>3</test:runstate>",
    )
    async with opened(uri) as bench:
        yield bench


def state(bench: Bench, uuid: str) -> GuestState:
    """What the host says that a guest does."""
    return guest_state(state_of(bench.conn.lookupByUUIDString(uuid))[0])


def test_every_kind_of_step_has_its_function() -> None:
    engine = {
        FetchFile, WaitFor, WaitReady, WaitTurn, WaitUp, CopyIn, CopyOut, RunAtConsole, RunBySsh,
        GatherPackages, CustomizeDisk, RestartForChannel, VerifyTools, RunPlugin,
    }  # fmt: skip
    assert set(EXECUTE) == set(KINDS.values()) - engine


async def test_waiting_is_not_libvirts(bench: Bench) -> None:
    with pytest.raises(Unsupported):
        await bench.run(WaitFor(ON))


@pytest.mark.parametrize(
    ("step", "result", "undo"),
    [
        (Start(OFF), GuestState.RUNNING, None),
        (Shutdown(ON), GuestState.OFF, None),
        (Reboot(ON), GuestState.RUNNING, None),
        (Destroy(ON), GuestState.OFF, None),
        (Destroy(PAUSED), GuestState.OFF, None),
        (Destroy(OFF), GuestState.OFF, None),
        (Reset(ON), GuestState.RUNNING, None),
        (Suspend(ON), GuestState.PAUSED, Resume(ON)),
        (Suspend(PAUSED), GuestState.PAUSED, None),
        (Resume(PAUSED), GuestState.RUNNING, Suspend(PAUSED)),
    ],
)
async def test_what_a_verb_leads_to(
    bench: Bench, step: Step, result: GuestState, undo: Step | None
) -> None:
    assert await bench.run(step) == undo
    assert state(bench, step.uuid) is result
    assert bench.told
    assert bench.announced == []


@pytest.mark.parametrize("step", [Start(ON), Shutdown(OFF), Reset(OFF)])
async def test_the_wrong_state_changes_nothing(bench: Bench, step: Step) -> None:
    before = state(bench, step.uuid)
    with pytest.raises(VmtuiError):
        await bench.run(step)
    assert state(bench, step.uuid) is before


@pytest.mark.parametrize(
    "step", [kind(NOBODY) for kind in (Start, Shutdown, Reboot, Destroy, Reset, Suspend, Resume)]
)
async def test_a_guest_that_is_not_there(bench: Bench, step: Step) -> None:
    with pytest.raises(NotFound):
        await bench.run(step)


@pytest.mark.parametrize("kind", [Shutdown, Reboot])
async def test_a_driver_without_a_power_button_is_asked_its_own_way(
    bench: Bench, kind: type[Shutdown | Reboot]
) -> None:
    await bench.run(kind(ON, via=Via.ACPI))
    expected = GuestState.OFF if kind is Shutdown else GuestState.RUNNING
    assert state(bench, ON) is expected


async def test_a_driver_without_an_agent_says_so(bench: Bench) -> None:
    with pytest.raises(Unsupported):
        await bench.run(Shutdown(ON, via=Via.AGENT))
    assert state(bench, ON) is GuestState.RUNNING


async def test_a_read_only_connection_is_refused(tmp_path: Path) -> None:
    uri = fleet(tmp_path, "on")
    async with opened(uri, read_only=True) as bench:
        for kind in (Shutdown, Reboot, Destroy, Reset, Suspend):
            with pytest.raises(Refused):
                await bench.run(kind(ON))
        assert state(bench, ON) is GuestState.RUNNING
