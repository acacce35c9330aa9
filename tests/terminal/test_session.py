"""Terminals served by engine processes: the ordinary life."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from vmtui.terminal.binding import EngineMissing
from vmtui.terminal.cells import Frame
from vmtui.terminal.host import EngineHost
from vmtui.terminal.session import TerminalSession

CORPUS = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "corpus").glob("*.bin")}


async def shown(session: TerminalSession) -> Frame:
    """The frame after all that was fed."""
    await session.settled()
    arrived = asyncio.Event()
    session.on_frame = lambda _frame: arrived.set()
    session.refresh()
    await asyncio.wait_for(arrived.wait(), 10)
    return session.frame


async def pour(session: TerminalSession, data: bytes) -> None:
    """Feed much, as a well-behaved pump does."""
    for start in range(0, len(data), 1 << 16):
        session.feed(data[start : start + (1 << 16)])
        await session.ready()


async def test_bytes_become_rows(host: EngineHost) -> None:
    """And the mirror of the screen is complete."""
    session = await host.open(20, 6)
    session.feed(b"\x1b[31mhello\x1b[3;1Hworld")
    frame = await shown(session)
    assert [row.text for row in session.screen] == ["hello", "", "world", "", "", ""]
    assert session.screen[0].runs[0].style.fg == 1
    assert frame.cursor[:2] == (5, 2)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(CORPUS))
async def test_corpus(host: EngineHost, name: str) -> None:
    """Whatever was once recorded leaves cells and nothing else, at several sizes."""
    session = await host.open(80, 24)
    for columns, rows in ((80, 24), (132, 43), (7, 3)):
        session.resize(columns, rows)
        session.feed(CORPUS[name])
        frame = await shown(session)
        assert (frame.columns, frame.rows) == (columns, rows)
        for row in session.screen:
            assert row.width <= columns
            assert not re.search("[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", row.text)
        assert not re.search("[\0-\x1f\x7f-\x9f]", frame.title)


async def test_resize(host: EngineHost) -> None:
    """The frame after it has the new size, clamped."""
    session = await host.open(20, 6)
    session.resize(9999, 0)
    assert session.size == (500, 1)
    frame = await shown(session)
    assert (frame.columns, frame.rows, len(session.screen)) == (500, 1, 1)


async def test_margins_are_renewed(host: EngineHost) -> None:
    """The whole screen scrolls again; the cursor and what is shown stay where they are."""
    session = await host.open(20, 6)
    session.feed(b"a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\x1b[2;4r\x1b[3;2H")
    before = await shown(session)
    rows = [row.text for row in session.screen]
    assert rows == ["b", "c", "d", "e", "f", "g"]
    session.renew_margins()
    after = await shown(session)
    assert [row.text for row in session.screen] == rows
    assert after.cursor == before.cursor
    assert session.size == (20, 6)
    session.feed(b"\x1b[6;1H\nlast")
    await shown(session)
    assert [row.text for row in session.screen] == ["c", "d", "e", "f", "g", "last"]


async def test_frames_coalesce(host: EngineHost) -> None:
    """One frame is on its way at most, and the last shows the end."""
    session = await host.open(80, 24)
    frames: list[Frame] = []
    session.on_frame = frames.append
    session.manual_acknowledge = True
    for n in range(200):
        session.feed(b"line %d\r\n" % n)
        await asyncio.sleep(0)
    await session.settled()
    await asyncio.sleep(0.05)
    assert len(frames) <= 2
    session.manual_acknowledge = False
    session.acknowledge()
    await asyncio.sleep(0.1)
    assert session.screen[22].text == "line 199"


@pytest.mark.slow
async def test_frames_keep_their_distance(host: EngineHost) -> None:
    """The frame rate is bounded by the pane's wish."""
    session = await host.open(80, 24)
    frames: list[Frame] = []
    session.on_frame = frames.append
    session.frame_interval = 0.1
    for n in range(50):
        session.feed(b"%d\r\n" % n)
        await asyncio.sleep(0.01)
    assert 2 <= len(frames) <= 9


async def test_a_hidden_console_goes_on_receiving(host: EngineHost) -> None:
    """Without frames until somebody watches again."""
    session = await host.open(20, 6)
    await shown(session)
    frames: list[Frame] = []
    session.on_frame = frames.append
    session.watching = False
    session.feed(b"a")
    await session.settled()
    await asyncio.sleep(0.05)
    frames.clear()
    session.feed(b"b")
    await session.settled()
    await asyncio.sleep(0.05)
    assert frames == []
    session.watching = True
    await asyncio.sleep(0.2)
    assert session.screen[0].text == "ab"


async def test_scrollback_search_and_text(host: EngineHost) -> None:
    """Through the process."""
    session = await host.open(80, 24)
    await pour(session, b"".join(b"line %d\r\n" % n for n in range(3000)))
    first, rows = await session.scrollback(1000, 1200)
    assert (first, len(rows), rows[-1].text) == (1000, 1200, "line 2199")
    assert await session.search(r"line 12\d4") == (1294, 0, 9)
    assert await session.search(r"line 12\d4", (1214, 0), backwards=False) == (1224, 0, 9)
    assert (await session.text()).splitlines() == [f"line {n}" for n in range(3000)]
    with pytest.raises(re.error):
        await session.search("(")


async def test_replies_reach_the_guest_at_a_bounded_rate(host: EngineHost) -> None:
    """A flood of queries is answered by 4 KiB a second."""
    session = await host.open(80, 24)
    replies: list[bytes] = []
    session.on_replies = replies.append
    session.feed(b"\x1b[6n")
    await shown(session)
    assert replies == [b"\x1b[1;1R"]
    for _ in range(50):
        await pour(session, b"\x1b[c" * 2000)
    await session.settled()
    assert sum(map(len, replies)) <= 8192


async def test_congestion(host: EngineHost) -> None:
    """A pump that waits never has much waiting; one that does not loses the oldest."""
    session = await host.open(80, 24)
    notices: list[str] = []
    session.on_notice = notices.append
    block = b"0123456789abcde\n" * 4096
    for _ in range(100):
        session.feed(block)
        assert session.engine.journal.pending_bytes < 2 << 20
        await session.ready()
    assert notices == []
    for _ in range(400):
        session.feed(block)
    assert session.congested
    assert session.engine.journal.pending_bytes <= 9 << 20
    assert "skipped" in notices[0]
    session.feed(b"\r\nend")
    await shown(session)
    assert session.screen[-1].text == "end"


@pytest.mark.slow
async def test_synchronized_output_is_shown_whole_or_after_a_moment(host: EngineHost) -> None:
    """A guest that never ends its drawing does not freeze the pane."""
    session = await host.open(20, 6)
    await shown(session)
    frames: list[Frame] = []
    session.on_frame = frames.append
    session.feed(b"\x1b[?2026hhalf")
    await session.settled()
    await asyncio.sleep(0.05)
    assert frames == []
    await asyncio.sleep(0.4)
    assert session.screen[0].text == "half"


async def test_a_failing_callback_is_not_the_engines_fault(host: EngineHost) -> None:
    """It is reported to the loop, and the terminal goes on."""
    reported: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: reported.append(context["message"]))
    session = await host.open(20, 6)

    def fail(_frame: Frame) -> None:
        raise RuntimeError

    session.on_frame = fail
    session.feed(b"x")
    await session.settled()
    await asyncio.sleep(0.05)
    await shown(session)
    assert session.screen[0].text == "x"
    assert session.engine.restarts == 0
    assert reported


async def test_many_consoles(host: EngineHost) -> None:
    """Twenty at a time, each its own."""
    sessions = [await host.open(80, 24) for _ in range(20)]
    for n, session in enumerate(sessions):
        session.feed(b"console %d" % n)
    for n, session in enumerate(sessions):
        await shown(session)
        assert session.screen[0].text == f"console {n}"


async def test_closing(host: EngineHost) -> None:
    """Nothing is called back, and what waits ends."""
    session = await host.open(20, 6)
    waiting = asyncio.create_task(session.text())
    await asyncio.sleep(0)
    host.release(session)
    session.feed(b"x")
    session.resize(30, 30)
    await session.settled()
    await session.ready()
    with pytest.raises(Exception, match="scrollback"):
        await waiting


async def test_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A host without the library says so at once."""
    (tmp_path / "pyghostty").mkdir()
    (tmp_path / "pyghostty" / "__init__.py").write_text("")
    (tmp_path / "pyghostty" / "_cdef.py").write_text("CDEF = 'int x;'")
    monkeypatch.setattr("vmtui.terminal.nursery._ROOT", f"{tmp_path}:{Path(__file__).parents[2]}")
    host = EngineHost(None)
    try:
        with pytest.raises(EngineMissing):
            await host.open()
    finally:
        await host.close()
