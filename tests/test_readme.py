"""The README tells the truth: its settings are taken, its keys and files are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmtui.config import parse
from vmtui.ui.actions import ACTIONS
from vmtui.ui.keymap import name

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_that_it_shows_are_taken_without_a_problem() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    settings, problems = parse(example)
    assert problems == []
    assert settings.hosts[0].name == "lab1"
    assert settings.console.snippets == {"uptime": "uptime\n"}


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_what_it_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_key_in_its_table_is_the_key_of_an_action() -> None:
    (table,) = re.findall(r"\| key \| \|.*?\n\n", README, re.DOTALL)
    written = {key for cell in table.split("|") for key in re.findall(r"`([^`]+)`", cell)}
    known = {key for action in ACTIONS for key in action.keys} | {"enter"}
    unknown = {key for key in written if name(key.replace("Ctrl-", "^")) not in known}
    assert unknown == set()
