"""The virsh command lines: as text, and read by a real shell and a real virsh."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet
from tests.rig.needs import program_or_left_out
from vmtui.hypervisors.libvirt.preview import preview
from vmtui.model.guest import GuestState
from vmtui.model.steps import (
    KINDS,
    DeleteSnapshots,
    DeleteVolume,
    Destroy,
    DiscardSaved,
    ManagedSave,
    Reboot,
    Redefine,
    Rename,
    Reset,
    Resume,
    SetAutostart,
    Shutdown,
    Start,
    Step,
    Suspend,
    Undefine,
    Via,
    WaitFor,
)

URI = "qemu:///system"
ONE = UUID.format(0)
NAMES = (
    "web1", "web[prod]", "$x", "$(touch x)", "`id`", "名前", "שרת", "-x", "--all", "a b", "'", '"',
    "42", "+7", ";", "&&", "*", "~", "#", "!", "x" * 250, "x=y", ONE.replace("1", "3"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Start(ONE), "start web1"),
        (Shutdown(ONE), "shutdown web1"),
        (Shutdown(ONE, via=Via.ACPI), "shutdown web1 --mode acpi"),
        (Shutdown(ONE, via=Via.AGENT), "shutdown web1 --mode agent"),
        (Reboot(ONE, via=Via.AGENT), "reboot web1 --mode agent"),
        (Destroy(ONE), "destroy web1"),
        (Reset(ONE), "reset web1"),
        (Suspend(ONE), "suspend web1"),
        (Resume(ONE), "resume web1"),
        (ManagedSave(ONE), "managedsave web1"),
        (DiscardSaved(ONE), "managedsave-remove web1"),
        (SetAutostart(ONE, on=True), "autostart web1"),
        (SetAutostart(ONE, on=False), "autostart web1 --disable"),
        (Rename(ONE, old="web1", new="web2"), "domrename web1 web2"),
        (Rename(ONE, old="web1", new="-x"), "domrename web1 --new-name -x"),
        (Rename(ONE, old="web1", new="$x"), "domrename web1 --new-name '$x'"),
        (
            Undefine(ONE, name="web1"),
            "undefine web1 --managed-save --snapshots-metadata --checkpoints-metadata --nvram",
        ),
        (
            Undefine(ONE, name="web1", nvram=False),
            "undefine web1 --managed-save --snapshots-metadata --checkpoints-metadata --keep-nvram",
        ),
        (Redefine(ONE, name="web1"), "define web1.xml"),
        (
            Redefine(ONE, name="web1", autostart=True),
            "define web1.xml && virsh -c qemu:///system autostart web1",
        ),
        (
            DeleteVolume(ONE, pool="images", volume="a b", path="/images/a b"),
            "vol-delete --vol 'a b' --pool images",
        ),
        (DeleteVolume(ONE, path="/images/a.qcow2"), "vol-delete /images/a.qcow2"),
    ],
)
def test_a_step_in_words(step: Step, words: str) -> None:
    assert preview(URI, step, "web1") == f"virsh -c {URI} {words}"


def test_every_kind_has_one_line_that_a_shell_can_read() -> None:
    for kind in KINDS.values():
        line = preview(URI, kind(ONE), "web1")
        assert "\n" not in line
        subprocess.run(["sh", "-n", "-c", line], check=True)


def test_the_uri_is_quoted() -> None:
    uri = "qemu+unix:///session?socket=/tmp/a b&x=y"
    assert shlex.split(preview(uri, Start(ONE), "web1"))[2] == uri


@pytest.mark.parametrize(
    "name", ["", "42", "+7", " 7", "tab\there", "e\x1b[31m", "\u202edlrow", ONE.replace("1", "3")]
)
def test_the_uuid_stands_for_names_that_mislead(name: str) -> None:
    assert shlex.split(preview(URI, Start(ONE), name))[-1] == ONE


@pytest.mark.parametrize("name", NAMES)
def test_virsh_finds_the_guest(tmp_path: Path, name: str) -> None:
    """The guest that is meant, and not one whose ID or UUID is another's name."""
    escaped = name.replace("&", "&amp;")
    uri = fleet(tmp_path, escaped, *(f"other{number}" for number in range(8)))
    line = preview(uri, SetAutostart(ONE, on=True), name)
    done = shell(line, tmp_path)
    assert done.returncode == 0, done.stderr
    assert name in done.stdout or ONE in done.stdout


@pytest.mark.slow
def test_virsh_understands_every_option(tmp_path: Path) -> None:
    """An option that virsh does not know is refused before it asks the host for anything."""
    uri = fleet(tmp_path, "web1")
    # virsh 9.0 waits for ever when a managed save is done before it begins to watch it, as the
    # test driver's is; a real host's is run elsewhere.
    for kind in set(KINDS.values()) - {ManagedSave}:
        for step in _variants(kind):
            # Nobody answers there: one try is as good as all.
            line = preview(uri, step, "web1").replace("seq 120", "seq 1")
            done = shell(line, tmp_path)
            for complaint in ("doesn't support option", "unexpected data", "unknown command"):
                assert complaint not in done.stderr, preview(uri, step, "web1")


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as a person would, in English."""
    program_or_left_out("virsh")
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, check=False, cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip


def _variants(kind: type[Step]) -> list[Step]:
    if kind is WaitFor:
        # The guest runs, and each command starts the test driver anew: it would wait for ever.
        return [WaitFor(ONE, states=(GuestState.RUNNING, GuestState.OFF))]
    if kind is DeleteVolume:
        return [DeleteVolume(ONE, pool="-p", volume="v"), DeleteVolume(ONE, path="-v")]
    if kind is DeleteSnapshots:
        return [DeleteSnapshots(ONE), DeleteSnapshots(ONE, metadata_only=True)]
    if kind is Rename:
        return [Rename(ONE, new="-x"), Rename(ONE, new="web2")]
    return [kind(ONE)]
