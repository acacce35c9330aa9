"""The command line of ssh: no questions, nothing secret, and a host key for each guest."""

from __future__ import annotations

import pytest

from vmtui.model.device import Address
from vmtui.model.installing import SshTarget
from vmtui.plan.sshwords import address_of, jump_of, problem, split, words


def test_ssh_asks_nothing_and_keeps_host_keys_by_the_guest() -> None:
    made = words(SshTarget("10.0.0.7", "admin", 2222, "/k", "me@host"), "1234", "/s/guest keys")
    line = " ".join(made)
    options = ("BatchMode=yes", "StrictHostKeyChecking=accept-new", "HostKeyAlias=vmtui-1234",
               "HashKnownHosts=no", "ControlMaster=no", "ControlPath=none")  # fmt: skip
    for part in (*options, 'UserKnownHostsFile="/s/guest keys"', "-p 2222", "-i /k", "-J me@host"):
        assert part in line
    assert made[-6:] == ("-l", "admin", "--", "10.0.0.7", "sh", "-s")


@pytest.mark.parametrize(
    "target",
    [
        SshTarget("-oProxyCommand=x"), SshTarget("a b"), SshTarget(""), SshTarget("h", "-x"),
        SshTarget("h", "a b"), SshTarget("h", port=70000), SshTarget("h", port=-1),
    ],
)  # fmt: skip
def test_what_would_be_an_option_is_no_address(target: SshTarget) -> None:
    assert problem(target) is not None


def test_which_address_is_taken() -> None:
    def of(*ips: str) -> str:
        return address_of(Address(ip) for ip in ips)

    assert of("127.0.0.1", "fe80::1", "2001:db8::7", "192.168.122.7") == "192.168.122.7"
    assert of("::1", "2001:db8::7") == "2001:db8::7"
    assert of("nonsense", "169.254.1.1") == ""
    both = [Address("10.0.0.7"), Address("2001:db8::7")]
    assert (address_of(both, 4), address_of(both, 6)) == ("10.0.0.7", "2001:db8::7")
    assert address_of(both[:1], 6) == ""


def test_an_address_with_its_port() -> None:
    assert split("web1") == ("web1", 0)
    assert split("web1:2222") == ("web1", 2222)
    assert split("[2001:db8::7]:22") == ("2001:db8::7", 22)
    assert split("2001:db8::7") == ("2001:db8::7", 0)
    assert split("web1:x")[1] == -1


def test_guests_of_a_host_behind_ssh_are_reached_through_it() -> None:
    assert jump_of("qemu+ssh://root@lab:2222/system") == "root@lab:2222"
    assert jump_of("qemu+ssh://lab/system") == "lab"
    assert jump_of("qemu:///system") == ""
