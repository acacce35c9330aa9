"""The demo fleet previews what a real host would: no command that there is not."""

from __future__ import annotations

import re
import shlex

import pytest

from vmtui.hypervisors.demo.preview import preview as demo
from vmtui.hypervisors.libvirt.preview import preview as real
from vmtui.model.guest import Labels
from vmtui.model.steps import KINDS, SetLabels

UUID = "6f1a9a4e-0000-4000-8000-000000000001"
VIRSH = re.compile(r"\bvirsh(?: -c qemu:///system)? (--?[a-z]+ )*([a-z][a-z-]+)")


def commands(line: str) -> set[str]:
    """The commands of virsh in a line."""
    return {found[2] for found in VIRSH.finditer(line)}


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_demo_names_no_command_that_the_real_preview_does_not(kind: str) -> None:
    step = KINDS[kind](UUID)
    real_ones = commands(real("qemu:///system", step, "web1")) | {"edit"}
    assert commands(demo(step, "web1")) <= real_ones


@pytest.mark.parametrize(
    "labels", [Labels(), Labels(("web", "prod"), "front", "a 'note' <&>", 10, 30)]
)
def test_labels_are_written_by_the_same_words(labels: Labels) -> None:
    step = SetLabels.of(UUID, labels)
    words = shlex.split(real("qemu:///system", step, "web1"))
    assert shlex.split(demo(step, "web1")) == [words[0], *words[3:]]
