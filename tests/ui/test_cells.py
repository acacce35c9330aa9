"""Facts into words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.plan.facts import guest
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.device import Address
from vmtui.model.guest import GuestState
from vmtui.model.stats import MemorySample
from vmtui.model.units import GIB, MIB, duration, short_size, size
from vmtui.ui import cells
from vmtui.ui.cells import Role


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0B"), (999, "999B"), (1000, "1.0K"), (1536, "1.5K"), (10 * 1024, "10K"),
     (128 * MIB, "128M"), (int(1.5 * GIB), "1.5G"), (-5, "0B"), (2**60, "1024P")],
)  # fmt: skip
def test_short_sizes_fit_five_cells(count: int, words: str) -> None:
    assert short_size(count) == words
    assert len(words) <= 5


def test_sizes_in_sentences() -> None:
    assert size(40 * GIB) == "40 GiB"
    assert size(1.5 * MIB) == "1.5 MiB"
    assert size(100) == "100 bytes"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(8, "8s"), (75, "1m 15s"), (3700, "1h 1m"), (90000, "1d 1h"), (86400 * 200, "200d"),
     (-1, "0s")],
)  # fmt: skip
def test_durations_have_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize("state", list(GuestState))
def test_no_state_is_told_by_colour_alone(state: GuestState) -> None:
    others = {cells.state(guest(state=other)).text for other in GuestState if other is not state}
    assert cells.state(guest(state=state)).text not in others


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a·[31mb"),
        ("a\nb\tc", "a·b·c"),
        ("\u202egnp.exe", "·gnp.exe"),
        ("\x9b0m", "·0m"),
        ("名前", "名前"),
        ("[red]x[/]", "[red]x[/]"),
        ("zero\u200bwidth", "zerowidth"),
        ("\ud800", "·"),
    ],
)
def test_hostile_text_is_made_harmless(hostile: str, shown: str) -> None:
    assert cells.clean(hostile) == shown


def test_memory_that_a_guest_does_not_report_is_not_zero() -> None:
    silent = MemorySample(current=2 * GIB, maximum=2 * GIB)
    assert cells.memory(silent, None).text == "?/2.0G"
    assert cells.memory(replace(silent, used=GIB), None).text == "1.0G/2.0G"
    assert cells.memory(None, None).text == cells.UNKNOWN


def test_unknown_figures_are_dashes_and_not_zeros() -> None:
    assert cells.percent(None).text == cells.UNKNOWN
    assert cells.percent(math.nan).text == cells.UNKNOWN
    assert cells.rates(None, None).text == cells.UNKNOWN
    assert cells.bar(None, 3) == "···"


def test_ipv4_comes_first_and_more_are_hinted_at() -> None:
    subject = replace(guest(), addresses=(Address("fd00::1"), Address("10.0.0.7")))
    assert cells.addresses(subject).text == "10.0.0.7+"


def test_an_uptime_that_is_only_bounded_says_so() -> None:
    assert cells.uptime(replace(guest(), started_by=1000.0), 1300.0).text == ">5m 0s"
    assert cells.uptime(replace(guest(), started_at=1000.0), 1300.0).text == "5m 0s"
    assert cells.uptime(guest(state=GuestState.OFF), 1300.0).text == ""


def test_bars_have_eighths_of_a_cell() -> None:
    assert cells.bar(0.5, 4) == "██  "
    assert cells.bar(1 / 32, 4) == "▏   "
    assert cells.bar(2.0, 2) == "██"


@pytest.mark.parametrize(
    ("short", "words"),
    [("debian12", "Debian 12"), ("win11", "Windows 11"), ("", ""),
     ("opensuse-leap15.5", "openSUSE Leap 15.5")],
)  # fmt: skip
def test_operating_systems_as_people_write_them(short: str, words: str) -> None:
    assert cells.os_name(short) == words


def test_warm_and_hot_loads_have_their_roles() -> None:
    assert [cells.load_role(f) for f in (0.1, 0.7, 0.9)] == [Role.TEXT, Role.WARN, Role.BAD]


def test_a_frozen_guest_looks_frozen() -> None:
    frozen = replace(guest(), told=AgentFacts("7.2", frozen=True))
    assert cells.state(frozen).text == "❄ frozen"
    assert cells.state(replace(frozen, state=GuestState.OFF)).text == "○ off"
