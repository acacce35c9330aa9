"""The threads of a connection: nobody waits for a call that hangs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import libvirt
import pytest

from vmtui.engine.pace import Pace
from vmtui.errors import ConnectionLost, NotFound, TimedOut, VmtuiError
from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.calls import Calls, Lane


@pytest.fixture
def calls() -> Iterator[Calls]:
    """The threads of one connection."""
    calls = Calls("test")
    yield calls
    calls.close()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs until it is set; set at the end."""
    gate = threading.Event()
    yield gate
    gate.set()


async def until(condition: object, seconds: float = 30.0) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_it_returns_what_the_function_returns(calls: Calls) -> None:
    assert await calls.run(lambda a, b: a + b, 1, 2) == 3
    assert calls.count == 1


async def test_it_runs_outside_the_loop_in_daemon_threads(calls: Calls) -> None:
    thread = await calls.run(threading.current_thread)
    assert thread is not threading.current_thread()
    assert thread.daemon


async def test_libvirts_errors_are_translated(calls: Calls) -> None:
    eventloop.prepare()
    conn = libvirt.open("test:///default")
    with pytest.raises(NotFound):
        await calls.run(conn.lookupByName, "nobody")
    conn.close()


async def test_other_errors_pass(calls: Calls) -> None:
    with pytest.raises(ZeroDivisionError):
        await calls.run(lambda: 1 // 0)


async def test_each_error_whose_words_are_no_text_is_one_of_its_own(calls: Calls) -> None:
    """One that were raised again and again would hold on to every place where it was."""
    eventloop.prepare()
    caught: list[VmtuiError] = []
    for _ in range(2):
        with pytest.raises(VmtuiError, match="no text") as info:
            await calls.run(lambda: b"\xff".decode())
        caught.append(info.value)
    assert caught[0] is not caught[1]


async def test_a_call_that_hangs_is_left_alone(calls: Calls, gate: threading.Event) -> None:
    with pytest.raises(TimedOut):
        await calls.run(gate.wait, timeout=0.05)
    assert calls.stuck == 1
    gate.set()
    await until(lambda: calls.stuck == 0)


async def test_hanging_calls_are_replaced(calls: Calls, gate: threading.Event) -> None:
    for _ in range(Lane.AGENT.threads + 2):
        with pytest.raises(TimedOut):
            await calls.run(gate.wait, timeout=0.02, lane=Lane.AGENT)
    assert await calls.run(lambda: "still", timeout=1.0, lane=Lane.AGENT) == "still"
    gate.set()
    await until(lambda: calls.stuck == 0)
    assert await calls.run(lambda: "and then", timeout=1.0, lane=Lane.AGENT) == "and then"


async def test_reading_does_not_wait_for_jobs(calls: Calls, gate: threading.Event) -> None:
    jobs = [asyncio.create_task(calls.run(gate.wait, lane=Lane.LONG)) for _ in range(5)]
    await asyncio.sleep(0)
    assert await calls.run(lambda: 7, timeout=1.0) == 7
    gate.set()
    assert await asyncio.gather(*jobs) == [True] * 5


async def test_cancelling_abandons(calls: Calls, gate: threading.Event) -> None:
    task = asyncio.create_task(calls.run(gate.wait))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert calls.stuck == 1


async def test_a_cancelled_call_that_was_queued_never_runs(
    calls: Calls, gate: threading.Event
) -> None:
    ran = threading.Event()
    first = [
        asyncio.create_task(calls.run(gate.wait, lane=Lane.AGENT))
        for _ in range(Lane.AGENT.threads)
    ]
    second = asyncio.create_task(calls.run(ran.set, lane=Lane.AGENT))
    await asyncio.sleep(0.02)
    second.cancel()
    await asyncio.wait((second,))
    gate.set()
    await asyncio.gather(*first)
    await calls.run(lambda: None, lane=Lane.AGENT)
    assert not ran.is_set()
    assert calls.stuck == 0


async def test_there_is_a_thread_for_each_agent_that_the_engine_waits_for(
    calls: Calls, gate: threading.Event
) -> None:
    most = Pace().agents + Pace().agents_slow
    before = threading.active_count()
    tasks = [asyncio.create_task(calls.run(gate.wait, lane=Lane.AGENT)) for _ in range(most - 1)]
    assert await calls.run(lambda: "there", timeout=60, lane=Lane.AGENT) == "there"
    gate.set()
    await asyncio.gather(*tasks)
    # Once they have nothing to do most of them end, and let go of their connections.
    await until(lambda: threading.active_count() - before <= Lane.AGENT.kept)
    assert await calls.run(lambda: "still", timeout=60, lane=Lane.AGENT) == "still"


async def test_many_calls_all_come_back(calls: Calls) -> None:
    lanes = list(Lane)
    numbers = range(2000)
    found = await asyncio.gather(*(calls.run(int, str(n), lane=lanes[n % 4]) for n in numbers))
    assert found == list(numbers)


async def test_calls_one_after_the_other_stay_in_one_thread(calls: Calls) -> None:
    threads = {await calls.run(threading.get_ident) for _ in range(300)}
    assert len(threads) == 1
    both = await asyncio.gather(*(calls.run(threading.Event().wait, 0.05) for _ in range(2)))
    assert both == [False, False]
    threads = {await calls.run(threading.get_ident) for _ in range(100)}
    assert len(threads) == 1


async def test_closing_fails_the_waiting_ones_at_once(calls: Calls, gate: threading.Event) -> None:
    tasks = [asyncio.create_task(calls.run(gate.wait, lane=Lane.AGENT)) for _ in range(3)]
    await asyncio.sleep(0.02)
    begun = time.perf_counter()
    calls.close()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert time.perf_counter() - begun < 20
    assert all(isinstance(error, ConnectionLost) for error in found)
    with pytest.raises(ConnectionLost):
        await calls.run(lambda: 1)


async def test_threads_end_with_it_and_say_so() -> None:
    ended: list[str] = []
    calls = Calls("ending", on_exit=lambda: ended.append(threading.current_thread().name))
    await calls.run(lambda: 1)
    await calls.run(lambda: 1, lane=Lane.LONG)
    calls.close()
    await until(lambda: len(ended) == 2)
    await until(lambda: not [t for t in threading.enumerate() if t.name.startswith("ending")])


async def test_a_broken_connection_is_told() -> None:
    told: list[VmtuiError] = []
    calls = Calls("broken", on_lost=told.append)

    def fail() -> None:
        raise ConnectionLost("gone")

    with pytest.raises(ConnectionLost):
        await calls.run(fail)
    assert told == [ConnectionLost("gone")]
    calls.close()


def test_the_end_of_the_program_waits_for_nobody() -> None:
    code = """
import asyncio, threading
from vmtui.hypervisors.libvirt.calls import Calls
async def main():
    calls = Calls()
    task = asyncio.create_task(calls.run(threading.Event().wait))
    await asyncio.sleep(0.1)
    calls.close()
asyncio.run(main())
"""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert time.perf_counter() - begun < 50
