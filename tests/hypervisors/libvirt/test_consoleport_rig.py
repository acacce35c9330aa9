"""Consoles added to real guests, logged, and keys sent to them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, eventually, opened
from tests.rig import Daemon, define, idle, start, tiny
from vmtui.errors import Conflict, Invalid
from vmtui.hypervisors.libvirt.console import open_console
from vmtui.hypervisors.libvirt.preview import preview
from vmtui.hypervisors.libvirt.xml.domain import read_domain
from vmtui.model.change import ChangeKind
from vmtui.model.device import ConsolePort
from vmtui.model.steps import AddConsole, LogConsole, Redefine, SendKeys
from vmtui.plan.consoles import SEQUENCES

pytestmark = pytest.mark.rig

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it; its guests are gone afterwards."""
    async with opened(daemon.uri) as bench:
        yield bench
        for domain in bench.conn.listAllDomains():
            with contextlib.suppress(libvirt.libvirtError):
                domain.destroy()
            with contextlib.suppress(libvirt.libvirtError):
                domain.undefine()


def consoles(domain: libvirt.virDomain, flags: int = 0) -> tuple[ConsolePort, ...]:
    """What its XML says of its consoles."""
    return read_domain(domain.XMLDesc(flags)).definition.consoles


async def test_a_guest_that_is_off_gets_a_console_and_gives_it_back(bench: Bench) -> None:
    domain = define(bench.conn, idle("bare"))
    domain.setAutostart(1)
    before = domain.XMLDesc(INACTIVE)
    undo = await bench.run(AddConsole(domain.UUIDString(), live=False))
    assert [port.kind for port in consoles(domain)] == ["serial"]
    assert bench.said_to_change(ChangeKind.GUEST, domain.UUIDString())
    assert isinstance(undo, Redefine)
    await bench.run(undo)
    assert domain.XMLDesc(INACTIVE) == before
    assert domain.autostart()


async def test_a_console_that_was_added_opens_when_the_guest_starts(bench: Bench) -> None:
    domain = define(bench.conn, idle("bare"))
    await bench.run(AddConsole(domain.UUIDString()))
    domain.create()
    channel = await open_console(bench.handle, domain.UUIDString())
    await channel.close()


async def test_a_running_guest_gets_one_at_once_and_for_its_next_start(bench: Bench) -> None:
    domain = start(bench.conn, idle("bare"))
    undo = await bench.run(AddConsole(domain.UUIDString(), live=True))
    assert isinstance(undo, Redefine)
    assert [port.alias for port in consoles(domain)] == ["serial0"]
    assert len(consoles(domain, INACTIVE)) == 1
    channel = await open_console(bench.handle, domain.UUIDString())
    await channel.close()


async def test_without_live_a_running_guest_waits_for_its_next_start(bench: Bench) -> None:
    domain = start(bench.conn, idle("bare"))
    uuid = domain.UUIDString()
    await bench.run(AddConsole(uuid, live=False))
    assert consoles(domain) == ()
    assert len(consoles(domain, INACTIVE)) == 1
    with pytest.raises(Conflict) as raised:
        await bench.run(AddConsole(uuid, live=False))
    assert "started again" in raised.value.hint


async def test_where_nothing_can_be_plugged_in_the_definition_is_enough(bench: Bench) -> None:
    """An ISA machine has no slot for a card."""
    subject = idle("old")
    machine = subject.find("os/type")
    assert machine is not None
    machine.set("machine", "isapc")
    for element in ("features",):
        found = subject.find(element)
        assert found is not None
        subject.remove(found)
    domain = start(bench.conn, subject)
    assert isinstance(await bench.run(AddConsole(domain.UUIDString(), live=True)), Redefine)
    assert consoles(domain) == ()
    assert len(consoles(domain, INACTIVE)) == 1


async def test_a_transient_guest_has_nothing_to_change(bench: Bench) -> None:
    domain = start(bench.conn, idle("passing"))
    domain.undefine()
    for step in (AddConsole(domain.UUIDString()), LogConsole(domain.UUIDString(), "/tmp/x")):
        with pytest.raises(Conflict):
            await bench.run(step)


async def test_what_the_console_prints_is_kept_from_the_next_start_on(
    bench: Bench, daemon: Daemon
) -> None:
    domain = define(bench.conn, tiny("logged", agent=False))
    uuid, file = domain.UUIDString(), daemon.volumes / "logged-serial0.log"
    undo = await bench.run(LogConsole(uuid, str(file)))
    assert consoles(domain)[0].log == str(file)
    domain.create()
    await eventually(lambda: file.exists() and b"logged:~#" in file.read_bytes(), 90)
    assert await bench.run(LogConsole(uuid, str(file))) is None
    domain.destroy()
    assert undo is not None
    await bench.run(undo)
    assert consoles(domain)[0].log == ""


async def test_the_log_goes_to_libvirts_own_folder(
    bench: Bench, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", daemon.environment()["XDG_CACHE_HOME"])
    domain = define(bench.conn, tiny("odd [name]", agent=False))
    await bench.run(LogConsole(domain.UUIDString()))
    file = Path(consoles(domain)[0].log)
    assert file.parent == daemon.folder / "k/libvirt/qemu/log"
    assert "[" not in file.name
    domain.create()
    # The firmware prints at once.
    await eventually(lambda: file.exists() and file.stat().st_size > 0, 60)


async def test_a_guest_without_a_console_cannot_be_logged(bench: Bench) -> None:
    domain = define(bench.conn, idle("bare"))
    with pytest.raises(Invalid):
        await bench.run(LogConsole(domain.UUIDString(), "/tmp/x"))


@pytest.mark.parametrize("sequence", list(SEQUENCES))
async def test_qemu_takes_every_sequence(bench: Bench, sequence: str) -> None:
    domain = start(bench.conn, idle("typed"))
    assert await bench.run(SendKeys(domain.UUIDString(), keys=SEQUENCES[sequence].keys)) is None


async def test_keys_reach_the_guest(bench: Bench, daemon: Daemon) -> None:
    """SysRq makes the kernel note what it was asked: so it is Linux's keyboard that got it."""
    log = daemon.volumes / "keys.log"
    domain = start(bench.conn, tiny("keys", agent=False, log=log))
    await eventually(lambda: log.exists() and b"keys:~#" in log.read_bytes(), 90)
    channel = await open_console(bench.handle, domain.UUIDString())
    await channel.write(b"echo 1 > /proc/sys/kernel/sysrq; echo rea''dy\r")
    await eventually(lambda: b"ready\r\n" in log.read_bytes())
    await bench.run(SendKeys(domain.UUIDString(), keys=SEQUENCES["sysrq-m"].keys))

    async def noted() -> bool:
        await channel.write(b"dmesg | grep sysrq\r")
        await asyncio.sleep(0.5)
        return b"sysrq: Show Memory" in log.read_bytes()

    async with asyncio.timeout(30):
        while not await noted():
            pass
    await channel.close()


async def test_the_shown_commands_do_the_same(bench: Bench, daemon: Daemon) -> None:
    """What the plan shows as command lines, run by a shell."""
    bare, logged = define(bench.conn, idle("bare")), define(bench.conn, tiny("logged"))
    file = str(daemon.volumes / "a&b|c '\".log")
    steps = (AddConsole(bare.UUIDString()), LogConsole(logged.UUIDString(), file))
    for step, name in zip(steps, ("bare", "logged"), strict=True):
        assert await shell(preview(daemon.uri, step, name)) == 0
    assert len(consoles(bare)) == 1
    assert consoles(logged)[0].log == file
    bare.create()
    assert (
        await shell(preview(daemon.uri, SendKeys(bare.UUIDString(), keys=("KEY_A",)), "bare")) == 0
    )
    live = define(bench.conn, idle("live"))
    live.create()
    step = replace(AddConsole(live.UUIDString()), live=True)
    assert await shell(preview(daemon.uri, step, "live")) == 0
    assert len(consoles(live)) == 1


async def shell(line: str) -> int | None:
    """The exit code of a command line."""
    process = await asyncio.create_subprocess_shell(line)
    return await process.wait()
