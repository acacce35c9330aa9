"""Machines that most tests of the scripts start from."""

from pathlib import Path

import pytest

from tests.scripts.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Root's Debian with nothing on it, and a mirror that has everything."""
    machine = Machine(tmp_path / "machine")
    machine.stock_mirror()
    return machine


@pytest.fixture
def user(tmp_path: Path) -> Machine:
    """An ordinary user's Debian with nothing on it, and a mirror that has everything."""
    machine = Machine(tmp_path / "machine", root=False)
    machine.stock_mirror()
    return machine
