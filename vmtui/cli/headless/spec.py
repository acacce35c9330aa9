"""What `vmtui create` was told: options, a file and a profile, as one request. Blocks."""

from __future__ import annotations

import sys
import tomllib
from argparse import Namespace
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import Any

from vmtui import paths
from vmtui.cli.arguments.creating import PREFIX
from vmtui.engine import profiles
from vmtui.errors import Invalid
from vmtui.plan.answers import Answers
from vmtui.plan.request import Request
from vmtui.plan.requestwords import SETTINGS, SOURCES, checked

FILE_MOST = 1024 * 1024
KEYS = ("ssh-", "ecdsa-", "sk-")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request, and what it is on top of."""

    request: Request
    password: str = field(default="", repr=False)
    base: Answers | None = None
    """A profile's answers."""


def wanted(given: Namespace) -> Wanted:
    """All that was said. Raises VmtuiError where a file or a word cannot be taken."""
    told: dict[str, Any] = {}
    if given.file is not None:
        told = checked(_file(given.file), str(given.file))
    said = {
        name: getattr(given, PREFIX + name)
        for name in SETTINGS
        if getattr(given, PREFIX + name) is not None
    }
    options = checked(said)
    if any(options.get(name) for name in SOURCES):
        told = {name: value for name, value in told.items() if name not in SOURCES}
    request = {**told, **options}
    password = _password(given, request.pop("password_file", ""))
    if "user_data" in request:
        request["user_data"] = _text(request["user_data"], "user-data")
    if "ssh_key" in request:
        request["ssh_key"] = tuple(_key(one) for one in request["ssh_key"])
    base = profiles.load(paths.profile_dir(), given.profile) if given.profile else None
    return Wanted(request, password, base)


def _file(path: Path) -> dict[str, Any]:
    """The names and values in a TOML or YAML file."""
    text = sys.stdin.read(FILE_MOST) if str(path) == "-" else _text(str(path), "file")
    if path.suffix.lower() not in (".yaml", ".yml", ".json"):
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            if path.suffix.lower() == ".toml":
                raise Invalid(f"{path} is not valid TOML", str(error)) from None
    import yaml

    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"{path} is neither valid YAML nor TOML", str(error)) from None
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise Invalid(f"{path} has no names with values", "Such as: memory: 2G")
    return found


def _text(name: str, what: str) -> str:
    path = paths.expanded(name)
    try:
        with path.open(encoding="utf-8") as opened:
            return opened.read(FILE_MOST)
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"The {what} {name} cannot be read", str(error)) from None


def _password(given: Namespace, file: str) -> str:
    """Typed, or the first line of a pipe or file: never an argument, which others see."""
    if given.password_stdin:
        if sys.stdin.isatty():
            return getpass("Password for the guest's user: ")
        return sys.stdin.readline().rstrip("\r\n")
    return (_text(file, "password").splitlines() or [""])[0] if file else ""


def _key(text: str) -> str:
    if text.startswith(KEYS):
        return text.strip()
    return _text(text, "key").strip()
