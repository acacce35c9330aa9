"""Autostart, names and definitions, on libvirt's test driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import UUID, Bench, fleet, opened
from vmtui.errors import Conflict, Invalid, NotFound, Refused
from vmtui.hypervisors.libvirt.definition import read_definition, undefine_flags
from vmtui.model.change import ChangeKind
from vmtui.model.steps import Redefine, Rename, SetAutostart, Undefine

ON, OFF, TRANSIENT = UUID.format(0), UUID.format(1), UUID.format(2)
NOBODY = UUID.format(99)
SHUT = "<test:runstate>5</test:runstate>"
DISPLAY = '<devices><graphics type="vnc" passwd="s3cret"/></devices>'


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A host with a guest that runs, one that is off and one that is transient."""
    uri = fleet(tmp_path, "on", f"off|{SHUT}{DISPLAY}", "passing|<test:transient/>")
    async with opened(uri) as bench:
        yield bench


async def test_autostart_is_announced_and_undone(bench: Bench) -> None:
    domain = bench.conn.lookupByUUIDString(OFF)
    undo = await bench.run(SetAutostart(OFF, on=True))
    assert domain.autostart()
    assert bench.said_to_change(ChangeKind.GUEST, OFF)
    assert undo == SetAutostart(OFF, on=False)
    await bench.run(undo)
    assert not domain.autostart()


async def test_autostart_as_it_was_has_no_undo(bench: Bench) -> None:
    assert await bench.run(SetAutostart(OFF, on=False)) is None
    assert bench.announced == []


@pytest.mark.parametrize(
    "name",
    ["web2", "web[prod]", "$x", "名前", "שרת", "a b", "-x", "42", "'\"", "x" * 250, "🖥"],
)
async def test_it_is_renamed_and_back(bench: Bench, name: str) -> None:
    undo = await bench.run(Rename(OFF, old="off", new=name))
    assert undo == Rename(OFF, old=name, new="off")
    assert bench.conn.lookupByUUIDString(OFF).name() == name
    assert await bench.run(undo) == Rename(OFF, old="off", new=name)
    assert bench.conn.lookupByUUIDString(OFF).name() == "off"


async def test_the_undo_knows_the_name_that_it_really_had(bench: Bench) -> None:
    bench.handle.domain(OFF)
    bench.conn.lookupByUUIDString(OFF).rename("meanwhile")
    assert await bench.run(Rename(OFF, old="off", new="web2")) == Rename(
        OFF, old="web2", new="meanwhile"
    )


async def test_its_own_name_is_no_error(bench: Bench) -> None:
    assert await bench.run(Rename(OFF, old="off", new="off")) is None


async def test_a_taken_name_is_a_conflict(bench: Bench) -> None:
    with pytest.raises(Conflict, match="Another guest has this name"):
        await bench.run(Rename(OFF, old="off", new="on"))


async def test_what_runs_keeps_its_name(bench: Bench) -> None:
    with pytest.raises(Conflict, match="present state"):
        await bench.run(Rename(ON, old="on", new="web2"))


@pytest.mark.parametrize(
    "name", ["", "  ", "a\nb", "tab\tbed", "e\x1b[31m", "[/]", "\u2028", "\ud800"]
)
async def test_names_that_libvirt_would_choke_on(bench: Bench, name: str) -> None:
    with pytest.raises(Invalid):
        await bench.run(Rename(OFF, old="off", new=name))
    assert bench.conn.lookupByUUIDString(OFF).name() == "off"


async def test_a_definition_is_read_without_its_secrets(bench: Bench) -> None:
    text = await read_definition(bench.handle, OFF, secrets=False)
    assert "graphics" in text
    assert "s3cret" not in text


async def test_undefining_is_undone_with_secrets_and_autostart(bench: Bench) -> None:
    bench.conn.lookupByUUIDString(OFF).setAutostart(1)
    before = await read_definition(bench.handle, OFF)
    assert "s3cret" in before
    undo = await bench.run(Undefine(OFF, name="off"))
    with pytest.raises(libvirt.libvirtError):
        bench.conn.lookupByUUIDString(OFF)
    assert undo == Redefine(OFF, name="off", definition=before, autostart=True)
    assert await bench.run(undo) is None
    assert bench.conn.lookupByUUIDString(OFF).autostart()
    assert await read_definition(bench.handle, OFF) == before
    assert bench.said_to_change(ChangeKind.GUEST, OFF)


async def test_undefining_takes_saved_state_and_snapshots_with_it(tmp_path: Path) -> None:
    uri = fleet(tmp_path, "on", f"off|{SHUT}<test:hasmanagedsave/>")
    async with opened(uri) as bench:
        domain = bench.conn.lookupByUUIDString(OFF)
        domain.snapshotCreateXML("<domainsnapshot><name>a</name></domainsnapshot>")
        await bench.run(Undefine(OFF, name="off"))
        assert [it.name() for it in bench.conn.listAllDomains()] == ["on"]


async def test_undefining_what_is_not_there_is_no_error(bench: Bench) -> None:
    assert await bench.run(Undefine(NOBODY, name="gone")) is None
    bench.handle.domain(TRANSIENT).destroy()
    assert await bench.run(Undefine(TRANSIENT, name="passing")) is None


async def test_defining_again_does_not_take_anothers_name(bench: Bench) -> None:
    undo = await bench.run(Undefine(OFF, name="off"))
    bench.conn.defineXML(
        "<domain type='test'><name>off</name><memory>1</memory><os><type>hvm</type></os></domain>"
    )
    assert undo is not None
    with pytest.raises(Conflict):
        await bench.run(undo)


def test_flags_go_from_all_to_few() -> None:
    for nvram, firmware in (
        (True, libvirt.VIR_DOMAIN_UNDEFINE_NVRAM),
        (False, libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM),
    ):
        flags = list(undefine_flags(nvram))
        assert flags == sorted(set(flags), reverse=True)
        assert flags[0] & firmware
        assert flags[-1] == libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE


async def test_read_only_yields_a_definition_without_secrets(tmp_path: Path) -> None:
    uri = fleet(tmp_path, f"off|{SHUT}{DISPLAY}")
    async with opened(uri, read_only=True) as bench:
        definition = await read_definition(bench.handle, ON)
        assert "<name>off</name>" in definition
        assert "s3cret" not in definition
        for step in (
            SetAutostart(ON, on=True), Rename(ON, new="x"), Undefine(ON),
            Redefine(ON, definition=definition),
        ):  # fmt: skip
            with pytest.raises(Refused):
                await bench.run(step)


async def test_a_definition_of_nobody(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await read_definition(bench.handle, NOBODY)
