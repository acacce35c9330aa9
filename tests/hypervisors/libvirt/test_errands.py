"""Work that takes minutes in a thread, and those who stop it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from vmtui.errors import TimedOut
from vmtui.hypervisors.libvirt.calls import Calls
from vmtui.hypervisors.libvirt.creation import transfer
from vmtui.hypervisors.libvirt.creation.transfer import Errand, run_errand


@pytest.mark.parametrize("hangs", [False, True])
async def test_who_stops_it_is_told_where_it_did_not_end(
    hangs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a line that is dead the thread sees no stop: what it made may be there."""
    monkeypatch.setattr(transfer, "STOP_PATIENCE", 0.2)
    calls, dead, begun = Calls("errand"), threading.Event(), threading.Event()

    def work(errand: Errand) -> None:
        begun.set()
        if hangs:
            dead.wait()
        while True:
            errand.pause(0.01)

    task = asyncio.create_task(run_errand(calls, lambda _fraction, _words: None, work))
    assert await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(TimedOut if hangs else asyncio.CancelledError):
        await task
    dead.set()
    calls.close()
