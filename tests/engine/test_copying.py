"""Copies through a guest's agent: the checksum that the guest itself counts."""

from __future__ import annotations

import hashlib
import random
import subprocess
from pathlib import Path

import pytest

from tests.rig.needs import program_or_left_out
from vmtui.engine import commands, guestfile

BLOCK = 65536


@pytest.mark.parametrize("shell", [commands.SHELL, "busybox sh"])
@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, 3 * BLOCK + 17])
@pytest.mark.parametrize("more", [0, 1, 2 * BLOCK])
def test_a_guest_counts_its_checksum_up_to_that_size(
    tmp_path: Path, shell: str, size: int, more: int
) -> None:
    """Also of a file that has grown since."""
    data = random.Random(size).randbytes(size + more)
    path = tmp_path / "a file"
    path.write_bytes(data)
    program_or_left_out(shell.split(maxsplit=1)[0])
    words = [*shell.split(), "-c", guestfile.DIGEST, "sh", str(path), str(size)]
    said = subprocess.run(words, check=True, capture_output=True).stdout
    assert said.split()[0].decode() == hashlib.sha256(data[:size]).hexdigest()
