"""Why a host could not be reached, told apart, each with the command that mends it.

libvirt has one code for most of these, so errno (`int1`) and the words of the transport tell
the rest. ssh's words come through libvirt as they are; they are never translated.
"""

from __future__ import annotations

import errno
import shlex

import libvirt

from vmtui.errors import ConnectionFailed
from vmtui.hypervisors.libvirt.errors import message
from vmtui.hypervisors.libvirt.local import driver_of, host_of, is_session, port_of

_AUTH = {
    libvirt.VIR_ERR_AUTH_FAILED,
    libvirt.VIR_ERR_AUTH_CANCELLED,
    libvirt.VIR_ERR_AUTH_UNAVAILABLE,
    libvirt.VIR_ERR_ACCESS_DENIED,
    libvirt.VIR_ERR_OPERATION_DENIED,
}
_DRIVERS = {
    "bhyve", "ch", "esx", "gsx", "hyperv", "lxc", "openvz", "parallels", "qemu", "remote", "test",
    "vbox", "vmwarefusion", "vmwareplayer", "vmwarews", "vpx", "vz", "xen",
}  # fmt: skip
_START = (
    "Start it: sudo systemctl start libvirtd.socket (without systemd: sudo virtlogd -d; "
    "sudo libvirtd -d)"
)
_JOIN = "sudo usermod -aG libvirt $USER, then log in again"
_URIS = (
    "Addresses look like qemu:///system, qemu:///session, qemu+ssh://user@host/system or "
    "lxc:///system."
)


def connection_failed(error: libvirt.libvirtError, uri: str) -> ConnectionFailed:
    """What went wrong when that address was opened."""
    code, number, text = error.get_error_code(), error.get_int1(), message(error)
    transport = driver_of(uri)[1]
    if code in (libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_ARG) or "URI" in text:
        return ConnectionFailed("libvirt does not understand the address", text, _URIS)
    if uri and driver_of(uri)[0] not in _DRIVERS:
        # libvirt takes an unknown driver for one that the daemon knows, and then misses the daemon.
        return ConnectionFailed(
            "libvirt does not understand the address", f"No driver {uri.partition(':')[0]}", _URIS
        )
    if code in _AUTH:
        return _denied(error, text, uri)
    if transport in ("ssh", "libssh", "libssh2") and (found := _ssh(text, uri)) is not None:
        return found
    if "certificate" in text.lower() or code == libvirt.VIR_ERR_GNUTLS_ERROR:
        return _certificate(text, uri)
    if transport in ("", "unix", "ssh") and (found := _socket(text, number, uri)) is not None:
        return found
    if (found := _network(text, number, uri)) is not None:
        return found
    if code == libvirt.VIR_ERR_XML_ERROR:
        return ConnectionFailed("The file of the test driver cannot be read", text)
    return ConnectionFailed("The host could not be reached", text)


def silent(uri: str, seconds: float) -> ConnectionFailed:
    """The host took the connection, or its packets vanish, and nothing came back."""
    host = host_of(uri)
    hint = "Restart its daemon: " + _there(host, "sudo systemctl restart libvirtd")
    if driver_of(uri)[1] in ("ssh", "libssh", "libssh2"):
        # ssh runs every command through the person's shell there, which may read ~/.bashrc first.
        hint = (
            f"Try {_login(uri)} true: where that waits too, something in the shell's start-up "
            f"files there does (~/.bashrc). Else restart its daemon: "
            + _there(host, "sudo systemctl restart libvirtd")
        )
    return ConnectionFailed(
        f"{host or 'The hypervisor'} accepts the connection but does not answer",
        f"No answer within {seconds:g} seconds",
        hint,
    )


def _denied(error: libvirt.libvirtError, text: str, uri: str) -> ConnectionFailed:
    """polkit, SASL or an access driver said no."""
    host = host_of(uri)
    if error.get_error_domain() == libvirt.VIR_FROM_POLKIT or "polkit" in text:
        return ConnectionFailed(
            "The host's policy (polkit) does not let you in", text, _there(host, _JOIN)
        )
    if error.get_error_code() == libvirt.VIR_ERR_AUTH_CANCELLED:
        return ConnectionFailed(
            "The host asks for a login",
            text,
            "Put it into ~/.config/libvirt/auth.conf (see libvirt.org/auth.html).",
        )
    return ConnectionFailed("The host does not let you in", text, _there(host, _JOIN))


def _ssh(text: str, uri: str) -> ConnectionFailed | None:
    """What ssh, or the shell at its other end, said."""
    low, host = text.lower(), host_of(uri)
    login = _login(uri)
    if "host identification has changed" in low or ("host key for" in low and "changed" in low):
        name = host.rpartition("@")[2]
        port = port_of(uri)
        known = f"[{name}]:{port}" if port else name
        return ConnectionFailed(
            "The host's ssh key has changed: it is another machine, or somebody is between",
            text,
            f"If that is meant: ssh-keygen -R {shlex.quote(known)}, then {login} once",
        )
    if "host key verification failed" in low or "no matching host key" in low:
        return ConnectionFailed(
            "The host's ssh key is not known here",
            text,
            f"Log in once and check its key: {login}",
        )
    if "permission denied (" in low or "too many authentication failures" in low:
        options = f"-p {port_of(uri)} " if port_of(uri) else ""
        return ConnectionFailed(
            "ssh does not let you in without a password",
            text,
            f"Give it your key: ssh-copy-id {options}{shlex.quote(host)} (or load it: ssh-add)",
        )
    if any(words in low for words in ("nc: not found", "nc: command not found", "netcat")):
        return ConnectionFailed(
            "The host lacks what libvirt needs at the other end of ssh (nc or virt-ssh-helper)",
            text,
            "On that host: sudo apt install libvirt-daemon (or netcat-openbsd)",
        )
    if "not found" in low and "virt-ssh-helper" in low:
        return ConnectionFailed(
            "libvirt is not installed on the host", text,
            _there(host, "sudo apt install libvirt-daemon-system"),
        )  # fmt: skip
    if "no such file or directory" in low and "ssh" in low and "spawn" in low:
        return ConnectionFailed("There is no ssh here", text, "sudo apt install openssh-client")
    return None


def _socket(text: str, number: int | None, uri: str) -> ConnectionFailed | None:
    """The daemon's socket: missing, refusing, or not for us."""
    low, host = text.lower(), host_of(uri)
    if not any(word in low for word in ("sock", "nc: ", "virt-ssh-helper: ", "daemon", "$path")):
        return None
    if "permission denied" in low or (not host and number in (errno.EACCES, errno.EPERM)):
        return ConnectionFailed(
            "You may not use the hypervisor's socket", text, _there(host, _JOIN)
        )
    if "spawn" in low or "$path" in low or "does not exist" in low:
        return ConnectionFailed(
            "libvirt's daemon is not installed",
            text,
            _there(host, "sudo apt install libvirt-daemon-system qemu-system"),
        )
    missing = "no such file" in low or number == errno.ENOENT
    refused = "connection refused" in low or number == errno.ECONNREFUSED
    if not missing and not refused:
        return None
    hint = _START if not is_session(uri) else "Start it: libvirtd -d"
    if not host:
        hint += "; not installed: sudo apt install libvirt-daemon-system"
    return ConnectionFailed("libvirt's daemon does not run", text, _there(host, hint))


def _network(text: str, number: int | None, uri: str) -> ConnectionFailed | None:
    """Names and routes."""
    low, host = text.lower(), host_of(uri)
    name = host.rpartition("@")[2]
    if "resolve" in low or "name or service not known" in low:
        return ConnectionFailed(
            f"There is no host named {name}", text, f"Check the name: getent hosts {name}"
        )
    if number == errno.ECONNREFUSED or "connection refused" in low:
        return ConnectionFailed(
            f"{name or 'The host'} refuses the connection", text, _open_port(uri, name)
        )
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT) or any(
        words in low for words in ("timed out", "no route to host", "unreachable")
    ):
        return ConnectionFailed(f"{name} cannot be reached", text, f"Check the way: ping {name}")
    if "end of file" in low or "reset by peer" in low:
        return ConnectionFailed(
            f"{name or 'The host'} closed the connection", text,
            _there(host, "sudo journalctl -u libvirtd -n 50"),
        )  # fmt: skip
    return None


def _certificate(text: str, uri: str) -> ConnectionFailed:
    name = host_of(uri).rpartition("@")[2]
    return ConnectionFailed(
        "TLS: a certificate is missing or not accepted",
        text,
        f"Set up certificates (libvirt.org/kbase/tlscerts.html), or use qemu+ssh://{name}/system",
    )


def _open_port(uri: str, name: str) -> str:
    transport = driver_of(uri)[1]
    if transport.startswith(("ssh", "libssh")):
        return f"Check that sshd runs there: {_login(uri)}"
    return f"Over the network libvirt listens only when told to; try qemu+ssh://{name}/system"


def _login(uri: str) -> str:
    """The ssh command that a person would run by hand."""
    port = port_of(uri)
    return " ".join(["ssh", *(["-p", str(port)] if port else []), shlex.quote(host_of(uri))])


def _there(host: str, command: str) -> str:
    return f"On {host}: {command}" if host else command
