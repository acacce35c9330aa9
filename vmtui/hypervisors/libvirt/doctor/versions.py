"""Versions of QEMU and libvirt: too old for much, or known to be bad, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.model.finding import Finding, Level

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Bad:
    """Versions from `first` to before `mended` in which something is known to be wrong."""

    first: Version
    mended: Version
    what: str
    """What goes wrong, as a sentence."""


BAD_QEMU: tuple[Bad, ...] = (
    # NixOS/nixpkgs issue 141596
    Bad((6, 1, 0), (6, 1, 1), "Guests on a host that is itself a guest may hang at their start."),
    # openSUSE/obs-build pull request 893; QEMU issue 1193
    Bad((7, 1, 0), (7, 1, 1), "Guests with an I/O thread and io='io_uring' hang."),
)
BAD_LIBVIRT: tuple[Bad, ...] = (
    # gentoo pull request 24448, by a maintainer of libvirt
    Bad((8, 0, 0), (8, 1, 0), "Resuming a guest from its saved state can crash the daemon."),
    # cockpit-project/bots issue 5494
    Bad((9, 9, 0), (9, 10, 0), "Reverting to a snapshot with memory crashes the daemon."),
)
"""Each is backed by a report of it, named beside it. Distributions may have mended theirs."""

OLDEST_QEMU: Version = (4, 2, 0)
OLDEST_LIBVIRT: Version = (5, 6, 0)
"""libvirt's block jobs want that QEMU; older libvirts cannot undefine a guest with checkpoints."""


def parts(number: int) -> Version:
    """libvirt's way to write a version, as its three numbers: 9000001 is 9.0.1."""
    return number // 1_000_000, number // 1000 % 1000, number % 1000


def dotted(version: Version) -> str:
    """`9.0.1`."""
    return ".".join(str(number) for number in version)


def check_qemu(version: Version | None) -> Finding:
    """QEMU's; None where it is not known."""
    return _check("qemu-version", "QEMU", version, OLDEST_QEMU, BAD_QEMU)


def check_libvirt(version: Version | None, client: Version | None = None) -> Finding:
    """The daemon's, and that of the library here."""
    found = _check("libvirt-version", "libvirt", version, OLDEST_LIBVIRT, BAD_LIBVIRT)
    if version and client and client != version:
        words = f"{found.seen}; the library here is {dotted(client)}"
        return Finding(found.id, found.title, found.level, words, found.means, found.mend)
    return found


def _check(
    id_: str, name: str, version: Version | None, oldest: Version, bad: tuple[Bad, ...]
) -> Finding:
    if version is None:
        return Finding(id_, name, Level.UNKNOWN, "its version is not told")
    seen = dotted(version)
    known = [one.what for one in bad if one.first <= version < one.mended]
    if known:
        return Finding(
            id_, name, Level.WARNING, f"{seen} is known to have a fault", " ".join(known),
            "Update it; your distribution may have mended this version already.",
        )  # fmt: skip
    if version < oldest:
        return Finding(
            id_,
            name,
            Level.WARNING,
            f"{seen} is old",
            "Some of what vmtui offers will be refused.",
            f"Update to {dotted(oldest)} or newer.",
        )
    return Finding(id_, name, Level.PASS, seen)
