"""libosinfo's database: what is taken from it, and that it is read once."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from vmtui.engine.osinfo import read
from vmtui.model.system import Family
from vmtui.model.units import GIB
from vmtui.plan.systems import by_volume, merge, shipped

SOLARIS = """<libosinfo version="0.0.1"><os id="http://sun.com/solaris/42">
  <short-id>solaris42</short-id><name>Solaris 42</name><family>solaris</family>
  <media arch="x86_64"><iso><volume-id>SOL_42.*</volume-id></iso></media>
  <resources arch="all"><minimum><ram>1073741824</ram></minimum>
    <recommended><ram>4294967296</ram><storage>32212254720</storage></recommended></resources>
</os></libosinfo>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "os"
    (made / "sun.com").mkdir(parents=True)
    (made / "sun.com" / "solaris-42.xml").write_text(SOLARIS)
    (made / "sun.com" / "broken.xml").write_text("<libosinfo><os>")
    (made / "sun.com" / "entities.xml").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]>" + SOLARIS)
    return made


def test_what_the_machine_knows_is_added_to_what_is_shipped(folder: Path, tmp_path: Path) -> None:
    (found,) = read((folder,), tmp_path / "cache.json")
    assert (found.short, found.family) == ("solaris42", Family.OTHER)
    assert (found.memory, found.memory_min, found.disk) == (4 * GIB, GIB, 30 * GIB)
    known = merge(shipped(), (found,))
    assert by_volume(known, "SOL_42_X86") == "solaris42"
    assert len(known) == len(shipped()) + 1
    careless = replace(found, short="careless", id="", volumes=("ISOIMAGE", "CDROM"))
    assert by_volume((careless,), "ISOIMAGE") == by_volume((careless,), "CDROM") == ""
    unknown = replace(found, short="unknown", label="Unknown", id="")
    assert merge(shipped(), (found, unknown)) == known


def test_it_is_read_once_and_anew_when_it_changed(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "kept" / "cache.json"
    read((folder,), cache)
    cache.write_text(cache.read_text().replace("Solaris 42", "From the cache"))
    assert [one.label for one in read((folder,), cache)] == ["From the cache"]
    os.utime(folder / "sun.com", (1, folder.stat().st_mtime + 60))
    assert [one.label for one in read((folder,), cache)] == ["Solaris 42"]
    cache.write_text("{")
    assert [one.label for one in read((folder,), cache)] == ["Solaris 42"]


def test_without_the_database_there_is_nothing(tmp_path: Path) -> None:
    assert read((tmp_path / "nosuch",), tmp_path / "cache.json") == ()
