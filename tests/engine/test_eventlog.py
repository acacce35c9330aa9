"""The event log is bounded and tells in lumps."""

from __future__ import annotations

import asyncio

from tests.engine.support import HOST
from vmtui.engine.eventlog import EventLog
from vmtui.model.change import Event, Happened


def event(number: int) -> Event:
    return Event(float(number), HOST, Happened.STARTED, name=f"g{number}")


async def test_the_oldest_gives_way() -> None:
    log = EventLog(limit=3)
    for number in range(5):
        log.append(event(number))
    assert [one.at for one in log] == [2, 3, 4]
    assert [one.at for one in log.last(2)] == [3, 4]
    assert len(log) == len(log.last(10)) == 3


async def test_the_listener_is_told_in_lumps() -> None:
    log, told = EventLog(), list[tuple[Event, ...]]()
    log.append(event(0))
    log.listen(told.append)
    log.append(event(1))
    log.append(event(2))
    await asyncio.sleep(0)
    assert told == [(event(1), event(2))]
    log.listen(None)
    log.append(event(3))
    await asyncio.sleep(0)
    assert len(told) == 1
