"""Recordings, and replaying them and raw bytes."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from vmtui.terminal.asciicast import (
    CastError,
    CastEvent,
    CastHeader,
    CastWriter,
    is_cast,
    read_events,
    read_header,
)
from vmtui.terminal.host import EngineHost
from vmtui.terminal.replay import final_text, replay


def recorded() -> str:
    """A short recording with a torn character and a change of size."""
    file = io.StringIO()
    writer = CastWriter(file, CastHeader(40, 10, 1700000000, "web"), started=100.0)
    writer.output(b"h\xc3", 100.5)
    writer.output(b"\xa9llo\x1b[1m", 101.0)
    writer.resize(60, 12, 102.0)
    writer.output(b"\xff!\xe4", 103.0)
    writer.finish(104.0)
    return file.getvalue()


def test_round_trip(tmp_path: Path) -> None:
    """What was written is read."""
    path = tmp_path / "a.cast"
    path.write_text(recorded())
    assert is_cast(path)
    assert read_header(path) == CastHeader(40, 10, 1700000000, "web")
    events = list(read_events(path))
    assert events == [
        CastEvent(0.5, "o", "h"),
        CastEvent(1.0, "o", "éllo\x1b[1m"),
        CastEvent(2.0, "r", "60x12"),
        CastEvent(3.0, "o", "\ufffd!"),
        CastEvent(4.0, "o", "\ufffd"),
    ]
    assert events[2].size == (60, 12)


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"version": 1}', '{"version": 2, "width": "x"}',
     '{"version": 2, "width": 80, "height": 24}\n{}\n',
     '{"version": 2, "width": 80, "height": 24}\n[1, "o"]\n',
     '{"version": 2, "width": 80, "height": 24}\nxx\n[0, "o", ""]\n'],
)  # fmt: skip
def test_what_is_no_recording(tmp_path: Path, text: str) -> None:
    """Says so."""
    path = tmp_path / "a.cast"
    path.write_text(text)
    with pytest.raises(CastError):
        list(read_events(path))


def test_a_recording_cut_short_is_read_up_to_there(tmp_path: Path) -> None:
    """As when the recorder was killed."""
    path = tmp_path / "a.cast"
    path.write_text(recorded()[:-5])
    assert len(list(read_events(path))) == 4


async def test_replay_of_bytes(tmp_path: Path, host: EngineHost) -> None:
    """The final screen of a raw file, also an empty one."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"\x1b]2;t\x07one\r\ntwo\x1b[1;1HX")
    result = await replay(host, path, 20, 5)
    assert [row.text for row in result.screen] == ["Xne", "two", "", "", ""]
    assert result.title == "t"
    path.write_bytes(b"")
    assert [row.text for row in (await replay(host, path, 20, 2)).screen] == ["", ""]


async def test_replay_of_a_recording(tmp_path: Path, host: EngineHost) -> None:
    """With its sizes."""
    path = tmp_path / "a.cast"
    path.write_text(recorded())
    result = await replay(host, path)
    assert len(result.screen) == 12
    assert result.screen[0].text == "héllo\ufffd!\ufffd"


async def test_final_text(tmp_path: Path) -> None:
    """What `replay --text` prints."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"a\r\n" * 100 + b"b")
    assert await asyncio.to_thread(final_text, path, 20, 4) == "a\na\na\nb\n"
