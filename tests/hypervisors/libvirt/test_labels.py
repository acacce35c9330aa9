"""Labels in a guest's own metadata, on libvirt's test driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import UUID, Bench, fleet, opened
from vmtui.errors import NotFound
from vmtui.hypervisors.libvirt.xml.domain import read_domain
from vmtui.model.change import ChangeKind
from vmtui.model.guest import Labels
from vmtui.model.labels import TAGS_MOST
from vmtui.model.steps import SetLabels
from vmtui.plan.labelwords import LABELS_URI

ON, OFF, TRANSIENT = UUID.format(0), UUID.format(1), UUID.format(2)
OTHER = "<metadata><o:thing xmlns:o='urn:other'>stays</o:thing></metadata>"
SHUT = "<test:runstate>5</test:runstate>"
HOSTILE = Labels(("<b>", "[red]", "日本"), "a&b", "</note><x/> “ask” & 'wait'", 10, 30)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A host with a guest that runs, one that is off and one that is transient."""
    uri = fleet(tmp_path, "on", f"off|{SHUT}{OTHER}", "passing|<test:transient/>")
    async with opened(uri) as bench:
        yield bench


def labels_of(bench: Bench, uuid: str, flags: int = 0) -> Labels:
    text = bench.conn.lookupByUUIDString(uuid).XMLDesc(flags)
    return read_domain(text).definition.labels


@pytest.mark.parametrize("uuid", [ON, OFF, TRANSIENT])
async def test_they_are_written_read_and_undone(bench: Bench, uuid: str) -> None:
    undo = await bench.run(SetLabels.of(uuid, HOSTILE))
    assert labels_of(bench, uuid) == replace(HOSTILE, tags=tuple(sorted(HOSTILE.tags)))
    assert bench.said_to_change(ChangeKind.GUEST, uuid)
    assert undo == SetLabels(uuid)
    await bench.run(undo)
    assert labels_of(bench, uuid) == Labels()
    assert LABELS_URI not in bench.conn.lookupByUUIDString(uuid).XMLDesc()


async def test_a_running_guest_keeps_them_when_it_is_off(bench: Bench) -> None:
    await bench.run(SetLabels(ON, ("web",)))
    assert labels_of(bench, ON, libvirt.VIR_DOMAIN_XML_INACTIVE).tags == ("web",)


async def test_what_others_wrote_stays(bench: Bench) -> None:
    await bench.run(SetLabels(OFF, ("web",)))
    await bench.run(SetLabels(OFF))
    assert "stays" in bench.conn.lookupByUUIDString(OFF).XMLDesc()


async def test_the_same_again_is_nothing_to_undo(bench: Bench) -> None:
    await bench.run(SetLabels(OFF, ("a", "b"), "g", "n"))
    assert await bench.run(SetLabels(OFF, ("a", "b"), "g", "n")) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [("<order delay='30'>10</order>", (10, 30)), ("<order>0</order>", (0, 0)),
     ("<order delay='9'/>", (None, 0)), ("<order delay='-1'>-5</order>", (None, 0)),
     ("<order delay='99999'>5</order>", (5, 0)), ("<order>999999999999999</order>", (None, 0)),
     ("<order delay='x'>1e3</order>", (None, 0))],
)  # fmt: skip
def test_an_order_that_somebody_wrote_is_read_within_bounds(
    written: str, read: tuple[int | None, int]
) -> None:
    text = (
        f"<domain><name>a</name><uuid>b</uuid><metadata><v:labels xmlns:v='{LABELS_URI}'>{written}"
        "</v:labels></metadata></domain>"
    )
    labels = read_domain(text).definition.labels
    assert (labels.order, labels.delay) == read


async def test_nobody_is_not_written_on(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await bench.run(SetLabels(UUID.format(99), ("a",)))


def test_foreign_metadata_is_read_within_bounds() -> None:
    tags = "".join(f"<tag>t{number}</tag>" for number in range(500))
    text = (
        f"<domain><name>a</name><uuid>b</uuid><metadata><v:labels xmlns:v='{LABELS_URI}'>{tags}"
        f"<note>{'x' * 99999}</note><tag/><!-- c --><new/></v:labels></metadata></domain>"
    )
    labels = read_domain(text).definition.labels
    assert len(labels.tags) <= TAGS_MOST
    assert len(labels.note) <= 2000
