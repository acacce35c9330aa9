"""Commands of one's own on a real guest, by keys in a real terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.test_agent_verbs_rig import (  # noqa: F401 - fixtures
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

ROWS = """
[[plugin]]
name = "snap"
label = "Snapshot"
key = "f7"
shell = true
command = ['''
virsh -c {uri} qemu-agent-command {uuid} \'{"execute": "guest-fsfreeze-status"}\' > %s/{name}
''']
freeze = true
[[plugin]]
name = "page"
label = "Read"
key = "f8"
command = ["sh", "-c", 'virsh -c $1 dumpxml $2; echo; echo "$3, $2: Enter ends"; read x',
           "-", "{uri}", "{name}", "{word}"]
inputs = [{ name = "word" }]
background = false
[[plugin]]
name = "pull"
label = "Pull the plug"
key = "f6"
command = ["virsh", "-c", "{uri}", "suspend", "--", "{uuid}"]
dangerous = true
"""


@pytest.fixture
def terminal(daemon: Daemon, tmp_path: Path) -> Iterator[Terminal]:  # noqa: F811
    """vmtui with these rows."""
    file = tmp_path / "config.toml"
    file.write_text(ROWS % tmp_path)
    with Terminal("--config", str(file), "-c", daemon.uri) as terminal:
        terminal.until_shown("● running")
        yield terminal


@pytest.mark.usefixtures("mounted")
def test_it_runs_while_the_guest_is_frozen(
    terminal: Terminal, seat: Seat, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    terminal.press("F7")
    terminal.until_shown("file systems are frozen meanwhile")
    terminal.press("y")
    wait_until(lambda: "frozen" in read(tmp_path / "verbs"), 60, "the command's output")
    terminal.until_shown("done")
    assert seat.run("touch /mnt/after && echo wrote").strip() == "wrote"


@pytest.mark.usefixtures("seat")
def test_it_has_the_terminal_and_gives_it_back(terminal: Terminal) -> None:
    terminal.press("F8")
    terminal.until_shown("word")
    terminal.write("hello")
    terminal.press("Enter")
    terminal.until_shown("hello, verbs: Enter ends")
    terminal.until_gone("● running")
    terminal.press("Enter")
    terminal.until_shown("● running")


def test_what_is_dangerous_asks_first(terminal: Terminal, seat: Seat) -> None:  # noqa: F811
    terminal.press("F6")
    terminal.until_shown(f"suspend -- {seat.uuid}")
    terminal.press("n")
    terminal.until_gone("suspend --")
    assert seat.domain.isActive()
    terminal.press("F6")
    terminal.until_shown("do it")
    terminal.press("y")
    terminal.until_shown("paused")
    seat.domain.resume()
    terminal.until_shown("● running")


def read(file: Path) -> str:
    """What it holds; "" where it is not there."""
    return file.read_text() if file.exists() else ""
