"""The pages that are made from the program are up to date, and the manual page is one."""

from __future__ import annotations

import subprocess

import pytest

from scripts import papers
from scripts.pages import config, manual
from tests.rig.needs import program_or_left_out
from vmtui.cli.arguments import parser
from vmtui.ui.actions import ACTIONS


@pytest.mark.parametrize("path", list(papers.PAGES))
def test_a_page_is_as_the_program_is(path: str) -> None:
    assert (papers.ROOT / path).read_text(encoding="utf-8") == papers.PAGES[path](), (
        "python -m scripts.papers writes it"
    )


def test_every_command_and_action_is_in_the_manual() -> None:
    page = manual.page()
    for name in manual.commands_of(parser()):
        assert f".SS vmtui {name.replace('-', chr(92) + '-')}" in page
    for action in ACTIONS:
        assert action.label.replace("-", "\\-") in page


def test_every_setting_has_a_word_beside_it() -> None:
    rows = [line for line in config.page().splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_manual_page_is_well_formed() -> None:
    mandoc = program_or_left_out("mandoc")
    checked = subprocess.run(
        [mandoc, "-T", "lint", "-W", "warning", papers.ROOT / "man/vmtui.1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = [line for line in checked.stdout.splitlines() if "missing date" not in line]
    assert told == []
