"""Hosts written to the settings file: the smallest edit, comments kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmtui import settingsfile
from vmtui.config import HostEntry, load
from vmtui.errors import Invalid

LAB = HostEntry("qemu+ssh://root@lab/system", "lab")
WRITTEN = """\
# mine
[ui]
tick = 3.0 # slow

[[host]] # the lab
name = "lab"
uri = "qemu+ssh://root@lab/system"   # behind the door

[[host]]
uri = "qemu:///system"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(WRITTEN)
    return made


def test_one_more_host(path: Path) -> None:
    shop = HostEntry("qemu:///session", "shop", read_only=True, production=True)
    assert settingsfile.put_host(path, shop).hosts[-1] == shop
    assert path.read_text().startswith(WRITTEN)


def test_a_host_in_place_of_another(path: Path) -> None:
    after = settingsfile.put_host(path, HostEntry(LAB.uri, "lab", production=True), LAB)
    assert [host.production for host in after.hosts] == [True, False]
    text = path.read_text()
    assert "# behind the door" in text
    assert "# slow" in text
    back = settingsfile.put_host(path, LAB, HostEntry(LAB.uri, "lab", production=True))
    assert back.hosts[0] == LAB
    assert "production" not in path.read_text()


def test_a_host_less(path: Path) -> None:
    assert [one.uri for one in settingsfile.drop_host(path, LAB).hosts] == ["qemu:///system"]
    assert settingsfile.drop_host(path, HostEntry("qemu:///system")).hosts == ()
    assert load(path)[0].tick == 3.0
    assert "[[host]]" not in path.read_text()


def test_a_name_that_is_taken_leaves_the_file(path: Path) -> None:
    with pytest.raises(Invalid, match="take"):
        settingsfile.put_host(path, HostEntry("qemu:///x", "lab"))
    assert path.read_text() == WRITTEN


def test_a_first_host_in_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert settingsfile.put_host(path, LAB).hosts == (LAB,)
