"""Failures to connect that a test cannot bring about: told apart by what libvirt says of them."""

from __future__ import annotations

import errno

import libvirt
import pytest

from vmtui.hypervisors.libvirt.failures import connection_failed, silent

RPC, POLKIT, AUTH = libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_POLKIT, libvirt.VIR_FROM_AUTH
SYSTEM = libvirt.VIR_ERR_SYSTEM_ERROR
FAR = "qemu+ssh://ann@far/system"


def raised(code: int, domain: int, text: str, number: int = -1) -> libvirt.libvirtError:
    """An error as libvirt would have left it."""
    error = libvirt.libvirtError(text)
    error.err = (code, domain, text, 2, "%s", text, None, number, -1)
    return error


@pytest.mark.parametrize(
    ("code", "domain", "text", "number", "uri", "title", "hint"),
    [
        (libvirt.VIR_ERR_AUTH_UNAVAILABLE, POLKIT, "authentication unavailable: no polkit agent "
         "available to authenticate action 'org.libvirt.unix.manage'", -1, "qemu:///system",
         "The host's policy (polkit) does not let you in", "sudo usermod -aG libvirt $USER"),
        (libvirt.VIR_ERR_AUTH_FAILED, POLKIT, "access denied by policy", -1, FAR,
         "The host's policy (polkit) does not let you in", "On ann@far: sudo usermod"),
        (libvirt.VIR_ERR_AUTH_CANCELLED, AUTH, "authentication cancelled", -1,
         "qemu+tcp://far/system", "The host asks for a login", "auth.conf"),
        (libvirt.VIR_ERR_AUTH_FAILED, RPC, "authentication failed", -1, "qemu+tcp://far/system",
         "The host does not let you in", "On far: "),
        (SYSTEM, RPC, "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission "
         "denied", errno.EACCES, "qemu:///system", "You may not use the hypervisor's socket",
         "sudo usermod -aG libvirt $USER, then log in again"),
        (SYSTEM, RPC, "End of file while reading data: nc: /run/libvirt/libvirt-sock: Permission "
         "denied: Input/output error", errno.EIO, FAR, "You may not use the hypervisor's socket",
         "On ann@far: sudo usermod"),
        (SYSTEM, RPC, "Failed to connect socket to '/run/libvirt/libvirt-sock': Connection "
         "refused", errno.ECONNREFUSED, "qemu:///system", "libvirt's daemon does not run",
         "sudo libvirtd -d"),
        (libvirt.VIR_ERR_INTERNAL_ERROR, RPC, "binary '/usr/sbin/libvirtd' does not exist in "
         "$PATH: No such file or directory", -1, "qemu:///session",
         "libvirt's daemon is not installed", "apt install libvirt-daemon-system"),
        (SYSTEM, RPC, "End of file while reading data: sh: 1: nc: not found: Input/output error",
         errno.EIO, FAR, "The host lacks what libvirt needs", "netcat"),
        (SYSTEM, RPC, "Cannot recv data: ssh: connect to host far port 22: Connection timed out: "
         "Connection reset by peer", errno.ECONNRESET, FAR, "far cannot be reached", "ping far"),
        (SYSTEM, RPC, "unable to connect to server at 'far:16509': No route to host",
         errno.EHOSTUNREACH, "qemu+tcp://far/system", "far cannot be reached", "ping far"),
        (SYSTEM, RPC, "Cannot recv data: Connection reset by peer", errno.ECONNRESET, FAR,
         "far closed the connection", "journalctl"),
        (libvirt.VIR_ERR_GNUTLS_ERROR, RPC, "authentication failed: Failed to verify peer's "
         "certificate", -1, "qemu+tls://far/system", "TLS:", "qemu+ssh://far/system"),
        (999_999, 999, "from the future", -1, FAR, "The host could not be reached", ""),
    ],
)  # fmt: skip
def test_each_says_why_and_what_to_do(
    code: int, domain: int, text: str, number: int, uri: str, title: str, hint: str
) -> None:
    error = connection_failed(raised(code, domain, text, number), uri)
    assert error.title.startswith(title)
    assert hint in error.hint
    assert error.detail == text


def test_a_remote_hosts_words_cannot_reach_the_terminal() -> None:
    text = "Cannot recv data: \x1b]0;owned\x07\n@@@ WARNING @@@\n: Connection reset by peer"
    detail = connection_failed(raised(SYSTEM, RPC, text, errno.ECONNRESET), FAR).detail
    assert "\x1b" not in detail
    assert "\n" not in detail


def test_names_are_quoted_in_commands() -> None:
    error = connection_failed(
        raised(SYSTEM, RPC, "Host key verification failed.", errno.ECONNRESET),
        "qemu+ssh://ann@far;reboot/system",
    )
    assert error.hint.endswith("ssh 'ann@far;reboot'")


def test_silence() -> None:
    assert silent(FAR, 20).title == "ann@far accepts the connection but does not answer"
    assert silent("qemu+ssh://ann@far:2222/system", 20).hint == (
        "Try ssh -p 2222 ann@far true: where that waits too, something in the shell's start-up "
        "files there does (~/.bashrc). Else restart its daemon: On ann@far: sudo systemctl restart "
        "libvirtd"
    )
    assert "ssh" not in silent("qemu+tcp://far/system", 20).hint
    assert silent("qemu:///system", 20).hint == (
        "Restart its daemon: sudo systemctl restart libvirtd"
    )
