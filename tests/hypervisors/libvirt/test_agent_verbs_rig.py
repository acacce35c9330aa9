"""What an agent is asked to do, and whether it was done: a tiny guest with a real file system."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, eventually, opened
from tests.rig import Console, Daemon, start, tiny, wait_until
from tests.rig.guests import found
from tests.rig.initramfs import load_order, newest_kernel, unpacked
from tests.rig.needs import program
from vmtui.engine import commands, copying, journal
from vmtui.errors import Refused, VmtuiError
from vmtui.hypervisors.libvirt.agent.facts import read_facts
from vmtui.hypervisors.libvirt.agent.guest import LibvirtAgent
from vmtui.model.agentfacts import Command
from vmtui.model.steps import (
    AddKey,
    CopyIn,
    Freeze,
    Reboot,
    SetClock,
    SetPassword,
    Shutdown,
    Thaw,
    Trim,
)
from vmtui.model.steps.lifecycle import Via

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(600)]

PROMPT = "verbs:~# "
SLOW = 180.0
MIB = 1024 * 1024
DISK = 64 * MIB
COUNTER = "/mnt/counter"
PASSWORD = "new 'pass\" $word"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGqhuXUuFY7cDMPZDgfnQS0ZP4l0Y9l0ZP4l0Y9l0ZP4 me@here"


@dataclass
class Seat:
    """A guest, somebody at its console, and its disk with ext4, which is mounted at /mnt."""

    domain: libvirt.virDomain
    console: Console
    disk: Path

    @property
    def uuid(self) -> str:
        """Its UUID."""
        return str(self.domain.UUIDString())

    def run(self, line: str) -> str:
        """What a line prints at the console."""
        return self.console.run(line, PROMPT, SLOW)

    def count(self) -> int:
        """How far the writer came, as a reader inside sees it."""
        return int(self.run(f"tail -n 1 {COUNTER} 2> /dev/null").strip() or 0)

    def writes(self) -> int:
        """Requests to write that its disk got so far."""
        return int(self.domain.blockStats("vda")[2])

    def kept(self) -> int:
        """Bytes that its disk takes on the host."""
        return self.disk.stat().st_blocks * 512


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def seat(daemon: Daemon) -> Iterator[Seat]:
    """One guest for all tests; it does not obey its power button."""
    disk = daemon.volumes / "verbs.img"
    with disk.open("wb") as file:
        file.truncate(DISK)
    words = [program("mke2fs"), "-q", "-t", "ext4", "-E", "lazy_itable_init=0,nodiscard", str(disk)]
    subprocess.run(words, check=True)
    daemon.keeper.give(disk)
    made = tiny("verbs", memory=192, obeys_acpi=False, disks=[disk])
    driver = found(found(found(made, "devices"), "disk"), "driver")
    driver.set("type", "raw")
    driver.set("discard", "unmap")
    domain = start(daemon.connect(), made)
    with Console(domain) as console:
        console.send("\n")
        console.expect(PROMPT, SLOW)
        wait_until(lambda: "state='connected'" in domain.XMLDesc(), SLOW, "the agent did not come")
        yield Seat(domain, console, disk)


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to the hypervisor."""
    async with opened(daemon.uri) as bench:
        yield bench


@pytest.fixture
def agent(bench: Bench, seat: Seat) -> LibvirtAgent:
    """The guest's agent."""
    return LibvirtAgent(bench.handle, seat.uuid)


@pytest.fixture
async def mounted(agent: LibvirtAgent, seat: Seat, tmp_path: Path) -> None:
    """The disk is mounted: the tiny guest gets the modules for that through its agent."""
    if "ext4" in seat.run("cat /proc/mounts"):
        return
    _, modules = newest_kernel()
    for module in load_order(modules, ("crc32c_generic", "ext4")):
        plain = tmp_path / module.name.split(".ko")[0]
        plain.write_bytes(unpacked(module))
        step = CopyIn(seat.uuid, str(plain), "/tmp/module", True)
        await copying.copy(agent, step, lambda _, __: None)
        seat.run("insmod /tmp/module; rm /tmp/module")
    assert seat.run("mount -t ext4 /dev/vda /mnt && echo done").strip() == "done"


async def answers(bench: Bench, seat: Seat) -> None:
    """Wait until the agent that was started again answers."""
    async with asyncio.timeout(SLOW):
        while True:
            try:
                await read_facts(bench.handle, seat.uuid)
            except VmtuiError:
                await asyncio.sleep(0.5)
            else:
                return


@pytest.mark.usefixtures("mounted")
async def test_nobody_writes_while_it_is_frozen(
    bench: Bench, agent: LibvirtAgent, seat: Seat
) -> None:
    seat.run(f"(while echo $((++i)); do sync; sleep 0.2; done > {COUNTER}) &")
    await eventually(lambda: seat.count() > 2, SLOW)
    assert await bench.run(Freeze(seat.uuid)) == Thaw(seat.uuid)
    facts = await read_facts(bench.handle, seat.uuid)
    assert facts.frozen
    assert "guest-exec" in facts.commands
    assert not facts.blocked, "it blocks nothing once it is thawed"
    with pytest.raises(VmtuiError):
        await agent.start(Command(("true",)))
    counted, written = seat.count(), seat.writes()
    await asyncio.sleep(10)
    assert seat.writes() == written
    assert seat.count() == counted

    await bench.run(Thaw(seat.uuid))
    await eventually(lambda: seat.count() > counted + 2, SLOW)
    assert seat.writes() > written
    assert not (await read_facts(bench.handle, seat.uuid)).frozen
    await bench.run(Thaw(seat.uuid))
    seat.run("kill $!")


@pytest.mark.usefixtures("mounted")
async def test_a_command_of_this_machine_runs_while_it_is_frozen(
    daemon: Daemon, seat: Seat, tmp_path: Path
) -> None:
    """However that ends, it is thawed; after a kill the next start offers to."""
    own = {f"XDG_{name}_HOME": str(tmp_path) for name in ("STATE", "CONFIG", "CACHE")}
    begin = [sys.executable, "-m", "vmtui", "freeze", "verbs", "-c", daemon.uri, "-y", "-q"]
    status = ["virsh", "-c", daemon.uri, "qemu-agent-command", "{uuid}",
              '{"execute":"guest-fsfreeze-status"}']  # fmt: skip

    async def started(*words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *begin, "--run", *words, env={**os.environ, **own}, stdout=subprocess.PIPE
        )

    def frozen() -> bool:
        words = [word.replace("{uuid}", seat.uuid) for word in status]
        return "frozen" in subprocess.run(words, capture_output=True, check=True, text=True).stdout

    told = tmp_path / "runs"
    process = await started(*status)
    said, _ = await process.communicate()
    assert (process.returncode, b"frozen" in said) == (0, True)
    assert not frozen()
    process = await started("sh", "-c", "exit 9")
    assert await process.wait() == 9
    assert not frozen()
    for deadly, code in ((signal.SIGINT, 128 + signal.SIGINT), (signal.SIGKILL, -signal.SIGKILL)):
        process = await started("sh", "-c", f"echo $$ > {told}; exec sleep 300", "{name}")
        await eventually(lambda: told.exists() and told.read_text().endswith("\n"), SLOW)
        running = int(told.read_text())
        told.unlink()
        process.send_signal(deadly)
        assert await process.wait() == code
        assert frozen() is (deadly is signal.SIGKILL)
    os.kill(running, signal.SIGKILL)
    (left,) = journal.leftovers(tmp_path / "vmtui" / "journal").interrupted
    assert left.why_not_finish() is not None
    assert [step for track in left.undo().tracks for step in track.steps] == [Thaw(seat.uuid)]
    seat.domain.fsThaw()


@pytest.mark.usefixtures("mounted")
async def test_what_is_trimmed_is_given_back(bench: Bench, seat: Seat) -> None:
    seat.run("dd if=/dev/urandom of=/mnt/fill bs=1M count=30 2> /dev/null; sync")
    full = seat.kept()
    seat.run("rm /mnt/fill; sync")
    await bench.run(Trim(seat.uuid))
    assert full - seat.kept() > 20 * MIB


@pytest.mark.usefixtures("mounted")
async def test_it_tells_how_full_its_file_systems_are(bench: Bench, seat: Seat) -> None:
    facts = await read_facts(bench.handle, seat.uuid)
    (one,) = [one for one in facts.file_systems if one.mount == "/mnt"]
    assert one.kind == "ext4"
    assert one.used is not None
    assert one.total is not None
    assert 0 < one.used < one.total < DISK
    assert facts.memory is not None
    total = facts.memory.total // 1024
    assert str(total) in seat.run("grep MemTotal /proc/meminfo")


async def test_its_clock_is_set(bench: Bench, seat: Seat) -> None:
    seat.run("ln -s /bin/busybox /sbin/hwclock; date -s '2020-01-01 00:00'")
    facts = await read_facts(bench.handle, seat.uuid)
    assert facts.drift is not None
    assert facts.drift < -(10**8)
    await bench.run(SetClock(seat.uuid))
    facts = await read_facts(bench.handle, seat.uuid)
    assert facts.drift is not None
    assert abs(facts.drift) < 600


async def test_a_password_is_the_input_of_the_guests_own_program(bench: Bench, seat: Seat) -> None:
    with pytest.raises(VmtuiError, match="passwd"):
        await bench.run(SetPassword(seat.uuid, "root", PASSWORD))
    seat.run(r"printf '#!/bin/sh\ncat > /tmp/given; echo $* > /tmp/words\n' > /bin/chpasswd")
    seat.run("chmod 755 /bin/chpasswd")
    await bench.run(SetPassword(seat.uuid, "root", PASSWORD))
    assert seat.run("cat /tmp/given").strip() == f"root:{PASSWORD}"
    assert PASSWORD not in seat.run("cat /tmp/words")


async def test_a_key_is_added_once_and_is_its_owners_alone(bench: Bench, seat: Seat) -> None:
    for _ in range(2):
        await bench.run(AddKey(seat.uuid, "root", KEY))
    assert seat.run("cat /root/.ssh/authorized_keys").strip() == KEY
    assert seat.run("ls -l /root/.ssh/authorized_keys").startswith("-rw-------")


async def test_what_its_settings_block_is_told_with_the_reason(
    bench: Bench, agent: LibvirtAgent, seat: Seat
) -> None:
    before = (await read_facts(bench.handle, seat.uuid)).blocked
    seat.run("sed -i 's/qemu-ga -m/qemu-ga -b guest-exec,guest-file-open -m/' /etc/agent")
    await asyncio.to_thread(restart, seat)
    await answers(bench, seat)
    facts = await read_facts(bench.handle, seat.uuid)
    assert facts.blocked - before == {"guest-exec", "guest-file-open"}
    assert facts.memory is None
    with pytest.raises(Refused, match="blocks"):
        await agent.start(Command(("true",)))
    seat.run("sed -i 's/-b guest-exec,guest-file-open //' /etc/agent")
    await asyncio.to_thread(restart, seat)
    await answers(bench, seat)
    assert (await commands.run(agent, Command(("echo", "well")))).out == b"well\n"


def restart(seat: Seat) -> None:
    """Start its agent again; libvirt must hear that the old one went."""
    seat.run("mv /etc/agent /etc/later; killall qemu-ga")
    wait_until(lambda: "state='disconnected'" in seat.domain.XMLDesc(), SLOW, "it did not go")
    seat.run("mv /etc/later /etc/agent")


async def test_the_agent_reboots_it_and_shuts_it_down_where_its_power_button_does_nothing(
    bench: Bench, seat: Seat
) -> None:
    await bench.run(Shutdown(seat.uuid, Via.ACPI))
    await asyncio.sleep(5)
    assert seat.domain.isActive()
    seat.run("touch /tmp/before")
    begun = len(seat.console.text)
    await bench.run(Reboot(seat.uuid, Via.AGENT))
    await asyncio.to_thread(seat.console.expect, PROMPT, SLOW, begun)
    assert "No such file" in seat.run("ls /tmp/before")
    await answers(bench, seat)
    await bench.run(Shutdown(seat.uuid, Via.AGENT))
    await eventually(lambda: not seat.domain.isActive(), SLOW)
