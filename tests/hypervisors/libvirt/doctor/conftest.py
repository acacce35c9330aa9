"""A maker of make-believe machines for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hypervisors.libvirt.doctor.machines import Maker


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """In a folder of the test's own."""
    return Maker(tmp_path)
