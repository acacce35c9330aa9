"""Frozen facts as JSON values and back, by their annotations: for the journal, drafts and profiles.

Dataclasses become objects, enums their values, tuples and frozensets lists, bytes base64. A field
with `SECRET` as its metadata is never written: who reads the record back gets its default.
"""

from __future__ import annotations

import base64
import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from vmtui.errors import Invalid

SECRET: Mapping[str, Any] = {"secret": True}
"""The metadata of a field that is kept in memory only: `field(default="", metadata=SECRET)`."""

T = TypeVar("T")

_PLAIN = frozenset({str, int, bool})
"""What most fields are: thousands of them are read at a start."""


def encode(value: object) -> Any:
    """The value as what `json` writes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {f.name: encode(getattr(value, f.name)) for f in fields if not is_secret(f)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [encode(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(encode(item) for item in value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def decode(kind: type[T], value: object) -> T:
    """The value of that kind which `encode` wrote.

    Raises Invalid where it does not fit; a field that is missing gets its default.
    """
    try:
        made: T = _decode(kind, value)
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"A record of {kind.__name__} does not fit", str(error)) from None
    return made


def is_secret(field: dataclasses.Field[Any]) -> bool:
    """Whether it stays in memory."""
    return bool(field.metadata.get("secret"))


def lacks_secrets(value: object) -> bool:
    """Whether a fact that was read back misses something that is never written down.

    A fact whose `wants_secrets` is False does without.
    """
    if isinstance(value, tuple):
        return any(lacks_secrets(item) for item in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return False
    if not getattr(value, "wants_secrets", True):
        return False
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if is_secret(field) and not held:
            return True
        if lacks_secrets(held):
            return True
    return False


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode(kind: Any, value: Any) -> Any:
    if kind in _PLAIN:
        return _checked(kind, value)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _decode_union(get_args(kind), value)
    if origin in (tuple, frozenset):
        return _decode_many(origin, get_args(kind), value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _decode_fields(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is bytes:
        return base64.b64decode(_checked(str, value), validate=True)
    if kind is float:
        return float(_checked((int, float), value))
    return _checked(getattr(kind, "__supertype__", kind), value)


def _decode_union(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        try:
            return _decode(kind, value)
        except (KeyError, TypeError, ValueError):
            continue
    raise TypeError(f"{value!r} is none of {kinds}")


def _decode_many(origin: type, kinds: tuple[Any, ...], value: Any) -> Any:
    items = _checked(list, value)
    if origin is tuple and kinds[-1] is not Ellipsis:
        if len(items) != len(kinds):
            raise ValueError(f"{len(items)} values where there are {len(kinds)}")
        return tuple(_decode(kind, item) for kind, item in zip(kinds, items, strict=True))
    return origin(_decode(kinds[0], item) for item in items)


def _decode_fields(kind: type, value: Any) -> Any:
    given = _checked(dict, value)
    hints = _hints(kind)
    if unknown := given.keys() - hints.keys():
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{name: _decode(hints[name], item) for name, item in given.items()})


def _checked(kind: Any, value: Any) -> Any:
    # A bool is an int to Python, and not to whoever wrote the record.
    wrong = kind is int and isinstance(value, bool)
    if wrong or not isinstance(value, type(None) if kind is None else kind):
        raise TypeError(f"{value!r} is not of {kind}")
    return value
