"""`vmtui hosts`: list, add, test and remove."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.headless.commands import Commands
from vmtui.model.address import address_problem


def test_a_host_comes_is_tried_and_goes(vmtui: Commands, test_uri: str, own_home: Path) -> None:
    def hosts(*words: str) -> tuple[int, str]:
        ran = vmtui("hosts", *words, fleet="")
        return ran.code, ran.out + ran.err

    assert hosts("add", test_uri, "--name", "toy", "--production", "--test") == (0, "toy: added\n")
    code, told = hosts("test", "toy")
    assert code == 0
    assert told.startswith("toy: TEST")
    assert "5 guests" in told
    code, told = hosts()
    assert code == 0
    assert told.splitlines()[1].split()[:4] == ["toy", "up", "production", "5"]
    assert hosts("add", test_uri)[0] == 1
    assert hosts("add", "qemu:///nosuch", "--test")[0] == 4
    assert hosts("remove", "nosuch")[0] == 3
    assert hosts("remove", "toy") == (0, "toy: removed\n")
    assert "[[host]]" not in (own_home / "config/vmtui/config.toml").read_text()


def test_a_host_that_does_not_answer_is_listed_with_the_reason(
    vmtui: Commands, test_uri: str
) -> None:
    ran = vmtui("hosts", "-c", test_uri, "-c", "test:///nosuch.xml", "--json", fleet="")
    assert ran.code == 4
    assert [host["link"] for host in ran.json["hosts"]] == ["up", "refused"]
    assert ran.json["hosts"][1]["error"]["title"]


@pytest.mark.parametrize(
    ("uri", "good"),
    [
        ("qemu:///system", True),
        ("qemu+ssh://root@lab1:2222/system?keyfile=/x", True),
        ("qemu+unix:///session?socket=/run/x", True),
        ("qemu+ssh://root@[fd00::1]/system", True),
        ("", False),
        ("lab1", False),
        ("qemu+ssh:///system", False),
        ("qemu+ssh://root@HOST/system", False),
        ("qemu+ssh://root@lab 1/system", False),
        ("qemu+ssh://lab:port/system", False),
        ("http://[bad", False),
    ],
)
def test_addresses(uri: str, good: bool) -> None:
    assert (address_problem(uri) is None) is good
