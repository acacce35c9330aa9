"""Installing guest tools in a small guest: what is recognized at its console, and what fails there.

The guest has no package tool. Scripts stand for it where a package's part is played; the shell, the
terminal, the channel that is plugged in, and the agent are real.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live import consoles
from tests.live.installing import Bench, bench, until
from tests.live.rooms import SLOW, act, watching
from tests.rig import Console, Daemon, start, tiny
from tests.rig.guests import PROMPT
from tests.ui.cockpits import Seat
from vmtui.engine.consolebase import ConsoleState
from vmtui.engine.installing import Wish
from vmtui.engine.job import JobState, TrackState
from vmtui.errors import Conflict, Refused, TimedOut
from vmtui.model.guest import Agent
from vmtui.model.installing import Way
from vmtui.plan.plan import Plan

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(400)]

NAME = "bare"
READY = PROMPT.format(name=NAME)
AT_CONSOLE = Wish(Way.CONSOLE)
DEBIAN = "echo ID=debian > /etc/os-release"


class Sitting:
    """Somebody who types at the guest's console, and lets go of it."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self._domain = domain

    def type(self, *lines: str, prompt: str = READY) -> str:
        """Type lines, one after the other; what the last one printed."""
        said = ""
        with Console(self._domain) as console:
            console.send("\x03\n")
            console.expect(READY, 120.0)
            for line in lines:
                said = console.run(line, prompt, 60.0)
        return said

    def script(self, name: str, *lines: str) -> None:
        """Put a program into the guest."""
        path = f"/bin/{name}"
        words = [f"rm -f {path}; echo '#!/bin/sh' > {path}; chmod +x {path}"]
        self.type(*words, *(f"echo '{line}' >> {path}" for line in lines))


@pytest.fixture(scope="module")
def domain(rig_daemon: Daemon) -> Iterator[libvirt.virDomain]:
    """A guest without the agent's channel, and without its program."""
    made = start(rig_daemon.connect(), tiny(NAME, agent=False, memory=160))
    Sitting(made).type("mv /usr/sbin/qemu-ga /root/")
    yield made
    made.destroy()
    made.undefine()


@pytest.fixture
def sitting(domain: libvirt.virDomain) -> Sitting:
    """At its console."""
    return Sitting(domain)


@pytest.fixture
async def at(rig_daemon: Daemon, domain: libvirt.virDomain, tmp_path: Path) -> AsyncIterator[Bench]:
    """The engine on its host."""
    async with bench(rig_daemon, tmp_path / "journal") as made:
        await made.until_seen(NAME)
        yield made


def has_channel(domain: libvirt.virDomain) -> bool:
    """Whether its definition has the agent's channel."""
    return "org.qemu.guest_agent.0" in domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)


async def test_an_unknown_system_is_told(at: Bench, sitting: Sitting) -> None:
    sitting.type(
        "echo 'PRETTY_NAME=\"Tiny Linux 1\"' > /etc/os-release; echo ID=tiny >> /etc/os-release"
    )
    with pytest.raises(Conflict) as caught:
        await at.planned(NAME, AT_CONSOLE)
    assert "no commands are known for Tiny Linux 1" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("while printf 'bare login: '; do read -r x; done", Refused, "Nobody is logged in"),
        ("while printf 'Password: '; do read -r x; done", Refused, "Nobody is logged in"),
        ("while printf ' <Yes>   <No>'; do read -r x; done", Refused, "There is no shell"),
        ("stty -echo; sleep 9999", TimedOut, "prints nothing"),
    ],
)
async def test_where_no_shell_waits_nothing_is_typed_but_enter(
    at: Bench, sitting: Sitting, line: str, error: type[Exception], words: str
) -> None:
    sitting.type(line, prompt="")
    with pytest.raises(error) as caught:
        await at.planned(NAME, AT_CONSOLE)
    assert words in str(caught.value)
    sitting.type("stty sane")


async def test_on_the_screen_a_console_without_a_login_is_opened_for_the_person(
    at: Bench, sitting: Sitting, rig_daemon: Daemon, tmp_path: Path
) -> None:
    sitting.type("while printf 'bare login: '; do read -r x; done", prompt="")
    async with watching(tmp_path, rig_daemon.uri, size=(110, 34)) as seat:
        await chosen(seat)
        await seat.until_shown("Nobody is logged in", SLOW)
        await seat.until_shown(consoles.WHICH, SLOW)
        await seat.press("enter")
        await seat.until(lambda: len(seat.app.cockpit.consoles) == 1, SLOW)
        console = consoles.at(seat)
        await consoles.until_state(seat, console, ConsoleState.LIVE)
        # The person logs in there (the loop ends), and does it again: now that console is used.
        console.send(b"\x03")
        await consoles.until_shows(seat, console, READY.strip())
        await seat.press("ctrl+right_square_bracket")
        await chosen(seat)
        await seat.until_shown("no commands are known for", SLOW)
        assert consoles.shows(console, "PATH=$PATH")
        assert console.state is ConsoleState.LIVE


async def chosen(seat: Seat) -> None:
    """The verb, by the guest's console, without a restart."""
    await act(seat, NAME, *":install-tools", "enter")
    await seat.until_shown("Install guest tools in", SLOW)
    await seat.press("enter")
    await seat.until_shown("May it be restarted?", SLOW)
    await seat.press("enter")


async def test_a_command_that_is_not_there_fails_and_the_channel_goes_again(
    at: Bench, sitting: Sitting, domain: libvirt.virDomain
) -> None:
    sitting.type("rm -f /bin/apt-get", DEBIAN)
    job = await at.installed(NAME, AT_CONSOLE)
    track = job.tracks[0]
    assert track.state is TrackState.UNDONE
    assert track.error is not None
    assert "“install qemu-guest-agent” failed with exit code 127" in track.error.title
    assert "apt-get" in track.error.detail
    assert not has_channel(domain)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("echo Temporary failure resolving; exit 100", "does not reach its package server"),
        ("echo E: Could not get lock /var/lib/dpkg/lock; exit 100", "Another package tool"),
        ("echo E: Unable to locate package; exit 100", "package sources do not have it"),
    ],
)
async def test_a_failure_is_explained_by_what_was_printed(
    at: Bench, sitting: Sitting, line: str, hint: str
) -> None:
    sitting.script("apt-get", line)
    sitting.type(DEBIAN)
    error = (await at.installed(NAME, AT_CONSOLE)).tracks[0].error
    assert error is not None
    assert "exit code 100" in error.title
    assert hint in error.hint


async def test_a_cancelled_command_is_interrupted_in_the_guest(
    at: Bench, sitting: Sitting, domain: libvirt.virDomain
) -> None:
    sitting.script("apt-get", "echo begun", "sleep 7777")
    sitting.type(DEBIAN)
    job = at.world.jobs.submit(await at.planned(NAME, AT_CONSOLE))
    await until(lambda: job.tracks[0].words == "begun")
    job.cancel()
    await until(lambda: job.ended is not None)
    assert job.state is JobState.CANCELLED
    assert not has_channel(domain)
    assert "7777" not in sitting.type("ps | grep -v grep | grep 'sleep 7777'")


async def test_the_channel_is_plugged_in_the_agent_is_started_and_it_answers(
    at: Bench, sitting: Sitting, domain: libvirt.virDomain
) -> None:
    port = "/dev/virtio-ports/org.qemu.guest_agent.0"
    sitting.script("apt-get", '[ "$2" = update ] || cp /root/qemu-ga /usr/sbin/')
    sitting.script(
        "systemctl",
        "[ $1 = start ] || exit 1",
        "qemu-ga -d -m virtio-serial -t /run -p /dev/$(basename $(dirname"
        " $(grep -l guest_agent /sys/class/virtio-ports/*/name)))",
    )
    # Without udev nothing gives the port its name.
    sitting.type(DEBIAN, f"mkdir -p /dev/virtio-ports; touch {port}")
    assert at.guest(NAME).definition is not None
    plan: Plan = await at.planned(NAME, AT_CONSOLE)
    job = await at.done(plan)
    assert job.state is JobState.DONE, job.tracks[0].error
    assert job.tracks[0].words.startswith("its agent answers: ")
    definition = at.guest(NAME).definition
    assert definition is not None
    assert definition.agent is Agent.CONNECTED
    told = at.guest(NAME).told
    assert told is not None
    assert told.version
    assert has_channel(domain)
