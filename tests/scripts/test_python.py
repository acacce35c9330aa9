"""What the scripts ask an interpreter, asked of real ones."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.scripts.machine import REPOSITORY, SHELL

PYTHON = os.path.realpath(f"{sys.base_prefix}/bin/python3")


def ask(python: str | Path, **environment: str) -> tuple[int, list[str]]:
    """What ask_python says of an interpreter: its status, and its lines."""
    done = subprocess.run(
        [SHELL, "-c", '. "$1" && ask_python "$2"', "sh", REPOSITORY / "scripts/look.sh", python],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout.splitlines()


def words(python: str | Path, **environment: str) -> set[str]:
    return set(ask(python, **environment)[1][1].split())


def test_this_interpreter_says_where_it_is_and_what_it_has() -> None:
    status, (path, facts) = ask(sys.executable)
    assert (status, path) == (0, PYTHON)
    assert facts == f" {facts.strip()} ", "a word is looked for between blanks"
    has_headers = Path(sysconfig.get_path("include"), "Python.h").exists()
    assert {"venv", "libvirt"} <= set(facts.split())
    assert ("headers" in facts.split()) == has_headers


def test_a_venv_tells_of_the_interpreter_under_it_and_of_its_own_modules(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "a b"], check=True)
    status, (path, facts) = ask(tmp_path / "a b/bin/python")
    assert (status, path) == (0, PYTHON)
    assert not {"pip", "libvirt"} & set(facts.split())


@pytest.mark.parametrize(("compiler", "there"), [("sh -O2", True), ("no-such-compiler", False)])
def test_the_compiler_is_the_one_that_would_be_called(compiler: str, there: bool) -> None:
    assert ("compiler" in words(sys.executable, CC=compiler)) is there


def test_an_old_libvirt_does_not_count(tmp_path: Path) -> None:
    # Python takes a file of the same size and second for the one whose bytecode it kept.
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    for version, counts in (("8999999", False), ("9000000", True)):
        (tmp_path / "libvirt.py").write_text(f"def getVersion(): return {version}\n")
        assert ("libvirt" in words(sys.executable, **environment)) is counts
    (tmp_path / "libvirt.py").write_text("raise OSError\n")
    assert "libvirt" not in words(sys.executable, **environment)


def test_an_interpreter_that_is_too_old_or_missing_fails(tmp_path: Path) -> None:
    old = tmp_path / "python"
    code = "import sys; sys.version_info = (3, 10, 99); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c '{code}' \"$2\"\n")
    old.chmod(0o755)
    assert ask(old) == (1, [])
    assert ask(tmp_path / "nothing")[0] == 127
