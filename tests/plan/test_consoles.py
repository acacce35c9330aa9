"""The verbs around consoles: on which guests, which steps, and what a person is told."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from tests.plan.facts import HOST, guest
from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.device import ConsolePort
from vmtui.model.guest import Guest, GuestState
from vmtui.model.steps import AddConsole, LogConsole, SendKeys, from_record, to_record
from vmtui.plan.consoles import (
    CONSOLE_VERBS,
    RECIPES,
    SEQUENCES,
    add_console,
    log_console,
    send_keys,
    why_not_add_console,
    why_not_log_console,
    why_not_send_keys,
)
from vmtui.plan.plan import Risk

ALL = Capabilities(driver="QEMU")
CAN = {HOST: ALL}
OFF = GuestState.OFF


def with_console(subject: Guest, log: str = "") -> Guest:
    """The guest with one serial console."""
    assert subject.definition is not None
    port = ConsolePort("serial", 0, "serial0", log=log)
    return replace(subject, definition=replace(subject.definition, consoles=(port,)))


@pytest.mark.parametrize("state", list(GuestState))
def test_keys_go_to_guests_that_run(state: GuestState) -> None:
    reason = why_not_send_keys(guest(state=state), ALL)
    assert reason == (None if state is GuestState.RUNNING else f"it is {state.value}")


@pytest.mark.parametrize(
    ("why_not", "feature"),
    [
        (why_not_send_keys, Feature.SEND_KEYS),
        (why_not_add_console, Feature.CONSOLE),
        (why_not_log_console, Feature.CONSOLE_LOG),
    ],
)
def test_drivers_that_cannot_and_hosts_that_only_read_are_named(
    why_not: object, feature: Feature
) -> None:
    assert callable(why_not)
    lacking = Capabilities(driver="Xen", lacks=frozenset({feature}))
    assert why_not(guest(), lacking) == f"Xen cannot {feature.value}"
    assert why_not(guest(), Capabilities(read_only=True)) == "this host is open read-only"


def test_keys_are_pressed_together_and_survive_the_journal() -> None:
    plan = send_keys([guest()], SEQUENCES["ctrl-alt-del"], CAN)
    step = SendKeys("uuid-of-web1", keys=("KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE"))
    assert plan.tracks[0].steps == (step,)
    assert from_record(to_record(step)) == step
    assert plan.title == "Send Ctrl-Alt-Del to web1"


def test_keys_that_cost_something_ask_first() -> None:
    harmless = send_keys([guest()], SEQUENCES["ctrl-alt-f2"], CAN)
    crash = send_keys([guest("a"), guest("b"), guest("c", OFF)], SEQUENCES["sysrq-c"], CAN)
    assert harmless.risk is Risk.NONE
    assert crash.risk is Risk.ASK
    assert crash.effects[0].text.startswith("2 guests crash at once")
    assert crash.effects[0].destructive
    assert any("kernel.sysrq" in effect.text for effect in crash.effects)
    assert [one.name for one in crash.refused] == ["c"]


def test_only_guests_without_a_console_get_one() -> None:
    assert why_not_add_console(guest(), ALL) is None
    assert why_not_add_console(with_console(guest()), ALL) == "it has a console"
    unknown = replace(guest(), definition=None)
    assert why_not_add_console(unknown, ALL) == "its definition is not known yet"
    assert "transient" in (why_not_add_console(guest(persistent=False), ALL) or "")


def test_a_running_guest_gets_its_console_at_once_where_that_can_be() -> None:
    plan = add_console([guest("a"), guest("b", OFF)], CAN)
    assert [track.steps for track in plan.tracks] == [
        (AddConsole("uuid-of-a", live=True),),
        (AddConsole("uuid-of-b", live=False),),
    ]
    assert any("a reboot is not enough" in effect.text for effect in plan.effects)
    off = add_console([guest("b", OFF)], CAN)
    assert not any("reboot" in effect.text for effect in off.effects)


def test_the_plan_says_what_each_system_needs() -> None:
    words = "\n".join(effect.text for effect in add_console([guest()], CAN).effects)
    for part in (
        "console=ttyS0", "Debian, Ubuntu", "update-grub", "Fedora", "grubby --update-kernel=ALL",
        "openSUSE", "Arch", "Alpine", "FreeBSD", "comconsole",
    ):  # fmt: skip
        assert part in words


def test_the_recipes_are_commands_that_a_shell_can_read() -> None:
    for recipe in RECIPES:
        for command in recipe.commands:
            subprocess.run(["sh", "-n", "-c", command], check=True)


def test_the_grub_recipe_keeps_what_was_there() -> None:
    debian = next(recipe for recipe in RECIPES if "Debian" in recipe.systems)
    command = debian.commands[0].replace("sed -i", "sed").replace("/etc/default/grub", "")
    edited = subprocess.run(
        ["sh", "-c", command], input='GRUB_CMDLINE_LINUX="quiet"\nGRUB_TIMEOUT=1\n',
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert edited.stdout == (
        'GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200 quiet"\nGRUB_TIMEOUT=1\n'
    )


def test_only_consoles_that_are_not_logged_yet_can_be() -> None:
    assert why_not_log_console(guest(), ALL) == "it has no console"
    assert why_not_log_console(with_console(guest()), ALL) is None
    logged = with_console(guest(), "/var/log/x.log")
    assert why_not_log_console(logged, ALL) == "its console is logged to /var/log/x.log"


def test_logging_says_when_it_begins() -> None:
    running, off = with_console(guest("a")), with_console(guest("b", OFF))
    plan = log_console([running], CAN)
    assert plan.tracks[0].steps == (LogConsole("uuid-of-a"),)
    assert any("started again" in effect.text for effect in plan.effects)
    assert not any("started again" in one.text for one in log_console([off], CAN).effects)


@pytest.mark.parametrize("verb", list(CONSOLE_VERBS))
def test_what_changes_a_definition_asks_first(verb: str) -> None:
    subject = with_console(guest()) if verb == "log-console" else guest()
    plan = CONSOLE_VERBS[verb]([subject], CAN)
    assert plan.verb == verb
    assert plan.risk is Risk.ASK
