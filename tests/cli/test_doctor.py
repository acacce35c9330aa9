"""`vmtui doctor`: the report, the JSON, the exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.headless.commands import Commands
from vmtui.cli import doctor
from vmtui.cli.doctor import Report, lines
from vmtui.model.finding import Finding, Level

pytestmark = pytest.mark.slow


@pytest.fixture
def vmtui(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def test_the_report_of_several_hosts(vmtui: Commands) -> None:
    ran = vmtui("doctor", fleet="--demo=hosts=3,guests=3,lively=0")
    assert ran.code == doctor.BADLY
    assert "\x1b" not in ran.out
    assert max(map(len, ran.lines)) <= 100
    for words in (
        "berlin1  demo://berlin1", " ! warning  TPM emulator ", " ✗ failure  CPU extensions ",
        "            $ systemctl reboot --firmware-setup", "Guests do not run well here. (",
        "2 failures",
    ):  # fmt: skip
        assert any(words in line for line in ran.lines), words


def test_one_host_with_warnings(vmtui: Commands) -> None:
    ran = vmtui("doctor", fleet="--demo=hosts=1,guests=3,lively=0")
    assert ran.code == doctor.WARNED
    assert "1 warning)" in ran.out


def test_json_has_a_shape_that_stays(vmtui: Commands) -> None:
    ran = vmtui("doctor", "--json", fleet="--demo=hosts=2,guests=3,lively=0")
    told = ran.json
    assert (told["schema"], told["verdict"]) == (1, "warning")
    berlin, vienna = told["hosts"]
    assert set(berlin) == {"name", "uri", "reached", "verdict", "findings"}
    assert berlin["reached"] is True
    for finding in berlin["findings"]:
        assert set(finding) == {
            "id", "title", "level", "seen", "means", "mend", "commands", "fix"
        }  # fmt: skip
        assert finding["level"] in {"pass", "warning", "failure", "unknown"}
    network = next(one for one in vienna["findings"] if one["id"] == "network")
    assert network["fix"] == "start-network"
    assert network["commands"] == ["virsh net-autostart default"]


def test_a_host_that_does_not_answer_is_told_of_with_the_others(
    vmtui: Commands, test_uri: str
) -> None:
    ran = vmtui("doctor", "--json", "-c", test_uri, "-c", "test:///nosuch.xml", fleet="")
    assert ran.code == doctor.UNREACHED
    good, bad = ran.json["hosts"]
    assert good["reached"] is True
    assert {one["id"] for one in good["findings"]} >= {"libvirt-version", "network", "pool"}
    assert (bad["reached"], bad["verdict"]) == (False, "failure")
    assert [one["id"] for one in bad["findings"]] == ["connection"]


def test_what_a_host_says_is_harmless_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    finding = Finding("x", "T", Level.FAILURE, "a\x1b[2Jb", "m\nn", "", ("run \x07",))
    made = lines(Report("h\x1b", "u", True, (finding,)), 80, colour=False)
    assert "\x1b" not in "".join(made)
    assert "\x07" not in "".join(made)
    coloured = lines(Report("h", "u", True, (finding,)), 80, colour=True)
    assert "\x1b[31m✗ failure \x1b[0m" in "".join(coloured)


def test_without_a_daemon_this_machine_is_looked_at(vmtui: Commands, tmp_path: Path) -> None:
    ran = vmtui("doctor", "--json", "-c", f"qemu+unix:///system?socket={tmp_path}/none", fleet="")
    assert ran.code == doctor.UNREACHED
    found = {one["id"] for one in ran.json["hosts"][0]["findings"]}
    assert {"connection", "hypervisor", "cpu", "kvm-works", "memory"} <= found
    assert "acceleration" not in found


@pytest.mark.parametrize(
    ("levels", "reached", "code"),
    [
        ((), True, 0),
        ((Level.PASS, Level.UNKNOWN), True, 0),
        ((Level.PASS, Level.WARNING), True, 1),
        ((Level.WARNING, Level.FAILURE), True, 7),
        ((Level.FAILURE,), False, 4),
    ],
)
def test_exit_codes(levels: tuple[Level, ...], reached: bool, code: int) -> None:
    findings = tuple(Finding(level.value, "", level, "") for level in levels)
    assert Report("h", "u", reached, findings).code == code
