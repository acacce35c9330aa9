"""The guest agent's packages: which system has it under which name, and the commands for it.

Sources: each system's own package lists and service files; os-release(5) for its fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vmtui.model.installing import Release

AGENT, VDAGENT = "qemu-guest-agent", "spice-vdagent"
PORT = "/dev/virtio-ports/org.qemu.guest_agent.0"
OS_RELEASE_MOST = 8192
"""Characters of an os-release file that are looked at."""
FIELD_MOST = 120
_FIELD = re.compile(r"^([A-Z_]{1,40})=(.{0,400})$")
_PLAIN = re.compile(r"[^A-Za-z0-9._+-]")

SYSTEMD = (
    # A package whose unit is started by its device cannot be enabled, and needs not.
    f"systemctl is-enabled --quiet {AGENT} || systemctl enable {AGENT} || true;"
    f" if [ -e {PORT} ]; then {{start}}; fi"
)
OPENRC = f"rc-update add {AGENT} default && if [ -e {PORT} ]; then rc-service {AGENT} restart; fi"
SYSV = f"update-rc.d {AGENT} defaults; if [ -e {PORT} ]; then service {AGENT} restart; fi"
RCNG = (
    "sysrc qemu_guest_agent_enable=YES && { kldload -n virtio_console || true; } && "
    f"service {AGENT} restart"
)
START = f"systemctl is-active --quiet {AGENT} || systemctl start {AGENT}"
"""Its package starts it where it can: to start it again would take a slow guest a while."""
RESTART = f"systemctl restart {AGENT}"
DEBS = """\
set --
for file in *.deb; do
  name=$(dpkg-deb -f "$file" Package)
  case $name:$(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2> /dev/null) in
    qemu-guest-agent:* | spice-vdagent:*) set -- "$@" "./$file" ;;
    *:ii*) ;;
    *) set -- "$@" "./$file" ;;
  esac
done
DEBIAN_FRONTEND=noninteractive dpkg --install "$@"
"""
"""What the guest has is left as it is: its versions may be newer."""
RPMS = """\
set --
for file in *.rpm; do
  name=$(rpm -qp --queryformat '%{NAME}' "$file" 2> /dev/null)
  case $name in
    qemu-guest-agent | spice-vdagent) set -- "$@" "./$file" ;;
    *) rpm -q "$name" > /dev/null || set -- "$@" "./$file" ;;
  esac
done
"""
"""The same, and what installs them is to follow: other versions would break what needs its own."""
PKGS = """\
set --
for file in *.pkg.tar.*; do
  case $file in *.sig) continue ;; esac
  name=$(pacman -Qqp "$file" 2> /dev/null)
  case $name in
    qemu-guest-agent | spice-vdagent) set -- "$@" "$file" ;;
    *) pacman -Qq "$name" > /dev/null 2>&1 || set -- "$@" "$file" ;;
  esac
done
pacman -U --noconfirm --needed "$@"
"""
ZYPPER = (
    "code=0; zypper --non-interactive --quiet {} || code=$?;"
    " case $code in 102 | 103 | 106 | 107) code=0 ;; esac; (exit $code)"
)
"""Those codes are of what is installed, and tell of more: a restart that is due, a repository that
was left out, a script that failed."""


@dataclass(frozen=True, slots=True)
class InsideCommand:
    """A command for a POSIX shell inside a guest, as root, and what it is for."""

    what: str
    line: str
    limit: float = 120.0
    """Seconds that it may take."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A package tool: `install` has a place for the packages' names."""

    id: str
    refresh: str
    """"" where installing looks for news by itself."""
    install: str
    service: str = SYSTEMD
    local: str = ""
    """Installs the files in the folder where it stands; "" where that is not known."""


MANAGERS: Mapping[str, Manager] = {
    manager.id: manager
    for manager in (
        # One repository that is not to be had does not keep the others from being asked.
        Manager(
            "apt", "apt-get -q update || true",
            "DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120"
            " --no-install-recommends install {}",
            local=DEBS,
        ),
        *(
            Manager(
                tool, "", f"{tool} -q -y install {{0}} || {tool} -q -y"
                " --setopt=*.skip_if_unavailable=1 install {0}",
                local=f'{RPMS}{tool} -q -y --disablerepo=* install "$@"',
            )
            for tool in ("dnf", "yum")
        ),
        Manager(
            "zypper", "zypper --non-interactive --quiet refresh || true",
            ZYPPER.format("install --no-recommends {}"),
            local=RPMS
            + ZYPPER.format('--no-refresh --no-remote install --allow-unsigned-rpm "$@"'),
        ),
        Manager(
            "pacman", "", "pacman -S --noconfirm --needed {0} || pacman -Sy --noconfirm --needed"
            " {0}",
            local=PKGS,
        ),
        Manager("apk", "", "apk add --update-cache {}", OPENRC,
                local="apk add --no-network --allow-untrusted *.apk"),
        Manager("pkg", "", "env ASSUME_ALWAYS_YES=yes pkg install -y {}", RCNG,
                local="env ASSUME_ALWAYS_YES=yes pkg add *.pkg"),
    )
}  # fmt: skip

BY_ID: Mapping[str, str] = {
    "debian": "apt", "ubuntu": "apt", "raspbian": "apt", "linuxmint": "apt", "kali": "apt",
    "devuan": "apt", "pop": "apt", "fedora": "dnf", "rhel": "dnf", "centos": "dnf",
    "rocky": "dnf", "almalinux": "dnf", "ol": "dnf", "amzn": "dnf", "opensuse": "zypper",
    "opensuse-leap": "zypper", "opensuse-tumbleweed": "zypper", "suse": "zypper",
    "sles": "zypper", "sled": "zypper", "arch": "pacman", "manjaro": "pacman",
    "alpine": "apk", "postmarketos": "apk", "freebsd": "pkg",
}  # fmt: skip
SHORT_NAMES: Mapping[str, str] = {
    "alpinelinux": "alpine", "archlinux": "arch", "centos-stream": "centos",
    "debiantesting": "debian", "opensuse": "opensuse-leap",
    "opensusetumbleweed": "opensuse-tumbleweed", "oraclelinux": "ol", "sle": "sles",
}  # fmt: skip
"""Where libosinfo's name for a system is not that of its os-release."""
_SHORT = re.compile(r"(.*?)(\d[\d.]*(?:sp\d+)?)?", re.DOTALL)
WITH_SYSV = ("devuan",)
WITH_YUM = ("rhel", "centos", "ol")
"""Which had yum and no dnf before their version 8."""
IMAGES = ("coreos", "silverblue", "kinoite", "iot", "sericea", "onyx", "sway-atomic")
IMAGE_IDS = ("opensuse-microos", "opensuse-aeon", "sle-micro", "fedora-coreos", "rhcos",
             "bottlerocket", "flatcar", "nixos")  # fmt: skip
"""Systems that are one image: packages are not simply added to them."""


def read_release(text: str) -> Release:
    """An os-release file. Lines that are none are passed over; never an error."""
    fields: dict[str, str] = {}
    for line in text[:OS_RELEASE_MOST].splitlines():
        if match := _FIELD.match(line.strip()):
            value = match[2].strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            fields.setdefault(match[1], value)
    name = "".join(letter for letter in fields.get("PRETTY_NAME", "") if letter.isprintable())
    return Release(
        id=_word(fields.get("ID", "")),
        like=tuple(_word(one) for one in fields.get("ID_LIKE", "").split()[:8]),
        version=_word(fields.get("VERSION_ID", "")),
        variant=_word(fields.get("VARIANT_ID", "")),
        name=name[:FIELD_MOST],
        codename=_word(fields.get("VERSION_CODENAME", "")),
    )


def release_of(short: str) -> Release:
    """The system that libosinfo calls so: `debian12`, `alpinelinux3.22`, `sle15sp4`, `archlinux`.

    It may be none that is known here; never an error.
    """
    short = short[:FIELD_MOST]
    match = _SHORT.fullmatch(short)
    name, version = (match[1], match[2] or "") if match else (short, "")
    id_ = SHORT_NAMES.get(name, name)
    version = version.replace("sp", ".")
    if id_ == "centos":
        # Its os-release has no minor version, since 7.
        version = version.partition(".")[0]
    return Release(id=_word(id_), version=_word(version), name=short)


def manager_of(release: Release) -> Manager | None:
    """The package tool of that system; None where it is not known, or has none to add with."""
    if why_not(release) is not None:
        return None
    for id_ in (release.id, *release.like):
        if (found := BY_ID.get(id_)) is not None:
            old = release.id in WITH_YUM and _major(release.version) in range(1, 8)
            return MANAGERS["yum" if found == "dnf" and old else found]
    return None


def why_not(release: Release) -> str | None:
    """None where packages can be added to that system by commands known here, else why not."""
    known = release.name or release.id or "a system that does not say what it is"
    if release.variant in IMAGES or release.id in IMAGE_IDS:
        return f"{known} is an image to which packages are not simply added"
    if not any(id_ in BY_ID for id_ in (release.id, *release.like)):
        return f"no commands are known for {known}"
    return None


def packages(*, spice: bool, release: Release | None = None) -> tuple[str, ...]:
    """What is to be installed; `spice` where the guest has a SPICE display."""
    # FreeBSD has it as a port of X only, with a server of its own.
    with_spice = spice and (release is None or release.id != "freebsd")
    return (AGENT, VDAGENT) if with_spice else (AGENT,)


def install_commands(
    release: Release, *, spice: bool = False, installed: bool = False, again: bool = False
) -> tuple[InsideCommand, ...]:
    """What root types inside the guest, in order.

    Empty where no commands are known for that system (`why_not` says so).

    Args:
        release: The guest's system.
        spice: Whether it has a SPICE display.
        installed: Whether the agent is there and new enough: only its service is started.
        again: Whether it is there: one that runs is started anew.
    """
    manager = manager_of(release)
    if manager is None:
        return ()
    made: list[InsideCommand] = []
    if not installed:
        names = " ".join(packages(spice=spice, release=release))
        if manager.refresh:
            made.append(InsideCommand("look for new packages", manager.refresh, 600.0))
        made.append(InsideCommand(f"install {names}", manager.install.format(names), 1800.0))
    return (*made, service_command(release, manager, again=again))


def service_command(release: Release, manager: Manager, *, again: bool = False) -> InsideCommand:
    """What has the agent run now, where its channel is there, and from now on.

    `again`: whether one that runs is started anew, since it did not answer, or is an old one.
    """
    line = SYSV if release.id in WITH_SYSV else manager.service
    if line == SYSTEMD:
        line = line.format(start=RESTART if again else START)
    return InsideCommand("start its service", line, 300.0)


def _word(value: str) -> str:
    return _PLAIN.sub("", value)[:40].lower()


def _major(version: str) -> int:
    head = version.split(".", maxsplit=1)[0]
    return int(head) if head.isascii() and head.isdecimal() and len(head) < 9 else 0
