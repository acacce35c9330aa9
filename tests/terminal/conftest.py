"""What the tests of the terminal share: the native library, and a host of engines."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from vmtui.terminal.binding import Native, load
from vmtui.terminal.host import EngineHost
from vmtui.terminal.screen import Screen

MakeScreen = Callable[..., Screen]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the generated binding."""
    return tmp_path_factory.mktemp("binding")


@pytest.fixture(scope="session")
def native(cache: Path) -> Native:
    """The native library, in this process: for harmless bytes only."""
    return load(cache)


@pytest.fixture
def make_screen(native: Native) -> Iterator[MakeScreen]:
    """Makes screens and frees them."""
    made: list[Screen] = []

    def make(columns: int = 20, rows: int = 6, data: bytes = b"") -> Screen:
        screen = Screen(native, columns, rows)
        screen.feed(data)
        made.append(screen)
        return screen

    yield make
    for screen in made:
        screen.close()


@pytest_asyncio.fixture
async def host(cache: Path) -> AsyncIterator[EngineHost]:
    """A host of engine processes that loses patience soon."""
    host = EngineHost(cache, patience=1.5)
    yield host
    await host.close()
