"""Engine processes that crash, hang and are killed: the terminal is back as it was."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.terminal.test_session import CORPUS, pour, shown
from vmtui.errors import TimedOut
from vmtui.terminal.cells import Row
from vmtui.terminal.host import EngineHost
from vmtui.terminal.journal import Fidelity, Size
from vmtui.terminal.session import TerminalSession
from vmtui.terminal.wire import WireError

pytestmark = pytest.mark.slow


def engines(host: EngineHost) -> list[int]:
    """The engine processes, oldest first."""
    return [child.pid for child in psutil.Process(host.nursery.pid).children()]


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.01)


async def tail(session: TerminalSession, count: int = 5000) -> list[Row]:
    """The last rows."""
    _, rows = await session.scrollback(0, 1 << 30)
    return rows[-count:]


async def filled(host: EngineHost) -> TerminalSession:
    """A terminal with colours, wide characters and much scrollback."""
    session = await host.open(80, 24)
    lines = (f"\x1b[3{n % 8}mline {n} 中文 {'x' * (n % 100)}\x1b[0m\r\n" for n in range(12_000))
    await pour(session, "".join(lines).encode())
    await shown(session)
    return session


async def test_kill_during_output(host: EngineHost) -> None:
    """Screen and scrollback are rebuilt, and nothing of the output is lost."""
    session = await host.open(80, 24)
    notices: list[str] = []
    session.on_notice = notices.append
    await shown(session)
    (pid,) = engines(host)
    data = b"".join(b"line %d\r\n" % n for n in range(200_000))
    half = len(data) // 2
    await pour(session, data[:half])
    os.kill(pid, signal.SIGKILL)
    await pour(session, data[half:])
    await shown(session)
    assert session.screen[22].text == "line 199999"
    rows = await tail(session)
    assert [row.text for row in rows[:-1]] == [f"line {n}" for n in range(195_001, 200_000)]
    assert notices == [
        "the terminal engine ended with SIGKILL and was restarted; "
        "screen and scrollback are rebuilt"
    ]


async def test_the_rebuilt_screen_is_the_same(host: EngineHost) -> None:
    """Row for row, with its styles, its modes, its cursor and its bells."""
    session = await filled(host)
    session.resize(60, 20)
    session.feed(b"\a\x1b[?1049h\x1b[?2004h\x1b[5;5H\x1b[44mfull screen\x1b]2;title\x07")
    before, screen = await shown(session), [*session.screen]
    os.kill(engines(host)[0], signal.SIGSEGV)
    await until(lambda: session.engine.restarts == 1)
    after = await shown(session)
    assert session.screen == screen
    assert (after.cursor, after.modes, after.title) == (before.cursor, before.modes, before.title)
    assert after.bells == before.bells


async def test_others_do_not_notice(host: EngineHost) -> None:
    """A crash costs the console that caused it, and no other."""
    first, second = await host.open(20, 6), await host.open(20, 6)
    await shown(first)
    await shown(second)
    os.kill(engines(host)[0], signal.SIGILL)
    await until(lambda: first.engine.restarts == 1)
    second.feed(b"x")
    await shown(second)
    assert second.engine.restarts == 0


async def test_the_worker_dies(host: EngineHost) -> None:
    """With all engines: each is rebuilt."""
    sessions = [await host.open(20, 6) for _ in range(3)]
    for n, session in enumerate(sessions):
        session.feed(b"console %d" % n)
        await shown(session)
    assert host.nursery.pid is not None
    os.kill(host.nursery.pid, signal.SIGKILL)
    for n, session in enumerate(sessions):
        await until(lambda one=session: one.engine.restarts >= 1)  # type: ignore[misc]
        await shown(session)
        assert session.screen[0].text == f"console {n}"


async def test_a_hung_engine_is_replaced(host: EngineHost) -> None:
    """Within the host's patience; what it was reading is left out."""
    session = await host.open(80, 24)
    session.feed(b"before\r\n")
    await shown(session)
    notices: list[str] = []
    session.on_notice = notices.append
    os.kill(engines(host)[0], signal.SIGSTOP)
    session.feed(b"lost\r\n")
    await until(lambda: session.engine.restarts == 1, 10)
    session.feed(b"after")
    await shown(session)
    assert [row.text for row in session.screen[:2]] == ["before", "after"]
    assert "stopped answering" in notices[0]
    assert "the 6 bytes it was reading are left out" in notices[0]


async def test_a_hung_worker_is_replaced(host: EngineHost) -> None:
    """Even where nobody is left to kill the engine."""
    session = await host.open(80, 24)
    session.feed(b"before")
    await shown(session)
    (pid,) = engines(host)
    assert host.nursery.pid is not None
    os.kill(host.nursery.pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGSTOP)
    session.feed(b"x")
    await until(lambda: session.engine.restarts >= 1, 60)
    await shown(session)
    assert session.screen[0].text.startswith("before")


async def test_a_search_that_never_ends(host: EngineHost) -> None:
    """Costs the search, not the console."""
    session = await host.open(80, 24)
    session.feed(b"a" * 70 + b"!")
    await shown(session)
    with pytest.raises(TimedOut):
        await asyncio.wait_for(session.search("(a+)+$"), 60)
    await shown(session)
    assert session.screen[0].text == "a" * 70 + "!"


async def test_a_crash_loop_ends_in_plain_text(
    host: EngineHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history whose frames kill every engine is given up step by step."""
    session = await host.open(80, 24)
    session.feed(b"\x1b[31mred\x1b[0m\r\n")
    await shown(session)
    journal, frame = session.engine.journal, session.engine.on_frame
    rebuild, levels = journal.rebuild, [Fidelity.EXACT]

    def noted(fidelity: Fidelity) -> tuple[Size, list[bytes | Size]]:
        levels.append(fidelity)
        return rebuild(fidelity)

    def poisoned(payload: bytes) -> None:
        if levels[-1] < Fidelity.PLAIN:
            raise WireError
        frame(payload)

    monkeypatch.setattr(journal, "rebuild", noted)
    session.engine.on_frame = poisoned
    session.refresh()
    await until(lambda: levels[-1] == Fidelity.PLAIN, 60)
    await shown(session)
    assert levels[1:] == [Fidelity.EXACT, Fidelity.ONE_SIZE, Fidelity.PLAIN]
    assert session.screen[0].text == "red"
    assert session.screen[0].runs[0].style.fg is None


async def test_a_subverted_engine_is_cut_off(host: EngineHost) -> None:
    """What is no message ends its connection, and another takes its place."""
    session = await host.open(20, 6)
    session.feed(b"text")
    await shown(session)
    link = session.engine._link
    assert link is not None
    link.data_received(b"\xff" * 100)
    await until(lambda: session.engine.restarts == 1)
    await shown(session)
    assert session.screen[0].text == "text"


async def test_processes_end_with_the_main_process(cache: Path) -> None:
    """Also one that hangs, and also after a kill -9 of this side."""
    script = (
        "import asyncio, sys\nfrom pathlib import Path\n"
        "from vmtui.terminal.host import EngineHost\n"
        "async def main():\n"
        f"    host = EngineHost(Path({str(cache)!r}))\n"
        "    for _ in range(2): await (await host.open()).text()\n"
        "    print(host.nursery.pid, flush=True)\n"
        "    await asyncio.sleep(100)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    worker = psutil.Process(int(await process.stdout.readline()))
    family = [worker, *worker.children()]
    assert len(family) == 3
    family[1].send_signal(signal.SIGSTOP)
    process.kill()
    await process.wait()
    await until(lambda: not any(one.is_running() and one.status() != "zombie" for one in family))


async def test_an_engine_is_confined(host: EngineHost) -> None:
    """No files, no processes, no core, bounded memory, and no open files but its socket."""
    session = await host.open(20, 6)
    await shown(session)
    limits, targets = seen_from_outside(engines(host)[0])
    assert limits["Max open files"] == "1"
    assert limits["Max processes"] == "0"
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) <= 1 << 30
    assert targets == {"/dev/null", "socket"}


def seen_from_outside(pid: int) -> tuple[dict[str, str], set[str]]:
    """Limits of a process by name, and what its descriptors lead to."""
    root = Path("/proc", str(pid))
    lines = (root / "limits").read_text().splitlines()[1:]
    limits = {line[:26].strip(): line[26:].split()[0] for line in lines}
    return limits, {str(fd.readlink()).split(":")[0] for fd in (root / "fd").iterdir()}


def hostile(seed: int) -> bytes:
    """Recorded bytes damaged and cut up, sequences with absurd numbers, and noise."""
    rng = random.Random(seed)
    pieces = [CORPUS[name] for name in sorted(CORPUS)]
    out = bytearray()
    for _ in range(rng.randrange(1, 30)):
        piece = rng.choice(pieces)
        start = rng.randrange(len(piece))
        out += piece[start : start + rng.randrange(1, 3000)]
        kind = rng.randrange(3)
        if kind == 0:
            out += rng.randbytes(rng.randrange(200))
        elif kind == 1:
            numbers = b";".join(b"%d" % rng.choice((0, 1, 7, 99, 65535, 2**31)) for _ in range(3))
            out += b"\x1b[%s%s%c" % (rng.choice((b"", b"?", b">")), numbers, rng.randrange(64, 127))
    for _ in range(rng.randrange(50)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


chunks = st.builds(hostile, st.integers(0, 1 << 30)) | st.binary(max_size=200)
sizes = st.tuples(st.integers(0, 600), st.integers(0, 350))


async def torment(cache: Path, steps: list[bytes | tuple[int, int]]) -> None:
    """Feed and resize; whatever the engine does, the session answers in the end."""
    host = EngineHost(cache, patience=3)
    try:
        session = await host.open(80, 24)
        for step in steps:
            if isinstance(step, bytes):
                session.feed(step)
            else:
                session.resize(*step)
                await asyncio.sleep(0)
        await asyncio.wait_for(session.settled(), 30)
        # The engine may die of what was there before, and that would cost these bytes.
        for _ in range(3):
            session.feed(b"\x18\x1bc\x1b[2J\x1b[HOK")
            await shown(session)
        assert session.screen[0].text.startswith("OK")
        for pid in engines(host):
            with contextlib.suppress(psutil.NoSuchProcess):
                assert psutil.Process(pid).memory_info().rss < 400 << 20
    finally:
        await host.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(chunks | sizes, max_size=40))
def test_fuzz(cache: Path, steps: list[bytes | tuple[int, int]]) -> None:
    """Hostile bytes together with resizes."""
    asyncio.run(torment(cache, steps))


async def test_flood_keeps_memory_bounded(host: EngineHost) -> None:
    """A hundred megabytes leave the engine and this process small."""
    session = await host.open(80, 24)
    process = psutil.Process()
    block = b"".join(
        b"\x1b[%dm%d some text of a long log\r\n" % (30 + n % 8, n) for n in range(1700)
    )
    await pour(session, block * 8)
    await shown(session)
    before = process.memory_info().rss
    for _ in range(1600):
        session.feed(block)
        await session.ready()
    await shown(session)
    assert process.memory_info().rss - before < 16 << 20
    (pid,) = engines(host)
    assert psutil.Process(pid).memory_info().rss < 80 << 20
