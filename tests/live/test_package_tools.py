"""The commands that are given to dnf, zypper and pacman, obeyed by these themselves.

They run without a guest, in the root of the rig's Debian, which has all three, with packages of a
few bytes.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.rig.debian.archive import archive
from tests.rig.debian.disk import AS_ROOT
from tests.rig.needs import program
from vmtui.model.installing import Release
from vmtui.plan.agentpackages import MANAGERS, install_commands
from vmtui.plan.toolsmedium import fetch_words, script

pytestmark = [pytest.mark.rig, pytest.mark.slow]

MAKE = Path(__file__).with_name("othertools.sh")
LEFT_OUT = ("dev/*", "boot", "usr/lib/modules", "usr/share/vim", "usr/lib/udev", "var/local")
INSIDE = """
mount --bind "$1" "$1"
mount --rbind /dev "$1/dev"
mount --rbind /proc "$1/proc"
exec chroot "$@"
"""
"""A root of its own: pacman looks for the file system that it is on."""
RPMS = "rpm -qa --queryformat '%{NAME} %{VERSION}\\n'"
LIST = {"dnf": RPMS, "zypper": RPMS, "pacman": "pacman -Q 2> /dev/null"}
SYSTEMS = {"dnf": "fedora", "zypper": "opensuse-leap", "pacman": "arch"}
FIRST = {"libthing": "1", "libthing-lang": "1"}
"""What the guest has."""


class Root:
    """The root, and its packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tool = ""

    def run(self, line: str, *words: str) -> tuple[int, str]:
        """Exit code and output of a line of shell in it."""
        command = [
            *AS_ROOT,
            program("unshare"),
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-euc",
        ]
        command += [INSIDE, "sh", str(self.folder), "sh", "-c", line, *words]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        return done.returncode, done.stdout.decode()

    def do(self, line: str, *words: str) -> str:
        """The same; it must succeed."""
        code, output = self.run(line, *words)
        assert code == 0, output
        return output

    def has(self) -> dict[str, str]:
        """Its packages and their versions."""
        lines = self.do(LIST[self.tool]).splitlines()
        return {name: version.removesuffix("-1") for name, version in map(str.split, lines)}

    def begin(self, tool: str) -> None:
        """As the guest of that tool is at first."""
        self.tool = tool
        if tool == "pacman":
            self.do("rm -rf /var/lib/pacman/*; pacman -U --noconfirm /had/*.pkg.tar.gz")
        else:
            self.do("rm -rf /var/lib/rpm /var/cache/zypp; rpm --force-debian -i /had/*.rpm")
        assert self.has() == FIRST


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    """The root with the packages."""
    folder = tmp_path_factory.mktemp("root")
    words: Sequence[str] = [f"--exclude=./{name}" for name in LEFT_OUT]
    command = [*AS_ROOT, program("tar"), "-C", str(folder), "-xf", str(archive()), *words]
    subprocess.run(command, check=True)
    root = Root(folder)
    (folder / "make.sh").write_text(MAKE.read_text())
    root.do("sh /make.sh")
    yield root
    subprocess.run([*AS_ROOT, "rm", "-rf", str(folder)], check=True)


@pytest.fixture(params=SYSTEMS)
def root(made: Root, request: pytest.FixtureRequest) -> Root:
    """As the guest of each tool is at first."""
    made.begin(request.param)
    return made


def test_from_a_medium_what_is_missing_is_installed_and_nothing_else_changed(root: Root) -> None:
    (root.folder / "media" / "install.sh").write_text(script(MANAGERS[root.tool]))
    for _ in range(2):
        root.do("sh /media/install.sh")
        assert root.has() == {**FIRST, "newlib": "1", "qemu-guest-agent": "8"}


@pytest.mark.parametrize("root", ["dnf", "zypper"], indirect=True)
def test_one_repository_that_is_not_to_be_had_does_not_matter(root: Root) -> None:
    bad = "[bad]\\nname=bad\\nbaseurl=http://127.0.0.1:9/\\ngpgcheck=0\\n"
    root.do(f"printf '{bad}' | tee /etc/yum.repos.d/bad.repo > /etc/zypp/repos.d/bad.repo")
    try:
        for command in install_commands(Release(id=SYSTEMS[root.tool]))[:-1]:
            root.do(command.line)
        assert root.has() == {**FIRST, "newlib": "1", "qemu-guest-agent": "8"}
    finally:
        root.do("rm /etc/yum.repos.d/bad.repo /etc/zypp/repos.d/bad.repo")


def test_a_package_that_is_in_no_repository_is_a_failure(root: Root) -> None:
    release = Release(id=SYSTEMS[root.tool])
    install = install_commands(release, spice=True)[-2].line
    code, output = root.run(install)
    assert code not in {0, 127}
    assert "spice-vdagent" in output


@pytest.mark.parametrize("root", ["zypper", "pacman"], indirect=True)
def test_what_this_machine_has_is_fetched_as_well(root: Root) -> None:
    for command in install_commands(Release(id=SYSTEMS[root.tool]))[:-1]:
        root.do(command.line)
    root.do("rm -rf /fetched; mkdir /fetched")
    words = fetch_words(root.tool, "/fetched", ("qemu-guest-agent",), "1")
    root.do('exec "$@"', "sh", *words)
    names = {path.name.split("-")[0] for path in (root.folder / "fetched").rglob("*[0-9y].*")}
    assert {"libthing", "newlib", "qemu"} <= names
