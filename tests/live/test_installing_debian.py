"""Guest tools in a whole Debian: installed at its console, by ssh and from an ISO, and then used.

One guest for all of it: each test of installing takes the agent away first.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import libvirt
import libvirt_qemu
import pytest

from tests.live.installing import LAB, Bench, bench
from tests.rig import Console, Daemon, start, wait_until
from tests.rig.debian import PASSWORD, PROMPT, USER, guest, overlay, until_login
from tests.rig.debian.repository import serve
from tests.rig.needs import left_out
from tests.rig.sockets import free_port
from tests.rig.sshd import make_key, public
from vmtui.engine import commands, copying
from vmtui.engine.gathering import own_release
from vmtui.engine.installing import Wish
from vmtui.engine.job import Job, JobState
from vmtui.errors import Refused, VmtuiError
from vmtui.hypervisor import GuestAgent
from vmtui.model.agentfacts import Command
from vmtui.model.installing import Way
from vmtui.model.steps import AddKey, CopyIn, RunAtConsole, SetPassword
from vmtui.model.units import MIB

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(1800)]

NAME = "debian"
READY = PROMPT.replace("$", r"\$")
BOOTED = 900.0
SLOW = 300.0
HMP = libvirt_qemu.VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP


@dataclass
class Lab:
    """The guest, somebody who is logged in at its console, and the host's folders."""

    daemon: Daemon
    domain: libvirt.virDomain
    folder: Path
    source: str
    """The line for the guest's sources.list."""

    def log_in(self, password: str = PASSWORD) -> None:
        """Somebody logs in, once it asks for a name."""
        with Console(self.domain) as console:
            console.send("\n")
            until_login(console, BOOTED)
            console.send(f"{USER}\n")
            console.expect("Password: ", SLOW)
            console.send(f"{password}\n")
            console.expect(READY, SLOW)

    def log_out(self) -> None:
        """It asks for a name again."""
        with Console(self.domain) as console:
            console.send("exit\n")
            until_login(console, SLOW)

    def type(self, *lines: str) -> None:
        """Type lines where somebody is logged in, each after the other's end."""
        with Console(self.domain) as console:
            console.send("\x03\n")
            console.expect(READY, SLOW)
            for number, line in enumerate(lines):
                console.send(f"{line}; echo end''-{number}\n")
                console.expect(f"end-{number}", SLOW, len(console.text))
                console.expect(READY, SLOW, len(console.text) - len(PROMPT))

    def without_agent(self, sources: str = "") -> None:
        """The agent is not installed, and that is its one package source."""
        self.type(
            # It takes its time, even where nothing is left to do.
            "! [ -e /usr/sbin/qemu-ga ] || sudo dpkg --purge qemu-guest-agent",
            f"echo '{sources}' | sudo tee /etc/apt/sources.list; sudo rm -rf /var/lib/apt/lists",
        )
        wait_until(lambda: "state='connected'" not in self.domain.XMLDesc(), SLOW, "it answers yet")


@pytest.fixture(scope="module")
def lab(rig_daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Debian in which somebody is logged in at the console."""
    folder = tmp_path_factory.mktemp("packages")
    disk = overlay(rig_daemon, "install")
    domain = start(rig_daemon.connect(), guest(NAME, disk))
    with serve(folder) as source:
        lab = Lab(rig_daemon, domain, folder, source)
        lab.log_in()
        yield lab
    with contextlib.suppress(libvirt.libvirtError):
        domain.destroy()
    domain.undefine()
    disk.unlink()


@pytest.fixture
async def at(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """The engine on its host, with folders of its own."""
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    async with bench(lab.daemon, tmp_path / "journal") as made:
        await made.until_seen(NAME)
        yield made


def check(bench: Bench, job: Job) -> None:
    """It answers: version, system and address are known, and nothing of a password is."""
    assert job.state is JobState.DONE, job.tracks[0].error
    told = bench.guest(NAME).told
    assert told is not None
    assert told.version
    assert told.os_id == "debian"
    assert any(address.ip.startswith("10.0.2.") for address in told.addresses)
    assert job.tracks[0].words.startswith(f"its agent answers: {told.version}, Debian GNU/Linux")


def written_below(folder: Path) -> str:
    """All that was written into files there."""
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


async def test_where_nobody_is_logged_in_it_is_said(lab: Lab, at: Bench) -> None:
    lab.without_agent()
    lab.log_out()
    with pytest.raises(Refused, match="Nobody is logged in"):
        await at.planned(NAME, Wish(Way.CONSOLE))
    lab.log_in()


async def test_at_the_console_with_a_password_for_sudo(lab: Lab, at: Bench, tmp_path: Path) -> None:
    lab.without_agent(lab.source)
    rule = f"{USER} ALL=(ALL) ALL"
    lab.type(f"echo '{rule}' | sudo tee /etc/sudoers.d/vmtui; sudo -k")
    try:
        wrong = await at.installed(NAME, Wish(Way.CONSOLE), "not this one")
        assert "does not take the password" in str(wrong.tracks[0].error)
        job = await at.installed(NAME, Wish(Way.CONSOLE), PASSWORD)
        steps = [one for one in job.plan.tracks[0].steps if isinstance(one, RunAtConsole)]
        assert [one.password for one in steps] == [PASSWORD] * 3
        check(at, job)
    finally:
        back = 'echo "vmtui ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/vmtui'
        lab.type(f"echo {PASSWORD} | sudo -S sh -c '{back}'")
    assert "not this one" not in written_below(tmp_path)


async def test_by_ssh(lab: Lab, at: Bench, tmp_path: Path) -> None:
    lab.without_agent(lab.source)
    port, key = free_port(), tmp_path / "key"
    make_key(key)
    forward = f"hostfwd_add hostnet0 tcp:127.0.0.1:{port}-:22"
    libvirt_qemu.qemuMonitorCommand(lab.domain, forward, HMP)
    wish = Wish(Way.SSH, address="127.0.0.1", port=port, user=USER, key=str(key))
    with pytest.raises(VmtuiError, match="Permission denied"):
        await at.planned(NAME, wish)
    lab.type(f"mkdir -p .ssh; echo '{public(key)}' > .ssh/authorized_keys")
    check(at, await at.installed(NAME, wish))
    uuid = lab.domain.UUIDString()
    kept = (tmp_path / "state" / "vmtui" / "guest_keys").read_text()
    assert kept.startswith(f"vmtui-{uuid} ")
    # Another machine that pretends to be this guest.
    changed = tmp_path / "other"
    make_key(changed)
    (tmp_path / "state" / "vmtui" / "guest_keys").write_text(
        f"vmtui-{uuid} {' '.join(public(changed).split()[:2])}\n"
    )
    lab.without_agent()
    with pytest.raises(Refused, match="not reached by ssh"):
        await at.planned(NAME, wish)


async def test_from_an_iso_without_a_network(lab: Lab, at: Bench) -> None:
    own = own_release()
    if (own.id, own.version) != ("debian", "12"):
        left_out("this machine is no Debian 12: its package tool fetches none of it")
    lab.without_agent()
    connection = lab.domain.connect()  # type: ignore[no-untyped-call]
    place = f"<target><path>{lab.daemon.volumes}</path></target>"
    pool = f"<pool type='dir'><name>tools</name>{place}</pool>"
    made: libvirt.virStoragePool = connection.storagePoolDefineXML(pool)
    made.create()
    try:
        assert await at.world.store.wait(
            lambda inventory: any(
                one.available for view in inventory.hosts.values() for one in view.pools or ()
            ), SLOW,
        )  # fmt: skip
        plan = await at.planned(NAME, Wish(Way.ISO))
        job = await at.done(plan)
        check(at, job)
        assert not [name for name in made.listVolumes() if name.endswith(".iso")]
        assert "guest-tools" not in lab.domain.XMLDesc()
    finally:
        made.destroy()
        made.undefine()


@pytest.mark.parametrize(
    ("system", "tool"), [("fedora", "dnf"), ("opensuse-leap", "zypper"), ("arch", "pacman")]
)
async def test_the_package_tools_of_other_systems_obey(
    lab: Lab, at: Bench, system: str, tool: str
) -> None:
    """The tools and the agent are the real ones; only what the guest says of itself is not."""
    if "state='connected'" in lab.domain.XMLDesc():
        lab.without_agent()
    lab.type(f"sudo rm /etc/os-release; echo ID={system} | sudo tee /etc/os-release")
    try:
        job = await at.installed(NAME, Wish(Way.CONSOLE))
        assert job.state is JobState.DONE, job.tracks[0].error
        steps = [one for one in job.plan.tracks[0].steps if isinstance(one, RunAtConsole)]
        assert all(f"{tool} " in step.command for step in steps[:-1])
        told = at.guest(NAME).told
        assert told is not None
        assert told.version
        assert told.os_id == system
        # It starts with the guest from now on: it is enabled, or its device wants it.
        starts = (
            "systemctl -q is-enabled qemu-guest-agent || grep -rq guest_agent /lib/udev/rules.d"
        )
        await root(at.world.fleet.hypervisor(LAB).agent(lab.domain.UUIDString()), starts)
    finally:
        # To disable it has systemd read all units anew, which takes a slow guest a while.
        links = "rm -rf /etc/systemd/system/dev-virtio*"
        again = "ln -sf ../usr/lib/os-release /etc/os-release"
        stop = "systemctl stop qemu-guest-agent"
        remove = "pacman -R --noconfirm" if tool == "pacman" else "rpm --force-debian -e"
        lab.type(f"sudo sh -c '{stop}; {links}; {remove} qemu-guest-agent; {again}'")


@pytest.fixture
async def agent(lab: Lab, at: Bench) -> GuestAgent:
    """The agent of the guest, where somebody is logged in."""
    if "state='connected'" not in lab.domain.XMLDesc():
        lab.without_agent(lab.source)
        check(at, await at.installed(NAME, Wish(Way.CONSOLE)))
    return at.world.fleet.hypervisor(LAB).agent(lab.domain.UUIDString())


async def root(agent: GuestAgent, line: str) -> str:
    """What a line of shell prints that the agent runs; it must succeed."""
    state = await commands.run(agent, Command(("sh", "-c", line)), timeout=SLOW)
    assert state.code == 0, (line, state)
    return state.out.decode()


async def test_it_tells_of_the_system_what_the_system_itself_does(
    lab: Lab, at: Bench, agent: GuestAgent
) -> None:
    await root(agent, "dd if=/dev/zero of=/swap bs=1M count=32 2>&1; chmod 600 /swap; "
               "mkswap /swap && swapon /swap")  # fmt: skip
    facts = await at.world.fleet.hypervisor(LAB).read_agent(lab.domain.UUIDString())
    told = (facts.os_id, facts.hostname, facts.timezone, facts.offset)
    assert told == ("debian", "debian", "UTC", 0)
    assert facts.os.startswith("Debian GNU/Linux 12")
    assert facts.kernel == (await root(agent, "uname -r")).strip()
    assert [user.name for user in facts.users] == [USER]
    inside = await root(agent, "df -B1 --output=used,size / | tail -n 1; cat /proc/meminfo")
    used, total = (int(word) for word in inside.split()[:2])
    first = facts.file_systems[0]
    assert (first.mount, first.kind) == ("/", "ext4")
    assert first.used is not None
    assert first.total is not None
    assert abs(first.used - used) < 64 * MIB
    assert abs(first.total - total) < 64 * MIB
    assert facts.memory is not None
    assert f"MemTotal: {facts.memory.total // 1024:>14} kB" in inside
    assert facts.memory.swap_total == facts.memory.swap_free == 32 * MIB - 4096
    assert facts.drift is not None
    # On Linux it names this one as disabled.
    assert facts.blocked <= {"guest-get-devices"}
    await root(agent, "swapoff /swap; rm /swap")


@pytest.mark.usefixtures("agent")
async def test_somebody_logs_in_with_the_new_password(lab: Lab, at: Bench) -> None:
    uuid, host = lab.domain.UUIDString(), at.world.fleet.hypervisor(LAB)
    new = """new 'pass" $word\\ ü"""
    await host.execute(SetPassword(uuid, USER, new), silent)
    try:
        lab.log_out()
        lab.log_in(new)
    finally:
        await host.execute(SetPassword(uuid, USER, PASSWORD), silent)
    with pytest.raises(VmtuiError):
        await host.execute(SetPassword(uuid, "nobody-of-that-name", new), silent)


async def test_somebody_logs_in_with_the_new_key(
    lab: Lab, at: Bench, agent: GuestAgent, tmp_path: Path
) -> None:
    uuid, host, key = lab.domain.UUIDString(), at.world.fleet.hypervisor(LAB), tmp_path / "key"
    make_key(key)
    step = AddKey(uuid, USER, public(key).strip())
    for _ in range(2):
        await host.execute(step, silent)
    kept = await root(agent, f"cat /home/{USER}/.ssh/authorized_keys")
    assert kept.splitlines().count(step.key) == 1
    await copying.copy(agent, CopyIn(uuid, str(key), "/tmp/key", True), silent)
    told = await root(agent, "ssh -i /tmp/key -o BatchMode=yes -o StrictHostKeyChecking=no "
                      f"{USER}@127.0.0.1 id -un; rm /tmp/key")  # fmt: skip
    assert told.strip() == USER


def silent(_fraction: float | None, _words: str) -> None:
    """Progress that nobody hears of."""
