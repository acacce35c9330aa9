"""When the next frame may come."""

from __future__ import annotations

from vmtui.terminal.cells import RGB, Frame, Row, Run, Style
from vmtui.terminal.pacing import RAREST, Pacing, weight

PLAIN = Frame(80, 24, {y: Row((Run("x" * 80, Style(), 80),)) for y in range(24)})
DENSE = Frame(
    200, 50,
    {y: Row(tuple(Run("x", Style(fg=RGB | x), 1) for x in range(200))) for y in range(50)},
)  # fmt: skip


def made(frame: Frame, came: int) -> Pacing:
    """After a frame at 10 s, before which so many bytes had come."""
    pacing = Pacing()
    pacing.interval = 0.03
    pacing.came(came)
    pacing.framed(frame, 10.0)
    return pacing


def test_what_can_be_read_is_shown_at_the_usual_rate() -> None:
    pacing = made(DENSE, weight(DENSE))
    assert not pacing.flooded
    assert 0.0 < pacing.wait(10.0, idle=True) <= 0.03
    assert pacing.wait(10.031, idle=False) <= 0.0


def test_a_flood_of_plain_lines_costs_little_and_is_shown_often() -> None:
    pacing = made(PLAIN, 1_000_000)
    assert pacing.flooded
    assert pacing.wait(10.05, idle=False) <= 0.0


def test_a_flood_of_colours_is_shown_rarely_but_shown() -> None:
    pacing = made(DENSE, 1_000_000)
    now = 10.0
    while (wait := pacing.wait(now, idle=False)) > 0:
        now += wait
        pacing.came(100_000)
    assert RAREST * 0.9 < now - 10.0 <= RAREST * 1.1


def test_the_end_of_a_flood_is_shown_at_once() -> None:
    pacing = made(DENSE, 1_000_000)
    pacing.came(1000)
    now = 10.0
    while (wait := pacing.wait(now, idle=True)) > 0:
        now += wait
    assert now - 10.0 < 0.1
