"""The first page: what the guest is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vmtui.model.guest import HostId
from vmtui.model.spec import Place
from vmtui.model.storage import Volume
from vmtui.model.units import size
from vmtui.plan.answers import Origin, SourceKind, Use
from vmtui.plan.defaults import catalog_image, origin_of
from vmtui.plan.volumes import shared_name
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.fields import ChoiceField, Field, TextField
from vmtui.ui.wizard.draft import Draft, put, put_origin

FILE, URL = "<file>", "<url>"
"""Ids of the ways to give an origin that is not in the list; no volume is called so."""
_NONE = ""

SOURCES: dict[SourceKind, tuple[str, str]] = {
    SourceKind.CLOUD: ("Cloud image", "a ready system; user and keys are set at its first boot"),
    SourceKind.ISO: ("Installation ISO", "boots an installer or a live system"),
    SourceKind.DISK: ("Existing disk", "a volume or file that holds a system already"),
    SourceKind.NETWORK: ("Network boot", "PXE: its network must offer it"),
    SourceKind.KERNEL: ("Kernel and initrd", "loaded by the hypervisor itself"),
    SourceKind.TREE: ("Install tree", "an address with a distribution's installer"),
    SourceKind.PATTERN: ("Existing guest", "like that one, with disks of its own"),
}

USES: dict[Use, tuple[str, str]] = {
    Use.OVERLAY: ("overlay", "holds the differences; the image stays and can be shared"),
    Use.COPY: ("full copy", "needs nothing else afterwards"),
    Use.IN_PLACE: ("used in place", "the image itself becomes the disk, and is changed"),
}


def fields(draft: Draft) -> list[Field[Draft]]:
    """The page's fields for this draft."""
    made: list[Field[Draft]] = []
    if len(draft.hosts) + len(draft.closed) > 1:
        made.append(_host())
    if draft.profiles:
        made.append(
            ChoiceField(
                id="profile", label="Profile",
                help="Saved answers to begin with. Enter then goes to the review, ^N to the pages.",
                # The screen reads it before it shows the page again.
                read=lambda d: d.profile, write=lambda d, id_: replace(d, profile=id_),
                choices=lambda d: [Option("", "none"), *(Option(n, n) for n in d.profiles)],
            )
        )  # fmt: skip
    made.append(
        ChoiceField(
            id="source", label="Made from", help="What the new guest is made from.",
            read=lambda d: d.answers.source.value,
            write=lambda d, id_: replace(put(d, source=SourceKind(id_)), ways={}),
            choices=_sources,
        )
    )  # fmt: skip
    match draft.answers.source:
        case SourceKind.CLOUD:
            made += _origin("image", "Image", "A published image is downloaded once and kept.")
        case SourceKind.ISO:
            made += _origin("image", "ISO", "A local file is uploaded into the pool.")
        case SourceKind.DISK:
            made += _origin("image", "Disk", "A volume of this host, or a file to upload.")
        case SourceKind.KERNEL:
            made += _origin("kernel", "Kernel", "A volume, or a file that is uploaded.")
            made += _origin("initrd", "Initrd", "A volume, or a file that is uploaded.")
        case SourceKind.TREE:
            made.append(_tree())
        case SourceKind.PATTERN:
            made.append(_pattern())
    if draft.answers.source in (SourceKind.KERNEL, SourceKind.TREE):
        made.append(
            TextField(
                id="arguments", label="Kernel options",
                help="The kernel's command line; the serial console needs console=ttyS0.",
                read=lambda d: d.answers.arguments,
                write=lambda d, text: put(d, arguments=text),
            )
        )  # fmt: skip
    if draft.answers.source in (SourceKind.CLOUD, SourceKind.DISK):
        made.append(
            ChoiceField(
                id="use", label="Its disk is", expert=draft.answers.source is SourceKind.CLOUD,
                help="How the guest's own disk comes from the image.",
                read=lambda d: d.answers.use.value,
                write=lambda d, id_: put(d, use=Use(id_)),
                choices=_uses,
            )
        )  # fmt: skip
    return made


def _host() -> Field[Draft]:
    return ChoiceField(
        id="host", label="Host", help="The host on which the guest is made.",
        read=lambda d: d.around.host,
        # The screen looks around there before it shows the page again.
        write=lambda d, id_: replace(d, around=replace(d.around, host=HostId(id_))),
        choices=lambda d: [
            *(Option(name, name) for name in d.hosts),
            *(Option(name, name, why_not=why) for name, why in d.closed.items()),
        ],
    )  # fmt: skip


def _sources(draft: Draft) -> list[Option]:
    made = []
    for kind, (label, about) in SOURCES.items():
        why = None
        if kind is SourceKind.PATTERN and not draft.around.guests:
            why = "this host has no guests"
        made.append(Option(kind.value, label, about, why_not=why))
    return made


def _uses(draft: Draft) -> list[Option]:
    made = []
    for use, (label, about) in USES.items():
        why = None
        if use is Use.IN_PLACE and draft.answers.source is SourceKind.CLOUD:
            why = "the next guest would find it changed"
        made.append(Option(use.value, label, about, why_not=why))
    return made


def _origin(name: str, label: str, help_: str) -> list[Field[Draft]]:
    """The choice of an origin, and the lines to type one in."""

    def read(draft: Draft) -> str:
        way = draft.way(name)
        origin: Origin = getattr(draft.answers, name)
        if way or not origin.chosen:
            return {"file": FILE, "url": URL}.get(way, _NONE)
        if origin.file or (origin.url and not origin.image):
            return FILE if origin.file else URL
        return f"image:{origin.image}" if origin.image else str(origin.place)

    def write(draft: Draft, id_: str) -> Draft:
        if id_ in (FILE, URL):
            return put_origin(draft, name, Origin(), "file" if id_ == FILE else "url")
        if id_.startswith("image:"):
            image = catalog_image(draft.around, id_.removeprefix("image:"))
            return put_origin(draft, name, origin_of(image) if image else Origin())
        pool, _, volume = id_.partition("/")
        return put_origin(draft, name, Origin(place=Place(pool, volume)) if volume else Origin())

    def typed(draft: Draft, kind: str) -> bool:
        return read(draft) == kind

    def of(draft: Draft) -> Origin:
        origin: Origin = getattr(draft.answers, name)
        return origin

    return [
        ChoiceField(id=name, label=label, help=help_, read=read, write=write,
                    choices=lambda d: known_origins(d, name)),
        TextField(
            id=f"{name}.file", label="File", path=True, placeholder="/path/to/the/file",
            help="A file of the machine that vmtui runs on; → takes what is offered.",
            read=lambda d: of(d).file, shown=lambda d: typed(d, FILE),
            write=lambda d, text: put_origin(d, name, Origin(file=text.strip()), "file"),
        ),
        TextField(
            id=f"{name}.url", label="Address", placeholder="https://",
            help="Downloaded once, by the machine that vmtui runs on, and kept.",
            read=lambda d: of(d).url, shown=lambda d: typed(d, URL),
            write=lambda d, text: put_origin(
                d, name, replace(of(d), url=text.strip(), file=""), "url"),
        ),
        TextField(
            id=f"{name}.checksum", label="Checksum", placeholder="sha256:… or its list's address",
            help="What the publisher says of it; without one, nobody knows what was downloaded.",
            read=lambda d: of(d).checksum or of(d).checksums, shown=lambda d: typed(d, URL),
            write=lambda d, text: put_origin(d, name, _checked(of(d), text.strip()), "url"),
        ),
    ]  # fmt: skip


def _checked(origin: Origin, text: str) -> Origin:
    if text.startswith(("http://", "https://")):
        return replace(origin, checksums=text, checksum="")
    if text and ":" not in text:
        text = f"{'sha512' if len(text) == 128 else 'sha256'}:{text}"
    return replace(origin, checksum=text, checksums="")


def known_origins(draft: Draft, name: str) -> list[Option]:
    """What is at hand for this origin: published images, fitting volumes, a file, an address."""
    source, around = draft.answers.source, draft.around
    made: list[Option] = []
    if source is SourceKind.CLOUD:
        made += _published(draft)
    for pool, volumes in around.volumes.items():
        for volume in volumes:
            if fits(volume, source, name):
                about = f"in {pool}" + (f", {size(volume.capacity)}" if volume.capacity else "")
                made.append(Option(f"{pool}/{volume.name}", volume.name, about))
    made.append(Option(FILE, "a file of this machine…", "which is uploaded"))
    made.append(Option(URL, "an address…", "which is downloaded"))
    if name == "initrd" or not made:
        made.insert(0, Option(_NONE, "none"))
    return made


def _published(draft: Draft) -> list[Option]:
    made = []
    arch = draft.answers.arch or draft.around.offer.arch
    for image in draft.around.images:
        if image.arch != arch:
            continue
        there = draft.around.volume(draft.answers.pool, shared_name(origin_of(image)))
        about = "downloaded already" if there else "published image"
        if image.size and there is None:
            about = f"published image, {size(image.size)} to download"
        made.append(Option(f"image:{image.id}", image.label, about))
    return made


def fits(volume: Volume, source: SourceKind, name: str) -> bool:
    """Whether a volume can be what is asked for, as far as its name and format tell."""
    lower = volume.name.lower()
    if lower.endswith("-seed.iso"):
        return False
    medium = lower.endswith(".iso") or volume.format == "iso"
    if name in ("kernel", "initrd"):
        return not medium and volume.format in ("raw", "", "unknown")
    if source is SourceKind.ISO:
        return medium
    return not medium and volume.format not in ("dir", "iso")


def _tree() -> Field[Draft]:
    return TextField(
        id="tree", label="Address", placeholder="https://deb.debian.org/debian/dists/bookworm/…",
        help="Where the distribution's installer is: its kernel and initrd are downloaded.",
        read=lambda d: d.answers.tree, write=lambda d, text: put(d, tree=text.strip()),
    )  # fmt: skip


def _pattern() -> Field[Draft]:
    def guests(draft: Draft) -> Sequence[Option]:
        return [Option(g.key.uuid, g.name, g.state.value) for g in draft.around.guests]

    return ChoiceField(
        id="pattern", label="Like", help="Its hardware, and copies of its disks.",
        read=lambda d: d.answers.pattern, write=lambda d, id_: put(d, pattern=id_),
        choices=guests,
    )  # fmt: skip
