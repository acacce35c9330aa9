"""The steps that make a guest as command lines: virsh does all but the download."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET

from vmtui.hypervisors.libvirt.virshwords import guest, option
from vmtui.hypervisors.libvirt.xml.build.volume import build_volume
from vmtui.model.spec import Place
from vmtui.model.steps import (
    BootFromDisk,
    CopyVolume,
    CreateVolume,
    DefineGuest,
    EjectMedium,
    FetchFile,
    InsertMedium,
    ResizeVolume,
    UploadVolume,
    WaitReady,
    WriteVolume,
)

Makes = (
    BootFromDisk | CopyVolume | CreateVolume | DefineGuest | EjectMedium | FetchFile | InsertMedium
    | ResizeVolume | UploadVolume | WaitReady | WriteVolume
)  # fmt: skip
MAKES = (
    BootFromDisk,
    CopyVolume, CreateVolume, DefineGuest, EjectMedium, FetchFile, InsertMedium, ResizeVolume,
    UploadVolume, WaitReady, WriteVolume,
)  # fmt: skip
"""The steps that are told here."""
_DIRECT = "/<(kernel|initrd|cmdline)>/d;/<on_reboot>/s/destroy/restart/"


def command(virsh: str, step: Makes, name: str) -> str:
    """The step as a line for a POSIX shell; `virsh` is how virsh is called."""
    match step:
        case FetchFile():
            return _fetch(step)
        case CreateVolume():
            return f"{virsh} {shlex.join(_create(step))}"
        case UploadVolume():
            return _upload(virsh, step, step.file)
        case WriteVolume():
            return _upload(virsh, step, step.volume)
        case CopyVolume():
            return _copy(virsh, step)
        case ResizeVolume():
            words = ("vol-resize", "--vol", step.volume, "--capacity", f"{step.capacity}B")
            return f"{virsh} {shlex.join((*words, '--pool', step.pool))}"
        case DefineGuest():
            return _define(virsh, step, name)
        case EjectMedium():
            domain = shlex.join(option("domain", guest(step.uuid, name)))
            path = _path(virsh, step.place)
            return f"{virsh} change-media {domain} --path {path} --eject --live --config"
        case InsertMedium():
            domain = shlex.join(option("domain", guest(step.uuid, name)))
            path = _path(virsh, step.place)
            how = "--targetbus usb --type cdrom" if step.drive else "--targetbus virtio"
            return f"{virsh} attach-disk {domain} {path} vdz {how} --mode readonly"
        case BootFromDisk():
            domain = shlex.join(option("domain", guest(step.uuid, name)))
            # virsh has no verb for it; the three elements stand on lines of their own.
            dump = f"{virsh} dumpxml --inactive --security-info {domain}"
            return f"{dump} | sed -E {shlex.quote(_DIRECT)} | {virsh} define /dev/stdin"
        case WaitReady():
            domain = shlex.join(option("domain", guest(step.uuid, name)))
            resumed = f"{virsh} resume {domain} && " if step.held else ""
            return f"{resumed}{virsh} console {domain}"


def _fetch(step: FetchFile) -> str:
    words = ("curl", "--fail", "--location", "--continue-at", "-", "--output", step.file, step.url)
    line = shlex.join(words)
    kind, _, digest = step.checksum.partition(":")
    if digest:
        listed = shlex.quote(f"{digest}  {step.file}")
        line += f" && echo {listed} | {shlex.quote(f'{kind}sum')} --check"
    return line


def _create(step: CreateVolume) -> tuple[str, ...]:
    words = ["vol-create-as", "--pool", step.pool, "--name", step.volume]
    words += ["--capacity", f"{step.capacity}B", "--format", step.format]
    if step.full:
        words += ["--allocation", f"{step.capacity}B"]
        words += ["--prealloc-metadata"] * (step.format == "qcow2" and step.backing is None)
    if step.backing is not None:
        words += ["--backing-vol", step.backing.path or step.backing.volume]
        if step.backing_format:
            words += ["--backing-vol-format", step.backing_format]
    return tuple(words)


def _upload(virsh: str, step: UploadVolume | WriteVolume, file: str) -> str:
    """An empty volume that grows, then its bytes; then the pool looks at what it is."""
    lines = (
        ("vol-create-as", "--pool", step.pool, "--name", step.volume, "--capacity", "0",
         "--format", "raw"),
        ("vol-upload", "--vol", step.volume, "--file", file, "--pool", step.pool),
        ("pool-refresh", "--pool", step.pool),
    )  # fmt: skip
    return " && ".join(f"{virsh} {shlex.join(words)}" for words in lines)


def _copy(virsh: str, step: CopyVolume) -> str:
    """virsh reads the volume that is to be made from a file, which may be its input."""
    tree = build_volume(step.volume, 0, step.format)
    text = shlex.quote(ET.tostring(tree, encoding="unicode"))
    words = ["vol-create-from", "--pool", step.pool, "--file", "/dev/stdin"]
    words += ["--vol", step.source.path or step.source.volume]
    if step.source.pool:
        words += ["--inputpool", step.source.pool]
    return f"echo {text} | {virsh} {shlex.join(words)}"


def _define(virsh: str, step: DefineGuest, name: str) -> str:
    """virsh defines from a file: the text that is shown beside it."""
    known = step.spec.name if step.spec is not None else name
    words = option("domain", guest(step.uuid, known))
    # A file's name cannot hold a slash; one without a leading dash needs no option.
    stem = guest(step.uuid, known).replace("/", "_").lstrip("-")
    line = f"{virsh} {shlex.join(('define', '--validate', f'{stem}.xml'))}"
    if step.autostart:
        line += f" && {virsh} {shlex.join(('autostart', *words))}"
    return line


def _path(virsh: str, place: Place) -> str:
    if not place.pool:
        return shlex.quote(place.path)
    words = ("vol-path", "--vol", place.volume, "--pool", place.pool)
    return f'"$({virsh} {shlex.join(words)})"'
