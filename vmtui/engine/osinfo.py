"""The machine's database of operating systems (osinfo-db), read once and kept for next time."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from vmtui import paths
from vmtui.errors import Invalid
from vmtui.model.record import decode, encode
from vmtui.model.system import System
from vmtui.plan.osinfo import parse

log = logging.getLogger(__name__)

FOLDERS = (Path("/usr/local/share/osinfo/os"), Path("/usr/share/osinfo/os"))
FILE_MOST = 1 << 20
VERSION = 2


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lies in the cache."""

    stamp: str = ""
    systems: tuple[System, ...] = ()


def read(folders: tuple[Path, ...] = FOLDERS, cache: Path | None = None) -> tuple[System, ...]:
    """Every release that the database knows; nothing where it is not installed. Blocks."""
    cache = cache or paths.cache_dir() / "systems.json"
    folder = next((one for one in folders if one.is_dir()), None)
    if folder is None:
        return ()
    stamp = _stamp(folder)
    try:
        kept = decode(_Kept, json.loads(cache.read_text(encoding="utf-8")))
        if kept.stamp == stamp:
            return kept.systems
    except (OSError, ValueError, Invalid):
        log.debug("The database of systems is read anew")
    found = _parse(folder)
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        draft = cache.with_name(f".{cache.name}.new")
        text = json.dumps({"stamp": stamp, "systems": [_lean(system) for system in found]})
        draft.write_text(text, encoding="utf-8")
        draft.replace(cache)
    except OSError as error:
        log.info("What systems there are cannot be kept: %s", error)
    return found


def _lean(system: System) -> dict[str, object]:
    """What it is in other ways than most: the rest need not be read back."""
    usual = encode(System("", ""))
    return {name: value for name, value in encode(system).items() if value != usual[name]}


def _stamp(folder: Path) -> str:
    """Changes with the database: a package's update makes its folders new."""
    newest = max([folder.stat().st_mtime, *(one.stat().st_mtime for one in folder.iterdir())])
    version = folder.parent / "VERSION"
    said = version.read_text(encoding="utf-8").strip() if version.is_file() else ""
    return f"{VERSION} {folder} {newest} {said}"


def _parse(folder: Path) -> tuple[System, ...]:
    made: dict[str, System] = {}
    for path in sorted(folder.rglob("*.xml")):
        try:
            if path.stat().st_size > FILE_MOST:
                continue
            for system in parse(path.read_bytes()):
                made[system.short] = system
        except (OSError, Invalid) as error:
            log.info("%s is left out: %s", path, error)
    return tuple(made.values())
