"""Installing guest tools: which ways a guest's state allows, the best first, and their plans.

What each way needs is told in one sentence where it is missing, so that a screen can offer the
first that is possible and say why not the others. A plan shows every command before it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.device import AgentPort
from vmtui.model.guest import Agent, Guest, GuestState
from vmtui.model.installing import Login, Release, SshTarget, Sudo, Way
from vmtui.model.spec import Place
from vmtui.model.steps import (
    AddAgentChannel,
    CustomizeDisk,
    DeleteVolume,
    EjectMedium,
    FetchFile,
    GatherPackages,
    InsertMedium,
    RestartForChannel,
    RunAtConsole,
    RunBySsh,
    Step,
    UploadVolume,
    VerifyTools,
)
from vmtui.model.tools import ToolsState, judge
from vmtui.plan import toolsmedium, virtiowin
from vmtui.plan.agentpackages import (
    AGENT,
    InsideCommand,
    install_commands,
    manager_of,
    packages,
    service_command,
    why_not,
)
from vmtui.plan.plan import Effect, Plan, Risk, Track
from vmtui.plan.sshwords import address_of

VERB = "install-tools"
WAY_WORDS = {
    Way.CONSOLE: "At its console",
    Way.SSH: "By ssh",
    Way.ISO: "From an ISO",
    Way.DISK: "Into its disk",
}
WAY_ABOUT = {
    Way.CONSOLE: "typed at the shell of whoever is logged in there",
    Way.SSH: "by this machine's ssh, with a key",
    Way.ISO: "the packages, fetched by this machine, on a medium: for a guest without a network",
    Way.DISK: "with virt-customize, while it is off",
}
ABOUT_WINDOWS = "virtio-win in a CD drive: drivers and the agent, whose installer you run in it"
ENABLE = (
    f"systemctl enable {AGENT} || rc-update add {AGENT} default || "
    f"update-rc.d {AGENT} defaults || true"
)
"""For a root file system that does not run."""


@dataclass(frozen=True, slots=True)
class Means:
    """What there is besides the guest."""

    has_key: bool = False
    """Whether there is a key for ssh."""
    libguestfs: bool = False
    """Whether this machine has virt-customize."""
    local: bool = True
    """Whether the guest's host is this machine."""
    imaginary: bool = False
    """Whether the guest is: then neither ssh nor a disk of it is to be had."""
    pools: bool = True
    """Whether the host has a storage pool for a medium."""
    address: str = ""
    """Where ssh is to look for it; "" is the guest's own address."""


@dataclass(frozen=True, slots=True)
class MediumRoom:
    """Where a medium is made and put."""

    pool: str
    volume: str
    file: str
    """A path of the machine that vmtui runs on."""


CLICKING = 3600.0
"""Seconds that a person has to run an installer in Windows."""
PERSON_LIMIT = 1800.0
"""Seconds that a person has to type a command inside a guest."""


def needs_channel(guest: Guest) -> bool:
    """Whether the agent's channel is to be added first."""
    return guest.definition is not None and guest.definition.agent is Agent.NO_CHANNEL


def is_windows(guest: Guest) -> bool:
    """Whether its definition, or its agent, says that it is Windows."""
    if guest.told is not None and guest.told.os_id:
        return guest.told.os_id == "mswindows"
    return guest.definition is not None and guest.definition.os.startswith("win")


def about(guest: Guest, way: Way) -> str:
    """What going that way is, in a few words."""
    return ABOUT_WINDOWS if way is Way.ISO and is_windows(guest) else WAY_ABOUT[way]


def has_spice(guest: Guest) -> bool:
    """Whether it has a SPICE display: then spice-vdagent goes with the agent."""
    displays = guest.definition.displays if guest.definition else ()
    return any(display.kind == "spice" for display in displays)


def needs_spice_channel(guest: Guest) -> bool:
    """Whether spice-vdagent, which goes along, has no port to talk through yet."""
    channels = guest.definition.channels if guest.definition else ()
    return has_spice(guest) and all(one.name != AgentPort.SPICE.value for one in channels)


def why_not_install(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where there is something to install, else the reason."""
    if capabilities.read_only:
        return "this host is open read-only"
    if (lack := capabilities.why_not(Feature.AGENT)) is not None:
        return lack
    if guest.definition is None:
        return "its definition is not known yet"
    tools = judge(guest)
    if tools.state in (ToolsState.ANSWERING, ToolsState.FROZEN):
        return f"its agent answers: {tools.version}"
    if guest.persistent is False and needs_channel(guest) and not guest.state.active:
        return "it is transient: it has no definition that could be changed"
    return None


def ways(guest: Guest, means: Means) -> dict[Way, str | None]:
    """Each way with None where it can be gone, else the reason; the best first."""
    running = None if guest.state is GuestState.RUNNING else f"it is {guest.state.value}"
    off = None if not guest.state.active else f"it is {guest.state.value}: only while it is off"
    # Resumed, it would write over what it does not know of.
    saved = "its state is saved: start it, or discard that" if guest.saved else None
    unix = "it is Windows" if is_windows(guest) else None
    dream = "its host is imaginary" if means.imaginary else None
    consoles = guest.definition.consoles if guest.definition else ()
    place = means.address or address_of(guest.addresses)
    far = None if means.local else "its host is another machine"
    return {
        Way.CONSOLE: running or unix or (None if consoles else "it has no console"),
        Way.SSH: running or unix or dream or (None if place else "its address is not known")
        or (None if means.has_key else "there is no key for ssh"),
        Way.ISO: running or dream or (None if means.pools else "its host has no storage pool"),
        Way.DISK: off or saved or unix or dream or far
        or (None if means.libguestfs else "virt-customize (libguestfs) is not installed"),
    }  # fmt: skip


def by_console(
    guest: Guest, login: Login, *, device: str = "", password: str = "", restart: bool = False
) -> Plan:
    """Typed at the shell of its console. Raises nothing: `unfit` was asked before."""

    def step(command: InsideCommand) -> Step:
        return RunAtConsole(
            guest.key.uuid, command.what, command.line, login.sudo, device, command.limit, password
        )

    commands = _commands(guest, login)
    return _plan(guest, [step(one) for one in commands], commands, "types", login, restart)


def by_ssh(guest: Guest, login: Login, target: SshTarget, *, restart: bool = False) -> Plan:
    """By ssh, as whoever may log in there."""

    def step(command: InsideCommand) -> Step:
        return RunBySsh(
            guest.key.uuid, command.what, command.line, login.sudo, target, command.limit
        )

    commands = _commands(guest, login)
    return _plan(guest, [step(one) for one in commands], commands, "runs", login, restart)


def by_disk(guest: Guest, uri: str, *, emulate: bool = False) -> Plan:
    """Into the disk of a guest that is off; `emulate` where this machine's KVM may not work."""
    names = packages(spice=has_spice(guest))
    step = CustomizeDisk(guest.key.uuid, uri, names, (ENABLE,), emulate)
    effects = [
        Effect(f"virt-customize installs {', '.join(names)} into its disk, from its own sources"),
        Effect("takes minutes; cut off in the middle, the disk is as after a power cut"),
    ]
    return _made(guest, [step], effects, restart=False)


def by_iso(
    guest: Guest,
    release: Release,
    room: MediumRoom,
    login: Login | None = None,
    *,
    device: str = "",
    password: str = "",
    restart: bool = False,
) -> Plan:
    """From an ISO with the packages that this machine fetches.

    `login` is who is logged in at its console; without one the person types the command inside.
    """
    manager = manager_of(release)
    if manager is None:
        raise Invalid("This guest's packages are not known", why_not(release) or "")
    uuid, place = guest.key.uuid, Place(room.pool, room.volume)
    names = packages(spice=has_spice(guest), release=release)
    gather = GatherPackages(
        uuid, manager.id, names, release.version, toolsmedium.script(manager), room.file
    )
    steps: list[Step] = [
        gather, UploadVolume(uuid, room.pool, room.volume, room.file), InsertMedium(uuid, place)
    ]  # fmt: skip
    effects = [
        Effect(f"it is {release.name or release.id}"),
        Effect(f"{manager.id} of this machine fetches {', '.join(names)} and what they need"),
        Effect(f"an ISO of them becomes {room.volume} in {room.pool}, and is shown to the guest"),
    ]
    inside = (
        InsideCommand("install from the medium", toolsmedium.INSTALL, 1800.0),
        service_command(release, manager, again=_is_there(guest, login)),
    )
    if login is not None:
        steps += [
            RunAtConsole(uuid, one.what, one.line, login.sudo, device, one.limit, password)
            for one in inside
        ]
        effects += [Effect(f"types as root{_through(login)}: {one.line}") for one in inside]
    else:
        steps.append(VerifyTools(uuid, PERSON_LIMIT, final=False))
        effects += [Effect(f"type inside the guest, as root: {one.line}") for one in inside]
    steps += [EjectMedium(uuid, place), DeleteVolume(uuid, room.pool, room.volume)]
    effects.append(Effect("then the ISO is taken out again and deleted"))
    typed = login is not None
    return _made(guest, steps, effects, restart=restart and typed, last=typed)


def by_virtio_win(guest: Guest, place: Place, file: str = "") -> Plan:
    """virtio-win in a drive of a Windows guest, in which the person runs its installer.

    `file`: a path of the machine that vmtui runs on, where it is downloaded to first; "" where
    `place` has it. The volume is kept for the next guest.
    """
    uuid, steps, effects = guest.key.uuid, list[Step](), list[Effect]()
    if file:
        steps += [
            FetchFile(uuid, virtiowin.URL, file, virtiowin.CHECKSUM),
            UploadVolume(uuid, place.pool, place.volume, file, shared=True),
        ]
        effects.append(Effect(f"downloads {virtiowin.FILE} (700 MB) once, into {place.pool}"))
    steps += [
        InsertMedium(uuid, place, drive=True),
        VerifyTools(uuid, CLICKING, final=False),
        EjectMedium(uuid, place),
    ]
    effects.append(Effect(f"shows it {place.volume} in a CD drive"))
    effects += [Effect(words) for words in virtiowin.CLICKS]
    effects.append(Effect("then the medium is taken out again; it stays in its pool"))
    return _made(guest, steps, effects, restart=False, last=False)


def unfit(login: Login, *, passwords: bool) -> str | None:
    """None where whoever is logged in can install it by commands known here, else the reason.

    `passwords`: whether a password for sudo can be typed.
    """
    if login.sudo is Sudo.NONE:
        return "whoever is logged in there is not root, and has neither sudo nor doas"
    if login.sudo in (Sudo.PASSWORD, Sudo.DOAS) and not passwords:
        return "whoever logs in there needs a password to become root"
    return why_not(login.release)


def _commands(guest: Guest, login: Login) -> tuple[InsideCommand, ...]:
    fresh = login.agent and judge(guest).state is not ToolsState.OUTDATED
    return install_commands(
        login.release, spice=has_spice(guest), installed=fresh, again=_is_there(guest, login)
    )


def _is_there(guest: Guest, login: Login | None) -> bool:
    """Whether an agent is installed, and may run: not every package starts a newer one anew."""
    return judge(guest).state is ToolsState.OUTDATED or (login is not None and login.agent)


def _plan(
    guest: Guest,
    steps: Sequence[Step],
    commands: Sequence[InsideCommand],
    verb: str,
    login: Login,
    restart: bool,
) -> Plan:
    system = login.release.name or login.release.id
    effects = [Effect(f"it is {system}")]
    if login.agent:
        effects.append(Effect("qemu-guest-agent is installed in it already"))
    effects += [Effect(f"{verb} as root{_through(login)}: {one.line}") for one in commands]
    return _made(guest, steps, effects, restart=restart)


def _through(login: Login) -> str:
    if login.sudo is Sudo.NOT_NEEDED:
        return ""
    return f", through {'doas' if login.sudo is Sudo.DOAS else 'sudo'}"


def _when(guest: Guest) -> str:
    """When a channel is there that is added now."""
    if not guest.state.active:
        return ""
    return ": at once where it can be plugged in, else at its next start"


def _made(
    guest: Guest,
    steps: Sequence[Step],
    effects: Sequence[Effect],
    *,
    restart: bool,
    last: bool = True,
) -> Plan:
    """The plan around what gets the packages in: the channel before it, the proof after it.

    Without `last` the proof is among the steps already.
    """
    uuid, told, made = guest.key.uuid, list(effects), list(steps)
    if needs_spice_channel(guest):
        port, live = AgentPort.SPICE, guest.state.active
        made.insert(0, AddAgentChannel(uuid, live=live, ensure=True, port=port))
        told.insert(0, Effect(f"adds the SPICE agent's channel{_when(guest)}"))
    if needs_channel(guest):
        made.insert(0, AddAgentChannel(uuid, live=guest.state.active, ensure=True))
        told.insert(0, Effect(f"adds the agent's channel{_when(guest)}"))
        if restart and guest.state.active:
            made.append(RestartForChannel(uuid))
            words = "shuts it down and starts it again, where it has the channel only then"
            told.append(Effect(words, destructive=True))
    if last:
        made.append(VerifyTools(uuid))
    told.append(Effect("waits until its agent answers"))
    return Plan(
        VERB, f"Install guest tools in {guest.name}",
        (Track(guest.key, guest.name, tuple(made)),), tuple(told), Risk.ASK,
    )  # fmt: skip
