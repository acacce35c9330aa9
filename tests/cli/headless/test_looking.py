"""`list`, `show`, `top`, `events`, `pools`, `networks` on the demo fleet."""

from __future__ import annotations

import json

import pytest

from tests.cli.headless.commands import Commands


def test_a_list_has_a_line_for_each_guest_without_glyphs_or_colours(vmtui: Commands) -> None:
    ran = vmtui("list")
    assert ran.code == 0
    assert ran.lines[0].split()[:3] == ["NAME", "HOST", "STATE"]
    assert len(ran.lines) == 11
    assert ran.lines[1].split()[:3] == ["cache1", "berlin1", "saved"]
    assert "\x1b" not in ran.out
    assert "●" not in ran.out


def test_the_host_is_told_where_there_are_several(vmtui: Commands) -> None:
    assert "HOST" not in vmtui("list", fleet="--demo=hosts=1,guests=3").lines[0]


@pytest.mark.slow
def test_names_and_uuids(vmtui: Commands) -> None:
    assert vmtui("list", "--names", "berlin1/*").lines == ["cache1", "db1", "dns1", "mail1", "web1"]
    (uuid,) = vmtui("list", "--uuids", "vienna1/web1").lines
    assert vmtui("list", "--names", uuid).lines == ["web1"]


@pytest.mark.slow
def test_filter_and_sort(vmtui: Commands) -> None:
    assert vmtui("list", "--names", "-f", "crashed berlin").lines == ["mail1"]
    assert vmtui("list", "--names", "-f", "state:crashed host:berlin").lines == ["mail1"]
    assert vmtui("list", "--names", "-f", "cpu>=0 web*", "berlin1/*").lines == ["web1"]
    wrong = vmtui("list", "-f", "state:nosuch")
    assert (wrong.code, wrong.out) == (2, "")
    assert vmtui("list", "--names", "--sort=-name", "berlin1/*").lines[0] == "web1"
    wrong = vmtui("list", "--sort", "nosuch")
    assert wrong.code == 2
    assert "no column nosuch" in wrong.err


def test_json_of_a_list(vmtui: Commands) -> None:
    told = vmtui("list", "berlin1/web1", "--json").json
    assert (told["version"], told["problems"]) == (1, [])
    (guest,) = told["guests"]
    assert (guest["host"], guest["name"], guest["state"]) == ("berlin1", "web1", "running")
    assert "definition" not in guest


@pytest.mark.slow
def test_show_tells_the_devices(vmtui: Commands) -> None:
    ran = vmtui("show", "berlin1/web1")
    assert "name: web1\n" in ran.out
    assert "  disk: target vda" in ran.out
    (whole,) = vmtui("show", "berlin1/web1", "--json").json["guests"]
    assert whole["definition"]["disks"][0]["target"] == "vda"


@pytest.mark.slow
def test_a_name_on_two_hosts_is_not_guessed(vmtui: Commands) -> None:
    ran = vmtui("show", "web1")
    assert (ran.code, ran.out) == (3, "")
    assert "berlin1/web1" in ran.err
    assert "vienna1/web1" in ran.err


@pytest.mark.slow
def test_top_in_a_pipe_prints_blocks(vmtui: Commands) -> None:
    ran = vmtui("top", "-n", "2", "-d", "0.5")
    assert ran.code == 0
    assert ran.out.count("CPU") == 2
    assert "\x1b" not in ran.out
    running = [line for line in ran.lines if "running" in line]
    assert len(running) == 12
    assert all("%" in line for line in running)


@pytest.mark.slow
def test_top_as_json_is_a_line_a_tick(vmtui: Commands) -> None:
    ran = vmtui("top", "-n", "2", "-d", "0.5", "--json")
    ticks = [json.loads(line) for line in ran.lines]
    assert [len(tick["hosts"]) for tick in ticks] == [2, 2]
    assert all(guest["active"] for guest in ticks[0]["guests"])


def test_a_delay_that_will_not_do(vmtui: Commands) -> None:
    assert vmtui("top", "-d", "0").code == 2


def test_events_end_after_so_many(vmtui: Commands) -> None:
    ran = vmtui("events", "-n", "2", "--json")
    events = [json.loads(line) for line in ran.lines]
    assert {event["what"] for event in events} == {"connected"}
    assert {event["host"] for event in events} == {"berlin1", "vienna1"}


def test_events_end_after_so_long(vmtui: Commands) -> None:
    ran = vmtui("events", "--for", "0.1", "web1")
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.slow
def test_pools_and_networks(vmtui: Commands) -> None:
    pools = vmtui("pools", "--json").json["pools"]
    assert {pool["host"] for pool in pools} == {"berlin1", "vienna1"}
    assert "2.0 TiB" in vmtui("pools").out
    networks = vmtui("networks", "--json").json["networks"]
    assert networks[0]["leases"][0]["ip"]
    assert "isolated" not in vmtui("networks").out


def test_a_host_that_is_not_there(vmtui: Commands) -> None:
    ran = vmtui("list", "-c", "test:///nosuch.xml", fleet="")
    assert ran.code == 4
    assert "nosuch.xml" in ran.err


def test_one_of_two_hosts_is_not_there(vmtui: Commands, test_uri: str) -> None:
    ran = vmtui("list", "--json", "-c", test_uri, "-c", "test:///nosuch.xml", fleet="")
    assert ran.code == 4
    assert len(ran.json["guests"]) == 5
    (problem,) = ran.json["problems"]
    assert problem["error"] == "ConnectionFailed"
    assert problem["title"]


def test_demo_before_a_command_is_no_fleet(vmtui: Commands) -> None:
    assert vmtui("--demo", "list", "--names", fleet="").lines
    assert vmtui("list", "--demo", "hosts=1,guests=2", "--names", fleet="").lines == [
        "db1",
        "web1",
    ]
