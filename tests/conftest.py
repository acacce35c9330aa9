"""Fixtures for every test: the person's own settings out of reach, and private hypervisors."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol
from xml.etree.ElementTree import Element

import libvirt
import pytest
from _pytest.runner import runtestprotocol

from tests.rig import Daemon, Host, idle, start, tiny
from tests.rig.daemon import quiet

HOMES = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "config",
    "XDG_STATE_HOME": "state",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_RUNTIME_DIR": "run",
}
"""The variables that lead to the person's own files, and the folder that each names instead."""

FORGET = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)

quiet()
_numbers = itertools.count(1)


class MakeGuest(Protocol):
    """Starts a guest of one kind; its options are those of the kind's builder."""

    def __call__(self, name: str | None = None, **options: object) -> libvirt.virDomain: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: what is left at the end is dealt out evenly to the workers."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that the person's settings and hosts are never touched."""
    folder = tmp_path_factory.mktemp("person")
    for variable, name in HOMES.items():
        (folder / name).mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder / name))
    # No tour over the screens of the tests: this person has been here before.
    (folder / "state" / "vmtui").mkdir(mode=0o700)
    (folder / "state" / "vmtui" / "toured").touch()
    for variable in ("LIBVIRT_DEFAULT_URI", "LIBVIRT_DEBUG", "SSH_AUTH_SOCK", "SSH_ASKPASS"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture(scope="session")
def rig_daemon() -> Iterator[Daemon]:
    """The private hypervisor of this test process, for tests that leave it as it was."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(autouse=True)
def revived() -> None:
    """Start the hypervisors again that an earlier test left dead."""
    for daemon in tuple(Daemon.begun):
        if daemon.crashed:
            daemon.restart()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Function, nextitem: pytest.Item | None) -> bool:
    """Run a test, and once more where it failed because libvirtd itself crashed.

    libvirt 9.0's does so now and then, when a client is cut off while it is being told of an
    event, or while it takes its registrations back; many tests here cut clients off.
    """
    hook = item.ihook
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports) and any(one.crashed for one in Daemon.begun):
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """A private hypervisor of the test's own, which it may kill."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture
def tiny_guest(rig_daemon: Daemon) -> Iterator[MakeGuest]:
    """Starts Linux guests with a shell on `rig_daemon`; they are gone after the test."""
    with _makes(rig_daemon, "tiny", tiny) as make:
        yield make


@pytest.fixture
def idle_guest(rig_daemon: Daemon) -> Iterator[MakeGuest]:
    """Starts guests that do nothing on `rig_daemon`; they are gone after the test."""
    with _makes(rig_daemon, "idle", idle) as make:
        yield make


@pytest.fixture
def test_uri(tmp_path: Path) -> str:
    """The address of a made-up host of the test's own, with five guests."""
    return Host().write(tmp_path / "host.xml")


@contextlib.contextmanager
def _makes(daemon: Daemon, kind: str, build: Callable[..., Element]) -> Iterator[MakeGuest]:
    connection = daemon.connect()
    made: list[libvirt.virDomain] = []

    def make(name: str | None = None, **options: object) -> libvirt.virDomain:
        domain = start(connection, build(name or f"{kind}-{next(_numbers)}", **options))
        made.append(domain)
        return domain

    yield make
    for domain in made:
        # A test may itself have ended or removed its guest.
        with contextlib.suppress(libvirt.libvirtError):
            domain.destroy()
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefineFlags(FORGET)
    connection.close()
