"""What is wrong with answers: every problem at its field, before anything is done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vmtui.model.guest import GuestState
from vmtui.model.host import Virtualization
from vmtui.model.spec import Firmware
from vmtui.model.system import GENERIC
from vmtui.model.units import MIB, size
from vmtui.plan import imagerules, pattern, placerules
from vmtui.plan.accessrules import access
from vmtui.plan.answers import COUNT_MOST, Answers, SourceKind, Use
from vmtui.plan.problem import Problem, Severity
from vmtui.plan.surroundings import Surroundings

__all__ = ["Problem", "Severity", "errors", "problems"]

Rule = Callable[[Answers, Surroundings], Iterator[Problem]]

MEMORY_LEAST = 1 * MIB
NAME_MOST = 200
"""The volumes' names are longer still, and a file's name has at most 255 bytes."""
CLEAN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
WATCHDOGS = ("", "reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi")


def problems(answers: Answers, surroundings: Surroundings) -> tuple[Problem, ...]:
    """All that is wrong, errors first; in the order of the fields otherwise."""
    found = [problem for rule in _RULES for problem in rule(answers, surroundings)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.severity is Severity.WARNING))


def errors(found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Those that stand in the way."""
    return tuple(one for one in found if one.severity is Severity.ERROR)


def _name(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    name = answers.name
    if not name.strip():
        yield Problem("name", "The guest needs a name.")
        return
    if name != name.strip() or any(not c.isprintable() for c in name):
        yield Problem("name", "The name begins or ends with a space, or holds control characters.")
        return
    if "/" in name or name in (".", ".."):
        yield Problem("name", "A name has no slash: it is a file's name too.")
        return
    if len(name.encode()) > NAME_MOST:
        yield Problem("name", f"The name is too long: at most {NAME_MOST} bytes.")
        return
    taken = {guest.name for guest in surroundings.guests}
    clash = sorted(taken & set(answers.names))
    if clash:
        yield Problem("name", f"There is a guest {', '.join(clash[:3])} on this host already.")
    if len(set(answers.names)) < min(answers.count, COUNT_MOST):
        yield Problem("name", "The pattern gives several guests the same name.")
    plain = name.replace("{}", "1").replace("#", "1")
    if not CLEAN.fullmatch(plain):
        text = "An odd name: letters, digits, dots and dashes make less trouble in commands."
        yield Problem("name", text, Severity.WARNING)


def _title(answers: Answers, _: Surroundings) -> Iterator[Problem]:
    if any(not c.isprintable() for c in answers.title):
        yield Problem("title", "A title is one line, without control characters.")


def _count(answers: Answers, _: Surroundings) -> Iterator[Problem]:
    if not 1 <= answers.count <= COUNT_MOST:
        yield Problem("count", f"1 to {COUNT_MOST} guests at once.")
    if answers.first < 0:
        yield Problem("first", "Numbers begin at 0 or more.")
    if answers.count > 1 and answers.definition:
        text = "An edited definition is for one guest: it has one name and one identity."
        yield Problem("definition", text)
    if answers.count > 1 and any(nic.mac for nic in answers.interfaces):
        text = "The address is for the first guest; the others get their own."
        yield Problem("interfaces.0.mac", text, Severity.WARNING)


def _engine(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    offer, facts = surroundings.offer, surroundings.facts
    if offer.engines and answers.engine not in offer.engines:
        offered = ", ".join(sorted(offer.engines))
        yield Problem("engine", f"This host has no {answers.engine} for {answers.arch}: {offered}.")
    elif answers.engine != "kvm":
        foreign = facts.arch and answers.arch != facts.arch
        why = f"{answers.arch} on {facts.arch}" if foreign else facts.virtualization_note
        note = f" ({why.rstrip('.')})" if why else ""
        text = f"It is emulated, ten to fifty times slower than with KVM{note}."
        yield Problem("engine", text, Severity.WARNING, "vmtui doctor tells how to mend it.")
    elif facts.virtualization in (Virtualization.UNSURE, Virtualization.NO_ACCESS):
        text = "KVM is offered, and may not work here."
        yield Problem("engine", text, Severity.WARNING, facts.virtualization_note)
    if offer.arches and answers.arch not in offer.arches:
        yield Problem("arch", f"This host runs no guests of {answers.arch}.")
    if answers.machine and offer.machines and answers.machine not in offer.machines:
        yield Problem("machine", f"This host has no machine {answers.machine}.")


def _vcpus(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    system, offer = surroundings.system(answers.system), surroundings.offer
    cpus = surroundings.facts.cpus
    if answers.vcpus < 1:
        yield Problem("vcpus", "At least one vCPU.")
    elif offer.vcpus_max and answers.vcpus > offer.vcpus_max:
        yield Problem("vcpus", f"This host gives a guest at most {offer.vcpus_max} vCPUs.")
    elif cpus and answers.vcpus > cpus:
        text = f"More vCPUs than the host has CPUs ({cpus}): it gets slower, not faster."
        yield Problem("vcpus", text, Severity.WARNING)
    elif answers.vcpus < system.vcpus_min:
        text = f"{system.label} wants at least {system.vcpus_min} vCPUs."
        yield Problem("vcpus", text, Severity.WARNING)
    topology = answers.topology
    if topology is not None:
        product = topology.sockets * topology.cores * topology.threads
        if product != answers.vcpus:
            text = f"Sockets, cores and threads make {product}, not {answers.vcpus} vCPUs."
            yield Problem("topology", text)


def _memory(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    system = surroundings.system(answers.system)
    total = surroundings.facts.memory
    wanted = answers.memory * answers.count
    if answers.memory < MEMORY_LEAST:
        yield Problem("memory", "A guest needs some memory.")
        return
    if answers.memory < system.memory_min:
        text = f"{system.label} wants at least {size(system.memory_min)}."
        yield Problem("memory", text, Severity.WARNING)
    if not total:
        return
    if answers.memory > total:
        yield Problem("memory", f"More than the host has: {size(total)}.")
        return
    promised, free = surroundings.commitment.memory, surroundings.memory_free
    if answers.start and promised + wanted > total:
        text = f"With the running guests that is {size(promised + wanted)} of {size(total)}."
        yield Problem("memory", text, Severity.WARNING, "The host may swap or kill guests.")
    elif answers.start and free is not None and wanted > free:
        text = f"The host has {size(free)} left now."
        yield Problem("memory", text, Severity.WARNING)


def _firmware(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    offer, system = surroundings.offer, surroundings.system(answers.system)
    if answers.firmware not in offer.firmware:
        what = {
            Firmware.BIOS: "BIOS",
            Firmware.UEFI: "UEFI firmware",
            Firmware.SECURE: "UEFI firmware with secure boot",
        }[answers.firmware]
        hint = "" if answers.firmware is Firmware.BIOS else "Its package is ovmf or edk2-ovmf."
        yield Problem("firmware", f"This host has no {what}.", hint=hint)
    elif system.firmware is Firmware.SECURE and answers.firmware is not Firmware.SECURE:
        text = f"{system.label} will not install without UEFI and secure boot."
        yield Problem("firmware", text, Severity.WARNING)
    elif system.firmware is Firmware.BIOS and answers.firmware is not Firmware.BIOS:
        yield Problem("firmware", f"{system.label} does not boot from UEFI.", Severity.WARNING)
    if answers.tpm and not offer.tpm:
        hint = "Its packages are swtpm and swtpm-tools."
        yield Problem("tpm", "This host cannot emulate a TPM.", hint=hint)
    elif system.tpm and not answers.tpm:
        yield Problem("tpm", f"{system.label} will not install without a TPM.", Severity.WARNING)


def _devices(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    offer, system = surroundings.offer, surroundings.system(answers.system)
    if answers.display is not None and answers.display not in offer.displays:
        yield Problem("display", f"This host has no {answers.display.value.upper()} display.")
    elif answers.display is None and system.graphical:
        text = f"{system.label} shows nothing on a serial console: it needs a display."
        yield Problem("display", text, Severity.WARNING)
    if answers.video and offer.videos and answers.video not in offer.videos:
        yield Problem("video", f"This host has no video device {answers.video}.")
    if answers.random and not offer.random:
        yield Problem("random", "This host has no random-number device for guests.")
    if answers.watchdog not in WATCHDOGS:
        yield Problem("watchdog", f"One of {', '.join(WATCHDOGS[1:])}, or nothing.")
    if answers.source is not SourceKind.PATTERN and system is GENERIC:
        text = "The system is not known: it gets virtio disks and network, as for a recent Linux."
        yield Problem("system", text, Severity.WARNING, "Choose it, where it is something else.")


def _pattern(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    if answers.source is not SourceKind.PATTERN:
        return
    guest = pattern.guest_of(answers, surroundings)
    if guest is None:
        yield Problem("pattern", "Choose the guest after which this one is made.")
    elif guest.definition is None:
        yield Problem("pattern", f"{guest.name} was not read yet.")
    elif guest.state not in (GuestState.OFF, GuestState.CRASHED):
        text = f"{guest.name} is running: a copy of its disk would be torn."
        yield Problem("pattern", text, hint="Shut it down first.")
    elif answers.use is Use.OVERLAY:
        text = f"{guest.name} writes to its disk when it starts: what is built upon it would break."
        yield Problem("use", text, hint="Copy it.")


_RULES: tuple[Rule, ...] = (
    imagerules.source,
    _pattern,
    _name,
    _title,
    _count,
    _engine,
    _vcpus,
    _memory,
    placerules.pools,
    placerules.disks,
    placerules.interfaces,
    _firmware,
    _devices,
    access,
)
