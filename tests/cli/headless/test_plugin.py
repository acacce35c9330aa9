"""`vmtui plugin`: commands of the person's own, without the screen."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.headless.commands import Commands
from vmtui import paths

SETTINGS = """
[[plugin]]
name = "greet"
help = "say hello"
command = ["printf", "hello %s %s\\\\n", "{name}", "{how}"]
inputs = [{ name = "how" }]
[[plugin]]
name = "bad"
command = ["sh", "-c", "echo no; exit 7"]
[[plugin]]
name = "wipe"
dangerous = true
command = ["true"]
[[plugin]]
name = "where"
scope = "host"
background = false
command = ["test", "-n", "{uri}"]
"""


@pytest.fixture
def given(tmp_path: Path) -> tuple[str, str, str]:
    file = tmp_path / "config.toml"
    file.write_text(SETTINGS)
    return ("--config", str(file), "plugin")


def test_it_runs_for_whom_is_named(vmtui: Commands, given: tuple[str, ...]) -> None:
    ran = vmtui(*given, "greet", "h*/web1", "--set", "how=all", fleet="--demo=hosts=1,guests=10")
    assert ran.code == 3
    ran = vmtui(*given, "greet", "web1", "--set", "how=a b", fleet="--demo=hosts=1,guests=10")
    assert (ran.code, ran.out) == (0, "hello web1 a b\n")


def test_json_and_the_commands_own_exit_code(vmtui: Commands, given: tuple[str, ...]) -> None:
    ran = vmtui(*given, "bad", "berlin1/web1", "--json")
    assert ran.code == 7
    (result,) = ran.json["results"]
    assert (result["output"], result["exit_code"], result["result"]) == ("no\n", 7, "failed")


@pytest.mark.slow
def test_it_is_listed_previewed_and_refused(vmtui: Commands, given: tuple[str, ...]) -> None:
    assert vmtui(*given).lines[0].split() == ["NAME", "FOR", "KEY", "WHAT", "IT", "DOES"]
    names = [one["name"] for one in vmtui(*given, "--json").json["plugins"]]
    assert names == ["greet", "bad", "wipe", "where"]
    ran = vmtui(*given, "greet", "berlin1/web1", "--set", "how=x", "--dry-run")
    assert shlex.split(ran.lines[-1])[-2:] == ["web1", "x"]
    ran = vmtui(*given, "greet", "berlin1/web1")
    assert "something is needed here" in ran.err
    assert "did you mean greet?" in vmtui(*given, "gret", "berlin1/web1").err
    assert vmtui(*given, "wipe", "berlin1/web1").code == 6
    assert vmtui(*given, "wipe", "berlin1/web1", "--yes").code == 0


@pytest.mark.slow
def test_a_host_is_named_by_its_name(vmtui: Commands, given: tuple[str, ...]) -> None:
    assert "Which host?" in vmtui(*given, "where").err
    assert vmtui(*given, "where", "berlin1").code == 0
    assert "There is no host berli" in vmtui(*given, "where", "berli").err


def test_it_is_in_the_audit_log(vmtui: Commands, given: tuple[str, ...], test_uri: str) -> None:
    ran = vmtui(*given, "greet", "guest-001", "-c", test_uri, "--set", "how=now", fleet="")
    assert ran.code == 0
    begun, ended = map(json.loads, paths.audit_file().read_text().splitlines())
    assert (begun["verb"], begun["by"]) == ("greet", "vmtui plugin")
    assert "guest-001 now" in begun["effects"][0]
    assert ended["result"] == "done"


def test_a_dangerous_one_is_not_for_a_read_only_host_that_does_not_answer(
    vmtui: Commands, test_uri: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'''
[[host]]
name = "lab"
uri = "{test_uri}"
[[host]]
name = "shop"
uri = "qemu+unix:///system?socket={tmp_path}/none"
read_only = true
[[plugin]]
name = "reset-it"
scope = "host"
dangerous = true
command = ["true", "{{host}}"]
'''
    )
    words = ("--config", str(file), "plugin", "reset-it")
    ran = vmtui(*words, "shop", "--yes", fleet="")
    assert "this host is open read-only" in ran.err
    assert vmtui(*words, "lab", "--dry-run", fleet="").lines[-1] == "true lab"


@pytest.mark.slow
def test_a_command_runs_while_a_guest_is_frozen(vmtui: Commands) -> None:
    fleet = "--demo=hosts=1,guests=10"
    run = ("--run", "printf", "%s%s", "{name}", "-y")
    ran = vmtui("freeze", "db1", "--dry-run", *run, fleet=fleet)
    assert ran.lines[-3:] == ["virsh domfsfreeze db1", "printf %s%s db1 -y", "virsh domfsthaw db1"]
    ran = vmtui("freeze", "db1", "-y", *run, fleet=fleet)
    assert (ran.code, ran.out) == (0, "db1-y")
    ran = vmtui("freeze", "db1", "-y", "--json", "--run", "sh", "-c", "exit 9", fleet=fleet)
    assert ran.code == 9
    (result,) = ran.json["results"]
    assert (result["result"], result["exit_code"]) == ("undone", 9)
    ran = vmtui("freeze", "db1", "-y", "--run", "echo", "{nmae}", fleet=fleet)
    assert ran.code == 2
    assert "did you mean name?" in ran.err
