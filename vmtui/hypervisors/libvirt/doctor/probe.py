"""Whether /dev/kvm works: `attempt` in a process of its own, within a time limit."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ATTEMPT = Path(__file__).with_name("attempt.py")
LIMIT = 4.0
"""Seconds that the attempt may take; where KVM works it takes a twentieth of one."""
PATIENCE = 1.0
"""Seconds that a killed process may take to go."""
SLOW = 20e6
"""Instructions a second: less is what an emulator in the kernel does, never a processor."""


class Verdict(Enum):
    """How the attempt ended."""

    WORKS = "works"
    MADE = "made"
    """The machine could be made; on this architecture nothing was run in it."""
    SLOW = "slow"
    """It ran, at the speed of emulation."""
    HANGS = "hangs"
    FAILS = "fails"
    DENIED = "denied"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the attempt ended, and where."""

    verdict: Verdict
    detail: str = ""
    rate: float = 0.0
    """Instructions a second."""


def probe(node: Path, limit: float = LIMIT, attempt: Path = ATTEMPT) -> Outcome:
    """Try it. Blocks for `limit` seconds at most, and a second more where it must be killed."""
    if not node.exists():
        return Outcome(Verdict.ABSENT)
    # -I -S: nothing of this process's surroundings, and a start within 20 ms.
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(attempt), str(node)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        return _hung(process)
    except BaseException:
        process.kill()
        raise
    return read(said.decode(errors="replace"))


def _hung(process: subprocess.Popen[bytes]) -> Outcome:
    process.kill()
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        # Stuck in the kernel: it goes when the kernel lets it, and nobody waits for that.
        if process.stdout is not None:
            process.stdout.close()
        last = _last_step((error.stdout or b"").decode(errors="replace"))
        return Outcome(Verdict.HANGS, f"{last}, and cannot even be killed")
    return Outcome(Verdict.HANGS, _last_step(said.decode(errors="replace")))


def read(said: str) -> Outcome:
    """What the lines of the attempt say."""
    lines = said.splitlines()
    kind, _, rest = (lines[-1] if lines else "").partition(" ")
    if kind == "ran":
        with contextlib.suppress(ValueError, IndexError):
            rate = float(rest.split()[1])
            return Outcome(Verdict.WORKS if rate >= SLOW else Verdict.SLOW, rate=rate)
    if kind == "made":
        return Outcome(Verdict.MADE)
    if kind == "error":
        number, _, step = rest.partition(" ")
        code = int(number) if number.isdecimal() else 0
        if step == "open" and code in (errno.EACCES, errno.EPERM):
            return Outcome(Verdict.DENIED, os.strerror(code))
        if step == "open" and code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
            return Outcome(Verdict.ABSENT, os.strerror(code))
        return Outcome(Verdict.FAILS, f"{step}: {os.strerror(code)}")
    if kind == "wrong":
        return Outcome(Verdict.FAILS, rest)
    return Outcome(Verdict.FAILS, f"it crashed after {_last_step(said)}")


def _last_step(said: str) -> str:
    steps = [line[5:] for line in said.splitlines() if line.startswith("step ")]
    return steps[-1] if steps else "its start"
