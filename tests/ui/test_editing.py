"""The person's editor gets the terminal when nothing else has it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.ui.cockpits import cockpit_for, sit_down
from vmtui.errors import Unsupported
from vmtui.ui.editing import edit


async def test_the_editor_waits_for_the_program_that_has_the_terminal(tmp_path: Path) -> None:
    async with sit_down(cockpit_for([], tmp_path)) as seat:
        screen = seat.app.cockpit.fleet.screen
        async with screen:
            editing = asyncio.create_task(edit(seat.app, screen, "text", ".txt"))
            await seat.until(lambda: len(screen._waiters or ()) == 1)
            assert not editing.done()
        # There is no terminal to give in a test.
        with pytest.raises(Unsupported):
            await editing
        assert not screen.locked()
