"""Which hypervisor to use, and what an address means."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.local import (
    answers,
    default_uri,
    driver_of,
    host_of,
    is_local,
    port_of,
    runs_in_process,
    without_prompts,
)


@pytest.mark.parametrize(
    ("uri", "local"),
    [
        ("qemu:///system", True),
        ("qemu:///session", True),
        ("qemu+unix:///session?socket=/tmp/x/libvirt-sock", True),
        ("lxc:///system", True),
        ("xen:///", True),
        ("qemu+ssh://root@host/system", False),
        ("qemu+ssh:///system", False),
        ("qemu+tcp://127.0.0.1/system", False),
        ("qemu://host/system", False),
        ("test:///default", False),
        ("esx://host/", False),
        ("", False),
        ("garbage", False),
        ("qemu+ssh://[::1/system", False),
    ],
)
def test_local(uri: str, local: bool) -> None:
    assert is_local(uri) is local


@pytest.mark.parametrize(
    ("uri", "host", "port"),
    [
        ("qemu+ssh://ann@example.org:2222/system", "ann@example.org", 2222),
        ("qemu+ssh://example.org/system", "example.org", None),
        ("qemu+ssh://[2001:db8::1]:22/system", "2001:db8::1", 22),
        ("esx://ann:secret@vc/dc/host", "ann@vc", None),
        ("qemu:///system", "", None),
        ("qemu+ssh://h:many/system", "h", None),
    ],
)
def test_host_and_port(uri: str, host: str, port: int | None) -> None:
    assert (host_of(uri), port_of(uri)) == (host, port)


def test_driver_and_transport() -> None:
    assert driver_of("qemu+ssh://h/system") == ("qemu", "ssh")
    assert driver_of("test:///default") == ("test", "")
    assert runs_in_process("test:///x.xml")
    assert not runs_in_process("test+unix:///default")
    assert not runs_in_process("qemu:///system")


@pytest.mark.parametrize(
    ("uri", "quiet"),
    [
        ("qemu:///system", "qemu:///system"),
        ("qemu+tls://h/system", "qemu+tls://h/system"),
        ("qemu+ssh://h/system", "qemu+ssh://h/system?no_tty=1"),
        (
            "qemu+ssh://u@h:22/system?keyfile=/home/u/my%20key&socket=/run/s",
            "qemu+ssh://u@h:22/system?keyfile=/home/u/my%20key&socket=/run/s&no_tty=1",
        ),
        ("qemu+ssh://h/system?no_tty=0", "qemu+ssh://h/system?no_tty=0"),
    ],
)
def test_ssh_never_prompts(uri: str, quiet: str) -> None:
    assert without_prompts(uri) == quiet


def test_the_default_is_the_systems_hypervisor_where_it_answers(tmp_path: Path) -> None:
    listening, stale = tmp_path / "listening", tmp_path / "stale"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as dead:
        server.bind(str(listening))
        server.listen()
        dead.bind(str(stale))
        assert answers(listening)
        assert not answers(stale)
        assert default_uri((listening,), superuser=False) == "qemu:///system"
        assert default_uri((stale, listening), superuser=False) == "qemu:///system"
        assert default_uri((stale,), superuser=False) == "qemu:///session"
    assert default_uri((tmp_path / "none",), superuser=False) == "qemu:///session"
    assert default_uri((), superuser=True) == "qemu:///system"


def test_ssh_asks_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_ASKPASS", raising=False)
    eventloop.keep_ssh_quiet()
    assert os.environ["SSH_ASKPASS"] == eventloop.REFUSING_PROGRAM
    assert os.environ["SSH_ASKPASS_REQUIRE"] == "force"
    assert not eventloop.asks_by_program()
    monkeypatch.setenv("SSH_ASKPASS", "/usr/bin/ksshaskpass")
    eventloop.keep_ssh_quiet()
    assert os.environ["SSH_ASKPASS"] == "/usr/bin/ksshaskpass"
    assert eventloop.asks_by_program()
