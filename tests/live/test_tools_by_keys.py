"""Trim, and an SSH key added, by keys in a real terminal: the small guest with the real agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hypervisors.libvirt.test_agent_verbs_rig import (  # noqa: F401 - fixtures
    KEY,
    Seat,
    agent,
    bench,
    daemon,
    mounted,
    seat,
)
from tests.live.terminal import Terminal
from tests.rig import Daemon, wait_until

pytestmark = [pytest.mark.rig, pytest.mark.slow]

MIB = 1 << 20


@pytest.mark.usefixtures("mounted")
def test_what_is_trimmed_is_given_back(daemon: Daemon, seat: Seat) -> None:  # noqa: F811
    seat.run("dd if=/dev/urandom of=/mnt/fill bs=1M count=30 2> /dev/null; sync")
    full = seat.kept()
    seat.run("rm /mnt/fill; sync")
    with Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("● running")
        terminal.press("T")
        terminal.until_shown("have it tell its disks what is free")
        terminal.write("trim")
        terminal.until_gone("copy a file of this machine into it")
        terminal.press("Enter")
        terminal.until_shown("Trim the file systems of verbs")
        terminal.until_shown("do it")
        terminal.press("y")
        wait_until(lambda: full - seat.kept() > 20 * MIB, 60, "what was free")
        terminal.until_shown("done")


def test_a_key_is_added_after_a_wrong_one_was_told(
    daemon: Daemon, seat: Seat, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    file = tmp_path / "me.pub"
    file.write_text(KEY + "\n")
    seat.run("rm -rf /root/.ssh")
    with Terminal("-c", daemon.uri) as terminal:
        terminal.until_shown("● running")
        terminal.write(":add-key verbs")
        terminal.press("Enter")
        terminal.until_shown("Add an SSH key to which user in")
        terminal.press("Enter")
        terminal.until_shown("Which key")
        terminal.press("C-u")
        terminal.write(str(tmp_path / "missing.pub"))
        terminal.press("Enter")
        terminal.until_shown("no such file")
        terminal.press("C-u")
        terminal.write(str(file))
        terminal.press("Enter")
        terminal.until_shown("do it")
        terminal.press("y")
        wait_until(lambda: KEY in seat.run("cat /root/.ssh/authorized_keys"), 60, "the key")
        terminal.until_shown("done")
