"""Settings changed from within: the smallest edit, and never a broken file."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmtui import settingsfile
from vmtui.errors import Invalid, VmtuiError

WRITTEN = """\
# mine
[ui]
theme = "paper"   # for the office
tick = 2.0

[filters]
web = "tag:web"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text(WRITTEN)
    made.chmod(0o640)
    return made


def test_one_value_changes_and_nothing_else(path: Path) -> None:
    settings = settingsfile.put(path, "ui", "theme", "mono")
    assert settings.theme == "mono"
    assert path.read_text() == WRITTEN.replace('"paper"', '"mono"')
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_new_section_and_a_new_file_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert settingsfile.put(path, "filters", "night", "state:running").filters == {
        "night": "state:running"
    }
    assert settingsfile.put(path, "ui", "tick", 3.0).tick == 3.0
    assert settingsfile.put(path, "filters", "night", None).filters == {}


def test_what_the_settings_do_not_take_is_refused_and_not_written(path: Path) -> None:
    with pytest.raises(Invalid, match=r"0\.5 to 60"):
        settingsfile.put(path, "ui", "tick", 0.01)
    assert path.read_text() == WRITTEN


def test_a_file_that_is_no_toml_is_left_alone(path: Path) -> None:
    path.write_text("[ui\n")
    with pytest.raises(Invalid, match="not as it should be"):
        settingsfile.put(path, "ui", "theme", "mono")
    assert path.read_text() == "[ui\n"
    path.write_text("ui = 3\n")
    with pytest.raises(Invalid):
        settingsfile.put(path, "ui", "theme", "mono")
    assert path.read_text() == "ui = 3\n"


def test_an_old_mistake_elsewhere_does_not_stand_in_the_way(path: Path) -> None:
    path.write_text(WRITTEN + "[behavior]\n")
    assert settingsfile.put(path, "ui", "theme", "mono").theme == "mono"


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    settingsfile.put(link, "ui", "theme", "mono")
    assert link.is_symlink()
    assert '"mono"' in path.read_text()


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(VmtuiError, match="cannot be read"):
        settingsfile.put(tmp_path, "ui", "theme", "mono")
    assert list(tmp_path.iterdir()) == []
