"""What a terminal can show, and the screen on one that can show little."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.config import Settings
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.ui.abilities import NONE, SIXTEEN, TRUE, Abilities, from_environment
from vmtui.ui.asciionly import ascii_of
from vmtui.ui.cells import LINKS, STATES


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, Abilities(TRUE)),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, Abilities(TRUE)),
        ({"TERM": "tmux-256color", "NO_COLOR": "1"}, Abilities(NONE)),
        ({"TERM": "tmux-256color", "NO_COLOR": ""}, Abilities(TRUE)),
        ({"TERM": "screen"}, Abilities(SIXTEEN)),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, Abilities(SIXTEEN, ascii=True)),
        ({"TERM": "linux-16color"}, Abilities(SIXTEEN, ascii=True)),
        ({"TERM": "vt100"}, Abilities(NONE, ascii=True)),
        ({"TERM": "vt220", "LANG": "C.UTF-8"}, Abilities(NONE, ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "C"}, Abilities(TRUE, ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "C", "LC_CTYPE": "C.UTF-8"},
         Abilities(TRUE, ascii=True)),
        ({"TERM": "xterm-256color", "LC_CTYPE": "C.UTF-8"}, Abilities(TRUE)),
        ({"TERM": "xterm-256color", "LC_ALL": "POSIX", "LANG": "de_DE.utf8"},
         Abilities(TRUE, ascii=True)),
        ({"TERM": "xterm-256color", "LANG": "de_DE.ISO-8859-1"}, Abilities(TRUE, ascii=True)),
        ({}, Abilities(TRUE)),
    ],
)  # fmt: skip
def test_what_the_environment_says(environment: dict[str, str], wanted: Abilities) -> None:
    assert from_environment(environment) == wanted


@given(st.text())
def test_ascii_is_as_wide_as_what_it_stands_for(text: str) -> None:
    made = ascii_of(text)
    assert made.isascii()
    if not any(unicodedata.category(letter).startswith(("M", "C")) for letter in text):
        assert len(made) == cell_len(text)


def test_no_two_states_look_alike_without_their_words() -> None:
    signs = [ascii_of(glyph) for glyph, _, _ in STATES.values()]
    assert len(set(signs)) == len(signs)
    assert len({word for _, word, _ in LINKS.values()}) == len(LINKS)
    assert len({word for _, word, _ in STATES.values()}) == len(STATES)


@pytest.mark.slow
async def test_every_view_can_be_painted_in_ascii(tmp_path: Path) -> None:
    hosts = demo_hosts(DemoHost(HostId("lab"), guests=24))
    cockpit = cockpit_for(hosts, tmp_path, settings=Settings(tick=0.5, ascii=True))
    async with sit_down(cockpit, (120, 36)) as seat:
        await seat.until_shown("web1")
        for keys in (("2",), ("3",), ("4",), ("6",), ("question_mark",), ("1", "x"),
                     ("escape", "X"), ("escape", "colon"), ("escape", "ctrl+p"),
                     ("escape", "n")):  # fmt: skip
            await seat.press(*keys)
            await seat.pilot.pause()
            painted = seat.text()
            assert painted.strip()
            assert painted.isascii(), sorted({letter for letter in painted if ord(letter) > 127})
