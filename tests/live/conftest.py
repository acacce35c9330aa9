"""Fixtures of the tests on real libvirt."""

from __future__ import annotations

from collections.abc import Iterator

import libvirt
import pytest

from tests.live.rooms import sweep
from tests.rig import Daemon
from vmtui.hypervisors.libvirt import eventloop


@pytest.fixture(autouse=True, scope="session")
def _event_loop() -> None:
    """libvirt wants its event loop before the first connection of the process."""
    eventloop.prepare()


@pytest.fixture
def lab(rig_daemon: Daemon) -> Iterator[libvirt.virConnect]:
    """A connection to the private hypervisor; all its guests are gone afterwards."""
    connection = libvirt.open(rig_daemon.uri)
    yield connection
    sweep(connection)
    connection.close()


POOL = "<pool type='dir'><name>images</name><target><path>{}</path></target></pool>"


@pytest.fixture
def pool(lab: libvirt.virConnect, rig_daemon: Daemon) -> Iterator[libvirt.virStoragePool]:
    """An empty pool."""
    made = lab.storagePoolDefineXML(POOL.format(rig_daemon.keeper.mkdir("wizard")), 0)
    made.create()
    yield made
    if not made.isActive():
        made.create()
    made.refresh()
    for volume in made.listAllVolumes():
        volume.delete()
    made.destroy()
    made.undefine()
