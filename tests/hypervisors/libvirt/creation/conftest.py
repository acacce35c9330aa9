"""A private hypervisor for the tests of this folder, each with an empty pool."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.creation.site import Site, hosting, image, opened_site
from tests.rig import Daemon


@pytest.fixture(scope="module")
def host() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with a pool, and the pool's folder."""
    with hosting() as host:
        yield host


@pytest.fixture
async def site(host: tuple[Daemon, Path]) -> AsyncIterator[Site]:
    """A connection to it; all that a test makes there is gone afterwards."""
    async with opened_site(*host) as site:
        yield site


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a moment to upload."""
    return image(tmp_path_factory.mktemp("files"), "big.img", 64)
