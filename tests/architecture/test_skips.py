"""A test is left out only where a person tests, never in a continuous integration."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rig import needs

TESTS = Path(__file__).resolve().parents[1]
SKIP = re.compile(r"pytest\.(skip|importorskip|xfail)\(|mark\.(skip|skipif|xfail)\b")


def test_there_is_one_way_to_leave_a_test_out() -> None:
    found = [path for path in TESTS.rglob("*.py") if SKIP.search(path.read_text(encoding="utf-8"))]
    assert found == [TESTS / "rig" / "needs.py"]


def test_it_fails_in_a_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is no no-such-program"):
        needs.program_or_left_out("no-such-program")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="there is no no-such-program"):
        needs.program_or_left_out("no-such-program")
    assert needs.program_or_left_out("sh")


@pytest.mark.parametrize("manager", ["apt", "dnf", "pacman", "zypper"])
@pytest.mark.parametrize("shell", ["zsh", "fish", "tcsh"])
def test_every_shell_that_is_tested_is_among_the_packages(manager: str, shell: str) -> None:
    assert shell in needs.packages(manager)
