"""A guest into which no channel can be plugged: it is told so, or restarted by leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live.installing import bench
from tests.rig import Console, Daemon, start, tiny
from tests.rig.guests import PROMPT, found
from vmtui.engine.installing import Wish
from vmtui.engine.job import JobState
from vmtui.model.guest import Agent
from vmtui.model.installing import Way

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(400)]

NAME = "plugless"


@pytest.fixture(scope="module")
def domain(rig_daemon: Daemon) -> Iterator[libvirt.virDomain]:
    """A guest without any virtio port, whose agent starts at its boot where it has its channel."""
    definition = tiny(NAME, agent=False, memory=160)
    devices = found(definition, "devices")
    for port in devices.findall("console"):
        if found(port, "target").get("type") == "virtio":
            devices.remove(port)
    made = start(rig_daemon.connect(), definition)
    with Console(made) as console:
        console.send("\n")
        console.expect(PROMPT.format(name=NAME), 120.0)
        console.run("echo ID=debian > /etc/os-release", PROMPT.format(name=NAME), 60.0)
    yield made
    made.destroy()
    made.undefine()


async def test_without_leave_it_says_what_is_left_to_do(
    rig_daemon: Daemon, domain: libvirt.virDomain, tmp_path: Path
) -> None:
    async with bench(rig_daemon, tmp_path / "journal") as at:
        await at.until_seen(NAME)
        job = await at.installed(NAME, Wish(Way.CONSOLE))
        assert job.state is JobState.DONE, job.tracks[0].error
        assert "once the guest was off and is started again" in job.tracks[0].words
        definition = at.guest(NAME).definition
        assert definition is not None
        assert definition.agent is Agent.NO_CHANNEL
    assert domain.isActive()
    assert "guest_agent" in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)


async def test_with_leave_it_is_restarted_and_its_agent_answers(
    rig_daemon: Daemon, domain: libvirt.virDomain, tmp_path: Path
) -> None:
    number = domain.ID()
    async with bench(rig_daemon, tmp_path / "journal") as at:
        await at.until_seen(NAME)
        job = await at.installed(NAME, Wish(Way.CONSOLE, restart=True))
        assert job.state is JobState.DONE, job.tracks[0].error
        assert job.tracks[0].words.startswith("its agent answers: ")
        told = at.guest(NAME).told
        assert told is not None
        assert told.version
    assert domain.connect().lookupByName(NAME).ID() != number  # type: ignore[no-untyped-call]
