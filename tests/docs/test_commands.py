"""The commands in the README and in docs are real: they are taken, and those of the demo run."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from scripts.pages.manual import commands_of
from vmtui.cli.arguments import parser, prepared
from vmtui.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACEHOLDER = re.compile(r"\b(COMMAND|SHELL|NAME|FILE|URI|ID|HOST|SECONDS)\b|…|\.\.\.")


def commands() -> list[tuple[str, str]]:
    """Each command with its page: those in blocks, and those in a line of text."""
    found: dict[str, str] = {}
    for page in PAGES:
        if page.name == "keys.md":  # it names commands without what they take
            continue
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            lines = (line.rpartition("| ")[2] if "| vmtui" in line else line
                     for line in block.splitlines())  # fmt: skip
            found.update((line, page.name) for line in lines if line.startswith("vmtui"))
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        found.update((line, page.name) for line in re.findall(r"`(vmtui [^`]*)`", prose))
    return [(page, line) for line, page in found.items() if not PLACEHOLDER.search(_bare(line))]


def _bare(line: str) -> str:
    return line.partition(" #")[0]


def words(line: str) -> list[str]:
    return shlex.split(line.partition("|")[0], comments=True)[1:]


COMMANDS = commands()
RUN = [line for _, line in COMMANDS if "--demo" in line and len(words(line)) > 2
       and not words(line)[1].startswith("hosts=")]  # fmt: skip


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_is_taken(page: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    if len(words(line)) == 1 and words(line)[0] in commands_of(parser()):
        return  # a sentence names the command
    try:
        parser().parse_args(prepared(words(line)))
    except SystemExit as ended:
        assert ended.code == 0, f"{page}: {line}: {capsys.readouterr().err}"
    except argparse.ArgumentError as error:
        pytest.fail(f"{page}: {line}: {error}")


@pytest.mark.slow
@pytest.mark.parametrize("line", RUN)
def test_a_command_of_the_demo_does_what_is_said(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(line)) == 0, capsys.readouterr().err
    assert capsys.readouterr().out


def test_there_are_some() -> None:
    assert len(COMMANDS) > 40
    assert len(RUN) > 10
    assert {page for page, _ in COMMANDS} >= {"README.md", "guide.md", "headless.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / path).exists(), path
