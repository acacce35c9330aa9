"""The scripts as programs: their syntax, and how `test` and `.ci/run` report."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rig.needs import program_or_left_out
from tests.scripts.machine import REPOSITORY, Machine

FILES = sorted(
    ["run", "test", ".ci/run", *(f"scripts/{p.name}" for p in REPOSITORY.glob("scripts/*.sh"))]
)
PYTEST = "python -m pytest -n 4 --dist loadfile --no-loadscope-reorder"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with everything on it."""
    machine = Machine(tmp_path / "machine")
    machine.builder()
    machine.hypervisor()
    return machine


@pytest.mark.parametrize("name", FILES)
def test_a_posix_shell_can_read_it(name: str) -> None:
    shell = shutil.which("dash") or "sh"
    done = subprocess.run(
        [shell, "-n", REPOSITORY / name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_shellcheck_finds_nothing() -> None:
    shellcheck = program_or_left_out("shellcheck")
    done = subprocess.run(
        [shellcheck, "-x", *FILES], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["run", "test", ".ci/run"])
def test_it_can_be_started(name: str) -> None:
    path = REPOSITORY / name
    assert path.stat().st_mode & 0o111 == 0o111
    assert path.read_text().startswith("#!/bin/sh\n")


def test_fast_runs_every_check_that_needs_no_hypervisor(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    machine.builder()
    machine.rig_packages("busybox-static\n")
    result = machine.start("test", "fast")
    assert result.status == 0, result.output
    calls = machine.calls()
    for call in ("ruff check", "ruff format --check", "lint-imports --no-logo", "python -m mypy"):
        assert call in calls
    assert f"{PYTEST} -m not rig and not root and not slow" in calls
    assert any(call.endswith("--editable .[dev]") for call in calls)
    assert "the versions of the tools\n" in result.output
    for check in ("ruff check", "ruff format", "import contracts", "tests", "types"):
        assert f"\n== {check}\n" in result.output
        assert f"  ok      {check}\n" in result.output
    assert f"\n== tests\npytest in {machine.checkout}\n" in result.output
    assert f"\n== types\nmypy in {machine.checkout}\n" in result.output
    assert not list((machine.home / "tmp").iterdir()), "something was left behind"


@pytest.mark.parametrize("arguments", [(), ("all",)])
def test_all_runs_every_test_as_root(machine: Machine, arguments: tuple[str, ...]) -> None:
    assert machine.start("test", *arguments).status == 0
    assert PYTEST in machine.calls()


def test_all_says_what_it_leaves_out_for_an_ordinary_user(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", root=False)
    machine.builder()
    machine.hypervisor()
    result = machine.start("test")
    assert "The tests that need root are left out" in result.output
    assert f"{PYTEST} -m not root" in machine.calls()


def test_further_arguments_go_to_pytest(machine: Machine) -> None:
    machine.start("test", "--yes", "fast", "-k", "one or two")
    machine.start("test", "-x")
    tests = [call for call in machine.calls() if call.startswith("python -m pytest")]
    assert tests[0].endswith("-m not rig and not root and not slow -k one or two")
    assert tests[1] == f"{PYTEST} -x"


@pytest.mark.parametrize("mode", ["fast", "all"])
def test_bytecode_is_kept_whatever_the_environment_says(machine: Machine, mode: str) -> None:
    """Compiling all tests in each worker was a third of the quick run."""
    machine.environment["PYTHONDONTWRITEBYTECODE"] = "1"
    output = machine.start("test", "--yes", mode).output
    assert "pytest in" in output
    assert "without bytecode" not in output


@pytest.mark.parametrize("mode", ["fast", "all"])
@pytest.mark.parametrize(
    ("program", "check"),
    [
        ("ruff", "ruff check"),
        ("lint-imports", "import contracts"),
        ("mypy", "types"),
        ("pytest", "tests"),
    ],
)
def test_one_failure_is_reported_and_stops_nothing(
    machine: Machine, mode: str, program: str, check: str
) -> None:
    machine.let_exit(program, 5)  # as pytest says that there was no test
    result = machine.start("test", mode)
    assert result.status == 1
    assert f"  FAILED  {check}\n" in result.output
    good = {"ruff check", "import contracts", "types", "tests"} - {check}
    for other in good - ({"ruff format"} if program == "ruff" else set()):
        assert f"  ok      {other}\n" in result.output
    assert any(call.startswith("python -m pytest") for call in machine.calls())


@pytest.mark.parametrize(
    ("mode", "failed", "again"), [("all", 2, True), ("all", 6, False), ("fast", 2, False)]
)
def test_few_that_fail_are_run_once_more_alone(
    machine: Machine, mode: str, failed: int, again: bool
) -> None:
    """And it is said; what fails again has failed."""
    cache = machine.checkout / ".pytest_cache/v/cache/lastfailed"
    cache.parent.mkdir(parents=True)
    tests = ",\n".join(f'  "tests/test_x.py::test_{number}": true' for number in range(failed))
    cache.write_text(f"{{\n{tests}\n}}")
    machine.let_exit("pytest", 1)
    result = machine.start("test", mode)
    assert result.status == 1
    assert result.output.count("  FAILED  tests\n") == 1
    alone = [call for call in machine.calls() if "-n 0 --last-failed" in call]
    assert len(alone) == again
    assert (f"were run again, alone: {failed}\n" in result.output) is again


def test_continuous_integration_runs_all_without_asking(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    machine.stock_mirror()
    result = machine.start(".ci/run")
    assert result.status == 0, result.output
    calls = machine.calls()
    assert any("libvirt-daemon-system" in call for call in calls)
    assert PYTEST in calls


def test_continuous_integration_shows_what_it_runs_on(machine: Machine) -> None:
    machine.program("gcc", "echo the compiler $1, CI is ${CI-}; echo and more")
    said = machine.start(".ci/run").output.splitlines()
    assert said[1:3] == ["x86_64", "the compiler --version, CI is true"]
    assert "the versions of the tools" in said
