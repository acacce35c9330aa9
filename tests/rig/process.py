"""Child processes that never outlive the test process, not even when it is killed with SIGKILL."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

NOBODY = 65534
"""Who runs the private hypervisors of a root test run: an identity that may open nothing."""


class RigError(Exception):
    """The rig itself failed: a program is missing, or a daemon did not come up."""


def unprivileged() -> int | None:
    """The user id to drop to, or None when this process is not root and stays who it is."""
    return NOBODY if os.geteuid() == 0 else None


def user_name(owner: int | None) -> str:
    """The name of a user id, for USER and LOGNAME; None is the current user."""
    uid = os.geteuid() if owner is None else owner
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid{uid}"


def wait_until(
    condition: Callable[[], object], seconds: float, what: str, pause: float = 0.01
) -> None:
    """Wait for a condition and raise `RigError` naming it when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RigError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(pause)  # noqa: TID251 - the rig is used from plain threads


class Keeper:
    """A private folder and the processes that live in it; both go when this object's process does.

    The folder's path is short because libvirt puts sockets deep below it and a socket's path ends
    at 107 bytes.
    """

    def __init__(self, owner: int | None = None) -> None:
        self.owner = owner
        self.folder = Path(tempfile.mkdtemp(prefix="rig-", dir="/tmp"))
        self.give(self.folder)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py")), self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
            text=True,
            start_new_session=True,
        )
        self._answer()

    def _answer(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RigError("the keeper of a private hypervisor ended early")
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise RigError(str(answer["error"]))
        return answer

    def start(self, argv: Sequence[str], env: Mapping[str, str], log: Path) -> Child:
        """Start a program below the keeper, as the owner."""
        order = {
            "argv": list(argv),
            "env": dict(env),
            "cwd": str(self.folder),
            "log": str(log),
            "owner": self.owner,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Child(int(str(self._answer()["pid"])))

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Write a file of the owner's into the folder."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return self.give(path)

    def mkdir(self, name: str, mode: int = 0o700) -> Path:
        """Make a folder of the owner's in the folder, and those above it."""
        path = self.folder / name
        if not path.exists():
            self.mkdir(str(Path(name).parent), mode)
            path.mkdir(mode=mode)
            self.give(path)
        return path

    def give(self, path: Path) -> Path:
        """Make a file or folder the owner's."""
        if self.owner is not None:
            os.chown(path, self.owner, self.owner)
        return path

    def close(self) -> None:
        """Kill everything below the keeper and remove the folder. May be called again."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


class Child:
    """One process below a keeper. It is not our child, so it is watched through a pidfd."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._pidfd: int | None
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._pidfd = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone takes none."""
        if self._pidfd is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Wait for its end and say whether it came in time."""
        if self._pidfd is None:
            return True
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        if not poll.poll(seconds * 1000):
            return False
        os.close(self._pidfd)
        self._pidfd = None
        return True
