"""Watches a guest's first boot: whether somebody can log in, and if not, what to look at.

Seen are the agent's channel, the addresses that the host tells, and what its console prints. The
console is read here only where nobody else has it open.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable

from vmtui.engine.bounded import abandon
from vmtui.engine.fleet import Fleet
from vmtui.errors import Conflict, NotFound, VmtuiError
from vmtui.hypervisor import ConsoleChannel, Progress
from vmtui.model.guest import Agent, Guest, GuestKey, GuestState
from vmtui.model.steps import Resume, WaitReady
from vmtui.terminal.shell import plain, shows_prompt

QUIET = 5.0
"""Seconds of silence after which a console that may have said its prompt is asked for it."""
KNOCKS = 3
"""How often it is asked."""
HELD, LISTEN = 5.0, 0.05
"""Seconds that a new guest stands still at most until its console is heard; between looks."""
TAIL = 64 * 1024
LOOK = 0.5
HEARD = 10.0
"""Seconds within which a guest that was just made is known here."""
SETTLE = 90.0
"""Seconds between the login prompt and the agent, whichever comes first, where both should."""
GRACE = 10.0
"""Seconds for an agent after the prompt, where the guest has a channel that nobody promised."""

FINISHED = re.compile(r"Cloud-init v\. ?\S+ finished at")
TROUBLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Kernel panic"), "its kernel panicked"),
    (re.compile(r"No bootable device|Boot failed|no bootable medium", re.I),
     "its firmware found nothing to boot from"),
    (re.compile(r"grub rescue>|error: no such (?:device|partition)"), "its boot loader is stuck"),
    (re.compile(r"emergency mode|Give root password for maintenance", re.I),
     "its system is in emergency mode"),
    (re.compile(r"VFS: Unable to mount root"), "its kernel found no root file system"),
)  # fmt: skip
"""What a console says when a boot goes wrong, and what it means."""

ENTER = b"\r"
TextOf = Callable[[GuestKey], Awaitable[str | None]]
"""The end of what a console printed, where it is open here; None where it is not."""


async def watch(fleet: Fleet, key: GuestKey, name: str, step: WaitReady, progress: Progress) -> str:
    """Wait until the guest can be used; returns what was seen, or what to look at.

    Raises NotFound where it is gone, and nothing else for what it does or does not do.
    """
    console = _Console(fleet, key)
    if step.held:
        await _let_run(fleet, key, console)
    clock, begun = fleet.clock, fleet.clock.monotonic()
    first: float | None = None
    seen = False
    knocks, heard, last = KNOCKS if step.late else 0, "", begun
    progress(None, "booting")
    try:
        while True:
            guest = fleet.store.inventory.guest(key)
            view = fleet.store.inventory.hosts.get(key.host)
            now = clock.monotonic()
            seen = seen or guest is not None
            unheard = not seen and now - begun < HEARD
            if guest is None and view is not None and not view.stale and not unheard:
                raise NotFound(f"{name} is not there any more")
            text = await console.text()
            if text != heard:
                heard, last = text, now
            agent, prompt = _agent(guest), shows_prompt(text)
            if knocks and not prompt and now - last >= QUIET:
                knocks, last = knocks - 1, now
                await console.knock()
            answers = agent is Agent.CONNECTED
            if answers or prompt:
                first = now if first is None else first
            # What cloud-init was told is done before anybody is asked for a name; an agent that
            # is part of the image answers long before.
            settled = (answers and prompt) or bool(FINISHED.search(text))
            if first is not None and (settled or now - first >= _patience(step, agent)):
                return f"ready: {_seen(agent, prompt, step.expect_agent)}{_where(guest)}"
            if guest is not None and not guest.state.active and now - begun > 2.0:
                return "it is off again: look at its console"
            if now - begun >= step.limit:
                return _unready(guest, text)
            progress(None, _stage(guest, text))
            await clock.sleep(LOOK)
    finally:
        await console.close()


async def _let_run(fleet: Fleet, key: GuestKey, console: _Console) -> None:
    """Let a guest that was started held run, as soon as its console is heard or nobody will.

    Also where this is cancelled: what stands still at its first instruction helps nobody.
    """
    try:
        for _ in range(round(HELD / LISTEN)):
            if await console.is_heard():
                await fleet.clock.sleep(_lag(fleet, key))
                return
            await fleet.clock.sleep(LISTEN)
    finally:
        # Somebody else may have let it run, or ended it: what follows tells.
        with contextlib.suppress(Conflict, NotFound):
            await fleet.hypervisor(key.host).execute(Resume(key.uuid), lambda _part, _words: None)


def _lag(fleet: Fleet, key: GuestKey) -> float:
    view = fleet.store.inventory.hosts.get(key.host)
    return 0.0 if view is None else view.capabilities.console_lag


def _agent(guest: Guest | None) -> Agent:
    """What is known of its agent's channel while it runs."""
    if guest is None or guest.state is not GuestState.RUNNING or guest.definition is None:
        return Agent.UNKNOWN
    return guest.definition.agent


def _patience(step: WaitReady, agent: Agent) -> float:
    """Seconds to wait for the rest after the first that was seen."""
    if step.expect_agent:
        return SETTLE
    return GRACE if agent is Agent.DISCONNECTED else 0.0


def _seen(agent: Agent, prompt: bool, expected: bool) -> str:
    """What tells that somebody can use it, and what was hoped for and did not come."""
    answers = agent is Agent.CONNECTED
    found = [
        "its console shows a prompt" if prompt else "",
        "its agent answers" if answers else "",
    ]
    said = " and ".join(filter(None, found)) or "cloud-init has finished"
    hoped = expected or agent is Agent.DISCONNECTED
    return said + (", its agent does not answer yet" if hoped and not answers else "")


def _where(guest: Guest | None) -> str:
    return f", at {guest.addresses[0].ip}" if guest is not None and guest.addresses else ""


def _stage(guest: Guest | None, text: str) -> str:
    if found := _trouble(text):
        return found
    if guest is not None and guest.addresses:
        return f"booting, has the address {guest.addresses[0].ip}"
    return "booting" if text.strip() else "booting, its console is silent so far"


def _trouble(text: str) -> str:
    return next((words for pattern, words in TROUBLES if pattern.search(text)), "")


def _unready(guest: Guest | None, text: str) -> str:
    """What to look at after the limit."""
    if found := _trouble(text):
        return f"not ready: {found}; look at its console"
    if not text.strip():
        return (
            "not ready: its console printed nothing; a Linux kernel wants console=ttyS0, "
            "an installer maybe a display"
        )
    return f"not seen ready{_where(guest)}: look at its console"


class _Console:
    """The end of what the guest printed, by whoever reads its console."""

    def __init__(self, fleet: Fleet, key: GuestKey) -> None:
        self._fleet = fleet
        self._key = key
        self._tail = b""
        self._reading: asyncio.Task[None] | None = None
        self._channel: ConsoleChannel | None = None

    async def knock(self) -> None:
        """Press Enter, on whichever line to it there is."""
        lend = self._fleet.console_line
        line = lend(self._key, "") if lend is not None else None
        with contextlib.suppress(VmtuiError):
            if line is not None:
                await line.write(ENTER)
                await line.close()
            elif self._channel is not None:
                await self._channel.write(ENTER)

    async def is_heard(self) -> bool:
        """Whether somebody reads it now; where nobody else will, it is read here from now on."""
        hears = self._fleet.console_hears
        heard = hears(self._key) if hears is not None else None
        if heard is None:
            await self.text()
            return self._channel is not None
        return heard

    async def text(self) -> str:
        """What can be read of it, without control sequences."""
        if self._fleet.console_text is not None:
            shown = await self._fleet.console_text(self._key)
            if shown is not None:
                await self.close()
                return shown
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return plain(self._tail.decode("utf-8", "replace"))

    async def _read(self) -> None:
        """Until it ends, or somebody else has it."""
        try:
            hypervisor = self._fleet.hypervisor(self._key.host)
            channel = await hypervisor.open_console(self._key.uuid)
        except VmtuiError:
            await self._fleet.clock.sleep(3.0)
            return
        self._channel = channel
        try:
            with contextlib.suppress(VmtuiError):
                while data := await channel.read():
                    self._tail = (self._tail + data)[-TAIL:]
        finally:
            self._channel = None
            await channel.close()

    async def close(self) -> None:
        """Let go of it, so that others can have it."""
        task, self._reading = self._reading, None
        if task is not None and not task.done():
            abandon(task)
            await asyncio.wait((task,), timeout=1.0)
