"""Profiles of new guests in the config folder: one JSON file each, without secrets. Blocks."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from vmtui.errors import Invalid, NotFound, VmtuiError
from vmtui.model.record import decode, encode
from vmtui.plan.answers import Answers
from vmtui.plan.profile import for_others

VERSION = 1
MOST = 1024 * 1024
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
SUFFIX = ".json"


def name_problem(name: str) -> str | None:
    """What is wrong with a profile's name, or None."""
    if NAME.fullmatch(name):
        return None
    return "Letters, digits, dots, dashes and spaces, at most 64"


def names(folder: Path) -> tuple[str, ...]:
    """The profiles that there are, by name."""
    try:
        found = [path.name for path in folder.iterdir() if path.suffix == SUFFIX]
    except OSError:
        return ()
    stems = (name.removesuffix(SUFFIX) for name in found)
    return tuple(sorted(stem for stem in stems if NAME.fullmatch(stem)))


def save(folder: Path, name: str, answers: Answers) -> Path:
    """Keep these answers under that name, in place of what had it before.

    Raises Invalid for a name that will not do, VmtuiError where it cannot be written.
    """
    path = _path(folder, name)
    record = {"version": VERSION, "answers": encode(for_others(answers))}
    fresh = path.with_name(f".{path.name}.new")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        os.replace(fresh, path)  # noqa: PTH105 - a rename over what is there is what is meant
    except OSError as error:
        raise VmtuiError("The profile cannot be kept", error.strerror or str(error)) from None
    return path


def load(folder: Path, name: str) -> Answers:
    """The answers of that profile. Raises NotFound where there is none, Invalid for one broken."""
    path = _path(folder, name)
    try:
        if path.stat().st_size > MOST:
            raise Invalid(f"The profile {name} is too large to be one")
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["version"] != VERSION:
            raise Invalid(f"The profile {name} is of another version of vmtui")
        return decode(Answers, record["answers"])
    except FileNotFoundError:
        known = ", ".join(names(folder)) or "there is none yet"
        raise NotFound(f"There is no profile {name}", f"Known: {known}.") from None
    except OSError as error:
        raise Invalid(f"The profile {name} cannot be read", error.strerror or "") from None
    except (ValueError, LookupError, TypeError) as error:
        raise Invalid(f"The profile {name} is none", str(error)) from None


def _path(folder: Path, name: str) -> Path:
    if (wrong := name_problem(name)) is not None:
        raise Invalid(f"{name!r} is no name of a profile", wrong)
    return folder / f"{name}{SUFFIX}"
