"""`[[plugin]]` in the settings: what is taken, and what is said of what is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vmtui.config import parse
from vmtui.plugin import InputEntry, PluginEntry
from vmtui.ui.plugins import actions_of

ROW = '[[plugin]]\nname = "ssh"\n'


def test_a_whole_row() -> None:
    settings, problems = parse(
        '[ui]\ntick = 2.0\n\n[[plugin]]\nname = "ssh"\nlabel = "Log in"\nkey = "Z"\n'
        'command = ["ssh", "{user}@{ip}"]\nbackground = false\ndangerous = true\nconfirm = true\n'
        'inputs = [{ name = "user", default = "root", choices = ["root", "me"] }]\n'
    )
    assert problems == []
    asked = InputEntry("user", default="root", choices=("root", "me"))
    (row,) = settings.plugins
    assert row == PluginEntry(
        "ssh", "Log in", key="Z", command=("ssh", "{user}@{ip}"), inputs=(asked,),
        confirm=True, dangerous=True, background=False,
    )  # fmt: skip
    assert row.line == 4


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (ROW + 'comand = ["ssh"]', 3, "comand is not known; did you mean command?"),
        (ROW + 'command = "ssh {ip}"', 3, "command wants a list of texts"),
        (ROW + 'command = ["ssh"]\ndangerous = "no"', 4, "dangerous wants true or false"),
        (ROW + 'command = ["ssh", "{nmae}"]', 3, "nmae is not known; did you mean name?"),
        (ROW + 'command = ["{name}"]', 3, "the program itself cannot be a field"),
        (ROW, 1, "ssh wants a command"),
        ('[[plugin]]\nname = "SSH"\ncommand = ["x"]', 2, "small letters"),
        (ROW + 'command = ["x"]\n\n' + ROW + 'command = ["x"]', 6, "two plugins are named ssh"),
        (ROW + 'command = ["x"]\nscope = "gest"', 4, "scope is one of guest, host, all"),
        (ROW + 'scope = "host"\ncommand = ["x", "{name}"]', 4, "name is not known"),
        (ROW + 'scope = "host"\ncommand = ["x"]\nfreeze = true', 5, "freeze is for scope guest"),
        (ROW + 'scope = "all"\ncommand = ["x", "a{names}"]', 4, "an argument by itself"),
        (ROW + 'command = ["x"]\ninputs = [{ name = "a" }]', 4, "asked and not used"),
        (ROW + 'command = ["x"]\ninputs = [{ nam = "a" }]', 4, "did you mean name?"),
        (ROW + 'command = ["x", "{ip}"]\ninputs = [{ name = "ip" }]', 4, "ip is a field"),
        (ROW + 'command = ["a", "b"]\nshell = true', 3, "command is one text"),
        ('plugin = "x"', 1, "write [[plugin]]"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_row_left_out(
    text: str, line: int, words: str
) -> None:
    settings, problems = parse(text)
    assert {problem.line for problem in problems} == {line}, problems
    assert words in problems[0].message

    assert len(settings.plugins) == (1 if "two plugins" in words else 0)


@pytest.mark.parametrize(
    "line",
    [
        "echo '{name}'",
        'echo "{name}"',
        'x="a b{name}" y',
        "echo `cat {name}`",
        "cat <<END\n{name}\nEND",
        "echo $'a' {name}",
        "echo $(( {vcpus} + 1 ))",
        "echo \\\\{name}",
        "{name} --now",
        "true && {name}",
    ],
)
def test_a_shell_line_in_which_quoting_would_not_hold_is_refused(line: str) -> None:
    quoted = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    settings, problems = parse(ROW + f'shell = true\ncommand = ["{quoted}"]')
    if line == "echo \\\\{name}":
        # An escaped backslash ends before the field.
        assert problems == []
        return
    assert len(problems) == 1, line
    assert settings.plugins == ()


def test_the_examples_of_the_page_are_right() -> None:
    page = Path(__file__).resolve().parents[1] / "docs/plugins.md"
    (text,) = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    settings, problems = parse(text)
    assert problems == []
    assert len(settings.plugins) == text.count("[[plugin]]")
    assert actions_of(settings.plugins)[1] == []


def test_other_braces_are_left_alone() -> None:
    text = "shell = true\ncommand = ['''awk '{print $1}' {{name}} ${name} $HOME {name}''']"
    settings, problems = parse(ROW + text)
    assert problems == []
    assert settings.plugins[0].used() == {"name"}
