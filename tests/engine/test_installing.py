"""From a wish for guest tools to the plan, where somebody is logged in who needs a password."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.engine.support import HOST, QUIET, Bench
from vmtui.engine import atconsole, installing
from vmtui.engine.installing import Wish
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.installing import Login, Release, Sudo, Way
from vmtui.model.steps import RunAtConsole, UploadVolume
from vmtui.model.storage import Pool, PoolState
from vmtui.plan.plan import Plan

DEBIAN = Release("debian", version="12")


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """A host that is not told to be imaginary, at whose consoles a user of sudo is logged in."""

    async def look_around(*_: object) -> Login:
        return Login(Sudo.PASSWORD, DEBIAN)

    monkeypatch.setattr(atconsole, "look_around", look_around)
    monkeypatch.setattr(installing, "own_release", lambda: DEBIAN)
    made = Bench(QUIET)
    demo = DemoHost(HOST, 12, speed=100.0)
    made.hosts.append(demo)
    made.fleet.add(HOST, "qemu:///session", demo.connect)
    await made.up()
    yield made
    await made.fleet.close()


async def planned(bench: Bench, way: Way, password: str | None) -> tuple[Plan | None, list[str]]:
    """The plan, where the person types that password, and what they were asked."""
    asked: list[str] = []

    async def ask(words: str) -> str | None:
        asked.append(words)
        return password

    guest = bench.guest("web1")
    plan = await installing.prepare(bench.fleet, guest, Wish(way), ask, lambda _: None)
    return plan, asked


@pytest.mark.parametrize("way", [Way.CONSOLE, Way.ISO])
async def test_where_the_password_is_declined_there_is_no_plan(bench: Bench, way: Way) -> None:
    assert await planned(bench, way, None) == (None, ["Password for sudo in web1"])


@pytest.mark.parametrize("way", [Way.CONSOLE, Way.ISO])
async def test_the_password_is_in_every_step_that_becomes_root(bench: Bench, way: Way) -> None:
    plan, _ = await planned(bench, way, "open sesame")
    assert plan is not None
    typed = [step for step in plan.tracks[0].steps if isinstance(step, RunAtConsole)]
    assert typed
    assert {step.password for step in typed} == {"open sesame"}


async def test_an_iso_goes_into_whatever_pool_keeps_files(bench: Bench) -> None:
    pools = (
        Pool("thin", "1", PoolState.RUNNING, "logical", available=9 << 40, capacity=9 << 40),
        Pool("wide", "2", PoolState.RUNNING, "gluster", available=1 << 40, capacity=9 << 40),
    )
    bench.store.update_host(HOST, pools=pools)
    plan, _ = await planned(bench, Way.ISO, "open sesame")
    assert plan is not None
    assert {step.pool for step in plan.tracks[0].steps if isinstance(step, UploadVolume)} == {
        "wide"
    }
