"""Which volumes may go with a guest, on libvirt's test driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet, opened
from vmtui.hypervisors.libvirt.volumes import read_disk_use
from vmtui.model.storage import DiskUse, Volume

WEB1, WEB2, WEB3 = UUID.format(0), UUID.format(1), UUID.format(2)
OFF = "<test:runstate>5</test:runstate>"


def disk(source: str, target: str = "vda", more: str = "", device: str = "disk") -> str:
    """A `<disk>` on a file."""
    return (
        f'<disk type="file" device="{device}"><driver name="qemu" type="qcow2"/>'
        f'<source file="{source}"/><target dev="{target}"/>{more}</disk>'
    )


def guest(name: str, *disks: str) -> str:
    """A guest that is off, with these disks."""
    return f"{name}|{OFF}<devices>{''.join(disks)}</devices>"


def volume(path: str, backing: str = "") -> str:
    """A volume of the pool `images`, or of another by its folder."""
    below = f"<backingStore><path>{backing}</path></backingStore>" if backing else ""
    return (
        f"<volume><name>{Path(path).name}</name><capacity unit='G'>4</capacity>"
        f"<allocation unit='M'>5</allocation>"
        f"<target><path>{path}</path><format type='qcow2'/></target>{below}</volume>"
    )


def pool(*volumes: str, name: str = "images", kind: str = "dir") -> str:
    """A pool in the folder of its own name."""
    return (
        f"<pool type='{kind}'><name>{name}</name><source><name>{name}</name>"
        "<host name='h'/><device path='/dev/x'/></source>"
        f"<target><path>/{name}</path></target>{''.join(volumes)}</pool>"
    )


async def uses(folder: Path, *guests: str, of: tuple[str, ...] = (WEB1,), pools: str = "",
               stopped: tuple[str, ...] = ()) -> list[DiskUse]:  # fmt: skip
    """What `read_disk_use` tells of these guests on such a host."""
    async with opened(fleet(folder, *guests, pools=pools)) as bench:
        for name in stopped:
            bench.conn.storagePoolLookupByName(name).destroy()
        return await read_disk_use(bench.handle, of)


def reasons(found: list[DiskUse]) -> list[tuple[str, str, str]]:
    """Target, source and reason of each."""
    return [(use.target, use.source, use.keep_because) for use in found]


async def test_a_disk_of_its_own_may_go(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/web1.qcow2")),
        guest("web2", disk("/images/web2.qcow2")),
        pools=pool(volume("/images/web1.qcow2"), volume("/images/web2.qcow2")),
    )
    known = Volume(
        "images", "web1.qcow2", "/images/web1.qcow2", "qcow2", 4 * 1024**3, 5 * 1024**2, ""
    )
    assert found == [DiskUse(WEB1, "vda", "/images/web1.qcow2", known, "")]


async def test_a_disk_named_by_pool_and_volume(tmp_path: Path) -> None:
    by_name = (
        '<disk type="volume" device="disk"><source pool="images" volume="web1.qcow2"/>'
        '<target dev="vda"/></disk>'
    )
    pools = pool(volume("/images/web1.qcow2"))
    found = await uses(tmp_path, guest("web1", by_name), pools=pools)
    assert reasons(found) == [("vda", "images/web1.qcow2", "")]
    assert found[0].volume is not None
    assert found[0].volume.path == "/images/web1.qcow2"
    # The same file under its two names is one file.
    other = guest("web2", disk("/images/web1.qcow2"))
    found = await uses(tmp_path, guest("web1", by_name), other, pools=pools)
    assert reasons(found) == [("vda", "images/web1.qcow2", "used by web2")]
    found = await uses(tmp_path, guest("web1", by_name), other, of=(WEB2,), pools=pools)
    assert reasons(found) == [("vda", "/images/web1.qcow2", "used by web1")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (disk("/images/a.iso", "sda", device="cdrom"), "a read-only medium"),
        (disk("/images/a.iso", "fda", device="floppy"), "a read-only medium"),
        (disk("/images/a.iso", "vda", "<readonly/>"), "a read-only medium"),
        (disk("/images/a.iso", "vda", "<shareable/>"), "marked as shared between guests"),
    ],
)
async def test_media_and_shared_disks_stay(tmp_path: Path, text: str, reason: str) -> None:
    found = await uses(tmp_path, guest("web1", text), pools=pool(volume("/images/a.iso")))
    assert [use.keep_because for use in found] == [reason]


async def test_an_empty_drive_is_no_disk(tmp_path: Path) -> None:
    drive = '<disk type="file" device="cdrom"><target dev="sda"/></disk>'
    assert await uses(tmp_path, guest("web1", drive)) == []


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        (disk("/home/me/a.img"), "/home/me/a.img",
         "not in a storage pool: delete by hand: /home/me/a.img"),
        ('<disk type="block"><source dev="/dev/sdb"/><target dev="vda"/></disk>', "/dev/sdb",
         "not in a storage pool: delete by hand: /dev/sdb"),
        ('<disk type="network"><source protocol="rbd" name="ceph/web1"><host name="mon"/></source>'
         '<target dev="vda"/></disk>', "rbd://mon/ceph/web1",
         "not a file or device of the host: delete by hand: rbd://mon/ceph/web1"),
        ('<disk type="volume"><source pool="nowhere" volume="a"/><target dev="vda"/></disk>',
         "nowhere/a",
         "the pool nowhere is not active, or has no such volume: start or refresh it"),
    ],
)  # fmt: skip
async def test_what_no_pool_knows_is_left_to_the_person(
    tmp_path: Path, text: str, source: str, reason: str
) -> None:
    assert await uses(tmp_path, guest("web1", text)) == [DiskUse(WEB1, "vda", source, None, reason)]


async def test_a_pool_that_is_not_active(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/web1.qcow2")),
        pools=pool(volume("/images/web1.qcow2")),
        stopped=("images",),
    )
    assert [use.keep_because for use in found] == ["its pool images is not active: start the pool"]
    assert found[0].volume is None


async def test_a_file_that_its_pool_has_not_noticed(tmp_path: Path) -> None:
    found = await uses(tmp_path, guest("web1", disk("/images/new.qcow2")), pools=pool())
    assert [use.keep_because for use in found] == [
        "the pool images has not noticed it: refresh the pool"
    ]


async def test_used_by_many(tmp_path: Path) -> None:
    guests = [guest(f"web{number + 1}", disk("/images/a.qcow2")) for number in range(7)]
    pools = pool(volume("/images/a.qcow2"))
    found = await uses(tmp_path, *guests, pools=pools)
    assert found[0].keep_because == "used by web2, web3, web4 and 3 more"
    found = await uses(tmp_path, *guests[:2], pools=pools)
    assert found[0].keep_because == "used by web2"


async def test_one_disk_of_two_guests_that_both_go(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/a.qcow2")),
        guest("web2", disk("/images/a.qcow2", "vdb")),
        of=(WEB1, WEB2),
        pools=pool(volume("/images/a.qcow2")),
    )
    assert [(use.uuid, use.keep_because) for use in found] == [(WEB1, "")]


async def test_one_disk_listed_twice(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/a.qcow2"), disk("/images/a.qcow2", "vdb")),
        pools=pool(volume("/images/a.qcow2")),
    )
    assert reasons(found) == [("vda", "/images/a.qcow2", "")]
    assert len(await uses(tmp_path, guest("web1"), of=(WEB1, WEB1))) == 0


async def test_a_base_below_anothers_overlay_as_its_definition_says(tmp_path: Path) -> None:
    overlay = disk(
        "/home/web2.qcow2",
        more='<backingStore type="file"><format type="qcow2"/><source file="/images/mid.qcow2"/>'
        '<backingStore type="file"><format type="raw"/><source file="/images/base.img"/>'
        "<backingStore/></backingStore></backingStore>",
    )
    pools = pool(volume("/images/mid.qcow2"), volume("/images/base.img"))
    for path in ("/images/mid.qcow2", "/images/base.img"):
        found = await uses(
            tmp_path, guest("template", disk(path)), guest("web2", overlay), pools=pools
        )
        assert [use.keep_because for use in found] == ["a base image of web2"]


async def test_a_base_below_anothers_overlay_as_the_pools_know(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("template", disk("/images/base.qcow2")),
        guest("web2", disk("/over/top.qcow2")),
        pools=pool(volume("/images/base.qcow2"), volume("/images/mid.qcow2", "/images/base.qcow2"))
        + pool(volume("/over/top.qcow2", "/images/mid.qcow2"), name="over"),
    )
    assert [use.keep_because for use in found] == ["a base image of web2"]


async def test_a_chain_that_bites_its_tail(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/a.qcow2")),
        pools=pool(
            volume("/images/a.qcow2", "/images/b.qcow2"),
            volume("/images/b.qcow2", "/images/a.qcow2"),
        ),
    )
    assert found[0].keep_because == "a base image of another of its disks"


async def test_its_own_base_is_listed_and_kept(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/web1.qcow2")),
        pools=pool(
            volume("/images/web1.qcow2", "/images/base.qcow2"), volume("/images/base.qcow2")
        ),
    )
    assert reasons(found) == [
        ("vda", "/images/web1.qcow2", ""),
        ("vda", "/images/base.qcow2", "a base image below vda: others may need it"),
    ]
    assert found[1].volume is not None


async def test_a_base_that_is_also_its_disk_stays(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/images/web1.qcow2"), disk("/images/base.qcow2", "vdb")),
        pools=pool(
            volume("/images/web1.qcow2", "/images/base.qcow2"), volume("/images/base.qcow2")
        ),
    )
    assert reasons(found) == [
        ("vda", "/images/web1.qcow2", ""),
        ("vdb", "/images/base.qcow2", "a base image of another of its disks"),
    ]


async def test_a_base_stays_even_if_all_its_overlays_go(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("template", disk("/images/base.qcow2")),
        guest("web2", disk("/images/web2.qcow2")),
        of=(WEB1, WEB2),
        pools=pool(
            volume("/images/web2.qcow2", "/images/base.qcow2"), volume("/images/base.qcow2")
        ),
    )
    assert found[0].keep_because == "a base image of web2"
    assert found[1].keep_because == ""


async def test_what_another_uses_otherwise(tmp_path: Path) -> None:
    mirrored = disk(
        "/images/web2.qcow2",
        more="<mirror type='file' job='copy'><source file='/images/copy.qcow2'/></mirror>",
    )
    container = (
        '<filesystem type="file"><source file="/images/root.img"/><target dir="/"/></filesystem>'
    )
    paths = ("/images/root.img", "/images/web2.qcow2")
    for path in paths:
        found = await uses(
            tmp_path,
            guest("web1", disk(path)),
            guest("web2", mirrored),
            guest("box", container),
            pools=pool(*(volume(path) for path in paths)),
        )
        assert found[0].keep_because.startswith("used by"), path


async def test_pools_that_cannot_delete(tmp_path: Path) -> None:
    found = await uses(
        tmp_path,
        guest("web1", disk("/lun/unit:0:0:1")),
        pools=pool(volume("/lun/unit:0:0:1"), name="lun", kind="iscsi"),
    )
    assert found[0].keep_because == "a pool of kind iscsi cannot delete volumes"


async def test_nobodys_disks(tmp_path: Path) -> None:
    assert await uses(tmp_path, guest("web1"), of=(UUID.format(99),)) == []
    assert await uses(tmp_path, guest("web1"), of=()) == []


async def test_a_read_only_connection_may_ask(tmp_path: Path) -> None:
    uri = fleet(
        tmp_path,
        guest("web1", disk("/images/web1.qcow2")),
        pools=pool(volume("/images/web1.qcow2")),
    )
    async with opened(uri, read_only=True) as bench:
        found = await read_disk_use(bench.handle, (WEB1,))
    assert reasons(found) == [("vda", "/images/web1.qcow2", "")]


async def test_it_is_one_call_whatever_the_number_of_guests(tmp_path: Path) -> None:
    guests = [guest(f"web{number}", disk(f"/images/{number}")) for number in range(50)]
    pools = pool(*(volume(f"/images/{number}") for number in range(50)))
    async with opened(fleet(tmp_path, *guests, pools=pools)) as bench:
        found = await read_disk_use(bench.handle, [UUID.format(number) for number in range(50)])
        assert bench.handle.calls.count == 1
    assert [use.keep_because for use in found] == [""] * 50
