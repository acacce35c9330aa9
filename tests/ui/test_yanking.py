"""Values of guests on their way to the clipboard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.plan.facts import HOST, guest
from tests.ui.cockpits import Seat, cockpit_for, demo_hosts, sit_down
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.device import Address, ConsolePort, Display, Interface
from vmtui.model.guest import Definition, Guest, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView, Inventory
from vmtui.ui import yanking

URI = "qemu+ssh://root@lab/system?keyfile=a b"
HOSTS = Inventory({HOST: HostView(HOST, URI, Link(LinkState.UP, 0.0))})
FULL = replace(
    guest("web1"),
    hostname="web\x1b]52;c;YQ==\x07",
    addresses=(Address("fe80::1"), Address("10.0.0.7")),
    definition=Definition(
        interfaces=(Interface("52:54:00:00:00:01"), Interface("52:54:00:00:00:02")),
        consoles=(ConsolePort("serial", 0),),
        displays=(Display("spice"), Display("vnc", "::1", 5901)),
    ),
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("name", "web1"),
        ("uuid", "uuid-of-web1"),
        ("path", "lab/web1"),
        ("ip", "10.0.0.7"),
        ("ips", "10.0.0.7 fe80::1"),
        ("mac", "52:54:00:00:00:01 52:54:00:00:00:02"),
        ("console", f"vmtui console -c '{URI}' uuid-of-web1"),
        ("virsh", f"virsh -c '{URI}' console uuid-of-web1"),
        ("display", "vnc://[::1]:5901"),
        ("uri", URI),
    ],
)
def test_values_are_what_one_would_paste(kind: str, value: str) -> None:
    assert yanking.values(kind, [FULL], HOSTS) == [value]


def test_what_a_guest_says_of_itself_is_no_key_of_the_terminal() -> None:
    (value,) = yanking.values("hostname", [FULL], HOSTS)
    assert value.isprintable()


def test_those_that_have_none_are_left_out() -> None:
    bare = Guest(guest("a").key, "a", GuestState.OFF)
    for kind in yanking.KINDS:
        option = yanking.option(kind, [bare], HOSTS)
        assert (option.why_not is None) is (kind.id in ("name", "uuid", "path", "uri"))
    assert yanking.values("ip", [bare, FULL], HOSTS) == ["10.0.0.7"]
    # Nobody reaches it by these.
    near = replace(FULL, addresses=(Address("127.0.0.1"), Address("fe80::1"), Address("::1")))
    assert yanking.values("ip", [near], HOSTS) == []
    assert yanking.said("ip", [bare, FULL], ["10.0.0.7"]) == "copied: IP address, 10.0.0.7"
    assert len({kind.key for kind in yanking.KINDS} | {"x"}) == len(yanking.KINDS) + 1


@pytest.fixture
async def seat(tmp_path: Path) -> AsyncIterator[Seat]:
    host = DemoHost(HostId("lab"), guests=12, speed=0)
    async with sit_down(cockpit_for(demo_hosts(host), tmp_path), (100, 30)) as seat:
        await seat.until_shown("12 guests")
        await seat.until_shown("UPTIME")
        yield seat


async def test_a_value_is_copied_and_said(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("Y")
    await seat.until_shown("Copy of web1")
    await seat.press("i")
    await seat.until_shown("copied web1: IP address, 192.168.122.10")
    assert seat.app.clipboard == "192.168.122.10"


async def test_a_value_of_each_marked_guest_is_a_line(seat: Seat) -> None:
    for name in ("web1", "db1"):
        await seat.go_to(name)
        await seat.press("space")
    await seat.press("Y")
    await seat.until_shown("Copy of 2 guests")
    await seat.press("n")
    await seat.until_shown("copied: Name of 2 guests")
    assert seat.app.clipboard == "db1\nweb1"


async def test_a_definition_is_copied(seat: Seat) -> None:
    await seat.go_to("web1")
    await seat.press("Y")
    await seat.until_shown("without passwords")
    await seat.press("x")
    await seat.until_shown("copied web1: XML")
    assert "<name>web1</name>" in seat.app.clipboard


async def test_what_it_has_not_says_so(seat: Seat) -> None:
    await seat.go_to("vpn1")
    await seat.press("Y")
    await seat.until_shown("✗ it has none")
    await seat.press("escape")
    await seat.until_gone("Copy of")
    assert seat.app.clipboard == ""
