"""The real program in a real terminal: tmux draws it, presses its keys and closes on it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.rig import Keeper, RigError, wait_until
from tests.rig.closing import Closing

PROGRAM = Path(sys.executable).with_name("vmtui")
PATIENCE = 60.0
_CONFIG = """
set -g status off
set -g escape-time 0
set -g default-terminal tmux-256color
set -g remain-on-exit on
"""
_SCRIPT = """
{environment}
sh -c 'echo $$ > {pid}; exec "$@"' sh {words}
echo "ended with $?"
stty -a
echo "that was all"
exec sleep 1000
"""


class Terminal(Closing):
    """A terminal of that size with a shell in it that runs vmtui once.

    The environment is the test's own with `environment` on top; None takes a variable away.
    """

    def __init__(
        self,
        *words: str,
        size: tuple[int, int] = (80, 24),
        environment: Mapping[str, str | None] | None = None,
        redirect: str = "",
    ) -> None:
        # Not the rig's identity but the test's own: it reads the person's files.
        self._keeper = Keeper(None)
        self._folder = self._keeper.folder
        self._socket = self._folder / "tmux"
        self._pid = self._folder / "pid"
        changed = dict(environment or {})
        lines = [
            f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
            for name, value in changed.items()
        ]
        command = f"{shlex.join([str(PROGRAM), *words])} {redirect}".strip()
        script = self._keeper.write(
            "script",
            _SCRIPT.format(environment="\n".join(lines), pid=self._pid, words=command),
        )
        config = self._keeper.write("conf", _CONFIG)
        tmux = shutil.which("tmux")
        assert tmux, "the tests in a real terminal need tmux"
        self._tmux = [tmux, "-u", "-S", str(self._socket), "-f", str(config)]
        environ = {k: v for k, v in os.environ.items() if k not in ("TMUX", "COLUMNS", "LINES")}
        columns, rows = size
        start = [*self._tmux, "new-session", "-d", "-x", str(columns), "-y", str(rows),
                 "sh", str(script)]  # fmt: skip
        self._keeper.start(start, environ | {"LC_ALL": "C.UTF-8"}, self._folder / "log")
        wait_until(self._socket.exists, PATIENCE, "tmux")
        wait_until(lambda: self._ask("#{pane_id}") != "", PATIENCE, "a pane of tmux")

    @property
    def pid(self) -> int:
        """The program's process id."""
        wait_until(lambda: self._pid.exists() and self._pid.read_text(), PATIENCE, "the program")
        return int(self._pid.read_text())

    @property
    def ended(self) -> bool:
        """Whether the program is no more."""
        return not Path(f"/proc/{self.pid}").exists()

    def _run(self, *words: str) -> str:
        done = subprocess.run([*self._tmux, *words], capture_output=True, timeout=60, check=False)
        return done.stdout.decode(errors="replace")

    def _ask(self, what: str) -> str:
        return self._run("display-message", "-p", what).strip()

    def text(self) -> str:
        """What is on the screen."""
        return self._run("capture-pane", "-p")

    def colours(self) -> str:
        """What is on the screen with its colours, as escape sequences."""
        return self._run("capture-pane", "-p", "-e")

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._run("send-keys", *keys)

    def write(self, words: str) -> None:
        """Type a text."""
        self._run("send-keys", "-l", words)

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        self._run("resize-window", "-x", str(columns), "-y", str(rows))

    def hang_up(self) -> None:
        """Close the terminal on the program."""
        self._run("kill-server")

    def until_shown(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until these words are on the screen."""
        self._until(lambda: words in self.text(), seconds, repr(words))

    def until_gone(self, words: str, seconds: float = PATIENCE) -> None:
        """Wait until these words are on the screen no more."""
        self._until(lambda: words not in self.text(), seconds, f"no {words!r}")

    def until_ended(self, seconds: float = PATIENCE) -> str:
        """Wait until the program has ended by itself; the screen that it leaves."""
        self._until(lambda: "that was all" in self.text(), seconds, "end")
        return self.text()

    def _until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        try:
            wait_until(condition, seconds, what, 0.02)
        except RigError as error:
            raise AssertionError(f"{error}:\n{self.text()}") from None

    @property
    def sane(self) -> bool:
        """Whether nothing of the program is left in the terminal's modes."""
        modes = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag}"
        stty = self.text().split()
        return self._ask(modes) == "0 1 0 0" and {"icanon", "echo", "isig"} <= set(stty)

    def close(self) -> None:
        """End it all. May be called again."""
        self._keeper.close()
