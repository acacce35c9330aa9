"""`vmtui xray`: trees for people, JSON for programs, an exit code for what is broken."""

from __future__ import annotations

import pytest

from tests.cli.headless.commands import Commands


@pytest.mark.slow
def test_a_guest_as_a_tree(vmtui: Commands) -> None:
    ran = vmtui("xray", "berlin1/db1")
    assert ran.code == 0
    first, *rest = ran.out.splitlines()
    assert first.startswith("db1  ")
    assert any(line.startswith("├─ vda") for line in rest)
    assert any("pool default" in line for line in rest)
    assert not any("▾" in line or "█" in line for line in rest)


@pytest.mark.slow
def test_a_broken_chain_has_an_exit_code(vmtui: Commands) -> None:
    ran = vmtui("xray", "berlin1/mail1", "berlin1/db1", "--json")
    assert ran.code == 1
    broken, whole = sorted(ran.json["xray"], key=lambda one: str(one["name"]), reverse=True)
    assert [broken["chains"][0]["broken"], whole["chains"][0]["broken"]] == [True, False]
    assert [layer["found"] for layer in broken["chains"][0]["layers"]] == ["volume", "missing"]


@pytest.mark.slow
def test_a_guest_that_is_not_there(vmtui: Commands) -> None:
    assert vmtui("xray", "berlin1/nobody").code == 3
