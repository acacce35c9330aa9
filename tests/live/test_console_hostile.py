"""A hostile guest against the real program in a real terminal: nothing passes but cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.consoles import WHICH, booted
from tests.live.rooms import SLOW
from tests.live.terminal import Terminal
from tests.rig import Daemon

pytestmark = pytest.mark.rig

HOSTILE = {
    "clipboard": r"\033]52;c;c3RvbGVu\007",
    "clipboard asked": r"\033]52;c;?\007",
    "title": r"\033]0;evil-title\007\033]2;evil-title\033\\",
    "icon": r"\033]1;evil-title\007\033k evil-title\033\\",
    "colours asked": r"\033]10;?\007\033]11;?\007\033]4;1;?\007",
    "colours set": r"\033]4;1;#123456\007\033]10;#123456\007\033]11;#123456\007\033]12;#123456\007",
    "settings asked": r"\033P$qm\033\\\033P$q q\033\\\033P+q544e\033\\",
    "size of the window": r"\033[8;5;20t\033[14t\033[18t\033[21t\033[3;0;0t",
    "file": r"\033]1337;File=name=ZXZpbA==;inline=0:ZXZpbA==\007",
    "notice": r"\033]9;evil-notice\007\033]777;notify;evil;notice\007\033]99;;evil\033\\",
    "passed through tmux": r"\033Ptmux;\033\033]52;c;c3RvbGVu\007\033\\",
    "left the screen": r"\033[?1049l\033[?1049h\033[?1049l\033c",
    "device": r"\033[c\033[>c\033[=c\033[5n\033[6n\033[x",
    "links": r"\033]8;;file:///etc/passwd\033\\link\033]8;;\033\\",
    "picture": r"\033Pq#0;2;0;0;0#0~~@@vv@@~~@@~~$\033\\\033_Ga=T,f=24,s=1,v=1;AAAA\033\\",
    "printer": r"\033[5i evil \033[4i\033[i",
    "keyboard": r"\033[>1u\033[?1h\033=\033[>4;2m",
    "markup": "[bold red]m[/][/bold][@click=app.quit]q[/]",
}
"""What a guest may print to get out of its cells, as printf writes it."""


@pytest.fixture(scope="module")
def guest(rig_daemon: Daemon) -> Iterator[str]:
    """The name of a guest at its shell."""
    with booted(rig_daemon, "mallory"):
        yield "mallory"


def test_what_a_guest_prints_changes_nothing_but_cells(
    rig_daemon: Daemon, guest: str, tmp_path: Path
) -> None:
    """Title, clipboard and modes of the person's terminal stay; not one byte of it gets through."""
    with Terminal("-c", rig_daemon.uri, size=(100, 40)) as terminal:
        terminal.until_shown(guest)
        # Its definition is known by now, and with it its ports.
        terminal.until_shown("96M")
        bytes_ = tmp_path / "bytes"
        terminal._run("pipe-pane", "-O", f"cat > {bytes_}")
        terminal._run("set-buffer", "own")
        before = terminal._ask("#{pane_title} #{window_name}")
        terminal.press("/")
        terminal.write(guest)
        terminal.press("Enter")
        terminal.until_shown("filter: mallory")
        terminal.press("c")
        terminal.until_shown(WHICH)
        terminal.press("Enter")
        terminal.until_shown("keys go to mallory")
        terminal.press("Enter")
        terminal.until_shown("mallory:~#", SLOW)
        for number, (name, sequence) in enumerate(HOSTILE.items()):
            terminal.write(f"clear; printf '{sequence}'; echo; echo END-$(({number}+1000))")
            terminal.press("Enter")
            terminal.until_shown(f"END-{number + 1000}", SLOW)
            assert "keys go to mallory" in terminal.text(), name
            # What the terminal answers to the guest is typed at its prompt: away with it.
            terminal.press("C-c")
        terminal.until_shown("m[/][/bold][@click=app.quit]q[/]")
        assert terminal._ask("#{pane_title} #{window_name}") == before
        assert terminal._run("show-buffer").strip() == "own"
        assert terminal._run("list-buffers").count("\n") == 1
        # The one such sequence that the program itself writes: the shape of the mouse pointer.
        passed = re.sub(rb"\x1b]22;[a-z-]*(?:\x07|\x1b\\\\)", b"", bytes_.read_bytes())
        assert passed
        for word in (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bk", b"\x1bc", b"\x1b[5i",
                     b"\x1b[?1049", b"c3RvbGVu\x07", b"\x1b[8;5;20t", b"\x1b[14t"):  # fmt: skip
            assert word not in passed, passed[max(passed.find(word) - 80, 0) :][:200]
        terminal.press("C-]")
        terminal.until_shown("? Help")
        terminal.press("q")
        assert "ended with 0" in terminal.until_ended()
        assert terminal.sane
