"""libvirt's errors become ours here, once, by code and domain.

    no such object                        NotFound
    denied by polkit, ACL or read-only    Refused
    another job holds the object          Busy
    wrong state, or a name that is taken  Conflict
    the driver or its version cannot      Unsupported
    the guest agent is silent             TimedOut
    XML or arguments that are refused     Invalid
    the socket to the daemon broke        ConnectionLost
    anything else                         VmtuiError

Failures to connect need more telling apart: `failures.py`.
"""

from __future__ import annotations

import libvirt

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
from vmtui.hypervisors.libvirt.text import plain

_NOT_FOUND = {
    libvirt.VIR_ERR_NO_DOMAIN: "The guest is not there any more",
    libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT: "The snapshot is not there any more",
    libvirt.VIR_ERR_NO_DOMAIN_CHECKPOINT: "The checkpoint is not there any more",
    libvirt.VIR_ERR_NO_DOMAIN_METADATA: "The guest has no such metadata",
    libvirt.VIR_ERR_NO_NETWORK: "The network is not there any more",
    libvirt.VIR_ERR_NO_STORAGE_POOL: "The storage pool is not there any more",
    libvirt.VIR_ERR_NO_STORAGE_VOL: "The volume is not there any more",
    libvirt.VIR_ERR_NO_INTERFACE: "The interface is not there any more",
    libvirt.VIR_ERR_NO_NODE_DEVICE: "The device is not there any more",
    libvirt.VIR_ERR_NO_NWFILTER: "The network filter is not there any more",
    libvirt.VIR_ERR_NO_SECRET: "The secret is not there any more",
    libvirt.VIR_ERR_DEVICE_MISSING: "The guest has no such device",
}
_REFUSED = {
    libvirt.VIR_ERR_OPERATION_DENIED,
    libvirt.VIR_ERR_ACCESS_DENIED,
    libvirt.VIR_ERR_AUTH_FAILED,
    libvirt.VIR_ERR_AUTH_CANCELLED,
    libvirt.VIR_ERR_AUTH_UNAVAILABLE,
}
_BUSY = {
    libvirt.VIR_ERR_RESOURCE_BUSY,
    libvirt.VIR_ERR_OPERATION_TIMEOUT,
    libvirt.VIR_ERR_BLOCK_COPY_ACTIVE,
}
_TAKEN = {
    libvirt.VIR_ERR_DOM_EXIST,
    libvirt.VIR_ERR_NETWORK_EXIST,
    libvirt.VIR_ERR_STORAGE_VOL_EXIST,
    libvirt.VIR_ERR_STORAGE_POOL_BUILT,
    libvirt.VIR_ERR_NETWORK_PORT_EXIST,
}
_UNSUPPORTED = {
    libvirt.VIR_ERR_NO_SUPPORT,
    libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
    libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
    libvirt.VIR_ERR_CPU_INCOMPATIBLE,
    libvirt.VIR_ERR_MIGRATE_UNSAFE,
}
_AGENT = {libvirt.VIR_ERR_AGENT_UNRESPONSIVE, libvirt.VIR_ERR_AGENT_UNSYNCED}
_INVALID = {
    libvirt.VIR_ERR_XML_ERROR,
    libvirt.VIR_ERR_XML_DETAIL,
    libvirt.VIR_ERR_XML_INVALID_SCHEMA,
    libvirt.VIR_ERR_INVALID_ARG,
    libvirt.VIR_ERR_INVALID_MAC,
    libvirt.VIR_ERR_CONF_SYNTAX,
    libvirt.VIR_ERR_OVERFLOW,
    libvirt.VIR_ERR_NO_NAME,
    libvirt.VIR_ERR_NO_OS,
    libvirt.VIR_ERR_OS_TYPE,
    libvirt.VIR_ERR_NO_ROOT,
    libvirt.VIR_ERR_NO_SOURCE,
    libvirt.VIR_ERR_NO_TARGET,
}
_BROKEN = (
    "client socket is closed",
    "End of file while reading",
    "Cannot recv data",
    "Cannot write data",
    "connection closed due to keepalive",
    "connection is not open",
)
"""What the transport says when it broke; it has no code of its own for that."""


def translate(error: libvirt.libvirtError) -> VmtuiError:
    """Our error for what a call on an open connection raised."""
    code, text = error.get_error_code(), message(error)
    if lost(error):
        return ConnectionLost("The connection to the host is gone", text)
    if code in _NOT_FOUND:
        return NotFound(_NOT_FOUND[code], text)
    if code in _REFUSED:
        return _refused(error, text)
    if code in _AGENT:
        return TimedOut("The guest agent does not answer", text, _AGENT_HINT)
    if code in _BUSY:
        return Busy("Another operation holds it", text, "Wait for it to end, then try again.")
    if code in _TAKEN or (code == libvirt.VIR_ERR_OPERATION_FAILED and "already exists" in text):
        return Conflict("It exists already", text)
    if code == libvirt.VIR_ERR_OPERATION_INVALID:
        return Conflict("This is not possible in its present state", text)
    if code in _UNSUPPORTED:
        return Unsupported("The hypervisor cannot do it", text)
    if code in _INVALID:
        return Invalid("The hypervisor does not accept it", text)
    if code == libvirt.VIR_ERR_OPERATION_ABORTED:
        return VmtuiError("The operation was aborted", text)
    # Only its own words say what happened: they come first.
    return VmtuiError(text or "The hypervisor reports an error")


def garbled(error: BaseException) -> VmtuiError | None:
    """What to raise where libvirt's words were no UTF-8; None for another error.

    The binding then raises Python's own errors: libvirt quotes what a guest's agent sent,
    whatever that was.
    """
    if isinstance(error, SystemError):
        error = error.__cause__ or error
    if not isinstance(error, UnicodeDecodeError):
        return None
    return VmtuiError("The hypervisor reports an error", "Its words are no text")


_AGENT_HINT = "Check that qemu-guest-agent runs inside the guest."


def _refused(error: libvirt.libvirtError, text: str) -> Refused:
    if "read only" in text or "read-only" in text:
        return Refused(
            "The connection is read-only", text, "Start vmtui without --read-only to change things."
        )
    if error.get_error_domain() == libvirt.VIR_FROM_POLKIT:
        return Refused("The host's policy (polkit) does not allow it", text)
    return Refused("The host does not allow it", text)


def lost(error: libvirt.libvirtError) -> bool:
    """Whether it says that the connection itself is gone."""
    if error.get_error_code() == libvirt.VIR_ERR_INVALID_CONN:
        return True
    raw = error.get_error_message() or ""
    return error.get_error_domain() == libvirt.VIR_FROM_RPC and any(s in raw for s in _BROKEN)


def unsupported(error: libvirt.libvirtError) -> bool:
    """Whether it says that the driver or the daemon does not know this call, or this flag of it."""
    return error.get_error_code() in (
        libvirt.VIR_ERR_NO_SUPPORT,
        libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
        libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED,
        libvirt.VIR_ERR_CONFIG_UNSUPPORTED,
        libvirt.VIR_ERR_INVALID_ARG,
    )


def message(error: libvirt.libvirtError) -> str:
    """What libvirt says, as plain text, without the phrase that its code already stands for."""
    # str2 is the detail of "invalid argument: %s"; a call that fails outside libvirt has neither.
    return plain(error.get_str2() or error.get_error_message() or str(error))
