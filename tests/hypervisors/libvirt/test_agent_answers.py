"""What agents answer, and what is made of nonsense."""

from __future__ import annotations

import pytest

from vmtui.hypervisors.libvirt.agent import answers
from vmtui.hypervisors.libvirt.agent.addresses import addresses
from vmtui.model.agentfacts import FileSystem, User
from vmtui.model.device import Address

NONSENSE: list[object] = [
    None, 7, "words", [], {}, [None, 7, "words", [], {}], {"return": []},
    [{"user": 7, "mountpoint": [], "ip-addresses": 7, "hardware-address": {}}],
    {"pretty-name": 7, "id": [], "zone": {}, "offset": "far", "host-name": None},
]  # fmt: skip


@pytest.mark.parametrize("told", NONSENSE)
def test_nonsense_tells_nothing(told: object) -> None:
    assert answers.users(told) == ()
    assert answers.file_systems(told) == ()
    assert answers.system(told) == ("", "", "")
    assert answers.timezone(told) == ("", None)
    assert answers.hostname(told) == ""
    assert addresses(answers.interfaces(told)) == ()


def test_what_is_told() -> None:
    users = [{"user": "ann", "login-time": 1700000000.5, "domain": "d"}, {"user": "\x1b[31mbob"}]
    assert answers.users(users) == (User("ann", 1700000000.5), User("[31mbob", None))
    disks = [
        {"mountpoint": "/srv", "name": "vdb1", "type": "xfs", "used-bytes": 5, "total-bytes": 9},
        {"mountpoint": "/", "name": "vda1", "type": "ext4"},
    ]
    assert answers.file_systems(disks) == (
        FileSystem("/", "ext4", "vda1", None, None), FileSystem("/srv", "xfs", "vdb1", 5, 9),
    )  # fmt: skip
    system = {"name": "Debian", "pretty-name": "Debian 12", "id": "debian", "kernel-release": "6"}
    assert answers.system(system) == ("Debian 12", "debian", "6")
    assert answers.timezone({"zone": "CET", "offset": 3600}) == ("CET", 3600)
    assert answers.timezone({"zone": "CET", "offset": 86401}) == ("CET", None)
    assert answers.hostname({"host-name": "web1"}) == "web1"
    card = {
        "name": "eth0", "hardware-address": "52:54:00:00:00:01",
        "ip-addresses": [
            {"ip-address-type": "ipv4", "ip-address": "192.0.2.7", "prefix": 24},
            {"ip-address-type": "ipv6", "ip-address": "fe80::1", "prefix": 64},
        ],
    }  # fmt: skip
    assert addresses(answers.interfaces([card])) == (
        Address("192.0.2.7", 24, "52:54:00:00:00:01", "agent"),
    )


def test_endless_lists_are_cut() -> None:
    assert len(answers.users([{"user": "x"}] * 10**5)) == answers.MOST_USERS
    mounts = [{"mountpoint": "/x"}] * 10**5
    assert len(answers.file_systems(mounts)) == answers.MOST_FILE_SYSTEMS
