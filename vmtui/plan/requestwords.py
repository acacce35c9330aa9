"""What can be said of a new guest in plain values: by flags, in a file.

The names are the same everywhere: `--ssh-key` on the command line is `ssh_key` in a file. Nothing
heavy is imported: the command line's help is made of it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from vmtui.errors import Invalid
from vmtui.model.units import parse_size


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be said. `kind` is text, number, size, flag or list."""

    kind: str
    help: str
    metavar: str = ""
    short: str = ""


SETTINGS: dict[str, Setting] = {
    "name": Setting("text", "its name; of several a pattern such as web-## or web-{}", "NAME"),
    "cloud": Setting(
        "text", "from a cloud image: one of --images, an address, a file, or POOL/VOLUME", "IMAGE"
    ),
    "iso": Setting("text", "from an installation ISO: a file, an address, or POOL/VOLUME", "ISO"),
    "disk": Setting("text", "from an existing disk: a file, an address, or POOL/VOLUME", "DISK"),
    "pxe": Setting("flag", "from the network"),
    "kernel": Setting("text", "from this kernel", "KERNEL"),
    "initrd": Setting("text", "with this initrd", "INITRD"),
    "arguments": Setting("text", "the kernel's command line", "TEXT"),
    "tree": Setting("text", "from the install tree at this address", "URL"),
    "like": Setting("text", "after this guest, with a copy of its first disk", "GUEST"),
    "use": Setting("text", "of an image make an overlay, a copy, or use it in place", "HOW"),
    "checksum": Setting("text", "the image's: sha256:HEX or sha512:HEX", "SUM"),
    "checksums": Setting("text", "the address of the list that has it", "URL"),
    "system": Setting("text", "the operating system: debian13, win11, ... (--systems lists)", "OS"),
    "vcpus": Setting("number", "how many vCPUs", "N"),
    "topology": Setting("text", "sockets, cores and threads: 1,2,2", "S,C,T"),
    "memory": Setting("size", "memory: 2G, 512M", "SIZE"),
    "size": Setting("size", "size of the first disk", "SIZE"),
    "diskless": Setting("flag", "without any disk"),
    "extra_disk": Setting("list", "one disk more: 100G, or POOL:100G; several times", "SIZE"),
    "pool": Setting("text", "where its volumes go", "POOL"),
    "format": Setting("text", "of its disks: qcow2 or raw", "FORMAT"),
    "bus": Setting("text", "of its disks: virtio, scsi, sata, ide", "BUS"),
    "cache": Setting("text", "of its disks: none, writeback, ...", "MODE"),
    "network": Setting(
        "list", "a network's name, bridge:NAME, user or none; several times", "NETWORK"
    ),
    "nic_model": Setting("text", "model of its interfaces: virtio, e1000e, ...", "MODEL"),
    "mac": Setting("text", "address of its first interface", "MAC"),
    "firmware": Setting("text", "bios, uefi or uefi-secure", "KIND"),
    "machine": Setting("text", "the machine: q35, pc, virt, ...", "MACHINE"),
    "cpu": Setting("text", "host-passthrough, host-model, maximum or a model", "CPU"),
    "engine": Setting("text", "kvm, or qemu for emulation", "ENGINE"),
    "arch": Setting("text", "the architecture, where not the host's", "ARCH"),
    "display": Setting("text", "none, vnc or spice", "KIND"),
    "video": Setting("text", "the video device", "MODEL"),
    "watchdog": Setting("text", "what happens when it hangs: reset, poweroff, ...", "ACTION"),
    "tpm": Setting("flag", "a TPM 2.0"),
    "agent": Setting("flag", "a channel for the guest agent"),
    "autostart": Setting("flag", "start it with the host"),
    "title": Setting("text", "a title", "TEXT"),
    "description": Setting("text", "a description", "TEXT"),
    "count": Setting("number", "how many guests", "N"),
    "first": Setting("number", "the number of the first of several", "N"),
    "user": Setting("text", "cloud image: who can log in", "USER"),
    "ssh_key": Setting("list", "cloud image: a public key, or its file; several times", "KEY"),
    "hostname": Setting("text", "cloud image: the host name", "NAME"),
    "timezone": Setting("text", "cloud image: Europe/Vienna", "ZONE"),
    "locale": Setting("text", "cloud image: de_AT.UTF-8", "LOCALE"),
    "package": Setting("list", "cloud image: a package to install; several times", "PACKAGE"),
    "command": Setting("list", "cloud image: run at the end of the first boot", "COMMAND"),
    "password_file": Setting(
        "text", "cloud image: the file whose first line is the user's password", "FILE"
    ),
    "user_data": Setting("text", "cloud image: a file of your own user-data", "FILE"),
    "address": Setting("text", "cloud image: a fixed address: 192.168.122.10/24", "ADDRESS"),
    "gateway": Setting("text", "cloud image: with the fixed address", "ADDRESS"),
    "nameserver": Setting("list", "cloud image: with the fixed address", "ADDRESS"),
    "tools": Setting("flag", "cloud image: install the guest agent"),
    "update": Setting("flag", "cloud image: bring all packages up to date"),
    "start": Setting("flag", "start it"),
    "wait": Setting("flag", "watch its first boot until it is ready"),
}  # fmt: skip
"""All that can be said, in the order in which the help tells it."""

SOURCES = ("cloud", "iso", "disk", "pxe", "kernel", "tree", "like")


def checked(given: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """The request with its values as they are wanted: sizes in bytes, lists as tuples.

    Raises Invalid, naming the nearest known name, where it holds what is none.
    """
    made: dict[str, Any] = {}
    place = f" in {where}" if where else ""
    for key, value in given.items():
        name = key.replace("-", "_")
        setting = SETTINGS.get(name)
        if setting is None:
            near = difflib.get_close_matches(name, SETTINGS, 1)
            hint = f"Did you mean {near[0]}?" if near else ""
            raise Invalid(f"{key} is not known{place}", hint=hint)
        try:
            made[name] = _VALUES[setting.kind](value)
        except (TypeError, ValueError) as error:
            raise Invalid(f"{key}{place} wants {_WORDS[setting.kind]}", str(error)) from None
    if empty := [name for name in SOURCES if made.get(name) == ""]:
        # A variable of a script that is not set: nothing else is taken in its place.
        raise Invalid(f"{empty[0]}{place} is empty")
    sources = [name for name in SOURCES if made.get(name)]
    if len(sources) > 1:
        raise Invalid(f"A guest comes from one thing, not from {' and '.join(sources)}{place}")
    return made


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is none")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{value!r} is none")
    return int(value)


def _size(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError(f"{value!r} is none")
    return parse_size(str(value))


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is none")
    return value


def _list(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (str, list, tuple)):
        raise TypeError(f"{value!r} is none")
    return tuple(_text(item) for item in ([value] if isinstance(value, str) else value))


_VALUES: dict[str, Callable[[Any], Any]] = {
    "text": _text, "number": _number, "size": _size, "flag": _flag, "list": _list,
}  # fmt: skip
_WORDS = {
    "text": "text", "number": "a whole number", "size": "a size such as 2G or 512M",
    "flag": "true or false", "list": "a list of texts",
}  # fmt: skip
