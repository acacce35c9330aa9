"""Engines for the tests, torn down whatever happened."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.engine.support import QUIET, Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """An engine at a fast pace, without hosts yet."""
    made = Bench()
    yield made
    await _down(made)


@pytest.fixture
async def quiet() -> AsyncIterator[Bench]:
    """An engine that reads only what is announced."""
    made = Bench(QUIET)
    yield made
    await _down(made)


async def _down(bench: Bench) -> None:
    for host in bench.hosts:
        host.hang = host.hang_open = host.hang_close = False
    await bench.fleet.close()
    for host in bench.hosts:
        host.stop()
