"""A medium with the guest agent's packages: what is on it, and what is typed inside the guest.

The packages are those that this machine's own package tool fetches, so they fit a guest of the
same release only.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from vmtui.model.installing import Release
from vmtui.plan.agentpackages import Manager, manager_of

LABEL = "VMTUITOOLS"
SCRIPT = "install.sh"
FOLDER = "packages"
PATTERNS = ("*.deb", "*.rpm", "*.apk", "*.pkg", "*.pkg.tar.*")

INSTALL = (
    "d=$(mktemp -d); for i in 1 2 3 4 5 6 7 8 9 10; do"
    f" mount -r -L {LABEL} $d 2>/dev/null && break; sleep 2; done;"
    f" sh $d/{SCRIPT}; code=$?; umount $d; rmdir $d; (exit $code)"
)
"""What root types inside the guest: a medium that was just plugged in takes a moment."""

# {folder} is where the packages go, {packages} their names, {version} the guest's release. All that
# they need is fetched, as if nothing were installed: this machine has most of it, a guest may not.
FETCH: Mapping[str, str] = {
    "apt": "apt-get -q -y -o Dir::State::status={folder}/none -o Dir::Cache::archives={folder}/"
    " -o Debug::NoLocking=1 -o APT::Sandbox::User= --download-only --no-install-recommends"
    " install {packages}",
    "dnf": "dnf -q -y download --resolve --alldeps --destdir {folder} --releasever {version}"
    " {packages}",
    "zypper": "zypper --non-interactive --releasever {version} --installroot {folder}/root"
    " --pkg-cache-dir {folder} --no-refresh install --download-only --no-recommends {packages}",
    "pacman": "pacman -Syw --noconfirm --dbpath {folder} --cachedir {folder} {packages}",
    "apk": "apk fetch -R -o {folder} {packages}",
    "pkg": "pkg fetch -y -d -o {folder} {packages}",
}


def why_not_gather(own: Release, guests: Release) -> str | None:
    """None where this machine (`own`) can fetch packages that fit the guest, else the reason."""
    manager, here = manager_of(guests), manager_of(own)
    theirs, ours = guests.name or guests.id, own.name or own.id or "unknown"
    if manager is None:
        return f"no commands are known for {theirs}"
    if here is None or here.id != manager.id or manager.id not in FETCH:
        return f"the guest is {theirs}, and this machine ({ours}) cannot fetch its packages"
    if own.id == guests.id and _fits(manager.id, own.version, guests.version):
        return None
    return f"the guest is {theirs}, and this machine {ours}"


def _fits(manager: str, own: str, guests: str) -> bool:
    """Whether packages for one version of a system can be had on another, and installed there."""
    if manager == "dnf":
        # It fetches for other releases as well.
        return True
    if manager == "apk":
        # A branch is named by two numbers; the third is of the day.
        return own.split(".")[:2] == guests.split(".")[:2]
    return own == guests


def fetch_words(
    manager: str, folder: str, packages: tuple[str, ...], version: str
) -> tuple[str, ...]:
    """The program that fetches the packages into a folder, and its arguments."""
    made: list[str] = []
    for word in FETCH[manager].split():
        if word == "{packages}":
            made += packages
        else:
            made.append(word.replace("{folder}", folder).replace("{version}", version))
    return tuple(made)


def script(manager: Manager) -> str:
    """What the medium's install.sh says."""
    return (
        "#!/bin/sh\n# Installs the guest agent from this medium: no network is needed.\n"
        f'set -eu\ncd "$(dirname "$0")/{FOLDER}"\n{manager.local.rstrip()}\n'
    )


def write_iso(file: Path, script_text: str, packages: list[Path]) -> None:
    """Write the ISO 9660 image, by long names (Joliet, Rock Ridge). Blocks."""
    import pycdlib

    made = pycdlib.PyCdlib()
    made.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    data = script_text.encode()
    made.add_fp(
        io.BytesIO(data), len(data), "/INSTALL.SH;1", rr_name=SCRIPT, joliet_path=f"/{SCRIPT}"
    )
    made.add_directory("/PACKAGES", rr_name=FOLDER, joliet_path=f"/{FOLDER}")
    for number, path in enumerate(packages):
        # Long names are for whoever looks; Joliet has room for 64 characters.
        short = f"P{number:05}{path.suffix.upper()}"
        made.add_file(
            str(path), f"/PACKAGES/{short};1", rr_name=path.name,
            joliet_path=f"/{FOLDER}/{path.name[-64:]}",
        )  # fmt: skip
    try:
        made.write(str(file))
    finally:
        made.close()
