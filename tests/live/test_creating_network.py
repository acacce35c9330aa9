"""A guest that is made on a network with leases, as root's hypervisors have them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.live.creating import create
from tests.rig import Privileged, wait_until
from tests.rig.initramfs import boot

pytestmark = [pytest.mark.rig, pytest.mark.root, pytest.mark.slow]

WORDS = "console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1 tiny.name=leased"


@pytest.fixture
def host() -> Iterator[Privileged]:
    """A private privileged hypervisor with a pool, and the network `default` switched off."""
    with Privileged() as host:
        host.connect().storagePoolCreateXML(
            f"<pool type='dir'><name>default</name>"
            f"<target><path>{host.volumes}</path></target></pool>"
        )
        yield host


def test_a_guest_on_the_default_network_shows_its_lease(host: Privileged) -> None:
    files = boot()
    words = (
        "--kernel", str(files.kernel), "--initrd", str(files.initramfs), f"--arguments={WORDS}",
        "--diskless", "--network=default", "--name=leased", "--memory=96M", "--vcpus=1",
        "--display=none",
    )  # fmt: skip
    said = create(host.uri, *words, code=2)
    assert "--network: " in said and "default" in said
    assert host.connect().listAllDomains() == []
    host.connect().networkLookupByName("default").create()
    said = create(host.uri, *words)
    assert "leased: done: ready: its " in said
    network = host.connect().networkLookupByName("default")
    wait_until(network.DHCPLeases, 240, "the lease")
    command = [sys.executable, "-m", "vmtui", "show", "leased", "-c", host.uri]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    (address,) = set(re.findall(r"192\.168\.122\.\d+", shown))
    assert f"'ipaddr': '{address}'" in str(network.DHCPLeases())
