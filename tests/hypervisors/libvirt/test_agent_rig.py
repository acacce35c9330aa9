"""Commands, files and verbs through the real agent of a real guest, and agents that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import random
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, eventually, opened
from tests.rig import Console, Daemon, define, idle, start, tiny, wait_until
from vmtui.engine import commands, copying, guestfile
from vmtui.errors import Conflict, Invalid, NotFound, TimedOut, Unsupported, VmtuiError
from vmtui.hypervisors.libvirt.agent.facts import read_facts
from vmtui.hypervisors.libvirt.agent.guest import LibvirtAgent
from vmtui.hypervisors.libvirt.agent.talk import ask
from vmtui.model.agentfacts import Command, CommandState
from vmtui.model.device import AgentPort
from vmtui.model.steps import AddAgentChannel, CopyIn, CopyOut, Freeze, RemoveAgentChannel, SetClock

pytestmark = [pytest.mark.rig, pytest.mark.slow]

PORT = "/dev/$(grep -l guest_agent /sys/class/virtio-ports/*/name | cut -d/ -f5)"
SIZE = 6_000_001
CONNECTED = "state='connected'"
GONE = "state='disconnected'"


class Inside:
    """A shell on the guest's console: it needs no agent."""

    def __init__(self, console: Console, name: str) -> None:
        self.console = console
        self.prompt = f"{name}:~# "

    def run(self, line: str) -> str:
        """What a line prints."""
        return self.console.run(line, self.prompt, 60)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def guest(daemon: Daemon) -> Iterator[tuple[str, Inside]]:
    """The UUID of one guest for all tests, and its shell."""
    domain = start(daemon.connect(), tiny("tools", memory=160))
    with Console(domain) as console:
        console.send("\n")
        console.expect("tools:~# ", 90)
        wait_until(lambda: CONNECTED in domain.XMLDesc(), 60, "the agent did not come")
        yield domain.UUIDString(), Inside(console, "tools")


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it."""
    async with opened(daemon.uri) as bench:
        yield bench


@pytest.fixture
def agent(bench: Bench, guest: tuple[str, Inside]) -> LibvirtAgent:
    """Its agent."""
    return LibvirtAgent(bench.handle, guest[0])


@pytest.fixture
def inside(guest: tuple[str, Inside]) -> Inside:
    """Its shell."""
    return guest[1]


async def sh(agent: LibvirtAgent, line: str, timeout: float = 60) -> CommandState:
    """Run a line of shell through the agent."""
    return await commands.run(agent, Command(("sh", "-c", line)), timeout=timeout)


async def pinged(agent: LibvirtAgent, timeout: int = 3) -> bool:
    """Whether it answers."""
    try:
        await ask(agent.handle, agent.uuid, "guest-ping", timeout=timeout)
    except VmtuiError:
        return False
    return True


async def answers_again(agent: LibvirtAgent) -> None:
    """Wait until it answers."""
    async with asyncio.timeout(60):
        while not await pinged(agent):  # noqa: ASYNC110 - the guest sets no asyncio.Event
            await asyncio.sleep(0.1)


async def test_what_a_command_prints_comes_back_as_it_is(agent: LibvirtAgent) -> None:
    line = r"printf '\000\377\033[31m\n'; printf bad >&2; exit 7"
    state = await sh(agent, line)
    assert (state.code, state.out, state.err) == (7, b"\0\xff\x1b[31m\n", b"bad")
    assert not state.cut
    state = await commands.run(agent, Command(("cat",), input=bytes(range(256)) * 300))
    assert state.out == bytes(range(256)) * 300
    with pytest.raises(NotFound, match="program"):
        await agent.start(Command(("/nonesuch",)))


async def test_a_command_that_floods_is_cut_and_ends(agent: LibvirtAgent, inside: Inside) -> None:
    state = await sh(agent, "yes")
    assert state.cut
    assert len(state.out) == commands.OUTPUT_MOST
    assert inside.run("pidof yes || echo none").strip() == "none"
    assert await pinged(agent)


async def test_a_command_that_never_ends_is_killed_with_its_children(
    agent: LibvirtAgent, inside: Inside
) -> None:
    with pytest.raises(TimedOut, match="did not end in time"):
        await sh(agent, "sleep 7777 & sleep 7777; true", timeout=2)
    await eventually(lambda: "none" in inside.run("ps | grep 'sleep 777[7]' || echo none"), 60)
    task = asyncio.create_task(sh(agent, "sleep 8888; true"))
    await eventually(lambda: "8888" in inside.run("ps | grep 'sleep 888[8]'"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: "none" in inside.run("ps | grep 'sleep 888[8]' || echo none"), 60)


async def test_a_file_goes_in_and_out_cut_and_resumed(
    agent: LibvirtAgent, inside: Inside, tmp_path: Path
) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    data = random.Random(5).randbytes(SIZE)
    source.write_bytes(data)
    source.chmod(0o640)
    step_in = CopyIn(agent.uuid, str(source), "/tmp/copy", False)
    step_out = CopyOut(agent.uuid, "/tmp/copy", str(back), False)

    await cut(agent, step_in)
    assert "No such file" in inside.run("ls /tmp/copy")
    assert await first_told(agent, step_in) > 0.2
    assert hashlib.sha256(data).hexdigest() in inside.run("sha256sum /tmp/copy")
    assert "-rw-r-----" in inside.run("ls -l /tmp/copy")
    assert inside.run("ls -A /tmp").split() == ["copy"]
    with pytest.raises(Conflict, match="already"):
        await copying.copy(agent, step_in, lambda _, __: None)

    await cut(agent, step_out)
    assert not back.exists()
    assert await first_told(agent, step_out) > 0.2
    assert back.read_bytes() == data
    with pytest.raises(Conflict, match="already"):
        await copying.copy(agent, step_out, lambda _, __: None)
    assert names(tmp_path) == ["back", "source"]
    inside.run("rm /tmp/copy")


@dataclass(frozen=True)
class Noted(LibvirtAgent):
    """An agent of whose calls a note is made."""

    calls: list[str] = field(default_factory=list)

    async def start(self, command: Command) -> int:
        """Run a command."""
        self.calls.append("start")
        return await LibvirtAgent.start(self, command)

    async def read_file(self, handle: int, count: int) -> tuple[bytes, bool]:
        """Read."""
        self.calls.append("read")
        return await LibvirtAgent.read_file(self, handle, count)


async def test_a_file_is_summed_up_while_it_comes_out_and_no_longer(
    agent: LibvirtAgent, inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guestfile, "KILLING", 60)
    noted = Noted(agent.handle, agent.uuid)
    inside.run("head -c 1500000 /dev/urandom > /tmp/small; truncate -s 8G /tmp/large")
    out = CopyOut(agent.uuid, "/tmp/small", str(tmp_path / "small"), False)
    await copying.copy(noted, out, lambda _, __: None)
    assert sorted(noted.calls[:-1]) == ["read", "start"]
    assert noted.calls[-1] == "read"

    begun, out = asyncio.Event(), CopyOut(agent.uuid, "/tmp/large", str(tmp_path / "large"), False)
    task = asyncio.create_task(copying.copy(agent, out, lambda _, __: begun.set()))
    await begun.wait()
    await eventually(lambda: "sha256sum" in inside.run("ps | grep '[{]sha256sum'"), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: "none" in inside.run("ps | grep '[{]sha256sum' || echo none"), 60)
    inside.run("rm /tmp/small /tmp/large")


def names(folder: Path) -> list[str]:
    """What is in a folder of this machine."""
    return sorted(path.name for path in folder.iterdir())


async def cut(agent: LibvirtAgent, step: CopyIn | CopyOut) -> None:
    """Cancel a copy when more than a quarter of it is there."""
    quarter = asyncio.Event()

    def tell(fraction: float | None, words: str) -> None:
        del words
        if fraction is not None and fraction > 0.25:
            quarter.set()

    task = asyncio.create_task(copying.copy(agent, step, tell))
    await asyncio.wait_for(quarter.wait(), 60)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def first_told(agent: LibvirtAgent, step: CopyIn | CopyOut) -> float:
    """Copy to the end; the first fraction that was told."""
    told: list[float] = []
    await copying.copy(
        agent, step, lambda fraction, _: told.append(fraction) if fraction is not None else None
    )
    assert told[-1] == 1.0
    return told[0]


async def test_an_agent_without_what_a_verb_needs_says_so(
    bench: Bench, agent: LibvirtAgent
) -> None:
    with pytest.raises(Unsupported) as caught:
        await bench.run(SetClock(agent.uuid))
    assert "hwclock" in caught.value.hint


async def test_an_agent_that_is_killed_comes_back(agent: LibvirtAgent, inside: Inside) -> None:
    handle = await agent.open_file("/etc/os-release")
    inside.run("killall -9 qemu-ga")
    await answers_again(agent)
    with pytest.raises(NotFound, match="forgotten"):
        await agent.read_file(handle, 10)


async def test_an_agent_that_stands_still_holds_nobody(
    bench: Bench, agent: LibvirtAgent, inside: Inside
) -> None:
    running = asyncio.create_task(sh(agent, "sleep 1; echo done"))
    await eventually(lambda: "sleep 1" in inside.run("ps | grep 'sleep [1]'"))
    inside.run("killall -STOP qemu-ga")
    began = asyncio.get_running_loop().time()
    assert not await pinged(agent, timeout=2)
    assert asyncio.get_running_loop().time() - began < 10
    # The host answers all the while.
    assert bench.conn.lookupByUUIDString(agent.uuid).isActive()
    inside.run("killall -CONT qemu-ga")
    await answers_again(agent)
    # What was asked meanwhile ends, in one way or the other.
    (ended,) = await asyncio.gather(running, return_exceptions=True)
    assert isinstance(ended, TimedOut) or (
        isinstance(ended, CommandState) and ended.out == b"done\n"
    )
    assert (await sh(agent, "echo well")).out == b"well\n"


@contextlib.asynccontextmanager
async def instead_of_the_agent(
    bench: Bench, agent: LibvirtAgent, inside: Inside, program: str
) -> AsyncIterator[None]:
    """Another program at the agent's port; the agent comes back afterwards.

    QEMU tells of a port once a second, and then only how it stands: each change is waited for, or
    libvirt would never hear that another program talks, and not listen to it.
    """
    domain = bench.conn.lookupByUUIDString(agent.uuid)
    inside.run("cp /etc/agent /tmp/agent")
    inside.run(r"printf '#!/bin/busybox sh\nexec sleep 6666\n' > /etc/agent; killall qemu-ga")
    await eventually(lambda: GONE in domain.XMLDesc(), 60)
    inside.run(f"sh -c '{program}' <> {PORT} >&0 &")
    await eventually(lambda: CONNECTED in domain.XMLDesc(), 60)
    yield
    inside.run("kill $!; killall head yes tail")
    await eventually(lambda: GONE in domain.XMLDesc(), 60)
    inside.run("cp /tmp/agent /etc/agent; rm /tmp/agent; killall sleep")
    await answers_again(agent)


@pytest.mark.parametrize("says", ["head -c 200000 /dev/urandom", "yes 1234567 | head -c 104857600"])
async def test_an_agent_that_talks_nonsense_or_too_much_is_given_up(
    bench: Bench, agent: LibvirtAgent, inside: Inside, says: str
) -> None:
    async with instead_of_the_agent(bench, agent, inside, f"{says}; tail -f /dev/null"):
        with pytest.raises(VmtuiError):
            await ask(bench.handle, agent.uuid, "guest-ping", timeout=3)


FREEZES_LATE = r"""
while :; do
  read -r line || { sleep 1; continue; }
  id=${line##*\"id\":}
  case $line in
    *guest-sync*) echo "{\"return\": ${id%%\}*}}" ;;
    *fsfreeze-freeze*)
      touch /tmp/freezing
      until [ -e /tmp/go ]; do sleep 1; done
      echo '{"return": 1}' ;;
    *fsfreeze-thaw*) touch /tmp/thawed; echo '{"return": 1}' ;;
    *) echo '{"return": {}}' ;;
  esac
done
"""


async def test_a_freeze_that_nobody_waits_for_any_more_is_thawed(
    bench: Bench, agent: LibvirtAgent, inside: Inside, tmp_path: Path
) -> None:
    script = tmp_path / "late"
    script.write_text(FREEZES_LATE)
    step = CopyIn(agent.uuid, str(script), "/tmp/late", False)
    await copying.copy(agent, step, lambda _, __: None)
    async with instead_of_the_agent(bench, agent, inside, "exec sh /tmp/late"):
        task = asyncio.create_task(bench.run(Freeze(agent.uuid)))
        await eventually(lambda: "freezing" in inside.run("ls /tmp").split(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert "thawed" not in inside.run("ls /tmp").split()
        inside.run("touch /tmp/go")
        await eventually(lambda: "thawed" in inside.run("ls /tmp").split(), 60)
    inside.run("rm /tmp/go /tmp/freezing /tmp/thawed /tmp/late")


HANGS_IN_ITS_MIDDLE = r"""
while :; do
  read -r line || { sleep 1; continue; }
  id=${line##*\"id\":}
  case $line in
    *guest-sync*) echo "{\"return\": ${id%%\}*}}" ;;
    *guest-info*) cat /tmp/info ;;
    *) tail -f /dev/null ;;
  esac
done
"""
INFO = {"version": "9", "supported_commands": [{"name": "guest-get-fsinfo", "enabled": True}]}


async def test_a_reading_that_hangs_in_its_middle_gives_the_agent_free(
    bench: Bench, agent: LibvirtAgent, inside: Inside, tmp_path: Path
) -> None:
    for name, text in (("hangs", HANGS_IN_ITS_MIDDLE), ("info", json.dumps({"return": INFO}))):
        (tmp_path / name).write_text(f"{text}\n")
        step = CopyIn(agent.uuid, str(tmp_path / name), f"/tmp/{name}", False)
        await copying.copy(agent, step, lambda _, __: None)
    async with instead_of_the_agent(bench, agent, inside, "exec sh /tmp/hangs"):
        with pytest.raises(TimedOut):
            await read_facts(bench.handle, agent.uuid)
        # Nobody holds it for ever: whoever is next hears that it hangs, not that it is taken.
        with pytest.raises(TimedOut, match="does not answer"):
            await ask(bench.handle, agent.uuid, "guest-ping", timeout=3)
    inside.run("rm /tmp/hangs /tmp/info")


async def test_an_agent_whose_words_are_no_text_is_one_of_our_errors(
    bench: Bench, agent: LibvirtAgent, inside: Inside
) -> None:
    # libvirt's error quotes what it said, and the binding can make no string of that.
    # Until libvirt is at the other end there is nothing to read.
    says = r'while :; do read -r line && printf "{\363\363}\n"; done'
    async with instead_of_the_agent(bench, agent, inside, says):
        with pytest.raises(Invalid, match="makes no sense"):
            await ask(bench.handle, agent.uuid, "guest-ping", timeout=3)


async def test_a_running_guest_gets_the_channel(bench: Bench) -> None:
    domain = start(bench.conn, tiny("bare", agent=False))
    uuid = domain.UUIDString()
    agent = LibvirtAgent(bench.handle, uuid)
    with Console(domain) as console:
        console.send("\n")
        console.expect("bare:~# ", 90)
        with pytest.raises(Unsupported, match="no guest-agent channel"):
            await agent.open_file("/etc/os-release")
        undo = await bench.run(AddAgentChannel(uuid, live=True))
        assert undo == RemoveAgentChannel(uuid, live=True)
        console.run("killall sleep", "bare:~# ")
        await answers_again(agent)
        with pytest.raises(Conflict, match="already"):
            await bench.run(AddAgentChannel(uuid, live=True))
    domain.destroy()
    assert "org.qemu.guest_agent.0" in domain.XMLDesc()
    domain.undefine()


@pytest.mark.parametrize("runs", [False, True])
async def test_a_guest_gets_the_channel_of_the_spice_agent(bench: Bench, runs: bool) -> None:
    """For its next start at least; the agent's own channel is another."""
    wanted = idle(f"spicy{runs:d}")
    ET.SubElement(wanted.find("devices"), "graphics", type="spice")  # type: ignore[arg-type]
    domain = define(bench.conn, wanted)
    if runs:
        domain.create()
    uuid, port = domain.UUIDString(), AgentPort.SPICE
    undo = await bench.run(AddAgentChannel(uuid, live=True, port=port))
    assert isinstance(undo, RemoveAgentChannel) and undo.port is port
    text = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    assert "<channel type='spicevmc'>" in text and "com.redhat.spice.0" in text
    assert "org.qemu.guest_agent.0" not in text
    assert await bench.run(AddAgentChannel(uuid, ensure=True, port=port)) is None
    await bench.run(undo)
    assert "spicevmc" not in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    if runs:
        domain.destroy()
    domain.undefine()
