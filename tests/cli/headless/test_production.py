"""A host that is marked production takes one word more."""

from __future__ import annotations

from pathlib import Path

from tests.cli.headless.commands import Commands


def test_yes_alone_is_not_enough_there(vmtui: Commands, test_uri: str, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text(f'[[host]]\nname = "shop"\nuri = "{test_uri}"\nproduction = true\n')
    words = ("--config", str(settings), "reboot", "guest-001")
    asked = vmtui(*words, fleet="")
    assert asked.code == 6
    assert "! on production: shop" in asked.err
    assert vmtui(*words, "--yes", fleet="").code == 6
    done = vmtui(*words, "--yes", "--production", fleet="")
    assert (done.code, done.lines) == (0, ["guest-001: done"])
    assert vmtui("--config", str(settings), "suspend", "guest-002", fleet="").code == 0
