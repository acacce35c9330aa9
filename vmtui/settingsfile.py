"""The settings file, changed from within: the smallest edit, with comments and order kept.

A file that is no TOML is never written over; nor is one in which a change would be a mistake.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui import config
from vmtui.errors import Invalid, VmtuiError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Value = str | float | int | bool | list[str]


def put(path: Path, section: str, key: str, value: Value | None) -> config.Settings:
    """Set `key` in `[section]`, or take it out for None; the settings that the file then holds.

    Raises:
        Invalid: The file is no TOML, or the value is not one that the settings take.
        VmtuiError: The file cannot be read or written.
    """

    def edit(document: TOMLDocument) -> None:
        import tomlkit

        table = document.get(section)
        if table is None:
            if value is None:
                return
            table = document[section] = tomlkit.table()
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value

    return _change(path, edit)


def put_row(path: Path, table: str, name: str, values: Mapping[str, Value]) -> config.Settings:
    """Have a `[[table]]` of that name with these values, in place of the one that there is.

    Raises what `put` raises.
    """

    def edit(document: TOMLDocument) -> None:
        import tomlkit

        rows = document.get(table)
        if rows is None:
            rows = document[table] = tomlkit.aot()
        row = next((one for one in rows if one.get("name") == name), None)
        if row is None:
            row = tomlkit.table()
            rows.append(row)
        for key in [key for key in row if key not in ("name", *values)]:
            del row[key]
        for key, value in {"name": name, **values}.items():
            row[key] = value

    return _change(path, edit)


def drop_row(path: Path, table: str, name: str) -> config.Settings:
    """Take the `[[table]]` of that name out. Raises what `put` raises."""

    def edit(document: TOMLDocument) -> None:
        rows = document.get(table, [])
        for number, row in enumerate(rows):
            if row.get("name") == name:
                del rows[number]
                break
        if not rows:
            document.pop(table, None)

    return _change(path, edit)


def put_host(
    path: Path, host: config.HostEntry, before: config.HostEntry | None = None
) -> config.Settings:
    """Have this `[[host]]`, in place of `before` where that is one of them, else as the last one.

    Raises what `put` raises.
    """

    def edit(document: TOMLDocument) -> None:
        import tomlkit

        rows = document.get("host")
        if rows is None:
            rows = document["host"] = tomlkit.aot()
        row = next((one for one in rows if before is not None and _is(one, before)), None)
        if row is None:
            row = tomlkit.table()
            rows.append(row)
        for key in ("name", "uri", "read_only", "production"):
            value = getattr(host, key)
            if value:
                row[key] = value
            else:
                row.pop(key, None)

    return _change(path, edit)


def drop_host(path: Path, host: config.HostEntry) -> config.Settings:
    """Take a `[[host]]` out. Raises what `put` raises."""

    def edit(document: TOMLDocument) -> None:
        rows = document.get("host", [])
        for number, row in enumerate(rows):
            if _is(row, host):
                del rows[number]
                break
        if not rows:
            document.pop("host", None)

    return _change(path, edit)


def _is(row: Mapping[str, object], host: config.HostEntry) -> bool:
    return (row.get("uri", ""), row.get("name", "")) == (host.uri, host.name)


def _change(path: Path, edit: Callable[[TOMLDocument], None]) -> config.Settings:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    # What a link points to is changed, not the link.
    path = path.resolve()
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        document = tomlkit.parse(before)
        edit(document)
        after = tomlkit.dumps(document)
    except (OSError, UnicodeDecodeError) as error:
        raise VmtuiError(f"{path} cannot be read", str(error)) from None
    except (TOMLKitError, TypeError, AttributeError, ValueError) as error:
        hint = "mend the file by hand first: it is left as it is"
        raise Invalid(f"{path} is not as it should be", str(error), hint) from None
    settings, problems = config.parse(after)
    known = {problem.message for problem in config.parse(before)[1]}
    new = [problem for problem in problems if problem.message not in known]
    if new:
        raise Invalid("the settings do not take that", new[0].message)
    if after != before:
        _write(path, after)
    return settings


def _write(path: Path, text: str) -> None:
    """Write it whole or not at all, with the rights that it had."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                Path(temporary).chmod(path.stat().st_mode & 0o7777)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise VmtuiError(f"{path} cannot be written", str(error)) from None
