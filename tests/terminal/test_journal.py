"""The kept bytes of a console."""

from __future__ import annotations

from vmtui.terminal.cells import Modes, MouseEncoding, MouseMode
from vmtui.terminal.journal import BLOCK, Fidelity, Journal, Size, plain_text

SIZE = Size(80, 24)


def settle(journal: Journal, modes: Modes | None = None) -> None:
    """Send everything and have it dealt with."""
    for sequence, entry in enumerate([*journal.pending], 1):
        entry.sequence = sequence
        assert journal.settle(sequence, modes or Modes())


def replayed(journal: Journal, fidelity: Fidelity = Fidelity.EXACT) -> list[bytes | Size]:
    """What a rebuild would replay."""
    return journal.rebuild(fidelity)[1]


def test_small_pieces_are_joined_while_they_wait() -> None:
    """A serial line delivers a few bytes at a time."""
    journal = Journal(SIZE)
    for _ in range(1000):
        journal.add_bytes(b"abc")
    assert len(journal.pending) == 1
    journal.pending[0].sequence = 1
    journal.add_bytes(b"x")
    assert [bytes(e.content) for e in journal.pending if isinstance(e.content, bytearray)] == [
        b"abc" * 1000,
        b"x",
    ]


def test_large_pieces_are_cut() -> None:
    """Into what one message carries; nothing is lost."""
    journal = Journal(SIZE)
    journal.add_bytes(b"ab")
    journal.add_bytes(bytes(3 * BLOCK))
    assert all(len(entry.content) <= BLOCK for entry in journal.pending)
    assert journal.pending_bytes == 3 * BLOCK + 2


def test_small_pieces_are_joined_in_the_history() -> None:
    """It stays small in objects, too."""
    journal = Journal(SIZE)
    for _ in range(100):
        journal.add_bytes(b"abc")
        settle(journal)
    assert replayed(journal) == [b"abc" * 100]


def test_exact_keeps_sizes_in_their_places() -> None:
    """And starts with the first."""
    journal = Journal(SIZE)
    journal.add_bytes(b"a")
    journal.add_size(Size(40, 10))
    journal.add_bytes(b"b")
    settle(journal)
    assert journal.rebuild(Fidelity.EXACT) == (SIZE, [b"a", Size(40, 10), b"b"])
    assert journal.rebuild(Fidelity.ONE_SIZE) == (Size(40, 10), [b"a", b"b"])
    assert journal.rebuild(Fidelity.EXACT) == (Size(40, 10), [b"a", b"b"])


def test_a_flurry_of_sizes_is_one() -> None:
    """Only the last counts while none was sent."""
    journal = Journal(SIZE)
    for columns in range(50, 60):
        journal.add_size(Size(columns, 24))
    assert [entry.content for entry in journal.pending] == [Size(59, 24)]


def test_history_is_bounded_and_modes_survive_the_cut() -> None:
    """What the lost bytes had switched on is switched on again."""
    journal = Journal(SIZE, limit=4 * BLOCK)
    modes = Modes(alternate_screen=True, mouse=MouseMode.BUTTON, mouse_encoding=MouseEncoding.SGR)
    for _ in range(10):
        journal.add_bytes(b"31mtorn\n" * (BLOCK // 8))
        settle(journal, modes)
    blocks = [block for block in replayed(journal) if isinstance(block, bytes)]
    assert blocks[0] == b"\x1b[?1049h\x1b[?1002h\x1b[?1006h"
    assert blocks[1].startswith(b"31mtorn")
    assert len(blocks[1]) == BLOCK - 8
    assert sum(map(len, blocks)) <= 4 * BLOCK + 64


def test_plain_keeps_the_words() -> None:
    """And nothing that could crash anything."""
    data = b"\x1b]2;t\x07\x1b[31mred\x1b[0m\r\n\x1b(0q\x1b(B\x1bP1$r\x1b\\x\x1b7\ty\x01\b"
    assert plain_text(data) == b"red\r\nqx\ty\b"
    journal = Journal(SIZE)
    journal.add_bytes(data)
    settle(journal)
    assert replayed(journal, Fidelity.PLAIN) == [b"red\r\nqx\ty\b"]
    assert replayed(journal, Fidelity.EXACT) == [b"red\r\nqx\ty\b"]
    assert replayed(journal, Fidelity.EMPTY) == []


def test_shedding_spares_what_is_in_flight() -> None:
    """The oldest that waits goes first."""
    journal = Journal(SIZE)
    journal.add_bytes(bytes(4 * BLOCK))
    journal.pending[0].sequence = 1
    journal.add_size(Size(10, 10))
    assert journal.shed(2 * BLOCK) == 2 * BLOCK
    assert journal.pending[0].sequence == 1
    assert journal.pending_bytes == 2 * BLOCK
    assert journal.pending[-1].content == Size(10, 10)
