"""Watching a first boot: what counts as ready, and what is said when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.engine.support import HOST, Bench, eventually
from vmtui.engine import birth
from vmtui.engine.birth import TROUBLES, watch
from vmtui.errors import NotFound
from vmtui.hypervisor import Progress
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Agent, Guest, GuestKey, GuestState
from vmtui.model.steps import Start, WaitReady


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[    1.2] Kernel panic - not syncing: VFS", "its kernel panicked"),
        ("Booting from Hard Disk...\r\nNo bootable device.", "nothing to boot from"),
        ("error: no such device: abcd\ngrub rescue> ", "boot loader is stuck"),
        ("You are in emergency mode. After logging in", "emergency mode"),
    ],
)
def test_a_boot_that_goes_wrong_is_told_by_its_words(text: str, words: str) -> None:
    found = next(said for pattern, said in TROUBLES if pattern.search(text))
    assert words in found


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.plug()
    await made.up()
    yield made
    await made.fleet.close()


def running(bench: Bench, agent: Agent | None = None) -> Guest:
    """A guest that runs, with its agent in that state where one is named."""
    return next(
        guest
        for guest in bench.view().guests.values()
        if guest.state is GuestState.RUNNING
        and guest.definition is not None
        and (agent is None or guest.definition.agent is agent)
    )


async def watched(bench: Bench, key: GuestKey, text: str | None, step: WaitReady) -> str:
    """What the watch says, with that text on the console."""

    async def shown(_key: GuestKey) -> str | None:
        return text

    bench.fleet.console_text = shown
    return await watch(bench.fleet, key, "web1", step, lambda _fraction, _words: None)


async def test_an_agent_that_answers_is_enough_where_none_was_expected(bench: Bench) -> None:
    key = running(bench, Agent.CONNECTED).key
    assert "its agent answers" in await watched(bench, key, "", WaitReady(key.uuid, 5))


@pytest.mark.slow
async def test_where_both_are_expected_an_early_agent_is_not_enough(bench: Bench) -> None:
    key = running(bench, Agent.CONNECTED).key
    step = WaitReady(key.uuid, 0.6, expect_agent=True)
    assert not (await watched(bench, key, "systemd starts", step)).startswith("ready")
    step = WaitReady(key.uuid, 5, expect_agent=True)
    assert (await watched(bench, key, "web1 login: ", step)).startswith("ready")
    said = "Cloud-init v. 22.4.2 finished at Tue, 24 Nov 2026"
    assert (await watched(bench, key, said, step)).startswith("ready")


@pytest.mark.slow
async def test_a_prompt_alone_says_that_the_agent_is_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(birth, "SETTLE", 0.2)
    key = running(bench, Agent.NO_CHANNEL).key
    step = WaitReady(key.uuid, 5, expect_agent=True)
    said = await watched(bench, key, "web1 login: ", step)
    assert said.startswith("ready: its console shows a prompt, its agent does not answer yet")


@pytest.mark.slow
async def test_an_agent_has_a_while_after_the_prompt_where_there_is_a_channel(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may come late; where it does not, that is said; without a channel nobody waits."""
    key = running(bench, Agent.CONNECTED).key
    seen = iter([Agent.DISCONNECTED, Agent.DISCONNECTED])
    monkeypatch.setattr(birth, "_agent", lambda _guest: next(seen, Agent.CONNECTED))
    said = await watched(bench, key, "web1 login: ", WaitReady(key.uuid, 30))
    assert said.startswith("ready: its console shows a prompt and its agent answers")
    monkeypatch.setattr(birth, "GRACE", 0.2)
    monkeypatch.setattr(birth, "_agent", lambda _guest: Agent.DISCONNECTED)
    said = await watched(bench, key, "web1 login: ", WaitReady(key.uuid, 30))
    assert said.startswith("ready: its console shows a prompt, its agent does not answer yet")
    monkeypatch.setattr(birth, "GRACE", 3600.0)
    monkeypatch.setattr(birth, "_agent", lambda _guest: Agent.NO_CHANNEL)
    said = await watched(bench, key, "web1 login: ", WaitReady(key.uuid, 30))
    assert said.startswith("ready: its console") and "agent" not in said


@pytest.mark.slow
async def test_after_the_limit_it_says_what_to_look_at(bench: Bench) -> None:
    key = running(bench, Agent.NO_CHANNEL).key
    step = WaitReady(key.uuid, 0.3)
    assert "kernel panicked" in await watched(bench, key, "Kernel panic - not syncing", step)
    assert "console=ttyS0" in await watched(bench, key, "", step)
    assert "look at its console" in await watched(bench, key, "installing…", step)


@pytest.mark.slow
async def test_a_guest_that_is_gone_or_off_is_not_waited_for(bench: Bench) -> None:
    off = next(g for g in bench.view().guests.values() if g.state is GuestState.OFF)
    said = await watched(bench, off.key, "", WaitReady(off.key.uuid, 30))
    assert said.startswith("it is off again")


@pytest.mark.slow
async def test_a_guest_that_was_there_and_is_no_more_is_an_error(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(birth, "HEARD", 0.1)
    with pytest.raises(NotFound):
        await watched(bench, GuestKey(HOST, "no-such"), "", WaitReady("no-such", 30))


@pytest.mark.slow
async def test_a_console_that_nobody_has_open_is_read_here(bench: Bench) -> None:
    key = running(bench, Agent.NO_CHANNEL).key
    said = await watched(bench, key, None, WaitReady(key.uuid, 10))
    assert said.startswith("ready: its console shows a prompt")


@pytest.mark.slow
async def test_a_guest_that_was_ready_before_anybody_looked_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a kill left is finished long after the prompt: Enter brings it back, by either line."""
    monkeypatch.setattr(birth, "QUIET", 0.2)
    key = running(bench, Agent.NO_CHANNEL).key
    typed: list[bytes] = []

    class Line:
        async def write(self, data: bytes) -> None:
            typed.append(data)

        async def read(self, limit: int = 65536) -> bytes:
            raise AssertionError(limit)

        async def close(self) -> None:
            pass

    async def shown(_key: GuestKey) -> str:
        return "web1 login: " if typed else ""

    bench.fleet.console_text, bench.fleet.console_line = shown, lambda _key, _device: Line()
    nothing: Progress = lambda _fraction, _words: None  # noqa: E731
    said = await watch(bench.fleet, key, "web1", WaitReady(key.uuid, 0.6), nothing)
    assert not said.startswith("ready") and not typed, "nobody types into a first boot"
    said = await watch(bench.fleet, key, "web1", WaitReady(key.uuid, 60, late=True), nothing)
    assert said.startswith("ready: its console shows a prompt")
    assert typed == [b"\r"]


async def held(bench: Bench) -> Guest:
    """A guest that was started without running."""
    off = next(one for one in bench.view().guests.values() if one.state is GuestState.OFF)
    await bench.fleet.hypervisor(HOST).execute(Start(off.key.uuid, held=True), lambda *_: None)
    await eventually(lambda: state(bench, off.key) is GuestState.PAUSED)
    return off


def state(bench: Bench, key: GuestKey) -> GuestState:
    """What is known of it."""
    return bench.view().guests[key.uuid].state


async def test_a_guest_that_is_held_runs_once_its_console_is_heard(bench: Bench) -> None:
    key = (await held(bench)).key
    heard = False
    bench.fleet.console_hears = lambda _key: heard
    step = WaitReady(key.uuid, 0.5, held=True)
    watching = asyncio.create_task(watched(bench, key, "", step))
    await asyncio.sleep(0.6)
    assert state(bench, key) is GuestState.PAUSED
    heard = True
    await eventually(lambda: state(bench, key) is GuestState.RUNNING)
    await watching


async def test_a_guest_that_is_held_waits_until_its_console_loses_nothing(bench: Bench) -> None:
    bench.store.update_host(HOST, capabilities=Capabilities(console_lag=0.5))
    key = (await held(bench)).key
    bench.fleet.console_hears = lambda _key: True
    watching = asyncio.create_task(watched(bench, key, "", WaitReady(key.uuid, 0.5, held=True)))
    await asyncio.sleep(0.3)
    assert state(bench, key) is GuestState.PAUSED
    await eventually(lambda: state(bench, key) is GuestState.RUNNING)
    await watching


@pytest.mark.parametrize("hears", [None, lambda _key: None, lambda _key: False])
async def test_where_no_pane_will_hear_it_the_watch_does_or_time_is_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, hears: Callable[[GuestKey], bool | None] | None
) -> None:
    monkeypatch.setattr(birth, "HELD", 0.3)
    key = (await held(bench)).key
    bench.fleet.console_hears = hears
    step = WaitReady(key.uuid, 0.5, held=True)
    await watch(bench.fleet, key, "web1", step, lambda _fraction, _words: None)
    await eventually(lambda: state(bench, key) is GuestState.RUNNING)


async def test_a_watch_that_is_cancelled_leaves_nothing_held(bench: Bench) -> None:
    key = (await held(bench)).key
    bench.fleet.console_hears = lambda _key: False
    step = WaitReady(key.uuid, 5, held=True)
    watching = asyncio.create_task(watched(bench, key, "", step))
    await asyncio.sleep(0.2)
    watching.cancel()
    await eventually(lambda: state(bench, key) is GuestState.RUNNING)
    await asyncio.wait({watching})
