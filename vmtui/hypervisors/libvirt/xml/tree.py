"""From text to a tree, within bounds, and the small questions that every reader asks of it.

The text may come from a remote host: its size is bounded, and what has a document type (the
only way to entities) is refused.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.text import number, plain

MOST = 4 * 1024 * 1024
"""Characters of a document that are read at most."""

_UNITS = {
    "b": 1, "bytes": 1,
    "kb": 1000, "k": 1024, "kib": 1024,
    "mb": 1000**2, "m": 1024**2, "mib": 1024**2,
    "gb": 1000**3, "g": 1024**3, "gib": 1024**3,
    "tb": 1000**4, "t": 1024**4, "tib": 1024**4,
    "pb": 1000**5, "p": 1024**5, "pib": 1024**5,
    "eb": 1000**6, "e": 1024**6, "eib": 1024**6,
}  # fmt: skip


def parse(text: str) -> Element:
    """The root of a document.

    Raises:
        Invalid: It is too large, has a document type, or is not XML.
    """
    if len(text) > MOST:
        raise Invalid("The host sent a definition that is too large", f"{len(text)} characters")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("The host sent a definition with a document type")
    try:
        return ET.fromstring(text)  # noqa: S314 - bounded, and without entities
    except ET.ParseError as error:
        raise Invalid("The host sent a definition that is not XML", str(error)) from None


def attribute(element: Element | None, name: str, default: str = "") -> str:
    """An attribute as plain text; `default` where it or the element is missing."""
    return plain(element.get(name, default)) if element is not None else default


def words(parent: Element, path: str, limit: int = 2000) -> str:
    """The text of a descendant, plain; "" where it is missing."""
    return plain(parent.findtext(path), limit)


def amount(element: Element | None, unit: str = "KiB") -> int:
    """An element's size in bytes: its number times its `unit` attribute, or times `unit`."""
    if element is None:
        return 0
    scale = _UNITS.get(element.get("unit", unit).lower(), 1024)
    return number((element.text or "").strip()) * scale
