"""Whether a definition would be accepted, without defining anything.

libvirt checks a document against its schema only where something is defined, and its meaning also
where it is turned into a command line. So the schema is asked by a definition of a type that no
QEMU can run, which fails whatever else it says, and the meaning by a command line that nobody runs.
"""

from __future__ import annotations

import contextlib
import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element

import libvirt

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.errors import lost, message
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.xml.edit import open_document, write_document
from vmtui.hypervisors.libvirt.xml.tree import MOST
from vmtui.model.spec import GuestSpec

PATIENCE = 60.0

_IMPOSSIBLE = "hyperv"
"""A type that the schema knows and that only a host of another kind could define."""
_ABOUT_MEANING = frozenset({
    libvirt.VIR_ERR_XML_ERROR, libvirt.VIR_ERR_XML_DETAIL, libvirt.VIR_ERR_XML_INVALID_SCHEMA,
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_ERR_INVALID_ARG, libvirt.VIR_ERR_OS_TYPE,
    libvirt.VIR_ERR_NO_SOURCE, libvirt.VIR_ERR_NO_TARGET, libvirt.VIR_ERR_NO_NAME,
    libvirt.VIR_ERR_NO_ROOT, libvirt.VIR_ERR_NO_OS, libvirt.VIR_ERR_INVALID_MAC,
    libvirt.VIR_ERR_OVERFLOW,
})  # fmt: skip
"""What says that the text is wrong; other errors are about what is not there yet."""


async def check_definition(handle: Handle, definition: str, of: GuestSpec | None = None) -> None:
    """Whether the text would be accepted (virConnectDomainXMLToNative).

    Raises:
        Invalid: It is no XML (with the line), no domain, not of the guest that `of` is, or
            refused with libvirt's own reason.
    """
    root = _read(definition)
    if of is not None:
        of.check_identity(root.findtext("name", ""), root.findtext("uuid", ""))
    await handle.calls.run(lambda: _check(handle.conn, root), timeout=PATIENCE)


def _read(text: str) -> Element:
    if len(text) > MOST:
        raise Invalid("The definition is too large", f"{len(text)} characters; {MOST} are allowed")
    try:
        ET.fromstring(text)  # noqa: S314 - bounded; entities are refused below
    except ET.ParseError as error:
        line, column = error.position
        raise Invalid(
            f"The definition is not XML: line {line}, column {column + 1}", str(error)
        ) from None
    root = open_document(text)
    if root.tag != "domain":
        raise Invalid("The definition is not one of a guest", f"It begins with <{root.tag}>.")
    for needed in ("name", "memory", "devices"):
        if root.find(needed) is None:
            raise Invalid(f"The definition has no <{needed}>")
    return root


def _check(conn: libvirt.virConnect, root: Element) -> None:
    kind = root.get("type", "")
    root.set("type", _IMPOSSIBLE)
    try:
        made = conn.defineXMLFlags(write_document(root), libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        if error.get_error_code() == libvirt.VIR_ERR_XML_INVALID_SCHEMA:
            raise _invalid(error) from error
    else:
        with contextlib.suppress(libvirt.libvirtError):
            made.undefine()
    root.set("type", kind)
    _plug_nowhere(root)
    try:
        conn.domainXMLToNative("qemu-argv", write_document(root))
    except libvirt.libvirtError as error:
        if lost(error):
            raise
        if error.get_error_code() in _ABOUT_MEANING:
            raise _invalid(error) from error


def _plug_nowhere(root: Element) -> None:
    """Make its interfaces such that libvirt needs no device of the host to describe them."""
    for card in root.iterfind("devices/interface"):
        card.set("type", "user")
        for child in list(card):
            if child.tag not in ("mac", "model", "boot", "address", "alias"):
                card.remove(child)


def _invalid(error: libvirt.libvirtError) -> Invalid:
    text = message(error)
    # libvirt puts its schema's path first, then one line for each thing that does not fit.
    _head, found, reason = text.partition(".rng ")
    return Invalid("libvirt does not accept the definition", reason if found else text)
