"""The keeper: a small process that every process of one private hypervisor descends from.

It runs apart from the test process, as ``python -I -S keeper.py FOLDER``, and reads orders as JSON
lines on its standard input. QEMU leaves its parent on purpose, so this process makes itself the
subreaper: whatever is orphaned below it becomes its child again. When its standard input ends,
which also happens when the test process is killed with SIGKILL, it kills every descendant and
removes the folder.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36


def start(
    argv: list[str], env: dict[str, str], cwd: str, log: str, owner: int | None
) -> dict[str, object]:
    """Start one child and answer its process id, or the reason why it did not start."""
    try:
        with Path(log).open("ab") as output:
            child = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=owner,
                group=owner,
                extra_groups=None if owner is None else [],
            )
    except OSError as error:
        return {"error": str(error)}
    # The reaping below waits for any child, so this object must not wait for its own.
    child.returncode = 0
    return {"pid": child.pid}


def descendants() -> list[int]:
    """Every living process below this one, zombies left out."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        # The name between the brackets may itself hold brackets and spaces.
        state, parent = stat.rpartition(")")[2].split()[:2]
        if state != "Z":
            parents[int(entry.name)] = int(parent)
    found: list[int] = []
    wave = {os.getpid()}
    while wave:
        wave = {pid for pid, parent in parents.items() if parent in wave}
        found.extend(wave)
    return found


def reap() -> None:
    """Collect every child that has ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def cgroups(pid: int | str) -> set[Path]:
    """The cgroups that a process is in, in every hierarchy."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    found = set()
    for line in lines:
        _, names, path = line.split(":", 2)
        tree = Path("/sys/fs/cgroup", names.removeprefix("name="))
        found.add(tree / path.lstrip("/"))
    return found


def sweep(folder: str, seconds: float = 20.0) -> None:
    """Kill every descendant, again and again until none is left, then remove what they leave."""
    deadline = time.monotonic() + seconds
    left: set[Path] = set()
    while time.monotonic() < deadline:
        living = descendants()
        if not living:
            break
        for pid in living:
            left |= cgroups(pid)
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                continue
        time.sleep(0.01)  # noqa: TID251 - no loop runs in this process
        reap()
    shutil.rmtree(folder, ignore_errors=True)
    # Containers have cgroups of their own, which nothing else removes; the deepest go first.
    for group in sorted(left - cgroups("self"), key=lambda path: -len(path.parts)):
        try:
            group.rmdir()
        except OSError:
            continue


def main(folder: str) -> None:
    """Serve orders until standard input ends, then sweep."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Python runs this between two reads: ended children are collected at once.
    signal.signal(signal.SIGCHLD, lambda _number, _frame: reap())
    answers = sys.stdout
    print(json.dumps({"pid": os.getpid()}), file=answers, flush=True)
    try:
        for line in sys.stdin:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            answer = start(**json.loads(line))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            print(json.dumps(answer), file=answers, flush=True)
    except BrokenPipeError:
        pass
    finally:
        sweep(folder)


if __name__ == "__main__":
    main(sys.argv[1])
