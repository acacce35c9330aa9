"""The page of hosts: added with a test, edited, removed; kept in the settings; others untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig import Host
from tests.ui.cockpits import cockpit_for, demo_hosts, sit_down
from vmtui.cli.connecting import host_book
from vmtui.cli.hosts import HostChoice
from vmtui.config import load
from vmtui.hypervisors.demo import DemoHost
from vmtui.model.guest import HostId
from vmtui.model.host import LinkState
from vmtui.ui.cockpit import Cockpit


@pytest.fixture
def settings_file(own_home: Path) -> Path:
    path = own_home / "config" / "vmtui" / "config.toml"
    path.parent.mkdir()
    path.write_text('# mine\n[[host]] # the lab\nname = "lab"\nuri = "demo://lab"\n')
    return path


def text_of(path: Path) -> str:
    return path.read_text()


@pytest.fixture
def cockpit(tmp_path: Path, settings_file: Path) -> Cockpit:
    lab = DemoHost(HostId("lab"), guests=2)
    made = cockpit_for(demo_hosts(lab), tmp_path)
    choices = [(HostChoice(lab.id, lab.uri), lab.connect)]
    made.hosts = host_book(made.fleet, choices, load(settings_file)[0], settings_file)
    return made


@pytest.mark.slow
async def test_a_host_is_added_with_a_test(
    cockpit: Cockpit, tmp_path: Path, settings_file: Path
) -> None:
    uri = Host().write(tmp_path / "host.xml")
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("O")
        await seat.until_shown("a adds, e edits")
        await seat.press("a")
        await seat.until_shown("Another address")
        await seat.press("end", "enter")
        await seat.until_shown("libvirt's address")
        await seat.press(*"test:///nosuch.xml", "ctrl+t")
        await seat.until_shown("✗")
        await seat.press("ctrl+u", *uri, "ctrl+t")
        await seat.until_shown("it answers: TEST")
        await seat.press("tab", *"toy", "ctrl+p", "enter")
        await seat.until_shown("toy is added")
        await seat.until(lambda: "toy" in cockpit.store.inventory.hosts)
        view = cockpit.store.inventory.hosts
        await seat.until(lambda: cockpit.store.inventory.hosts[HostId("toy")].listed)
        assert view[HostId("lab")].link.state is LinkState.UP
        await seat.until_shown("production")
    assert "# the lab" in text_of(settings_file)
    toy = load(settings_file)[0].hosts[1]
    assert (toy.name, toy.uri, toy.production) == ("toy", uri, True)


@pytest.mark.slow
async def test_a_host_is_edited_and_removed(cockpit: Cockpit, settings_file: Path) -> None:
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("O")
        await seat.until_shown("demo://lab")
        await seat.press("e")
        await seat.until_shown("Edit lab")
        await seat.press("tab", "ctrl+u", *"shop", "ctrl+r", "enter")
        await seat.until(lambda: list(cockpit.store.inventory.hosts) == ["shop"])
        assert load(settings_file)[0].hosts[0].read_only
        await seat.press("X")
        await seat.until_shown("its guests stay, from the settings too")
        await seat.press("r")
        await seat.until_shown("shop is removed")
        await seat.until_shown("no host: O adds one")
    assert load(settings_file)[0].hosts == ()
    assert "# mine" in text_of(settings_file)


@pytest.mark.slow
async def test_what_cannot_be_a_host_is_told(cockpit: Cockpit) -> None:
    async with sit_down(cockpit) as seat:
        await seat.until_shown("web1")
        await seat.press("O", "a")
        await seat.until_shown("Over TLS")
        await seat.press("down", "down", "enter")
        await seat.until_shown("libvirt's address")
        await seat.press("enter")
        await seat.until_shown("which host?")
        await seat.press(*"lab2", "tab", *"lab", "enter")
        await seat.until_shown("there is a host lab already")


@pytest.mark.slow
async def test_names_of_the_ssh_configuration_are_offered(cockpit: Cockpit, own_home: Path) -> None:
    (own_home / "home" / ".ssh").mkdir()
    (own_home / "home" / ".ssh" / "config").write_text("Host attic *.org\n")
    async with sit_down(cockpit, (120, 40)) as seat:
        await seat.until_shown("web1")
        await seat.press("O", "a")
        await seat.until_shown("qemu+ssh://attic/system")
