"""Who uses what: volumes through any number of overlays, networks by name and by bridge."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from tests.plan.facts import guest
from vmtui.model.device import Disk, Interface
from vmtui.model.guest import Definition, Guest, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView
from vmtui.model.network import Lease, Network
from vmtui.model.storage import Volume
from vmtui.model.usage import cards_on, network_of, overlays, strangers, users, uses_of


def volume(name: str, backing: str = "") -> Volume:
    return Volume("pool", name, f"/v/{name}", backing=f"/v/{backing}" if backing else "")


def with_disks(name: str, *disks: Disk) -> Guest:
    return replace(guest(name), definition=Definition(disks=disks, nvram=f"/nvram/{name}"))


def names(base: Volume, guests: list[Guest], volumes: list[Volume]) -> list[str]:
    found = users(base, uses_of(guests), overlays(volumes))
    return sorted({f"{use.guest.name} {use.target}" for use in found})


def test_users_of_a_base_image_are_found_through_its_overlays() -> None:
    volumes = [volume("base"), volume("middle", "base"), volume("top", "middle"), volume("other")]
    guests = [
        with_disks("web1", Disk("vda", source="/v/top")),
        with_disks("db1", Disk("vdb", source="pool/middle", source_kind="volume")),
        with_disks("off", Disk("vda", source="/v/other")),
        with_disks("live", Disk("vda", source="/x", backing=("/v/base",))),
    ]
    assert names(volumes[0], guests, volumes) == ["db1 vdb", "live vda", "web1 vda"]
    assert names(volumes[2], guests, volumes) == ["web1 vda"]
    assert names(Volume("", "n", "/nvram/off"), guests, volumes) == ["off nvram"]


def test_a_loop_of_overlays_ends() -> None:
    volumes = [volume("a", "b"), volume("b", "a")]
    assert names(volumes[0], [with_disks("w", Disk("vda", source="/v/b"))], volumes) == ["w vda"]


def test_cards_leases_and_strangers() -> None:
    by_name = Interface("52:54:00:00:00:01", "network", "default")
    by_bridge = Interface("52:54:00:00:00:02", "bridge", "virbr0")
    elsewhere = Interface("52:54:00:00:00:03", "bridge", "br9")
    one = replace(guest("a"), definition=Definition(interfaces=(by_name, by_bridge, elsewhere)))
    network = Network("default", "n1", True, "virbr0", "nat", leases=(
        Lease("52:54:00:00:00:01", "10.0.0.1"), Lease("52:54:00:00:00:99", "10.0.0.9"),
    ))  # fmt: skip
    view = HostView(
        HostId("lab"), "x", Link(LinkState.UP, 0.0), networks=(network, Network("b", "n2", False)),
        guests=MappingProxyType({one.key.uuid: one}),
    )  # fmt: skip
    assert [card for _, card in cards_on(view, network)] == [by_name, by_bridge]
    assert network_of(view, by_bridge) is network
    assert network_of(view, elsewhere) is None
    assert network_of(view, Interface("", "bridge", "")) is None
    assert [lease.ip for lease in strangers(view, network)] == ["10.0.0.9"]
