"""A verb is whole: a row in the registry, a plan, a step, and a case in each hypervisor."""

from __future__ import annotations

import pytest

from tests.plan.facts import HOST, guest
from vmtui.hypervisors.demo import DemoHost, DemoHypervisor
from vmtui.hypervisors.libvirt import preview
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Agent, GuestState
from vmtui.model.steps import KINDS, from_record, to_record
from vmtui.plan.consoles import CONSOLE_VERBS
from vmtui.plan.inorder import IN_ORDER
from vmtui.plan.labels import LABEL_VERBS
from vmtui.plan.lifecycle import VERBS
from vmtui.plan.tools import TOOLS_VERBS
from vmtui.ui.actions import ACTIONS, ON_GUESTS
from vmtui.ui.cells import DOING


def test_every_lifecycle_verb_is_in_the_registry() -> None:
    verbs = {action.id for action in ACTIONS if action.scope in ON_GUESTS}
    assert verbs == {
        *VERBS, *IN_ORDER, *LABEL_VERBS, *CONSOLE_VERBS, *TOOLS_VERBS, "send-keys", "rename",
        "delete", "run-command", "copy-in", "copy-out", "set-password", "add-key",
        "install-tools",
    }  # fmt: skip


def test_every_verb_has_a_word_for_its_row() -> None:
    assert {action.id for action in ACTIONS if action.scope in ON_GUESTS} <= {
        *DOING,
        "autostart",
    }


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.__name__)
def test_every_step_can_be_shown_as_a_command_and_kept_in_the_journal(kind: type) -> None:
    step = kind("3490b196-15c0-461f-886d-8154e2b2c2a7")
    assert "virsh" in preview.preview("qemu:///system", step, "web1") or step.label
    assert DemoHypervisor(DemoHost(HOST, guests=1)).preview(step, "web1")
    assert from_record(to_record(step)) == step


@pytest.mark.parametrize("verb", list(VERBS.values()), ids=lambda verb: verb.id)
def test_every_verb_plans_at_least_one_step_where_it_is_offered(verb: object) -> None:
    row = VERBS[verb.id]  # type: ignore[attr-defined]
    for state in GuestState:
        subject = guest(state=state, agent=Agent.CONNECTED, saved=True)
        if row.why_not(subject, Capabilities()) is None:
            plan = row.plan([subject], {HOST: Capabilities()})
            assert plan.tracks[0].steps
