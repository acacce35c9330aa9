"""Which system a guest runs, by its own word, and the commands that install the agent there."""

from __future__ import annotations

import pytest

from vmtui.model.installing import Login, Release, Sudo
from vmtui.model.system import Family
from vmtui.plan.agentpackages import (
    MANAGERS,
    install_commands,
    manager_of,
    packages,
    read_release,
    release_of,
    why_not,
)
from vmtui.plan.loginfacts import as_root, read_login
from vmtui.plan.systems import shipped

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
FILES = {
    DEBIAN: "apt",
    'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"': "apt",
    'ID=neon\nID_LIKE="ubuntu debian"': "apt",
    "ID=fedora\nVERSION_ID=41\nVARIANT_ID=server": "dnf",
    'ID="rhel"\nVERSION_ID="9.4"\nID_LIKE="fedora"': "dnf",
    'ID="centos"\nVERSION_ID="7"\nID_LIKE="rhel fedora"': "yum",
    'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"': "dnf",
    'ID="almalinux"\nVERSION_ID="8.9"': "dnf",
    'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"': "zypper",
    'ID="sles"\nVERSION_ID="15.5"': "zypper",
    "ID=arch\nBUILD_ID=rolling": "pacman",
    "ID=endeavouros\nID_LIKE=arch": "pacman",
    "ID=alpine\nVERSION_ID=3.20.1": "apk",
    "ID=freebsd\nVERSION_ID=14.1": "pkg",
}


@pytest.mark.parametrize(("text", "manager"), FILES.items())
def test_a_system_is_recognized_and_has_its_commands(text: str, manager: str) -> None:
    release = read_release(text)
    found = manager_of(release)
    assert found is not None
    assert found.id == manager
    commands = install_commands(release)
    assert any("qemu-guest-agent" in one.line for one in commands[:-1])
    service = "qemu_guest_agent_enable=YES" if manager == "pkg" else "qemu-guest-agent"
    assert service in commands[-1].line
    assert all("'" not in one.line and "!" not in one.line.replace("[ ! ", "") for one in commands)


@pytest.mark.parametrize(
    ("short", "id_", "version", "manager"),
    [
        ("debian12", "debian", "12", "apt"), ("debiantesting", "debian", "", "apt"),
        ("ubuntu24.04", "ubuntu", "24.04", "apt"), ("fedora43", "fedora", "43", "dnf"),
        ("rhel9.6", "rhel", "9.6", "dnf"), ("centos-stream9", "centos", "9", "dnf"),
        ("centos7.0", "centos", "7", "yum"), ("oraclelinux9", "ol", "9", "dnf"),
        ("ol8.10", "ol", "8.10", "dnf"), ("opensuse15.6", "opensuse-leap", "15.6", "zypper"),
        ("opensusetumbleweed", "opensuse-tumbleweed", "", "zypper"),
        ("sle15sp4", "sles", "15.4", "zypper"), ("sle15.7", "sles", "15.7", "zypper"),
        ("archlinux", "arch", "", "pacman"), ("alpinelinux3.22", "alpine", "3.22", "apk"),
        ("freebsd14.3", "freebsd", "14.3", "pkg"),
    ],
)  # fmt: skip
def test_a_system_is_known_by_its_name_in_libosinfo(
    short: str, id_: str, version: str, manager: str
) -> None:
    release = release_of(short)
    assert (release.id, release.version, release.name) == (id_, version, short)
    found = manager_of(release)
    assert found is not None
    assert found.id == manager


def test_every_linux_that_can_be_made_here_is_known_or_said_not_to_be() -> None:
    shorts = {
        system.short for system in shipped()
        if system.packages and system.family is not Family.WINDOWS
    }  # fmt: skip
    assert {short for short in shorts if manager_of(release_of(short)) is None} == set()
    for odd in ("", "generic", "win11", "12", "sp", "\n", "1" * 100_000 + "x"):
        assert manager_of(release_of(odd)) is None


def test_the_commands_of_a_debian_to_the_letter() -> None:
    update, install, service = install_commands(read_release(DEBIAN))
    assert update.line == "apt-get -q update || true"
    assert install.line.startswith("DEBIAN_FRONTEND=noninteractive apt-get -q -y ")
    assert install.line.endswith(" install qemu-guest-agent")
    assert "systemctl start qemu-guest-agent" in service.line


def test_an_agent_that_is_there_is_only_started() -> None:
    commands = install_commands(read_release(DEBIAN), installed=True, again=True)
    assert [one.what for one in commands] == ["start its service"]
    assert "systemctl restart qemu-guest-agent" in commands[0].line


def test_a_spice_display_wants_its_agent_too() -> None:
    assert packages(spice=True) == ("qemu-guest-agent", "spice-vdagent")
    assert packages(spice=True, release=Release(id="freebsd")) == ("qemu-guest-agent",)
    line = install_commands(read_release(DEBIAN), spice=True)[1].line
    assert line.endswith("install qemu-guest-agent spice-vdagent")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('ID=plan9\nPRETTY_NAME="Plan 9"', "no commands are known for Plan 9"),
        ("", "does not say what it is"),
        ("ID=fedora\nVARIANT_ID=silverblue\nPRETTY_NAME=Silverblue", "is an image"),
        ("ID=nixos\nPRETTY_NAME=NixOS", "is an image"),
    ],
)
def test_what_cannot_be_done_is_said(text: str, words: str) -> None:
    release = read_release(text)
    assert words in (why_not(release) or "")
    assert manager_of(release) is None
    assert install_commands(release) == ()


def test_what_a_guest_says_of_itself_is_bounded_and_plain() -> None:
    hostile = (
        'ID=";rm -rf $HOME;"\nPRETTY_NAME="a\x1b[31mb' + "x" * 300 + '"\n'
        "ID_LIKE=" + " ".join(["`id`"] * 50) + "\nnonsense\n=\nVERSION_ID=" + "9" * 300
    )
    release = read_release(hostile + "\nPRETTY_NAME=late")
    assert release.id == "rm-rfhome"
    assert release.like == ("id",) * 8
    assert "\x1b" not in release.name
    assert len(release.name) <= 120
    assert len(release.version) <= 40
    assert read_release("A" * 100_000 + "\nID=debian").id == ""


def told(**values: str) -> Login:
    """What a shell's answer is read as."""
    lines = "".join(f"{name}={value}\n" for name, value in values.items())
    return read_login(f"{lines}os-release:\n{DEBIAN}")


def test_who_is_logged_in_and_how_they_become_root() -> None:
    assert told(uid="0").sudo is Sudo.NOT_NEEDED
    assert told(uid="1000", sudo="/usr/bin/sudo", free="yes").sudo is Sudo.FREE
    assert told(uid="1000", sudo="/usr/bin/sudo").sudo is Sudo.PASSWORD
    assert told(uid="1000", doas="/usr/bin/doas").sudo is Sudo.DOAS
    assert told(uid="1000").sudo is Sudo.NONE
    assert told(uid="0").release.id == "debian"
    assert told(uid="0", agent="/usr/sbin/qemu-ga", port="yes").agent
    assert read_login("kernel=FreeBSD\nuid=0\n").release.id == "freebsd"
    assert read_login("").sudo is Sudo.NONE


def test_a_command_is_run_as_root_and_its_quotes_survive() -> None:
    assert as_root("id", Sudo.NOT_NEEDED) == "id"
    assert as_root("id -u", Sudo.FREE) == "sudo -n sh -c 'id -u'"
    assert as_root("a && b", Sudo.PASSWORD, "x: ") == "sudo -p 'x: ' sh -c 'a && b'"
    assert as_root("id", Sudo.DOAS) == "doas -n sh -c id"


def test_every_manager_can_install_from_files() -> None:
    assert all(manager.local for manager in MANAGERS.values())
