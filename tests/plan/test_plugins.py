"""What a plugin's command becomes for a guest, and which guests it is refused for."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plan.facts import HOST, guest
from vmtui.config import parse
from vmtui.errors import Invalid
from vmtui.model.capabilities import Capabilities
from vmtui.model.device import Address
from vmtui.model.guest import Agent, Guest, GuestState, HostId
from vmtui.model.host import Link, LinkState
from vmtui.model.inventory import HostView
from vmtui.model.steps import Freeze, RunPlugin, Thaw
from vmtui.plan import plugins
from vmtui.plan.guard import guarded, on_production
from vmtui.plan.plan import Plan, Risk
from vmtui.plugin import GUEST_FIELDS, HOST_FIELDS, PluginEntry

SHELL = {"shell": True}
VIEW = HostView(HOST, "qemu+ssh://root@lab1.example/system", Link(LinkState.UP, 0.0))


def entry(*command: str, **more: object) -> PluginEntry:
    return PluginEntry(name="mine", command=command, **more)  # type: ignore[arg-type]


def plan(row: PluginEntry, *guests: Guest, **inputs: str) -> Plan:
    return plugins.for_guests(row, guests, {HOST: VIEW}, inputs)


def words(made: Plan) -> tuple[str, ...]:
    (step,) = made.tracks[0].steps
    assert isinstance(step, RunPlugin)
    return step.command


def test_every_field_of_the_settings_has_a_value() -> None:
    assert set(plugins.GUEST_VALUES) == set(GUEST_FIELDS)
    assert set(plugins.HOST_VALUES) == set(HOST_FIELDS)


def test_each_field_stays_one_argument() -> None:
    made = plan(entry("run", "{name}", "at={host}", "{uri}", "{host_name}", "{{name}}"),
                guest("two words; rm -rf /"))  # fmt: skip
    assert words(made) == (
        "run", "two words; rm -rf /", "at=lab", VIEW.uri, "lab1.example", "{name}"
    )  # fmt: skip
    assert made.title == "mine: two words; rm -rf /"
    assert made.effects[0].text.startswith("runs here: run 'two words; rm -rf /'")


@pytest.mark.parametrize("name", ["-oProxyCommand=x", "--help", "-"])
def test_a_value_that_would_be_an_option_is_refused(name: str) -> None:
    made = plan(entry("ssh", "{name}"), guest(name))
    assert made.empty
    assert "begins with a dash" in made.refused[0].reason
    assert words(plan(entry("ssh", "--", "{name}"), guest(name)))[-1] == name
    assert words(plan(entry("ssh", "root@{name}"), guest(name)))[-1] == f"root@{name}"
    shell = entry("ssh {name} | cat", **SHELL)
    assert plan(shell, guest(name)).empty
    shell = entry("ssh -- {name} | cat", **SHELL)
    assert not plan(shell, guest(name)).empty


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2J", "a\0b", "a\rb", "a\u2028b"])
def test_a_value_with_a_control_character_goes_into_no_command(name: str) -> None:
    made = plan(entry("run", "x{name}"), guest(name))
    assert "control character" in made.refused[0].reason


def test_what_is_not_known_is_the_reason() -> None:
    row = entry("ssh", "root@{ip}")
    assert plugins.why_not(row)(guest(), Capabilities()) == "its ip is not known"
    known = replace(guest(), addresses=(Address("fe80::1"), Address("2001:db8::7"),
                                        Address("10.0.0.7")))  # fmt: skip
    assert words(plan(row, known)) == ("ssh", "root@10.0.0.7")
    assert words(plan(entry("x", "{ip6}"), known)) == ("x", "2001:db8::7")
    assert words(plan(entry("x", "{ip4}"), known)) == ("x", "10.0.0.7")
    near = replace(known, addresses=(Address("febf::1"), Address("224.0.0.1"), Address("nonsense")))
    assert plan(row, near).empty


def test_what_is_dangerous_asks_and_is_not_for_a_host_that_is_only_read() -> None:
    row = entry("x", dangerous=True)
    assert plan(row, guest()).risk is Risk.ASK
    assert plan(row, guest()).effects[0].destructive
    assert plan(entry("x"), guest()).risk is Risk.NONE
    reading = Capabilities(read_only=True)
    assert plugins.why_not(row)(guest(), reading) == "this host is open read-only"
    assert plugins.why_not(entry("x"))(guest(), reading) is None


def test_inputs_are_arguments_too_and_an_empty_optional_one_is_none() -> None:
    settings, problems = parse(
        '[[plugin]]\nname = "mine"\ncommand = ["x", "{a}", "--b={b}", "{b}"]\n'
        'inputs = [{ name = "a" }, { name = "b", optional = true }]\n'
    )
    assert problems == []
    row = settings.plugins[0]
    assert words(plan(row, guest(), a="-v", b="")) == ("x", "-v", "--b=")
    assert plugins.input_problem(row, "a", "") == "something is needed here"
    assert plugins.input_problem(row, "b", "") is None
    assert plugins.input_problem(row, "b", "a\nb") == "that has a control character"


def test_all_that_is_selected_in_one_run() -> None:
    row = entry("cssh", "--", "{names}", scope="all")
    made = plugins.for_all(row, [guest("web1"), guest("web 2")], {HOST: VIEW}, {})
    assert words(made) == ("cssh", "--", "web1", "web 2")
    with pytest.raises(Invalid, match="no guest is selected"):
        plugins.for_all(row, [], {}, {})
    with pytest.raises(Invalid, match="begins with a dash"):
        plugins.for_all(row, [guest("-x")], {HOST: VIEW}, {})


def test_one_run_for_guests_of_several_hosts_heeds_the_marks_of_each() -> None:
    shop = HostId("shop")
    guests = [guest("web1"), guest("web2", host=shop)]
    hosts = {HOST: VIEW, shop: replace(VIEW, id=shop)}
    row = entry("x", "--", "{names}", scope="all", dangerous=True)
    made = guarded(plugins.for_all(row, guests, hosts, {}), {shop})
    assert (made.risk, made.confirm_word) == (Risk.TYPE_NAME, "mine")
    assert made.effects[0].text == "on production: shop"
    assert on_production(made, {shop})
    assert not on_production(plugins.for_all(row, guests, hosts, {}), {HostId("other")})
    reading = {**hosts, shop: replace(VIEW, id=shop, capabilities=Capabilities(read_only=True))}
    with pytest.raises(Invalid, match="shop is open read-only"):
        plugins.for_all(row, guests, reading, {})
    assert not plugins.for_all(row, guests[:1], reading, {}).empty
    assert not plugins.for_all(replace(row, dangerous=False), guests, reading, {}).empty
    # It asks for no guest: whatever is selected is none of its business.
    alone = entry("x", scope="all", dangerous=True)
    assert guarded(plugins.for_all(alone, guests, reading, {}), {shop}).risk is Risk.ASK


def test_a_freeze_is_around_the_command_where_the_guest_runs() -> None:
    row = entry("lvcreate", "vg/{name}", freeze=True)
    running, off = guest(agent=Agent.CONNECTED), guest("web2", GuestState.OFF)
    bare, paused = guest("web3"), guest("web4", GuestState.PAUSED, agent=Agent.CONNECTED)
    made = plan(row, running, off, bare, paused)
    first, second = (track.steps for track in made.tracks)
    assert [type(step) for step in first] == [Freeze, RunPlugin, Thaw]
    assert [type(step) for step in second] == [RunPlugin]
    assert [refusal.reason for refusal in made.refused] == [
        "it has no guest-agent channel", "it is paused"
    ]  # fmt: skip
    assert made.exclusive
    assert made.effects[0].text.startswith("file systems are frozen")
    assert plan(row, running).risk is Risk.ASK, "as the verb asks: services stand still"
    assert guarded(plan(row, running), {HOST}).risk is Risk.TYPE_NAME
    assert plan(row, off).risk is Risk.NONE
    assert not plan(entry("true"), running).exclusive


def test_a_host_has_no_guest() -> None:
    made = plugins.for_hosts(entry("virsh", "-c", "{uri}", scope="host"), [VIEW], {})
    assert words(made) == ("virsh", "-c", VIEW.uri)
    assert made.tracks[0].key == (HOST, "")


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_a_shell_sees_the_value_as_it_is(name: str) -> None:
    shell = entry("printf %s x{name}", **SHELL)
    made = words(plan(shell, guest(name)))
    assert made[:2] == ("/bin/sh", "-c")
    if len(name) < 40:
        ran = subprocess.run(made, capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
        assert ran.stdout.decode() == f"x{name}"
