"""What was painted goes as soon as something else is, and not only when all memory is tidied."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from textual.strip import Strip

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.strips import _divide, divide


@pytest.fixture
def untidied() -> Iterator[None]:
    """Nothing is looked through meanwhile."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@given(
    st.lists(st.text("ab漢", max_size=5), max_size=4),
    st.lists(st.integers(1, 30), unique=True).map(sorted),
)
def test_cuts_are_textuals_own(words: list[str], cuts: list[int]) -> None:
    strip, same = Strip(map(Segment, words)), Strip(map(Segment, words))
    assert list(divide(strip, iter(cuts))) == list(_divide(same, iter(cuts)))


@pytest.mark.usefixtures("untidied")
def test_a_strip_does_not_hold_itself() -> None:
    strip = Strip([Segment("whole")])
    assert divide(strip, [5]) == [strip]
    del strip
    assert gc.collect() == 0


async def test_keys_leave_no_strips_behind(tmp_path: Path, untidied: None) -> None:
    hosts = demo_hosts(DemoHost(HostId("lab"), guests=200, speed=0))
    async with sit_down(cockpit_for(hosts, tmp_path), (120, 36)) as seat:
        await seat.until_shown("200 guests")
        await seat.press(*["pagedown", "pageup"] * 5)
        await seat.pilot.pause()
        there = strips()
        gc.collect()
        assert there == strips()


def strips() -> int:
    return sum(isinstance(one, Strip) for one in gc.get_objects())
