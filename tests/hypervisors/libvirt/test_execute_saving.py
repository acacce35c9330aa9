"""Managed saves on libvirt's test driver, which has neither progress nor a way to abort."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet, opened
from vmtui.errors import Conflict, NotFound
from vmtui.model.change import ChangeKind
from vmtui.model.steps import DiscardSaved, ManagedSave, Start

ON, OFF, SAVED = UUID.format(0), UUID.format(1), UUID.format(2)
HOST = (
    "on",
    "off|<test:runstate>5</test:runstate>",
    "saved|<test:runstate>5</test:runstate><test:hasmanagedsave/>",
)


async def test_it_saves_and_the_next_start_resumes(tmp_path: Path) -> None:
    async with opened(fleet(tmp_path, *HOST)) as bench:
        domain = bench.conn.lookupByUUIDString(ON)
        assert await bench.run(ManagedSave(ON)) is None
        assert domain.hasManagedSaveImage()
        assert not domain.isActive()
        assert bench.said_to_change(ChangeKind.GUEST, ON)
        await bench.run(Start(ON))
        assert domain.isActive()
        assert not domain.hasManagedSaveImage()


async def test_what_is_off_cannot_be_saved(tmp_path: Path) -> None:
    async with opened(fleet(tmp_path, *HOST)) as bench:
        with pytest.raises(Conflict):
            await bench.run(ManagedSave(OFF))
        with pytest.raises(NotFound):
            await bench.run(ManagedSave(UUID.format(99)))
        assert bench.announced == []


async def test_discarding_is_announced_and_may_be_repeated(tmp_path: Path) -> None:
    async with opened(fleet(tmp_path, *HOST)) as bench:
        for _ in range(2):
            await bench.run(DiscardSaved(SAVED))
            assert not bench.conn.lookupByUUIDString(SAVED).hasManagedSaveImage()
        assert bench.said_to_change(ChangeKind.GUEST, SAVED)


async def test_a_cancelled_save_leaves_it_running(tmp_path: Path) -> None:
    """This driver knows no abort: what is saved by then is resumed."""
    async with opened(fleet(tmp_path, *HOST)) as bench:
        domain = bench.conn.lookupByUUIDString(ON)
        job = asyncio.create_task(bench.run(ManagedSave(ON)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # The loop does not turn meanwhile, so it cannot have heard that the save is done.
        deadline = time.monotonic() + 10
        while not domain.hasManagedSaveImage() and time.monotonic() < deadline:
            pass
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert domain.isActive()
        assert not domain.hasManagedSaveImage()
