"""What goes wrong when guests are made, told apart, each with what mends it.

libvirt has one code for most of these, so the words tell the rest. They are English whatever the
person's language where the daemon runs without a locale, as it does under systemd; a translated
one gets libvirt's own words as they are.
"""

from __future__ import annotations

import errno
from typing import cast

import libvirt

from vmtui.errors import Conflict, Invalid, NotFound, Refused, Unsupported, VmtuiError
from vmtui.hypervisors.libvirt.errors import message, translate
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.spec import Place
from vmtui.model.units import size


def volume_trouble(error: libvirt.libvirtError, place: Place) -> VmtuiError:
    """Why a volume could not be made, written or changed."""
    text = message(error)
    where = plain(str(place))
    if error.get_int1() == errno.ENOSPC or "No space left" in text or "no space" in text.lower():
        return pool_full(place.pool, text)
    taken = "already exists" in text or "already in use" in text
    if error.get_error_code() == libvirt.VIR_ERR_STORAGE_VOL_EXIST or taken:
        return volume_taken(place)
    ours = translate(error)
    if error.get_int1() in (errno.EACCES, errno.EPERM) or "Permission denied" in text:
        return Refused(f"The host may not write {where}", text, "Look at the rights of the pool.")
    if isinstance(ours, (Invalid, Unsupported)):
        return Unsupported(f"The pool {plain(place.pool)} cannot hold {where}", text)
    return type(ours)(f"{where}: {ours.title}", ours.detail, ours.hint)


def volume_taken(place: Place) -> Conflict:
    """There is a volume of that name."""
    return Conflict(
        f"There is a volume {plain(place.volume)} in the pool {plain(place.pool)} already",
        hint="Choose another name, or delete that volume first.",
    )


def pool_full(pool: str, text: str = "") -> Conflict:
    """The pool cannot take it."""
    return Conflict(
        f"The storage pool {plain(pool)} is full", text,
        "Make room in it, or choose another pool or a smaller disk.",
    )  # fmt: skip


def check_room(pool: libvirt.virStoragePool, needed: int) -> None:
    """Raises Conflict where a pool has no room for so many bytes. May block."""
    available = cast("list[int]", pool.info())[3]
    if needed > available:
        raise pool_full(pool.name(), f"{size(needed)} are needed, {size(available)} are free.")


def name_taken(name: str, text: str = "") -> Conflict:
    """Another guest is called so."""
    return Conflict(f"There is a guest {plain(name)} already", text, "Choose another name.")


def guest_trouble(error: libvirt.libvirtError, name: str = "") -> VmtuiError | None:
    """Why a guest could not be defined or started; None where libvirt's own words must do."""
    text = message(error)
    lower = text.lower()
    if "already exists with uuid" in lower or error.get_error_code() == libvirt.VIR_ERR_DOM_EXIST:
        return name_taken(name, text)
    for words, make in _BY_WORDS:
        if all(word in lower for word in words):
            return make(text)
    if error.get_error_code() == libvirt.VIR_ERR_XML_INVALID_SCHEMA:
        return Invalid("libvirt does not accept the definition", text)
    return None


def _no_firmware(text: str) -> VmtuiError:
    return Unsupported(
        "The host has no UEFI firmware for this guest", text,
        "Install it there (Debian, Ubuntu: ovmf; Fedora: edk2-ovmf), or choose BIOS.",
    )  # fmt: skip


def _no_tpm(text: str) -> VmtuiError:
    return Unsupported(
        "The host has no TPM emulator", text,
        "Install it there (swtpm, Debian also: swtpm-tools), or make the guest without a TPM.",
    )  # fmt: skip


def _no_kvm(text: str) -> VmtuiError:
    return Unsupported(
        "The host cannot use KVM", text,
        "See what is wrong with it: vmtui doctor. Until then emulation (qemu) works.",
    )  # fmt: skip


def _network_off(text: str) -> VmtuiError:
    return Conflict(
        "A network of the guest is not active", text, "Start it: virsh net-start NETWORK"
    )


def _no_network(text: str) -> VmtuiError:
    return NotFound("A network of the guest is not there", text, "Choose another network.")


def _no_memory(text: str) -> VmtuiError:
    return Conflict(
        "The host has not enough memory for the guest", text,
        "Give it less memory, or shut another guest down.",
    )  # fmt: skip


_BY_WORDS = (
    (("unable to find any firmware",), _no_firmware),
    (("find", "efi", "firmware"), _no_firmware),
    (("firmware", "not supported"), _no_firmware),
    (("unable to find any master var store",), _no_firmware),
    (("tpm version", "not supported"), _no_tpm),
    (("swtpm",), _no_tpm),
    (("tpm", "emulator"), _no_tpm),
    (("virt type 'kvm'",), _no_kvm),
    (("/dev/kvm",), _no_kvm),
    (("kvm is not available",), _no_kvm),
    (("network", "is not active"), _network_off),
    (("network not found",), _no_network),
    (("no network with matching",), _no_network),
    (("cannot allocate memory",), _no_memory),
    (("cannot set up guest memory",), _no_memory),
)
