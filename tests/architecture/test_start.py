"""A cold start is part of the product: what is heavy is imported on use."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest


@cache
def loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after running this."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_asking_for_help_loads_neither_textual_nor_libvirt() -> None:
    modules = loaded("import vmtui.cli.main")
    assert not {"textual", "rich", "libvirt", "psutil", "asyncio"} & modules


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["console", "--help"]])
def test_help_and_version_load_nothing_heavy(words: list[str]) -> None:
    statement = (
        "import contextlib, io, vmtui.cli.main as m\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        f"    m.main({words!r})"
    )
    assert not {"textual", "rich", "libvirt", "psutil", "asyncio", "cffi"} & loaded(statement)


def test_a_console_without_the_screen_loads_neither_textual_nor_the_engine() -> None:
    modules = loaded("import vmtui.cli.console")
    assert not {"textual", "rich", "libvirt", "psutil", "cffi", "pyghostty"} & modules


@pytest.mark.slow
def test_the_screen_loads_neither_libvirt_nor_the_demo() -> None:
    modules = loaded("import vmtui.ui.app")
    assert "libvirt" not in modules
    assert "vmtui.hypervisors.demo" not in modules


def test_the_first_screen_does_without_what_installs_guest_tools() -> None:
    unused = {"installing", "atconsole", "byssh", "gathering", "programs", "around"}
    assert not {f"vmtui.engine.{name}" for name in unused} & loaded("import vmtui.ui.app")


@pytest.mark.parametrize("widget", ["_markdown", "_text_area", "_rich_log", "_data_table"])
def test_the_first_screen_does_without_heavy_widgets(widget: str) -> None:
    assert f"textual.widgets.{widget}" not in loaded("import vmtui.ui.app")


def test_commands_without_the_screen_do_without_textual() -> None:
    modules = loaded(
        "import vmtui.cli.headless.creating, vmtui.cli.headless.listing, vmtui.cli.headless.verb"
    )
    assert "textual" not in modules


def test_looking_at_guests_loads_neither_the_verbs_nor_what_carries_them_out() -> None:
    modules = loaded("import vmtui.cli.arguments as a\na.parser(['list', 'start'])")
    assert "vmtui.ui.actions" not in modules
    modules = loaded("import vmtui.hypervisors.libvirt.connection")
    folder = "vmtui.hypervisors.libvirt"
    unused = {f"{folder}.execute", f"{folder}.preview", f"{folder}.doctor.inspect"}
    assert not unused & modules
    assert not any(name.startswith(f"{folder}.creation") for name in modules)
