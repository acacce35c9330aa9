"""Where the fields of a plugin's command stand, and that no guest's name gets out of its place."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.plan.facts import HOST, guest
from vmtui.config import parse
from vmtui.errors import Invalid
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView
from vmtui.model.steps import RunPlugin
from vmtui.plan import plugins
from vmtui.plugin import PluginEntry, places
from vmtui.plugin.places import Place, Unsafe

VIEW = HostView(HOST, "qemu:///system", Link(LinkState.UP, 0.0))
SHELL = {"shell": True}
PROGRAM = "the program itself cannot be a field"
QUOTES = "stands in quotes"


def of(line: str) -> list[Place]:
    return list(places((line,), **SHELL))


def row(*command: str, **more: object) -> PluginEntry:
    return PluginEntry(name="mine", command=command, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{name}", PROGRAM),
        ("true\n{name}", PROGRAM),
        ("true \\\n && {name}", PROGRAM),
        ("true; {name}", PROGRAM),
        ("true | {name}", PROGRAM),
        ("true & {name}", PROGRAM),
        ("if true; then {name}; fi", PROGRAM),
        ("if true; then :; else {name}; fi", PROGRAM),
        ("if {name}; then :; fi", PROGRAM),
        ("for x in a; do {name}; done", PROGRAM),
        ("for x do {name}; done", PROGRAM),
        ("! {name}", PROGRAM),
        ("{ {name}; }", PROGRAM),
        ("( {name} )", PROGRAM),
        ("X=1 Y={host} {name}", PROGRAM),
        (">out {name}", PROGRAM),
        ("2>&1 {name}", PROGRAM),
        ("case a in a) {name};; esac", PROGRAM),
        ("f() { {name}; }", PROGRAM),
        ("echo $({name})", PROGRAM),
        ('echo "$({name})"', PROGRAM),
        ("/opt/{name}/run", PROGRAM),
        ("exec -a x {name}", PROGRAM),
        ("sudo -u root -- {name}", PROGRAM),
        ("env A=b {name}", PROGRAM),
        ('echo "$(echo "{name}")"', QUOTES),
        ('echo "${x:-{name}}"', QUOTES),
        ("for {name} in a; do :; done", "the name of a variable"),
        ("export {name}", "the name of a variable"),
        ("test -v {name}", "the name of a variable"),
        ("eval echo {name}", "eval reads {name} as shell again"),
        ("sh -ec {name}", "sh -c reads {name} as shell"),
        ("[[ {vcpus} -eq 1 ]]", "[ … ]"),
        ("echo $[ {vcpus} + 1 ]", "arithmetic"),
        ("echo {vcpus}>out", "put a space behind it"),
        ("echo $x{name}", "write ${…} around that"),
        ("echo $(case a in a) echo b;; esac) {name}", "case in $(…)"),
        ("echo $(true {name}", "is not closed"),
        ("X={names} true", "an argument by itself"),
        ("echo a{names}", "an argument by itself"),
        ("echo > {names}", "several arguments, and no file"),
    ],
)
def test_a_place_where_no_value_is_safe_is_refused(line: str, words: str) -> None:
    with pytest.raises(Unsafe) as refused:
        of(line)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("echo {name}", [True]),
        ("echo -- {name}", [False]),
        ("echo x{name} ''{name} $x{{name}}{host}", [False, True, True]),
        ('echo "$x"{name} ${x}{name} $(true){name}', [True, True, True]),
        ("grep -- x | ssh-keyscan {name}", [True]),
        ("grep -- x; echo {name} && echo -- {name}", [True, False]),
        ("echo $(cat -- {name}) {host}", [False, True]),
        ("echo ' -- ' {name}", [True]),
        ("if true; then echo {name}; fi", [True]),
        ("X={name}; echo \"$X\" > {name}", [True, False]),
        ("for x in -- {names}; do echo $x; done", [True]),
        ("echo a{b,{name}}", [True]),
        ("sh -c 'echo \"$1\"' x {name}", [True]),
        ("sudo -u root -- echo {name}", [True]),
        ("timeout {vcpus} echo -- {name}", [True, False]),
        ("ssh -- {host} virsh -- {name}", [False, False]),
        ("ssh -- {host} virsh {name}", [False, True]),
        ('awk "{print $1}" # it\'s {name}\necho {host}', [False, True]),
        ("case {name} in a) echo {host};; esac", [True, True]),
        ("ssh {host_name} uptime | cut -d, -f3-", [True]),
        ("echo \"it's\" '\"' \\\" {name} >&2", [True]),
    ],
)  # fmt: skip
def test_a_dash_counts_where_an_argument_begins(line: str, bare: list[bool]) -> None:
    assert [place.bare for place in of(line)] == bare


def test_arguments_are_followed_without_a_shell_too() -> None:
    def refused(*command: str) -> str:
        with pytest.raises(Unsafe) as caught:
            places(command, shell=False)
        return str(caught.value)

    assert PROGRAM in refused("sudo", "{name}")
    assert "sh -c reads {name} as shell" in refused("sh", "-c", "echo {name}")
    assert "bash -c reads" in refused("sudo", "-u", "me", "bash", "-ec", "echo {name}")
    safe = ("sh", "-c", "echo $1", "x", "{name}")
    assert places(safe, shell=False) == (Place("name", bare=True),)
    (first, second) = places(("sudo", "--", "ssh", "{name}", "--", "{name}"), shell=False)
    assert (first.bare, second.bare) == (True, False)


NAMES = [
    "-rf", "$(touch x)", "`touch x`", "'; touch x; '", '"; touch x; "', "\\'; touch x; #",
    "; touch x", "&& touch x", "| touch x", "touch x", "a b", "*", "~", "#", "$HOME", "!!",
    "a[$(touch x)]", "${x:=y}", "{a,b}", "\\", "'", '"', "a=b", "}", ")",
]  # fmt: skip
LINES = [
    "./told {name}",
    "true\nX=1 ./told {name} && true",
    "if true; then ./told {name}; fi",
    "for each in {name}; do ./told \"$each\"; done",
    "X={name}; ./told \"$X\"",
    "./told \"$(printf %s {name})\"",
    "sh -c './told \"$1\"' x {name}",
    "case {name} in *) ./told {name};; esac",
    "( ! ./told {name} ) || true # {name}",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_no_name_gets_out_of_its_place(tmp_path: Path, line: str) -> None:
    told = tmp_path / "told"
    told.write_text("#!/bin/sh\nprintf '%s' \"$1\" > got\n")
    told.chmod(0o700)
    found = [shell for name in ("sh", "bash") if (shell := shutil.which(name))]
    shells = {Path(shell).resolve(): shell for shell in found}.values()
    for name in NAMES:
        made = plugins.for_guests(row(line, **SHELL), [guest(name)], {HOST: VIEW}, {})
        if name.startswith("-"):
            assert "begins with a dash" in made.refused[0].reason
            continue
        (step,) = made.tracks[0].steps
        assert isinstance(step, RunPlugin)
        for shell in shells:
            (tmp_path / "got").unlink(missing_ok=True)
            words = [shell, *step.command[1:]]
            subprocess.run(words, cwd=tmp_path, check=True, env={"PATH": os.environ["PATH"]})
            assert (tmp_path / "got").read_text() == name
            assert sorted(each.name for each in tmp_path.iterdir()) == ["got", "told"]


@pytest.mark.parametrize("name", ["a b", "$(touch x)", "a;b", "'", "~", "*"])
def test_what_a_shell_heeds_does_not_go_through_ssh(name: str) -> None:
    far = row("ssh", "root@lab1", "virsh", "start", "{name}")
    for one in (far, row("ssh root@lab1 virsh start {name}", **SHELL)):
        (refused,) = plugins.for_guests(one, [guest(name)], {HOST: VIEW}, {}).refused
        assert "not safe behind ssh" in refused.reason
        assert not plugins.for_guests(one, [guest("web-1.lab")], {HOST: VIEW}, {}).empty
    every = row("ssh", "lab1", "x", "{names}", scope="all")
    with pytest.raises(Invalid, match="not safe behind ssh"):
        plugins.for_all(every, [guest("web1"), guest(name)], {HOST: VIEW}, {})


def test_a_row_with_such_a_place_is_left_out_and_says_why() -> None:
    text = '[[plugin]]\nname = "x"\nshell = true\ncommand = ["""true\n{name} --now"""]\n'
    settings, problems = parse(text)
    assert settings.plugins == ()
    assert f"x: {PROGRAM}: {{name}}" in problems[0].message
    text = '[[plugin]]\nname = "x"\ncommand = ["sh", "-c", "echo {name}"]\n'
    assert "as shell" in parse(text)[1][0].message
