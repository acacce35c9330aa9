"""From a request for a guest in plain values to the answers that a person would give at the pages.

Only what was said is in a request; all else follows as it does for a person.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from vmtui.errors import Invalid
from vmtui.model.spec import DisplayKind, Firmware, InterfaceSpec, NetKind, Place, Topology
from vmtui.model.units import parse_size
from vmtui.plan.answers import (
    Access,
    Answers,
    DiskAnswer,
    Origin,
    SourceKind,
    StaticNetwork,
    Use,
)
from vmtui.plan.defaults import catalog_image, follow, origin_of
from vmtui.plan.requestwords import SOURCES
from vmtui.plan.surroundings import Surroundings

Request = Mapping[str, Any]
"""Names of `requestwords.SETTINGS` and their values, as `checked` gives them."""

KINDS = {
    "cloud": SourceKind.CLOUD, "iso": SourceKind.ISO, "disk": SourceKind.DISK,
    "pxe": SourceKind.NETWORK, "kernel": SourceKind.KERNEL, "tree": SourceKind.TREE,
    "like": SourceKind.PATTERN,
}  # fmt: skip
_PLAIN = {
    "name": "name", "arguments": "arguments", "tree": "tree", "system": "system",
    "vcpus": "vcpus", "memory": "memory", "pool": "pool", "machine": "machine", "cpu": "cpu",
    "engine": "engine", "arch": "arch", "video": "video", "watchdog": "watchdog", "tpm": "tpm",
    "agent": "agent", "autostart": "autostart", "title": "title", "description": "description",
    "count": "count", "first": "first", "start": "start", "wait": "wait",
}  # fmt: skip
_ACCESS = {
    "user": "user", "hostname": "hostname", "timezone": "timezone", "locale": "locale",
    "tools": "tools", "update": "update", "ssh_key": "keys", "package": "packages",
    "command": "commands", "user_data": "user_data",
}  # fmt: skip
_DISK = {"size": "size", "format": "format", "bus": "bus", "cache": "cache"}
_SOURCES_OF = {
    **dict.fromkeys((*_ACCESS, "address", "gateway", "nameserver"), ("cloud",)),
    "checksum": ("cloud", "iso", "disk"), "checksums": ("cloud", "iso", "disk"),
    "initrd": ("kernel",), "arguments": ("kernel", "tree"),
}  # fmt: skip
"""What is said in vain of a guest that is made from something else."""
USES = {"overlay": Use.OVERLAY, "copy": Use.COPY, "in-place": Use.IN_PLACE}
DISPLAYS = {"none": None, "vnc": DisplayKind.VNC, "spice": DisplayKind.SPICE}


def answer(
    request: Request, surroundings: Surroundings, password: str = "", base: Answers | None = None
) -> Answers:
    """The answers to a checked request, on top of those of a profile.

    Raises Invalid where a word of it means nothing here.
    """
    if wanted := request.get("system"):
        _known("system", wanted, [one.short for one in surroundings.systems])
    made, touched = _sourced(request, surroundings, base)
    _not_in_vain(request, made)
    for name, field in _PLAIN.items():
        if name in request:
            change: dict[str, Any] = {field: request[name]}
            made = replace(made, **change)
            touched.append(field)
    for name, choices in _CHOICES.items():
        if name in request:
            change = {name: _choice(name, request[name], choices)}
            made = replace(made, **change)
            touched.append(name)
    if "topology" in request:
        made = replace(made, topology=_topology(request["topology"]))
    made = _with_access(made, request, touched, password)
    made = _with_disks(made, request, touched)
    made = _with_interfaces(made, request, touched)
    return follow(made, surroundings, *touched)


def origin(text: str, surroundings: Surroundings) -> Origin:
    """An address, an image of the catalog, POOL/VOLUME, or a file's path."""
    if "://" in text:
        return Origin(url=text)
    if (image := catalog_image(surroundings, text)) is not None:
        return origin_of(image)
    pool, _, volume = text.partition("/")
    if pool and volume and surroundings.pool(pool) is not None:
        return Origin(place=Place(pool, volume))
    if surroundings.facts.local and text.startswith("/dev/"):
        return Origin(place=Place(path=text))
    return Origin(file=text)


def _sourced(
    request: Request, surroundings: Surroundings, base: Answers | None
) -> tuple[Answers, list[str]]:
    said = next((name for name in SOURCES if request.get(name)), "")
    made, touched = base or Answers(), []
    if said or base is None:
        kind = KINDS[said] if said else SourceKind.CLOUD
        made, touched = replace(made, source=kind, image=Origin()), ["source"]
    if said == "cloud" and not {"/", "."} & set(request[said]):
        hint = "A file has its folder before it: ./NAME."
        _known("cloud image", request[said], [image.id for image in surroundings.images], hint)
    if said in ("cloud", "iso", "disk"):
        made = replace(made, image=origin(request[said], surroundings))
        touched.append("image")
    if said == "kernel":
        made = replace(made, kernel=origin(request["kernel"], surroundings))
    if "initrd" in request:
        made = replace(made, initrd=origin(request["initrd"], surroundings))
    sums = {name: request[name] for name in ("checksum", "checksums") if name in request}
    if sums:
        made = replace(made, image=replace(made.image, **sums))
    if said == "like":
        wanted = request["like"]
        found = [one for one in surroundings.guests if wanted in (one.name, one.key.uuid)]
        if len(found) != 1:
            raise Invalid(f"There is no guest {wanted} on {surroundings.host}")
        made = replace(made, pattern=found[0].key.uuid)
    return made, touched


def _not_in_vain(request: Request, made: Answers) -> None:
    """Raises Invalid where something was said that nothing would come of."""
    for name, sources in _SOURCES_OF.items():
        if request.get(name) and made.source not in [KINDS[one] for one in sources]:
            goes = " or ".join(sources)
            raise Invalid(f"{name} does nothing here", f"It goes with {goes}.")
    for name in ("gateway", "nameserver"):
        if request.get(name) and "address" not in request:
            raise Invalid(f"{name} does nothing here", "It goes with address.")


def _known(what: str, word: str, known: Sequence[str], detail: str = "") -> None:
    """Raises Invalid, naming the nearest one, where a word is none of those that are known."""
    if word in known:
        return
    near = difflib.get_close_matches(word, known, 1)
    lists = f"vmtui create --{what.rsplit(maxsplit=1)[-1]}s lists them."
    hint = f"Did you mean {near[0]}?" if near else lists
    raise Invalid(f"There is no {what} {word}", detail, hint)


def _with_access(answers: Answers, request: Request, touched: list[str], password: str) -> Answers:
    access: Access = answers.access
    for name, field in _ACCESS.items():
        if name in request:
            change: dict[str, Any] = {field: request[name]}
            access = replace(access, **change)
            touched.append(f"access.{field}")
    if "address" in request:
        fixed = StaticNetwork(
            request["address"], request.get("gateway", ""), request.get("nameserver", ())
        )
        access = replace(access, network=fixed)
    if password:
        access = replace(access, password=password)
    return replace(answers, access=access)


def _with_disks(answers: Answers, request: Request, touched: list[str]) -> Answers:
    if request.get("diskless"):
        touched.append("disks")
        return replace(answers, disks=())
    first, *others = answers.disks or (DiskAnswer(),)
    for name, field in _DISK.items():
        if name in request:
            change: dict[str, Any] = {field: request[name]}
            first = replace(first, **change)
            touched.append(f"disks.0.{field}")
    if not answers.disks and first == DiskAnswer() and "extra_disk" not in request:
        return answers
    disks = [first, *others]
    for index, text in enumerate(request.get("extra_disk", ()), len(disks)):
        pool, _, much = text.rpartition(":")
        try:
            disks.append(DiskAnswer(parse_size(much), pool))
        except ValueError:
            raise Invalid(f"{text} is no size of a disk", "Such as 100G, or fast:100G.") from None
        touched += [f"disks.{index}.size", f"disks.{index}.pool"]
        for name in ("format", "bus", "cache"):
            if name in request:
                change = {_DISK[name]: request[name]}
                disks[-1] = replace(disks[-1], **change)
                touched.append(f"disks.{index}.{_DISK[name]}")
    return replace(answers, disks=tuple(disks))


def _with_interfaces(answers: Answers, request: Request, touched: list[str]) -> Answers:
    nics = list(answers.interfaces)
    if "network" in request:
        nics = [_plug(text) for text in request["network"] if text != "none"]
        touched.append("interfaces")
    for index, nic in enumerate(nics):
        if "nic_model" in request:
            nics[index] = replace(nic, model=request["nic_model"])
            touched.append(f"interfaces.{index}.model")
    if nics and "mac" in request:
        nics[0] = replace(nics[0], mac=request["mac"])
        touched.append("interfaces.0.mac")
    return replace(answers, interfaces=tuple(nics))


def _plug(text: str) -> InterfaceSpec:
    if text == "user":
        return InterfaceSpec(NetKind.USER, "")
    if text.startswith("bridge:"):
        return InterfaceSpec(NetKind.BRIDGE, text.removeprefix("bridge:"))
    return InterfaceSpec(NetKind.NETWORK, text.removeprefix("network:"))


def _topology(text: str) -> Topology:
    try:
        sockets, cores, threads = (int(part) for part in text.split(","))
    except ValueError:
        raise Invalid(f"{text} is no topology", "Sockets, cores, threads: 1,2,2.") from None
    return Topology(sockets, cores, threads)


def _choice(name: str, word: str, choices: Mapping[str, Any]) -> Any:
    if word not in choices:
        raise Invalid(f"{name} is one of {', '.join(choices)}", f"{word} is not")
    return choices[word]


_CHOICES: dict[str, dict[str, Any]] = {
    "use": USES, "firmware": {one.value: one for one in Firmware}, "display": DISPLAYS,
}  # fmt: skip


def said_by(field: str, source: SourceKind) -> str:
    """The name in a request of what sets this field of a Problem, or ""."""
    whole, _, part = field.partition(".")
    if whole == "access":
        part = part.partition(".")[0]
        by_field = {value: name for name, value in _ACCESS.items()}
        return {"password": "password_file", "network": "address"}.get(part, by_field.get(part, ""))
    if whole == "disks":
        index, _, name = part.partition(".")
        first = index in ("", "0")
        shared = name in ("format", "bus", "cache") or (first and name == "pool")
        return name if shared else ("size" if first else "extra_disk")
    if whole == "interfaces":
        name = part.rpartition(".")[2]
        return {"mac": "mac", "model": "nic_model"}.get(name, "network")
    if whole in ("image", "pattern"):
        kinds = {kind: name for name, kind in KINDS.items()}
        return "checksum" if part else kinds[source]
    known = (*_PLAIN, *_CHOICES, "kernel", "initrd", "tree", "topology")
    return whole if whole in known else ""
