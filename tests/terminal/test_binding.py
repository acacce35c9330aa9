"""The native library's binding: generated once, and never trusted blindly."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmtui.terminal import binding


@pytest.mark.slow
def test_generated_once(tmp_path: Path) -> None:
    """The second load finds the module of the first."""
    binding.load(tmp_path / "cache")
    (made,) = (tmp_path / "cache").glob("*.py")
    before = made.stat().st_mtime_ns
    native = binding.load(tmp_path / "cache")
    assert made.stat().st_mtime_ns == before
    assert native.ffi.sizeof("VmtuiPoint") == native.ffi.sizeof("GhosttyPoint")
    assert native.ffi.sizeof("VmtuiScroll") == native.ffi.sizeof("GhosttyTerminalScrollViewport")


def test_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Generation must not write on somebody's screen."""
    binding.load(tmp_path)
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_without_a_usable_cache(tmp_path: Path) -> None:
    """A file where the folder should be: the declaration is parsed instead."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert binding.load(blocked / "cache").lib is not None
    assert binding.load(None).lib is not None


def test_a_damaged_module_is_replaced(tmp_path: Path) -> None:
    """It is thrown away, and made anew the next time."""
    binding.load(tmp_path)
    (made,) = tmp_path.glob("*.py")
    made.write_text("1 / 0")
    assert binding.load(tmp_path).lib is not None
    assert not made.exists()


@pytest.mark.slow
def test_a_module_that_others_can_write_is_not_run(tmp_path: Path) -> None:
    """It would be executed."""
    binding.load(tmp_path)
    (made,) = tmp_path.glob("*.py")
    made.write_text("raise SystemExit")
    made.chmod(0o666)
    assert binding.load(tmp_path).lib is not None


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Says what is missing."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(binding.EngineMissing, match="pyghostty"):
        binding.load(None)
