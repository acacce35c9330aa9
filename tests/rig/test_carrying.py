"""Bytes that are carried between two sockets, and counted on the way."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

from benchmarks.line import HEADER, REMOTE, Line
from tests.rig.carrying import carry
from tests.rig.faults import listen

LIMIT = 60.0


def received(end: socket.socket, number: int) -> bytes:
    end.settimeout(LIMIT)
    got = b""
    while len(got) < number:
        got += end.recv(number - len(got))
    return got


def test_all_arrives_in_order_though_some_of_it_is_late() -> None:
    (near, source), (sink, far) = socket.socketpair(), socket.socketpair()
    sent = bytes(range(256)) * 40
    late = iter([0.1, 0.0, 0.05, *[0.0] * 1000])
    carry(source, sink, lambda _: next(late), piece=100)
    near.sendall(sent)
    assert received(far, len(sent)) == sent
    near.shutdown(socket.SHUT_WR)
    assert far.recv(1) == b""
    for end in (near, source, sink, far):
        end.close()


def test_nothing_arrives_while_it_does_not_flow() -> None:
    (near, source), (sink, far) = socket.socketpair(), socket.socketpair()
    flows, seen = threading.Event(), threading.Event()

    def late(_piece: bytes) -> float:
        seen.set()
        return 0.0

    carry(source, sink, late, piece=100, flows=flows)
    near.sendall(b"words")
    assert seen.wait(LIMIT)
    far.settimeout(0.1)
    try:
        raise AssertionError(f"it came: {far.recv(1)!r}")
    except TimeoutError:
        flows.set()
    assert received(far, 5) == b"words"
    for end in (near, source, sink, far):
        end.close()


def test_a_line_counts_calls_and_bytes_and_lets_other_users_in(tmp_path: Path) -> None:
    call = HEADER.pack(HEADER.size, REMOTE, 1, 5, 0, 1, 0)
    sign_in = HEADER.pack(HEADER.size, REMOTE, 1, 66, 0, 0, 0)
    alive = struct.pack(">7I", HEADER.size, 0x6B656570, 1, 1, 2, 0, 0)
    behind = listen(tmp_path / "daemon")
    with Line(tmp_path / "daemon", tmp_path / "line") as line:
        assert line.path.stat().st_mode & 0o666 == 0o666
        near = socket.socket(socket.AF_UNIX)
        near.connect(str(line.path))
        far, _ = behind.accept()
        near.sendall(sign_in + call + alive + call)
        assert received(far, 4 * HEADER.size) == sign_in + call + alive + call
        far.sendall(b"answer")
        assert received(near, 6) == b"answer"
        assert (len(line.calls), line.bytes) == (2, 4 * HEADER.size + 6)
        near.close()
        far.close()
    behind.close()
    assert not line.path.exists()
