"""libvirt's own errors, as its test driver raises them, and the few that it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import UUID, fleet
from vmtui.errors import (
    Busy,
    Conflict,
    ConnectionLost,
    Invalid,
    NotFound,
    Refused,
    TimedOut,
    Unsupported,
    VmtuiError,
)
from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.errors import translate, unsupported
from vmtui.hypervisors.libvirt.text import plain

Call = Callable[[libvirt.virConnect, libvirt.virDomain], object]

RUNNING = "<domain type='test'><name>{}</name><memory>1</memory><os><type>hvm</type></os></domain>"


def raised(code: int, domain: int, text: str, detail: str | None = None) -> libvirt.libvirtError:
    """An error as libvirt would have left it: its fields are what a call finds after a failure."""
    error = libvirt.libvirtError(text)
    error.err = (code, domain, text, 2, "%s", detail or text, None, -1, -1)
    return error


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda conn, _: conn.lookupByName("nobody"), NotFound),
        (lambda conn, _: conn.lookupByUUIDString(UUID.format(99)), NotFound),
        (lambda conn, _: conn.storagePoolLookupByName("nobody"), NotFound),
        (lambda conn, _: conn.networkLookupByName("nobody"), NotFound),
        (lambda _, domain: domain.snapshotLookupByName("nobody"), NotFound),
        (lambda conn, _: conn.defineXML(RUNNING.format("web")), Conflict),
        (lambda conn, _: conn.createXML(RUNNING.format("web"), 0), Conflict),
        (lambda conn, _: conn.defineXML("<domain>"), Invalid),
        (lambda conn, _: conn.defineXML("<domain type='test'/>"), Invalid),
        (lambda conn, domain: domain.openConsole(None, conn.newStream(0), 0), Unsupported),
        (lambda _, domain: domain.shutdownFlags(1 << 20), Invalid),
    ],
)
def test_what_the_test_driver_says(tmp_path: Path, call: Call, kind: type[VmtuiError]) -> None:
    eventloop.prepare()
    conn = libvirt.open(fleet(tmp_path, "web"))
    domain = conn.lookupByName("web")
    with pytest.raises(libvirt.libvirtError) as info:
        call(conn, domain)
    error = translate(info.value)
    assert type(error) is kind
    assert error.title
    assert error.detail


def test_a_read_only_connection(tmp_path: Path) -> None:
    eventloop.prepare()
    conn = libvirt.openReadOnly(fleet(tmp_path, "web"))
    with pytest.raises(libvirt.libvirtError) as info:
        conn.lookupByName("web").destroy()
    error = translate(info.value)
    assert type(error) is Refused
    assert "read-only" in error.title
    assert "--read-only" in error.hint


@pytest.mark.parametrize(
    ("code", "domain", "text", "kind"),
    [
        (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_RPC, "internal error: client socket is "
         "closed", ConnectionLost),
        (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_RPC, "Cannot write data: Broken pipe",
         ConnectionLost),
        (libvirt.VIR_ERR_SYSTEM_ERROR, libvirt.VIR_FROM_RPC, "End of file while reading data: "
         "Input/output error", ConnectionLost),
        (libvirt.VIR_ERR_INVALID_CONN, libvirt.VIR_FROM_NONE, "invalid connection",
         ConnectionLost),
        (libvirt.VIR_ERR_OPERATION_TIMEOUT, libvirt.VIR_FROM_QEMU, "Timed out during operation: "
         "cannot acquire state change lock", Busy),
        (libvirt.VIR_ERR_RESOURCE_BUSY, libvirt.VIR_FROM_QEMU, "busy", Busy),
        (libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_FROM_QEMU, "Guest agent is not "
         "responding", TimedOut),
        (libvirt.VIR_ERR_AUTH_CANCELLED, libvirt.VIR_FROM_POLKIT, "cancelled", Refused),
        (libvirt.VIR_ERR_ACCESS_DENIED, libvirt.VIR_FROM_ACCESS, "access denied", Refused),
        (libvirt.VIR_ERR_OPERATION_FAILED, libvirt.VIR_FROM_QEMU, "domain 'web' already exists "
         "with uuid x", Conflict),
        (libvirt.VIR_ERR_STORAGE_VOL_EXIST, libvirt.VIR_FROM_STORAGE, "exists", Conflict),
        (libvirt.VIR_ERR_OPERATION_ABORTED, libvirt.VIR_FROM_QEMU, "canceled", VmtuiError),
        (libvirt.VIR_ERR_INTERNAL_ERROR, libvirt.VIR_FROM_QEMU, "qemu died", VmtuiError),
        (999_999, 999, "from the future", VmtuiError),
    ],
)  # fmt: skip
def test_what_it_cannot_say(code: int, domain: int, text: str, kind: type[VmtuiError]) -> None:
    error = translate(raised(code, domain, text))
    assert type(error) is kind
    # What has a name of its own puts libvirt's words behind it, the rest lets them speak first.
    assert text in (error.detail, error.title)


def test_an_error_without_fields() -> None:
    # Whatever libvirt said last in this thread is not what this one is about.
    error = libvirt.libvirtError("")
    error.err, error.args = None, ("virSomething() failed",)
    assert translate(error).title == "virSomething() failed"


def test_the_detail_is_without_libvirts_own_phrase_and_without_controls() -> None:
    text = "Requested operation is not valid: domain is \x1b[31mnot\x9b0m running\n"
    error = translate(
        raised(libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_QEMU, text, text[34:])
    )
    assert error.detail == "domain is  [31mnot 0m running"


def test_unsupported() -> None:
    assert unsupported(raised(libvirt.VIR_ERR_NO_SUPPORT, 0, "no"))
    assert not unsupported(raised(libvirt.VIR_ERR_NO_DOMAIN, 0, "no"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, ""),
        ("a\tb\r\nc", "a b c"),
        ("\u202egpj.exe\u2066", "gpj.exe"),
        ("שרת", "שרת"),
        ("lone \ud800", "lone ?"),
        ("x" * 3000, "x" * 1999 + "…"),
    ],
)
def test_plain_text(text: str | None, shown: str) -> None:
    assert plain(text) == shown
