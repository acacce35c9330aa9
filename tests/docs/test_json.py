"""docs/json.md tells the truth: its tables have the keys that are printed, and no others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.headless.commands import FLEET, Commands

PAGE = (Path(__file__).resolve().parents[2] / "docs/json.md").read_text(encoding="utf-8")
FLEET_LARGE = "--demo=hosts=1,guests=40,lively=0"
CONTAINED = {"addresses": "address", "figures": "figures", "definition": "definition",
             "disks": "disk", "interfaces": "interface", "consoles": "console",
             "displays": "display", "leases": "lease", "error": "error", "channels": "channel",
             "host_devices": "host device", "chains": "chain", "layers": "layer",
             "volume": "volume", "plugs": "plug", "lease": "lease", "snapshots": "snapshot"
             }  # fmt: skip


def tables() -> dict[str, list[str]]:
    """The keys of each object that the page describes."""
    found = {}
    for part in PAGE.split("\n## ")[1:]:
        name, _, text = part.partition("\n")
        found[name] = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    return found


KEYS = tables()


def check(kind: str, thing: dict[str, Any], seen: set[str]) -> None:
    """Compare an object, and those in it, with the page."""
    optional = {"definition"} if kind == "guest" else set()
    assert set(KEYS[kind]) - optional == set(thing) - optional, kind
    seen.add(kind)
    for key, value in thing.items():
        inner = CONTAINED.get(key)
        values = value if isinstance(value, list) else [value]
        for one in values:
            if inner and isinstance(one, dict):
                check(inner, one, seen)


@pytest.fixture
def vmtui(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


@pytest.mark.slow
def test_every_object_is_as_the_page_says(vmtui: Commands, test_uri: str) -> None:
    seen: set[str] = set()
    for guest in vmtui("show", "--all", "--json").json["guests"]:
        check("guest", guest, seen)
    for kind in ("pools", "networks", "hosts"):
        for thing in vmtui(kind, "--json").json[kind]:
            check(kind.removesuffix("s"), thing, seen)
    for thing in vmtui("xray", "--all", "--json", fleet=FLEET_LARGE).json["xray"]:
        check("xray", thing, seen)
    for guest in vmtui("show", "--all", "--json", fleet=FLEET_LARGE).json["guests"]:
        check("guest", guest, seen)
    check("host", vmtui("top", "-n", "1", "--json").json["hosts"][0], seen)
    check("event", vmtui("events", "-n", "1", "--json").json, seen)
    told = vmtui("start", "berlin1/*", "--json").json
    assert set(told) == {"version", "plan", "results"}
    check("plan", told["plan"], seen)
    check("result", told["results"][0], seen)
    vmtui("suspend", "-c", test_uri, "guest-001", fleet="")
    check("entry", vmtui("audit", "--json", fleet="").json["entries"][0], seen)
    lost = vmtui("list", "-c", test_uri, "-c", "test:///nosuch", "--json", fleet="").json
    (problem,) = lost["problems"]
    check("error", {key: value for key, value in problem.items() if key != "host"}, seen)
    assert seen == set(KEYS) - {"Documents"}, FLEET
