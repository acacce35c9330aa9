"""A new guest from a cloud image has its guest agent installed and started at its first boot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.plan.places import place
from vmtui.plan import seeds
from vmtui.plan.defaults import defaults

SYSTEMS = ("debian12", "ubuntu24.04", "fedora42", "rocky9", "opensuse15.6", "alpinelinux3.20")


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_seed_installs_and_starts_it(system: str) -> None:
    around = place()
    assert any(one.short == system for one in around.systems)
    answers = replace(defaults(around), system=system)
    made = seeds.config(answers, around, "web1")
    assert made["packages"][0] == "qemu-guest-agent"
    assert any("qemu-guest-agent" in str(command) for command in made["runcmd"])
    without = replace(answers, access=replace(answers.access, tools=False))
    made = seeds.config(without, around, "web1")
    assert "qemu-guest-agent" not in str(made)
