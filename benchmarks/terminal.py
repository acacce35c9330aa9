"""The terminal engine in its process against tmux on a pty: `python -m benchmarks.terminal`.

Prints megabytes a second for several kinds of output, the way of one character from the feed to
the frame that shows it, and the time from opening a console to its first frame. tmux runs as a
private server, attached on a pty whose output is read and thrown away, and swallows the same file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from struct import pack
from termios import TIOCSWINSZ

from vmtui.terminal.host import EngineHost
from vmtui.terminal.session import TerminalSession

BLOCK = 1 << 16


def boot(rng: random.Random) -> bytes:
    """Lines of a kernel's and an init system's log."""
    if rng.random() < 0.3:
        return b"\x1b[0;32m[  OK  ]\x1b[0m Started unit %d.\r\n" % rng.randrange(999)
    return b"[%5d.%06d] pci 0000:00:1f.0: reg 0x10: [mem 0x%08x]\r\n" % (
        rng.randrange(9999), rng.randrange(10**6), rng.randrange(2**32),
    )  # fmt: skip


def dense(rng: random.Random) -> bytes:
    """A new true colour for each character."""
    return b"\x1b[38;2;%d;%d;%dm%c" % (
        *(rng.randrange(256) for _ in range(3)),
        rng.randrange(33, 127),
    )


def cursor(rng: random.Random) -> bytes:
    """Short words all over the screen."""
    return b"\x1b[%d;%dHword%d" % (rng.randrange(1, 25), rng.randrange(1, 75), rng.randrange(9))


def scroll(rng: random.Random) -> bytes:
    """Lines in a scroll region."""
    return b"\x1b[5;20r\x1b[20;1H\nsome line %d of a region" % rng.randrange(10**6)


def unicode(rng: random.Random) -> bytes:
    """Wide characters, emoji and letters with accents."""
    words = ("中文字符", "日本語", "😀🚀", "e\u0301", "größer", "│├─┤", "한국어")
    return " ".join(rng.choices(words, k=6)).encode() + b"\r\n"


INPUTS: dict[str, Callable[[random.Random], bytes]] = {
    "boot log": boot, "dense colours": dense, "cursor": cursor, "scroll region": scroll,
    "unicode": unicode,
}  # fmt: skip


def made(kind: Callable[[random.Random], bytes], size: int) -> bytes:
    """So many bytes of a kind, repeated from a quarter megabyte."""
    rng = random.Random(1)
    part = bytearray()
    while len(part) < 1 << 18:
        part += kind(rng)
    return bytes(part) * max(size // len(part), 1)


async def first_frame(host: EngineHost) -> tuple[TerminalSession, float]:
    """A new console, and the seconds to its first frame."""
    start = time.perf_counter()
    session = await host.open(80, 24)
    arrived = asyncio.Event()
    session.on_frame = lambda _frame: arrived.set()
    await arrived.wait()
    return session, time.perf_counter() - start


async def flood(session: TerminalSession, data: bytes) -> float:
    """Seconds until all is dealt with, frames at 60 a second."""
    session.frame_interval = 1 / 60
    start = time.perf_counter()
    for at in range(0, len(data), BLOCK):
        session.feed(data[at : at + BLOCK])
        await session.ready()
    await session.settled()
    return time.perf_counter() - start


async def echo(session: TerminalSession, count: int) -> list[float]:
    """Seconds from the feed of one character to its frame, in order of size."""
    session.frame_interval = 0.0
    times = []
    for _ in range(count):
        arrived = asyncio.Event()
        session.on_frame = lambda _frame, seen=arrived: seen.set()  # type: ignore[misc]
        start = time.perf_counter()
        session.feed(b"x")
        await arrived.wait()
        times.append(time.perf_counter() - start)
        await asyncio.sleep(0.002)
    return sorted(times)


def tmux(path: Path, folder: Path) -> float:
    """Seconds from tmux's start to the end of `cat FILE` in it."""
    command = ["tmux", "-S", str(folder / "socket"), "-f", "/dev/null", "-u", "new-session",
               "cat", str(path)]  # fmt: skip
    start = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("TMUX", None)
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
        os.execvp(command[0], command)  # noqa: S606 - of the private tmux
    ioctl(terminal, TIOCSWINSZ, pack("HHHH", 24, 80, 0, 0))
    try:
        while os.read(terminal, BLOCK):
            pass
    except OSError:  # the other end of the pty is closed
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return time.perf_counter() - start


async def measure(megabytes: int) -> None:
    """Run everything and print it."""
    cold, further = [], []
    for _ in range(5):
        host = EngineHost()
        cold.append((await first_frame(host))[1])
        further += [(await first_frame(host))[1] for _ in range(5)]
        await host.close()
    print(f"open to first frame: first console {1e3 * statistics.median(cold):.0f} ms, "
          f"a further one {1e3 * statistics.median(further):.1f} ms")  # fmt: skip
    host = EngineHost()
    session, _ = await first_frame(host)
    times = await echo(session, 1000)
    print(f"feed to frame: p50 {1e3 * times[500]:.2f} ms, p99 {1e3 * times[990]:.2f} ms")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "input"
        file.write_bytes(b"")
        idle = tmux(file, folder) if shutil.which("tmux") else 0.0
        for label, kind in INPUTS.items():
            data = made(kind, megabytes << 20)
            ours = len(data) / await flood(session, data) / 1e6
            file.write_bytes(data)
            line = f"{label:14} {ours:6.0f} MB/s"
            if idle:
                line += f"   tmux {len(data) / (tmux(file, folder) - idle) / 1e6:6.0f} MB/s"
            print(line)
    await host.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=24, help="of each kind of input")
    asyncio.run(measure(parser.parse_args().megabytes))


if __name__ == "__main__":
    main()
