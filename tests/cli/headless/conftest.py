"""Fixtures for commands."""

from __future__ import annotations

import pytest

from tests.cli.headless.commands import Commands


@pytest.fixture
def vmtui(capsys: pytest.CaptureFixture[str]) -> Commands:
    """Runs commands on the demo fleet."""
    return Commands(capsys)
