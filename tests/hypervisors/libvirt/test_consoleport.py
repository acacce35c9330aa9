"""Where a console's log goes, and keys by name; what needs no guest."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet, opened
from vmtui.errors import Conflict, Invalid, NotFound, Unsupported
from vmtui.hypervisors.libvirt.consoleport import NAME_MOST, log_file
from vmtui.hypervisors.libvirt.keyboard import CODES, KEYS_MOST, code_of
from vmtui.model.steps import SendKeys
from vmtui.plan.consoles import SEQUENCES

ONE = UUID.format(0)
PLAIN = {"HOME": "/home/ada"}


@pytest.fixture
def as_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the test is not root."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)


@pytest.mark.usefixtures("as_person")
@pytest.mark.parametrize(
    ("uri", "environment", "folder"),
    [
        ("qemu:///system", PLAIN, "/var/log/libvirt/qemu"),
        ("qemu+ssh://root@h/system", PLAIN, "/var/log/libvirt/qemu"),
        ("qemu:///session", PLAIN, "/home/ada/.cache/libvirt/qemu/log"),
        ("qemu:///session", {**PLAIN, "XDG_CACHE_HOME": "/c"}, "/c/libvirt/qemu/log"),
        ("qemu+unix:///session?socket=/x", PLAIN, "/home/ada/.cache/libvirt/qemu/log"),
    ],
)
def test_the_log_goes_where_libvirt_keeps_its_own(
    uri: str, environment: dict[str, str], folder: str
) -> None:
    assert log_file(uri, "web1", ONE, environment) == f"{folder}/web1-serial0.log"


def test_roots_own_hypervisor_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert log_file("qemu:///session", "a", ONE, PLAIN) == "/var/log/libvirt/qemu/a-serial0.log"


def test_a_persons_own_hypervisor_elsewhere_does_not_tell() -> None:
    with pytest.raises(Unsupported) as raised:
        log_file("qemu+ssh://ada@h/session", "web1", ONE, PLAIN)
    assert "virsh edit" in raised.value.hint


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a/b", ".", "..", ".hidden", "-x", "a b", "$(x)", "e\x1b[31m", "",
     "x" * 250, "名" * 100, "\udc80", "a\nb"],
)  # fmt: skip
def test_odd_names_stay_inside_the_folder(name: str) -> None:
    path = PurePosixPath(log_file("qemu:///system", name, ONE))
    assert str(path.parent) == "/var/log/libvirt/qemu"
    assert path.name.isprintable()
    assert not path.name.startswith((".", "-"))
    assert len(path.name.encode()) < NAME_MOST + 40
    assert ONE[:8] in path.name


def test_names_that_become_the_same_keep_files_of_their_own() -> None:
    other = ONE.replace("1", "2")
    assert log_file("qemu:///system", "a b", ONE) != log_file("qemu:///system", "a?b", other)


@pytest.mark.parametrize(
    ("key", "code"),
    [("KEY_ESC", 1), ("KEY_LEFTCTRL", 29), ("KEY_LEFTALT", 56), ("KEY_DELETE", 111), ("KEY_F1", 59),
     ("KEY_F12", 88), ("KEY_SYSRQ", 99), ("KEY_S", 31), ("KEY_B", 48), ("KEY_POWER", 116),
     ("KEY_Z", 44), ("KEY_M", 50), ("KEY_SPACE", 57), ("KEY_RIGHTALT", 100), ("KEY_HOME", 102),
     (29, 29)],
)  # fmt: skip
def test_keys_have_the_numbers_of_linux(key: int | str, code: int) -> None:
    assert code_of(key) == code


@pytest.mark.parametrize("key", ["KEY_NOSUCH", "", "a\x1b", 0, -1, 100_000])
def test_keys_that_are_none_are_refused(key: int | str) -> None:
    with pytest.raises(Invalid):
        code_of(key)


def test_every_sequence_is_of_keys_that_exist_and_few_enough() -> None:
    for sequence in SEQUENCES.values():
        assert set(sequence.keys) <= set(CODES), sequence.id
        assert 0 < len(sequence.keys) <= KEYS_MOST


async def test_keys_are_sent_and_their_number_is_bounded(tmp_path: Path) -> None:
    async with opened(fleet(tmp_path, "web1")) as bench:
        await bench.run(SendKeys(ONE, keys=("KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE")))
        for keys in ((), tuple(range(1, 18))):
            with pytest.raises(Invalid):
                await bench.run(SendKeys(ONE, keys=keys))
        bench.conn.lookupByName("web1").destroy()
        with pytest.raises(Conflict):
            await bench.run(SendKeys(ONE, keys=("KEY_A",)))
        with pytest.raises(NotFound):
            await bench.run(SendKeys(UUID.format(99), keys=("KEY_A",)))
