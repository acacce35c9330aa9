"""Published lists of checksums: which line is the image's."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"(?P<hex>[0-9a-fA-F]{64}|[0-9a-fA-F]{128})(?:\s+[*]?(?P<name>\S.*))?")
_TAGGED = re.compile(r"SHA(?:256|512)\s*\((?P<name>.+)\)\s*=\s*(?P<hex>[0-9a-fA-F]+)")
_KINDS = {64: "sha256", 128: "sha512"}


def find(text: str, name: str) -> str:
    """The checksum (`sha256:HEX`, `sha512:HEX`) of the file of that name; "" where there is none.

    `HEX  name` as sha256sum writes it, `SHA256 (name) = HEX` as BSD does, or the digits alone. A
    list of one file is of that file whatever it is called there: addresses that always lead to
    the newest build have such.
    """
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        match = _TAGGED.fullmatch(line.strip()) or _PLAIN.fullmatch(line.strip())
        if match is None or len(match["hex"]) not in _KINDS:
            continue
        of = (match["name"] or "").strip().removeprefix("./").rpartition("/")[2]
        found.append((of, f"{_KINDS[len(match['hex'])]}:{match['hex'].lower()}"))
    named = [checksum for of, checksum in found if of == name]
    # The longer one says more.
    if named:
        return max(named, key=len)
    return found[0][1] if len(found) == 1 else ""
