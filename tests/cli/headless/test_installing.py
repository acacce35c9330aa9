"""Installing guest tools without the screen, on the demo fleet."""

from __future__ import annotations

import pytest

from tests.cli.headless.commands import Commands

FLEET = "--demo=hosts=2,lively=0"
GUEST = "berlin1/log1"
"""It runs Alpine, and its agent is not installed."""
pytestmark = pytest.mark.slow


def test_every_command_is_shown_before_anything_is_done(vmtui: Commands) -> None:
    ran = vmtui("install-tools", GUEST, "--dry-run", fleet=FLEET)
    assert ran.code == 0, ran.err
    assert "# types as root: apk add --update-cache qemu-guest-agent" in ran.lines
    assert any("apk add" in line and not line.startswith("#") for line in ran.lines)


def test_without_a_terminal_it_wants_a_yes(vmtui: Commands) -> None:
    ran = vmtui("install-tools", GUEST, fleet=FLEET)
    assert ran.code == 6
    assert "apk add" in ran.err
    assert "Add --yes." in ran.err


def test_it_ends_in_an_answer(vmtui: Commands) -> None:
    ran = vmtui("install-tools", GUEST, "--yes", "--json", fleet=FLEET)
    assert ran.code == 0, ran.err
    assert ran.json["results"][0]["result"] == "done"
    assert ran.json["plan"]["verb"] == "install-tools"


@pytest.mark.parametrize(
    ("way", "words"),
    [
        ("ssh", "its host is imaginary"),
        ("iso", "its host is imaginary"),
        ("disk", "only while it is off"),
    ],
)
def test_a_way_that_cannot_be_gone_says_why(vmtui: Commands, way: str, words: str) -> None:
    ran = vmtui("install-tools", GUEST, "--by", way, "--yes", fleet=FLEET)
    assert ran.code == 1
    assert words in ran.err


def test_where_the_agent_answers_there_is_nothing_to_do(vmtui: Commands) -> None:
    ran = vmtui("install-tools", "berlin1/proxy1", "--yes", fleet=FLEET)
    assert ran.code == 5
    assert "its agent answers" in ran.err
