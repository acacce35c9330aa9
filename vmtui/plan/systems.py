"""The systems that are known: the shipped table, what is merged over it, search, recognition."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from vmtui.model.image import CloudImage
from vmtui.model.spec import Firmware
from vmtui.model.system import Family, System
from vmtui.model.units import GIB, MIB

_PAIRS = {"memory": MIB, "disk": GIB}
_LISTS = ("volumes", "files", "words")
_TEMPLATES = ("short", "label", "id")
_MEANINGLESS = frozenset(
    {"isoimage", "cdrom", "cd_rom", "bootimg", "server", "compact", "untitled"}
)
"""Volume ids that programs give by themselves, or that anybody may use: two systems of osinfo-db
that have such ones would be seen everywhere."""


@cache
def shipped() -> tuple[System, ...]:
    """The table that comes with vmtui, newest releases of each system first."""
    made: dict[str, System] = {}
    for entry in _shipped("systems.toml")["system"]:
        for system in _systems(entry, made):
            made[system.short] = system
    return tuple(made.values())


@cache
def shipped_images() -> tuple[CloudImage, ...]:
    """The published cloud images that come with vmtui."""
    return images(_shipped("images.toml").get("image", []))


def images(entries: Iterable[Mapping[str, Any]]) -> tuple[CloudImage, ...]:
    """Catalog entries from TOML tables. Raises TypeError for a key that is not known."""
    made: list[CloudImage] = []
    for entry in entries:
        values = dict(entry)
        values["label"] = values.get("label") or values["id"]
        for key, unit in (("size", MIB), ("capacity", GIB)):
            values[key] = int(values.get(key, 0) * unit)
        made.append(CloudImage(**values))
    return tuple(made)


def with_own_images(entries: Iterable[Mapping[str, Any]]) -> tuple[CloudImage, ...]:
    """A person's own, then the shipped ones whose ids they do not take."""
    own = images(entries)
    taken = {image.id for image in own}
    return (*own, *(image for image in shipped_images() if image.id not in taken))


def _shipped(name: str) -> dict[str, Any]:
    text = (resources.files("vmtui.plan") / "data" / name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _systems(entry: Mapping[str, Any], known: Mapping[str, System]) -> Iterator[System]:
    values = dict(entry)
    base = known[values.pop("like")] if "like" in values else System("", "")
    lts = values.pop("lts", ())
    for key, unit in _PAIRS.items():
        if key in values:
            least, usual = values.pop(key)
            values[f"{key}_min"], values[key] = least * unit, usual * unit
    if "family" in values:
        values["family"] = Family(values["family"])
    if "firmware" in values:
        values["firmware"] = Firmware(values["firmware"])
    for version in values.pop("versions", [""]):
        put = {
            "{version}": version,
            "{major}": version.partition(".")[0],
            "{squeezed}": version.replace(".", ""),
            "{short}": version.removeprefix("20"),
        }
        made = dict(values)
        for key in _TEMPLATES:
            made[key] = _filled(made.get(key, ""), put)
        for key in _LISTS:
            patterns = {mark: re.escape(text) for mark, text in put.items()}
            made[key] = tuple(_filled(text, patterns) for text in made.get(key, ()))
        if version in lts:
            made["label"] += " LTS"
        yield replace(base, **made)


def _filled(text: str, put: Mapping[str, str]) -> str:
    for mark, value in put.items():
        text = text.replace(mark, value)
    return text


def merge(table: Sequence[System], database: Iterable[System]) -> tuple[System, ...]:
    """The table, with what libosinfo's database knows besides.

    Of a system that both have, the table's word holds for hardware, and the database adds what it
    recognizes its media by.
    """
    found = {system.short: system for system in database}
    ids = {system.id: system for system in found.values() if system.id}
    # The table says what is done about a system that is in no list.
    found.pop("unknown", None)
    made: list[System] = []
    for system in table:
        other = found.pop(system.short, None) or ids.get(system.id)
        if other is not None:
            found.pop(other.short, None)
            volumes = tuple(dict.fromkeys((*other.volumes, *system.volumes)))
            label = other.label if len(other.label) > len(system.label) else system.label
            system = replace(system, volumes=volumes, label=label, released=other.released)
        made.append(system)
    return (*made, *sorted(found.values(), key=lambda one: one.released, reverse=True))


def search(systems: Sequence[System], typed: str, most: int = 50) -> list[System]:
    """Those that answer to what was typed, best first; all where nothing was."""
    words = typed.lower().split()
    if not words:
        return list(systems[:most])
    scored: list[tuple[int, int, System]] = []
    for place, system in enumerate(systems):
        scores = [_score(system, word) for word in words]
        if all(scores):
            scored.append((-sum(scores), place, system))
    scored.sort(key=lambda item: item[:2])
    return [system for _, _, system in scored[:most]]


def _score(system: System, word: str) -> int:
    """How well one word fits: 0 not at all."""
    short, label = system.short.lower(), system.label.lower()
    if word == short:
        return 100
    if short.startswith(word):
        return 60
    parts = re.split(r"[\s()]+", label)
    if word in parts:
        return 50
    if any(part.startswith(word) for part in parts):
        return 40
    if any(other.startswith(word) for other in system.words):
        return 30
    if word in short or word in label:
        return 20
    # Letters in order, as people abbreviate: ub24 for ubuntu24.04.
    letters = iter(short)
    return 10 if all(letter in letters for letter in word) else 0


def by_volume(systems: Sequence[System], label: str) -> str:
    """Short name of the system whose medium has this volume id, or ""."""
    told = label and label.lower() not in _MEANINGLESS
    return _recognized(systems, label, "volumes") if told else ""


def by_file(systems: Sequence[System], name: str) -> str:
    """Short name of the system that publishes files of such names, or ""."""
    return _recognized(systems, name, "files")


def _recognized(systems: Sequence[System], text: str, which: str) -> str:
    found = [
        # The longest pattern says the most; what stands for "any release" says the least.
        (not system.short.endswith("unknown"), len(pattern), -place, system.short)
        for place, system in enumerate(systems)
        for pattern in getattr(system, which)
        if _matches(pattern, text)
    ]
    return max(found)[3] if found else ""


def _matches(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.match(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error:
        # A database that the machine has installed is not ours to vouch for.
        return None


def by_tree(systems: Sequence[System], url: str) -> str:
    """Short name of the system whose install tree has this address, or ""."""
    words = set(re.split(r"[^a-z0-9.]+", url.lower()))
    for system in systems:
        base = re.sub(r"[\d.]+$", "", system.short)
        version = system.short.removeprefix(base)
        codenames = {"debian13": "trixie", "debian12": "bookworm", "debian11": "bullseye"}
        if codenames.get(system.short) in words:
            return system.short
        if base and base.split("-")[0] in words and version and version in words:
            return system.short
    return ""
