"""Which hosts are opened, and what they are called."""

from __future__ import annotations

import pytest

from vmtui.cli.hosts import choose
from vmtui.config import HostEntry
from vmtui.model.address import distinct, short_name

LAB = HostEntry(uri="qemu+ssh://root@lab/system", name="lab one", read_only=True)


def local() -> str:
    return "qemu:///system"


def uris(*asked: str, environment: dict[str, str] | None = None,
         hosts: tuple[HostEntry, ...] = ()) -> list[str]:  # fmt: skip
    return [one.uri for one in choose(asked, environment or {}, hosts, local)]


def test_what_is_asked_for_wins() -> None:
    environment = {"LIBVIRT_DEFAULT_URI": "qemu:///env"}
    assert uris("test:///a", "test:///b", environment=environment, hosts=(LAB,)) == [
        "test:///a",
        "test:///b",
    ]


def test_then_the_environment_then_the_settings_then_this_machine() -> None:
    environment = {"LIBVIRT_DEFAULT_URI": "qemu:///env"}
    assert uris(environment=environment, hosts=(LAB,)) == ["qemu:///env"]
    assert uris(hosts=(LAB,)) == [LAB.uri]
    assert uris(environment={"LIBVIRT_DEFAULT_URI": ""}) == ["qemu:///system"]


def test_a_configured_host_keeps_its_name_and_its_read_only_mark() -> None:
    (one,) = choose([LAB.uri], {}, [LAB], local)
    assert (one.id, one.read_only) == ("lab one", True)
    (one,) = choose([], {"LIBVIRT_DEFAULT_URI": LAB.uri}, [LAB], local)
    assert (one.id, one.read_only) == ("lab one", True)


def test_read_only_holds_for_all() -> None:
    assert all(one.read_only for one in choose(["a", "b"], {}, [], local, read_only=True))


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("qemu+ssh://root@lab1.example.org:2222/system", "lab1.example.org"),
        ("qemu:///system", "local"),
        ("qemu:///session", "session"),
        ("qemu+unix:///session?socket=/x", "local"),
        ("test:///default", "test"),
        ("xen:///system", "local"),
        ("lxc:///system", "lxc"),
        ("qemu+tls://[fd00::1]/system", "fd00::1"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_names_for_connections(uri: str, name: str) -> None:
    assert short_name(uri) == name


def test_names_are_never_the_same() -> None:
    assert distinct(["lab", "lab", "x", "lab"]) == ["lab", "lab (2)", "x", "lab (3)"]
