"""The verbs of the registry as commands, on the demo fleet and libvirt's test driver."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.cli.headless.commands import Commands
from vmtui.cli.arguments import parser, verbs
from vmtui.cli.headless.planning import plannable


def test_every_verb_of_the_registry_is_a_command_with_a_plan() -> None:
    for action in verbs.headless():
        assert action.id in plannable(), f"{action.id} needs a plan in cli/headless/planning"
        words = [action.id, *(["ctrl-alt-del"] if action.id == "send-keys" else []), "web1"]
        words += ["other"] if action.id == "rename" else []
        words += ["--user", "me"] if action.id in ("set-password", "add-key") else []
        words += ["--key", "me.pub"] if action.id == "add-key" else []
        run = verbs.RUNS.get(action.id, verbs.RUN)
        assert parser().parse_args(words).run == run


@pytest.mark.slow
def test_start_by_host_and_name(vmtui: Commands) -> None:
    ran = vmtui("start", "berlin1/cache1", "vienna1/mail1")
    assert (ran.code, ran.lines) == (0, ["berlin1/cache1: done", "vienna1/mail1: done"])
    assert ran.err == ""


def test_a_guest_in_no_state_for_it(vmtui: Commands) -> None:
    ran = vmtui("start", "berlin1/web1")
    assert (ran.code, ran.out) == (5, "")
    assert "it is running" in ran.err


@pytest.mark.slow
def test_of_a_pattern_those_that_cannot_are_left_alone(vmtui: Commands) -> None:
    ran = vmtui("start", "berlin1/*1")
    assert (ran.code, ran.lines) == (0, ["berlin1/cache1: done", "berlin1/mail1: done"])
    assert "left alone: web1: it is running" in ran.err


def test_nothing_to_do_is_no_error_unless_it_was_named(vmtui: Commands) -> None:
    assert vmtui("resume", "--all").code == 0
    assert vmtui("resume", "berlin1/web1").code == 5


def test_a_dry_run_prints_commands_and_does_nothing(vmtui: Commands) -> None:
    ran = vmtui("delete", "berlin1/web1", "--dry-run")
    assert ran.code == 0
    assert "virsh undefine web1 --managed-save --nvram" in ran.lines
    assert any(
        line.startswith("# deletes /var/lib/libvirt/images/web1.qcow2") for line in ran.lines
    )
    kept = vmtui("delete", "berlin1/web1", "--dry-run", "--keep-volumes").out
    assert "vol-delete" not in kept


@pytest.mark.slow
def test_what_loses_something_wants_a_yes(vmtui: Commands) -> None:
    for words in (["destroy", "berlin1/web1"], ["delete", "berlin1/web1"], ["shutdown", "web*"]):
        ran = vmtui(*words)
        assert (ran.code, ran.out) == (6, "")
        assert "--yes" in ran.err
    assert vmtui("destroy", "berlin1/web1", "--yes").lines == ["berlin1/web1: done"]


@pytest.mark.slow
def test_a_guest_that_was_named_is_not_asked_about(vmtui: Commands) -> None:
    assert vmtui("suspend", "berlin1/web1").code == 0
    assert vmtui("reboot", "berlin1/db1").code == 0


@pytest.mark.slow
def test_a_shutdown_is_followed_unless_told_otherwise(vmtui: Commands) -> None:
    told = vmtui("shutdown", "berlin1/web1", "--json").json
    assert told["results"][0]["state"] == "off"
    assert told["plan"]["guests"][0]["steps"] == ["ask to shut down", "wait until it is off"]
    quick = vmtui("shutdown", "berlin1/web1", "--json", "--no-wait").json
    assert quick["plan"]["guests"][0]["steps"] == ["ask to shut down"]


@pytest.mark.slow
def test_rename_and_what_cannot_be_a_name(vmtui: Commands) -> None:
    assert vmtui("rename", "berlin1/mail1", "post").lines == ["berlin1/mail1: done"]
    wrong = vmtui("rename", "berlin1/mail1", "web1")
    assert wrong.code == 2
    assert "another guest of this host" in wrong.err


@pytest.mark.slow
def test_autostart_on_and_off(vmtui: Commands) -> None:
    on = vmtui("autostart", "--on", "-n", "vienna1/cache1", "vienna1/web1")
    assert "--disable" not in on.out
    off = vmtui("autostart", "--off", "vienna1/cache1")
    assert off.lines == ["vienna1/cache1: done"]


def test_read_only_changes_nothing(vmtui: Commands) -> None:
    ran = vmtui("--read-only", "start", "berlin1/cache1")
    assert ran.code == 5
    assert "read-only" in ran.err


def test_words_that_make_no_sense(vmtui: Commands) -> None:
    assert vmtui("start").code == 2
    assert vmtui("start", "nosuch").code == 3
    with pytest.raises(SystemExit) as ended:
        vmtui("send-keys", "nosuch", "web1")
    assert ended.value.code == 2


def test_on_libvirt_it_is_done_and_leaves_no_record(
    vmtui: Commands, test_uri: str, own_home: Path
) -> None:
    connection = libvirt.open(test_uri)
    names = vmtui("list", "-c", test_uri, "--names", "-f", "off", fleet="").lines
    ran = vmtui("start", "-c", test_uri, names[0], fleet="")
    connection.close()
    assert ran.lines == [f"{names[0]}: done"]
    assert not list((own_home / "state/vmtui/journal").iterdir())


def test_with_a_silent_host_a_bare_name_is_not_sure(vmtui: Commands, test_uri: str) -> None:
    ran = vmtui("suspend", "-c", test_uri, "-c", "test:///nosuch.xml", "test", fleet="")
    assert ran.code == 4
    assert "Not every host answers" in ran.err


@pytest.mark.slow
def test_an_order_is_given_and_followed(vmtui: Commands) -> None:
    ran = vmtui("order", "berlin1/cache1", "--to", "10", "--delay", "5s", "--dry-run")
    assert ran.code == 0
    assert vmtui("order", "berlin1/cache1", "--to", "ten").code == 2
    assert vmtui("order", "berlin1/cache1", "--delay", "5s").code == 2
    assert vmtui("order", "berlin1/cache1", "--to", "3", "--quiet").code == 0
    assert vmtui("start-in-order", "berlin1/*").code == 6
    ran = vmtui("start-in-order", "berlin1/*", "--yes")
    assert (ran.code, ran.lines) == (0, ["berlin1/cache1: done", "berlin1/mail1: done"])
    shown = vmtui("shutdown-in-order", "berlin1/*", "--dry-run")
    assert shown.code == 0
    assert "virsh shutdown web1" in shown.out
