"""How `run` starts libvirt's daemon for root, and leaves it alone otherwise."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.scripts.machine import LOGGED, Machine

MODULAR = ["virtqemud", "virtnetworkd", "virtstoraged"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Root's machine with everything on it, no systemd, and no daemon running."""
    machine = Machine(tmp_path / "machine")
    machine.builder()
    machine.hypervisor()
    return machine


def make_modular(machine: Machine) -> None:
    (machine.home / "bin/libvirtd").unlink()
    machine.hypervisor(*MODULAR)


def use_systemd(machine: Machine, active: bool) -> None:
    (machine.home / "run/systemd/system").mkdir(parents=True)
    machine.program("systemctl", LOGGED + f'[ "$1" != is-active ] || exit {0 if active else 3}')


def started(machine: Machine) -> list[str]:
    return [call for call in machine.calls() if call.startswith(("virt", "libvirtd", "systemctl"))]


def test_it_is_started_where_no_systemd_does_it(machine: Machine) -> None:
    said = machine.start("run").output
    assert "Starting libvirtd (no systemd does it here) ...\n" in said
    assert started(machine) == ["virtlogd --daemon", "libvirtd --daemon"]


def test_the_modular_daemons_are_started_where_they_are_what_is_there(machine: Machine) -> None:
    make_modular(machine)
    machine.start("run")
    assert started(machine) == [f"{name} --daemon" for name in ["virtlogd", *MODULAR]]


def test_one_that_runs_is_left_alone(machine: Machine) -> None:
    sleeper = machine.home / "libvirtd"  # a process is known by its file's name
    shutil.copy(shutil.which("sleep") or "", sleeper)
    with subprocess.Popen([sleeper, "60"]) as process:
        (machine.home / "run/libvirtd.pid").write_text(str(process.pid))
        try:
            machine.start("run")
        finally:
            process.kill()
    assert started(machine) == ["virtlogd --daemon"]


def test_a_number_that_now_belongs_to_another_process_is_no_daemon(machine: Machine) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        (machine.home / "run/libvirtd.pid").write_text(str(process.pid))
        try:
            machine.start("run")
        finally:
            process.kill()
    assert "libvirtd --daemon" in started(machine)


def test_one_that_fails_is_reported_with_its_log_and_vmtui_opens(machine: Machine) -> None:
    machine.program("libvirtd", "echo it said this >&2; exit 1")
    log = machine.home / "var/log/libvirt/libvirtd.log"
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number} ends\n" for number in range(1, 10)))
    result = machine.start("run", "works")
    assert "libvirtd did not start:\n" in result.output
    assert "it said this\n" in result.output
    assert "line 9 ends\n" in result.output
    assert "line 1 ends\n" not in result.output
    assert result.output.endswith("vmtui<works>")


def test_an_ordinary_user_starts_none(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", root=False)
    machine.builder()
    machine.hypervisor()
    use_systemd(machine, active=False)
    assert machine.start("run").status == 0
    assert started(machine) == []


def test_systemds_own_is_left_alone_when_it_is_on(machine: Machine) -> None:
    use_systemd(machine, active=True)
    machine.start("run", "--yes")
    assert started(machine) == ["systemctl is-active --quiet libvirtd.socket libvirtd.service"]


def test_systemds_own_is_enabled_by_a_yes(machine: Machine) -> None:
    use_systemd(machine, active=False)
    make_modular(machine)
    machine.start("run", "--yes")
    sockets = " ".join(f"{name}.socket" for name in MODULAR)
    assert started(machine)[1:] == [f"systemctl enable --now {sockets}"]


def test_systemds_own_stays_off_after_a_no_until_a_yes(machine: Machine) -> None:
    use_systemd(machine, active=False)
    result = machine.answer("n", "run", "works")
    assert "Start it?" in result.output
    assert result.output.endswith("vmtui<works>")
    assert machine.start("run").output == "", "it is asked once"
    assert not [call for call in started(machine) if "enable" in call]
    machine.start("run", "--yes")
    assert "systemctl enable --now libvirtd.socket" in started(machine)


def test_systemds_own_is_only_offered_where_nobody_answers(machine: Machine) -> None:
    use_systemd(machine, active=False)
    result = machine.start("run", "works")
    offer = "libvirt's daemon is off. It can be started, now and at each boot, with:\n"
    command = "  systemctl enable --now libvirtd.socket\n"
    assert result.output.endswith(offer + command + "vmtui<works>")
    assert machine.start("run").output == offer + command, "nobody said no"
    assert not [call for call in started(machine) if "enable" in call]


def test_systemds_own_is_reported_when_it_does_not_start(machine: Machine) -> None:
    (machine.home / "run/systemd/system").mkdir(parents=True)
    machine.program("systemctl", 'echo "systemctl $*"; exit 1')
    result = machine.start("run", "--yes", "works")
    assert result.output.endswith(
        "It did not start:\nsystemctl --no-pager status libvirtd.socket\nvmtui<works>"
    )


@pytest.mark.parametrize("systemd", [False, True])
def test_without_a_hypervisor_there_is_none_to_start(machine: Machine, systemd: bool) -> None:
    if systemd:
        use_systemd(machine, active=False)
    (machine.home / "bin/libvirtd").unlink()
    assert machine.answer("n", "run", "works").output.endswith("vmtui<works>")
    assert started(machine) == []
