"""Installing guest tools: the ways that a guest's state allows, and what their plans hold."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.facts import HOST, guest
from vmtui.model.agentfacts import AgentFacts
from vmtui.model.capabilities import Capabilities
from vmtui.model.device import Address, AgentPort, Channel, ConsolePort, Display
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.installing import Login, Release, SshTarget, Sudo, Way
from vmtui.model.record import decode, encode
from vmtui.model.spec import Place
from vmtui.model.steps import (
    AddAgentChannel,
    CustomizeDisk,
    DeleteVolume,
    EjectMedium,
    FetchFile,
    InsertMedium,
    RestartForChannel,
    RunAtConsole,
    RunBySsh,
    UploadVolume,
    VerifyTools,
    to_record,
)
from vmtui.model.storage import Volume
from vmtui.plan import virtiowin
from vmtui.plan.guest_tools import (
    Means,
    MediumRoom,
    about,
    by_console,
    by_disk,
    by_iso,
    by_ssh,
    by_virtio_win,
    unfit,
    ways,
    why_not_install,
)
from vmtui.plan.installwords import preview
from vmtui.plan.plan import Plan, Risk
from vmtui.plan.toolsmedium import fetch_words, why_not_gather

DEBIAN = Release("debian", version="12", name="Debian GNU/Linux 12")
ROOT = Login(Sudo.NOT_NEEDED, DEBIAN)
ALL = Means(has_key=True, libguestfs=True)


def subject(state: GuestState = GuestState.RUNNING, agent: Agent = Agent.DISCONNECTED) -> Guest:
    """A guest with a console and an address."""
    made = guest(state=state, agent=agent)
    assert made.definition is not None
    definition = replace(made.definition, consoles=(ConsolePort("serial", 0),))
    return replace(made, definition=definition, addresses=(Address("192.168.122.7"),))


def kinds(plan: Plan) -> list[type]:
    """The kinds of a plan's steps."""
    return [type(step) for step in plan.tracks[0].steps]


def test_the_ways_of_a_guest_that_runs() -> None:
    found = ways(subject(), ALL)
    assert list(found) == [Way.CONSOLE, Way.SSH, Way.ISO, Way.DISK]
    assert [found[way] for way in (Way.CONSOLE, Way.SSH, Way.ISO)] == [None] * 3
    assert found[Way.DISK] == "it is running: only while it is off"


def test_the_ways_of_a_guest_that_is_off() -> None:
    found = ways(subject(GuestState.OFF), ALL)
    assert found[Way.CONSOLE] == found[Way.SSH] == found[Way.ISO] == "it is off"
    assert found[Way.DISK] is None
    assert "virt-customize" in (ways(subject(GuestState.OFF), Means())[Way.DISK] or "")
    far = ways(subject(GuestState.OFF), replace(ALL, local=False))[Way.DISK]
    assert far == "its host is another machine"
    saved = replace(subject(GuestState.OFF), saved=True)
    assert ways(saved, ALL)[Way.DISK] == "its state is saved: start it, or discard that"


def test_what_is_missing_is_told() -> None:
    bare = guest(agent=Agent.DISCONNECTED)
    assert ways(bare, ALL)[Way.CONSOLE] == "it has no console"
    assert ways(bare, ALL)[Way.SSH] == "its address is not known"
    assert ways(subject(), Means())[Way.SSH] == "there is no key for ssh"
    assert ways(bare, replace(ALL, address="10.0.0.1"))[Way.SSH] is None
    assert ways(subject(), replace(ALL, imaginary=True))[Way.SSH] == "its host is imaginary"
    assert ways(subject(), replace(ALL, pools=False))[Way.ISO] == "its host has no storage pool"


def test_where_there_is_nothing_to_install() -> None:
    capable = Capabilities()
    assert why_not_install(subject(), capable) is None
    assert why_not_install(subject(agent=Agent.NO_CHANNEL), capable) is None
    answering = replace(subject(agent=Agent.CONNECTED), told=AgentFacts("8.2.0"))
    assert why_not_install(answering, capable) == "its agent answers: 8.2.0"
    old = replace(answering, told=AgentFacts("2.12.0"))
    assert why_not_install(old, capable) is None
    assert why_not_install(subject(), Capabilities(read_only=True)) is not None


def test_at_the_console_every_command_is_shown_and_the_proof_is_last() -> None:
    plan = by_console(subject(), ROOT)
    assert kinds(plan) == [RunAtConsole, RunAtConsole, RunAtConsole, VerifyTools]
    assert plan.risk is Risk.ASK
    told = "\n".join(effect.text for effect in plan.effects)
    for step in plan.tracks[0].steps:
        if isinstance(step, RunAtConsole):
            assert step.command in told
    assert "Debian GNU/Linux 12" in told


def test_a_missing_channel_comes_first_and_a_restart_only_where_it_was_allowed() -> None:
    lacking = subject(agent=Agent.NO_CHANNEL)
    plan = by_console(lacking, ROOT)
    assert kinds(plan)[0] is AddAgentChannel
    assert RestartForChannel not in kinds(plan)
    assert not any(effect.destructive for effect in plan.effects)
    again = by_console(lacking, ROOT, restart=True)
    assert kinds(again)[-2:] == [RestartForChannel, VerifyTools]
    assert any(effect.destructive for effect in again.effects)
    assert RestartForChannel not in kinds(by_console(subject(), ROOT, restart=True))


def test_an_agent_that_is_too_old_is_replaced_and_started_anew() -> None:
    """Not every package does it: the old one would go on answering."""
    old = replace(subject(agent=Agent.CONNECTED), told=AgentFacts("2.12.0"))
    login = replace(ROOT, agent=True)
    room = MediumRoom("images", "tools.iso", "/tmp/tools.iso")
    for plan in (
        by_console(old, login), by_ssh(old, login, SshTarget("h")), by_iso(old, DEBIAN, room, login)
    ):  # fmt: skip
        commands = [step.command for step in plan.tracks[0].steps
                    if isinstance(step, (RunAtConsole, RunBySsh))]  # fmt: skip
        assert any("install" in command for command in commands[:-1])
        assert "systemctl restart qemu-guest-agent" in commands[-1]
    fresh = [step for step in by_console(subject(), ROOT).tracks[0].steps
             if isinstance(step, RunAtConsole)]  # fmt: skip
    assert "restart" not in fresh[-1].command


def test_a_password_is_in_the_step_and_in_no_record() -> None:
    login = Login(Sudo.PASSWORD, DEBIAN)
    plan = by_console(subject(), login, password="hunter2")
    steps = [step for step in plan.tracks[0].steps if isinstance(step, RunAtConsole)]
    assert all(step.password == "hunter2" for step in steps)
    assert not any("hunter2" in str(to_record(step)) for step in steps)
    assert not any("hunter2" in repr(step) for step in steps)
    assert "hunter2" not in "".join(effect.text for effect in plan.effects)


def test_by_ssh_and_back_from_the_journal() -> None:
    target = SshTarget("192.168.122.7", "admin", 2222, "/home/me/key")
    plan = by_ssh(subject(), Login(Sudo.FREE, DEBIAN), target)
    assert kinds(plan) == [RunBySsh, RunBySsh, RunBySsh, VerifyTools]
    step = plan.tracks[0].steps[0]
    assert isinstance(step, RunBySsh)
    assert decode(RunBySsh, encode(step)) == step


def test_into_the_disk() -> None:
    plan = by_disk(subject(GuestState.OFF, Agent.NO_CHANNEL), "qemu:///system")
    assert kinds(plan) == [AddAgentChannel, CustomizeDisk, VerifyTools]
    assert any("as after a power cut" in effect.text for effect in plan.effects)
    step = plan.tracks[0].steps[1]
    assert preview(step, "virsh", "web1").startswith("virt-customize --connect qemu:///system ")
    plan = by_disk(subject(GuestState.OFF), "qemu:///system", emulate=True)
    words = preview(plan.tracks[0].steps[0], "virsh", "web1")
    assert words.startswith("env LIBGUESTFS_BACKEND_SETTINGS=force_tcg virt-customize ")


def test_an_iso_is_made_shown_used_and_taken_away() -> None:
    room = MediumRoom("images", "tools.iso", "/tmp/tools.iso")
    plan = by_iso(subject(), DEBIAN, room, ROOT)
    names = kinds(plan)
    assert names.index(InsertMedium) < names.index(RunAtConsole) < names.index(EjectMedium)
    assert names[-2:] == [DeleteVolume, VerifyTools]
    alone = by_iso(subject(), DEBIAN, room)
    assert RunAtConsole not in kinds(alone)
    waits = [step for step in alone.tracks[0].steps if isinstance(step, VerifyTools)]
    assert [step.final for step in waits] == [False]
    assert any("type inside the guest, as root: " in effect.text for effect in alone.effects)


def test_with_a_spice_display_its_agent_goes_along() -> None:
    made = subject()
    assert made.definition is not None
    spice = replace(made, definition=replace(made.definition, displays=(Display("spice"),)))
    plan = by_console(spice, ROOT)
    assert any("spice-vdagent" in effect.text for effect in plan.effects)
    wanted = AddAgentChannel(spice.key.uuid, live=True, ensure=True, port=AgentPort.SPICE)
    assert wanted in plan.tracks[0].steps
    assert any("SPICE agent's channel" in effect.text for effect in plan.effects)
    has_it = (Channel(AgentPort.SPICE.value, "spicevmc"),)
    there = replace(spice, definition=replace(spice.definition, channels=has_it))  # type: ignore[type-var]
    assert wanted not in by_console(there, ROOT).tracks[0].steps
    assert wanted not in by_console(made, ROOT).tracks[0].steps


def test_who_cannot_become_root_is_told() -> None:
    assert unfit(ROOT, passwords=True) is None
    assert "sudo" in (unfit(Login(Sudo.NONE, DEBIAN), passwords=True) or "")
    asks = Login(Sudo.PASSWORD, DEBIAN)
    assert unfit(asks, passwords=True) is None
    assert "password" in (unfit(asks, passwords=False) or "")
    assert "no commands" in (unfit(Login(Sudo.FREE, Release("plan9")), passwords=True) or "")


def test_packages_are_fetched_for_the_same_release_only() -> None:
    assert why_not_gather(DEBIAN, DEBIAN) is None
    assert why_not_gather(DEBIAN, replace(DEBIAN, version="11")) is not None
    assert why_not_gather(DEBIAN, Release("fedora", version="41")) is not None
    fedora = Release("fedora", version="41")
    assert why_not_gather(fedora, replace(fedora, version="40")) is None
    assert why_not_gather(Release(), DEBIAN) is not None
    alpine = Release("alpine", version="3.22.2")
    assert why_not_gather(alpine, replace(alpine, version="3.22")) is None
    assert why_not_gather(alpine, replace(alpine, version="3.21")) is not None
    words = fetch_words("apt", "/tmp/a b", ("qemu-guest-agent", "spice-vdagent"), "12")
    assert words[0] == "apt-get"
    assert "Dir::Cache::archives=/tmp/a b/" in words
    assert words[-2:] == ("qemu-guest-agent", "spice-vdagent")


def test_the_host_is_that_of_the_guest() -> None:
    assert by_console(subject(), ROOT).tracks[0].key.host == HOST


def test_windows_is_shown_virtio_win_and_told_what_to_click() -> None:
    made = subject()
    assert made.definition is not None
    windows = replace(made, definition=replace(made.definition, os="win11"))
    assert ways(windows, ALL)[Way.CONSOLE] == ways(windows, ALL)[Way.SSH] == "it is Windows"
    assert ways(windows, ALL)[Way.ISO] is None
    assert "virtio-win" in about(windows, Way.ISO)
    assert "a guest without a network" in about(made, Way.ISO)
    here = by_virtio_win(windows, Place("isos", "virtio-win-0.1.271.iso"))
    assert kinds(here) == [InsertMedium, VerifyTools, EjectMedium]
    assert any("virtio-win-guest-tools.exe" in effect.text for effect in here.effects)
    fetched = by_virtio_win(windows, Place("isos", virtiowin.FILE), "/cache/virtio-win.iso")
    assert kinds(fetched)[:2] == [FetchFile, UploadVolume]
    fetch = fetched.tracks[0].steps[0]
    assert isinstance(fetch, FetchFile)
    assert fetch.checksum.startswith("sha256:")
    assert len(fetch.checksum) == 7 + 64


def test_the_newest_virtio_win_of_the_pools_is_taken() -> None:
    names = ("virtio-win-0.1.96.iso", "virtio-win-0.1.271.iso", "debian.iso", "virtio-win.txt")
    found = virtiowin.newest(Volume("isos", name, f"/isos/{name}") for name in names)
    assert found is not None
    assert found.name == "virtio-win-0.1.271.iso"
    assert virtiowin.newest([]) is None
