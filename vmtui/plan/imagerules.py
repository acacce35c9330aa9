"""What is wrong with what a guest is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from vmtui.model.image import ImageKind, Seen
from vmtui.plan import images, sources
from vmtui.plan.answers import Answers, Origin, SourceKind, Use
from vmtui.plan.problem import Problem, Severity
from vmtui.plan.surroundings import Surroundings

CHECKSUM = re.compile(r"(sha256:[0-9a-fA-F]{64}|sha512:[0-9a-fA-F]{128})")
_DISKS = (ImageKind.QCOW2, ImageKind.RAW, ImageKind.VMDK, ImageKind.VDI, ImageKind.VHDX,
          ImageKind.VHD, ImageKind.UNKNOWN)  # fmt: skip
_UNPACKED_HERE = (".gz", ".xz", ".bz2")


def source(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    """The image, the kernel, the tree: given, there, and what they are said to be."""
    kind = answers.source
    if kind in (SourceKind.ISO, SourceKind.CLOUD, SourceKind.DISK):
        yield from _origin("image", answers.image, surroundings, f"Choose the {kind.value}.")
        yield from _content(answers, surroundings)
    if kind is SourceKind.PATTERN and answers.pattern and not answers.image.chosen:
        yield Problem("pattern", "The pattern has no disk that can be copied.")
    if kind is SourceKind.KERNEL:
        yield from _origin("kernel", answers.kernel, surroundings, "Choose the kernel.")
        if answers.initrd.chosen:
            yield from _origin("initrd", answers.initrd, surroundings, "")
    if kind is SourceKind.TREE:
        yield from _tree(answers, surroundings)
    if kind is SourceKind.NETWORK and not answers.interfaces:
        yield Problem("interfaces", "Booting from the network needs an interface.")


def _origin(
    name: str, origin: Origin, surroundings: Surroundings, missing: str
) -> Iterator[Problem]:
    if not origin.chosen:
        yield Problem(name, missing)
        return
    seen = surroundings.seen.get(origin)
    if seen is not None and seen.error is not None:
        error = seen.error
        words = str(error)
        yield Problem(name, words if words.endswith((".", "!")) else f"{words}.", hint=error.hint)
        return
    if origin.url:
        yield from _url(name, origin)
    if origin.checksum and not CHECKSUM.fullmatch(origin.checksum):
        yield Problem(f"{name}.checksum", "A checksum is sha256: or sha512: and its digits.")
    place = origin.place
    if place is None or not place.pool:
        return
    pool = surroundings.pool(place.pool)
    if pool is None:
        yield Problem(name, f"There is no pool {place.pool}.")
    elif pool not in surroundings.active_pools:
        yield Problem(name, f"The pool {place.pool} is not active.")
    elif place.pool in surroundings.volumes and not surroundings.volume(place.pool, place.volume):
        yield Problem(name, f"There is no {place.volume} in {place.pool}.")


def _url(name: str, origin: Origin) -> Iterator[Problem]:
    try:
        parts = urlsplit(origin.url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        yield Problem(name, "An address begins with http:// or https:// and names a server.")
    elif not images.file_name(origin.url):
        yield Problem(name, "The address names no file.")
    elif not origin.checksum and not origin.checksums:
        plain = " and it comes unencrypted" if parts.scheme == "http" else ""
        text = f"Without a checksum nobody can tell whether it is genuine{plain}."
        yield Problem(f"{name}.checksum", text, Severity.WARNING)


def _tree(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    if not answers.tree:
        yield Problem("tree", "Give the address of the install tree.")
        return
    if not re.match(r"https?://[^/]+", answers.tree):
        yield Problem("tree", "An address begins with http:// or https:// and names a server.")
    elif sources.boot_origin(answers, surroundings, "kernel") is None:
        text = "Choose the system: where its tree keeps the kernel depends on it."
        yield Problem("system", text)


def _content(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    seen = surroundings.seen.get(answers.image)
    if seen is None or seen.error is not None:
        if answers.source is SourceKind.CLOUD and seen is None:
            yield from _cloud(answers, surroundings, Seen())
        return
    wants_iso = answers.source is SourceKind.ISO
    if seen.kind in (ImageKind.EMPTY, ImageKind.PAGE, ImageKind.TEXT, ImageKind.ARCHIVE):
        text = f"This is no image but {named(seen.kind)}."
        hint = (
            "The server answered with a page instead."
            if seen.kind is ImageKind.PAGE and answers.image.url
            else ""
        )
        yield Problem("image", text, hint=hint)
    elif seen.kind is ImageKind.PACKED:
        if not (answers.image.url and str(answers.image).lower().endswith(_UNPACKED_HERE)):
            yield Problem("image", "The image is compressed: unpack it first.")
    elif wants_iso and seen.kind is not ImageKind.ISO:
        yield Problem("image", f"This is no ISO but {named(seen.kind)}.")
    elif wants_iso and seen.bootable is False:
        yield Problem("image", "Nothing boots from this ISO.", Severity.WARNING)
    elif not wants_iso and seen.kind is ImageKind.ISO:
        hint = "Choose the ISO as the source." if answers.source is SourceKind.CLOUD else ""
        yield Problem("image", "This is an ISO, not a disk.", hint=hint)
    elif not wants_iso and seen.kind not in _DISKS:
        yield Problem("image", f"This is no disk image but {named(seen.kind)}.")
    elif seen.kind is ImageKind.UNKNOWN:
        text = "Neither a known format nor a boot sector is seen: nothing may boot from it."
        yield Problem("image", text, Severity.WARNING)
    elif seen.encrypted:
        yield Problem("image", "The image is encrypted.")
    elif seen.backing and answers.image.place is None:
        text = f"The image is an overlay: without {seen.backing} it is worth nothing."
        yield Problem("image", text)
    if answers.use is Use.OVERLAY and seen.kind in (ImageKind.VHDX, ImageKind.VHD):
        yield Problem("use", f"An overlay of {named(seen.kind)} is not safe: copy it.")
    if answers.source is SourceKind.CLOUD:
        yield from _cloud(answers, surroundings, seen)


def _cloud(answers: Answers, surroundings: Surroundings, seen: Seen) -> Iterator[Problem]:
    from_catalog = any(one.id == answers.image.image for one in surroundings.images)
    if from_catalog or not answers.image.chosen or seen.kind is ImageKind.ISO:
        return
    if seen.cloud is False:
        text = "This image has no cloud-init: what Access says would not be done."
        yield Problem("image", text, hint="Choose an existing disk as the source.")
    elif seen.cloud is None:
        text = "Whether cloud-init is in this image cannot be told."
        yield Problem("image", text, Severity.WARNING)


def named(kind: ImageKind) -> str:
    """A kind of file with its article."""
    article = "an" if kind.value[0] in "aeioI" else "a"
    return f"{article} {kind.value}"
