"""The fields that a filter knows: one row each, whoever asks (the screen, a headless verb)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from vmtui.model.device import Disk, Interface
from vmtui.model.guest import Agent, Definition, Guest, GuestState
from vmtui.model.query.values import read_count, read_percent, read_seconds, read_size
from vmtui.model.stats import GuestFigures
from vmtui.model.systems import system_name
from vmtui.model.units import ratio


class Facts(Protocol):
    """What a filter looks at: one guest, and what it uses."""

    @property
    def guest(self) -> Guest:
        """The guest."""

    @property
    def figures(self) -> GuestFigures | None:
        """What it uses now, or None while nothing is known."""

    @property
    def stale(self) -> bool:
        """Whether its host is not heard any more."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A field of words: `field:part`, `field=whole`; several words where a guest has several."""

    id: str
    help: str
    words: Callable[[Facts], Iterable[str]]


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """A field with a few known words, of which the beginning is enough."""

    id: str
    help: str
    words: Callable[[Facts], Iterable[str]]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberField:
    """A field to compare: `field>value`. `number` is None where it is not known."""

    id: str
    help: str
    number: Callable[[Facts], float | None]
    read: Callable[[str], float]
    """From what is typed; raises ValueError with what would do."""
    slack: float = 0.0
    """How far an equal value may be off."""
    share: Callable[[Facts], float | None] | None = None
    """What a percentage is compared with (0 to 100), where the field also takes one."""


Field = TextField | ChoiceField | NumberField

STATES: dict[GuestState, str] = {
    GuestState.RUNNING: "running",
    GuestState.PAUSED: "paused",
    GuestState.SHUTTING_DOWN: "stopping",
    GuestState.OFF: "off",
    GuestState.CRASHED: "crashed",
    GuestState.SLEEPING: "asleep",
    GuestState.UNKNOWN: "unknown",
}
SAVED, ACTIVE, STUCK = "saved", "active", "lost"


def state_words(facts: Facts) -> list[str]:
    """`running`; `off` and `saved` for one that waits on disk; `lost` with its host."""
    guest = facts.guest
    words = [STATES[guest.state]]
    if guest.state.active:
        words.append(ACTIVE)
    elif guest.saved:
        words.append(SAVED)
    if facts.stale:
        words.append(STUCK)
    return words


def plain_words(facts: Facts) -> list[str]:
    """Where a word without a field is looked for, addresses and UUID aside."""
    guest = facts.guest
    made = [guest.name, *state_words(facts), guest.key.host, guest.hostname]
    definition = guest.definition
    if definition is not None:
        labels = definition.labels
        made += [definition.title, definition.os, system_name(definition.os)]
        made += [labels.group, *labels.tags]
    return made


def _defined(pick: Callable[[Definition], Iterable[str]]) -> Callable[[Facts], Iterable[str]]:
    return lambda facts: pick(facts.guest.definition) if facts.guest.definition else ()


def _used(pick: Callable[[GuestFigures], float | None]) -> Callable[[Facts], float | None]:
    def number(facts: Facts) -> float | None:
        return pick(facts.figures) if facts.figures and facts.guest.state.active else None

    return number


def _cpu(facts: Facts) -> float | None:
    cpu = facts.figures.cpu if facts.figures and facts.guest.state.active else None
    return None if cpu is None else cpu * 100


def _memory(facts: Facts) -> float | None:
    definition = facts.guest.definition
    figure = facts.figures.memory if facts.figures else None
    if figure is not None and facts.guest.state.active:
        return figure.current
    return definition.memory if definition else None


def _memory_used(facts: Facts) -> float | None:
    figure = facts.figures.memory if facts.figures and facts.guest.state.active else None
    return figure.used if figure else None


def _memory_share(facts: Facts) -> float | None:
    share = ratio(_memory_used(facts), _memory(facts))
    return None if share is None else share * 100


def _uptime(facts: Facts) -> float | None:
    guest = facts.guest
    since = guest.started_at if guest.started_at is not None else guest.started_by
    return time.time() - since if since is not None and guest.state.active else None


def _agent(facts: Facts) -> list[str]:
    definition = facts.guest.definition
    if definition is None:
        return []
    return {
        Agent.CONNECTED: ["connected", "yes"],
        Agent.DISCONNECTED: ["disconnected", "no"],
        Agent.NO_CHANNEL: ["none", "no"],
        Agent.UNKNOWN: ["unknown"],
    }[definition.agent]


def _yes(value: Callable[[Guest], bool | None]) -> Callable[[Facts], Iterable[str]]:
    def words(facts: Facts) -> Iterable[str]:
        known = value(facts.guest)
        return () if known is None else ("yes" if known else "no",)

    return words


def _disk(disk: Disk) -> list[str]:
    return [disk.target, disk.source, *disk.backing]


def _card(card: Interface) -> list[str]:
    return [card.source, card.target, card.kind]


YES_NO = ("yes", "no")
FIELDS: tuple[Field, ...] = (
    TextField("name", "its name", lambda f: (f.guest.name,)),
    TextField("host", "the host it lives on", lambda f: (f.guest.key.host,)),
    ChoiceField("state", "what it does", state_words, (*STATES.values(), SAVED, ACTIVE, STUCK)),
    TextField("tag", "one of its tags", _defined(lambda d: d.labels.tags)),
    TextField("group", "its group", _defined(lambda d: (d.labels.group,))),
    TextField("note", "what its note says", _defined(lambda d: (d.labels.note,))),
    TextField("os", "its operating system", _defined(lambda d: (d.os, system_name(d.os)))),
    TextField("ip", "one of its addresses", lambda f: [a.ip for a in f.guest.addresses]),
    TextField("mac", "one of its cards", _defined(lambda d: [c.mac for c in d.interfaces])),
    TextField("net", "a network, bridge or cable of it",
              _defined(lambda d: [w for c in d.interfaces for w in _card(c)])),
    TextField("disk", "a disk, its file, or one below it",
              _defined(lambda d: [w for disk in d.disks for w in _disk(disk)])),
    TextField("title", "its title", _defined(lambda d: (d.title,))),
    TextField("hostname", "what it calls itself", lambda f: (f.guest.hostname,)),
    TextField("uuid", "its UUID", lambda f: (f.guest.key.uuid,)),
    TextField("arch", "its architecture", _defined(lambda d: (d.arch,))),
    TextField("machine", "its machine type", _defined(lambda d: (d.machine,))),
    TextField("engine", "what runs it: kvm, qemu, ...", _defined(lambda d: (d.engine,))),
    TextField("firmware", "bios or uefi", _defined(lambda d: (d.firmware,))),
    ChoiceField("agent", "its guest agent", _agent,
                ("connected", "disconnected", "none", "unknown", *YES_NO)),
    ChoiceField("autostart", "starts with the host", _yes(lambda g: g.autostart), YES_NO),
    ChoiceField("saved", "waits on disk", _yes(lambda g: g.saved), YES_NO),
    ChoiceField("snapshots", "has snapshots", _yes(lambda g: g.snapshots), YES_NO),
    ChoiceField("persistent", "stays when it stops", _yes(lambda g: g.persistent), YES_NO),
    NumberField("cpu", "percent of its own vCPUs", _cpu, read_percent, 0.5),
    NumberField("mem", "memory it has; a percentage is the share used", _memory, read_size,
                share=_memory_share),
    NumberField("used", "memory it uses, as it reports", _memory_used, read_size,
                share=_memory_share),
    NumberField("vcpus", "its vCPUs",
                lambda f: f.guest.definition.vcpus if f.guest.definition else None, read_count),
    NumberField("order", "its place where many are started in order",
                lambda f: f.guest.definition.labels.order if f.guest.definition else None,
                read_count),
    NumberField("rx", "received a second", _used(lambda x: x.received), read_size),
    NumberField("tx", "sent a second", _used(lambda x: x.sent), read_size),
    NumberField("read", "read from disks a second", _used(lambda x: x.disk_read), read_size),
    NumberField("write", "written to disks a second", _used(lambda x: x.disk_written),
                read_size),
    NumberField("uptime", "how long it has been running", _uptime, read_seconds),
)  # fmt: skip
BY_ID: dict[str, Field] = {field.id: field for field in FIELDS}
