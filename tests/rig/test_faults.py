"""Hosts that go wrong, and hosts behind ssh."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import libvirt
import pytest

from tests.rig import BadLine, Daemon, Key, Known, Proxy, SilentServer, Sshd

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def sshd(rig_daemon: Daemon) -> Iterator[Sshd]:
    """An sshd before this worker's hypervisor."""
    with Sshd(rig_daemon) as sshd:
        yield sshd


@pytest.mark.parametrize("named", [True, False])
def test_ssh_reaches_the_daemon(sshd: Sshd, rig_daemon: Daemon, named: bool) -> None:
    connection = libvirt.open(sshd.uri(socket=named))
    pools = connection.listAllStoragePools()
    assert connection.getLibVersion() == rig_daemon.connect().getLibVersion()
    assert [pool.name() for pool in pools] == [
        pool.name() for pool in rig_daemon.connect().listAllStoragePools()
    ]
    connection.close()


@pytest.mark.parametrize(
    ("known", "key", "says"),
    [
        (Known.NO, Key.RIGHT, "Host key verification failed"),
        (Known.CHANGED, Key.RIGHT, "IDENTIFICATION HAS CHANGED"),
        (Known.YES, Key.WRONG, "Permission denied"),
        (Known.YES, Key.LOCKED, "Permission denied"),
    ],
)
def test_ssh_refuses(sshd: Sshd, known: Known, key: Key, says: str) -> None:
    with pytest.raises(libvirt.libvirtError, match=says):
        libvirt.open(sshd.uri(known=known, key=key) + "&no_tty=1")


def test_a_proxy_slows_freezes_and_cuts(rig_daemon: Daemon) -> None:
    with Proxy(rig_daemon) as proxy:
        connection = libvirt.open(proxy.uri)
        proxy.delay = 0.1
        began = time.monotonic()
        connection.getLibVersion()
        assert time.monotonic() - began >= 0.2
        proxy.delay = 0.0

        proxy.freeze()
        answered = threading.Event()

        def ask() -> None:
            connection.getLibVersion()
            answered.set()

        thread = threading.Thread(target=ask)
        thread.start()
        assert not answered.wait(0.5)
        proxy.thaw()
        assert answered.wait(10)
        thread.join()

        proxy.cut()
        with pytest.raises(libvirt.libvirtError):
            connection.getLibVersion()
        assert libvirt.open(proxy.uri).getLibVersion() > 0
    with pytest.raises(libvirt.libvirtError):
        libvirt.open(proxy.uri)


def test_a_silent_server_says_nothing(rig_daemon: Daemon) -> None:
    for path in (None, rig_daemon.folder / "says-nothing"):
        with SilentServer(path) as server:
            client = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
            client.settimeout(0.2)
            client.connect(str(path) if path else ("127.0.0.1", server.port))
            client.send(b"hello?")
            with pytest.raises(TimeoutError):
                client.recv(1)
            assert server.connections == 1
        client.close()


def test_over_a_bad_line_everything_arrives_in_order() -> None:
    sent = bytes(range(256)) * 2000
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        with BadLine(port, delay=0.01, loss=0.05) as line:
            near = socket.create_connection(("127.0.0.1", line.port))
            far, _ = server.accept()
            threading.Thread(target=near.sendall, args=(sent,), daemon=True).start()
            got = b""
            while len(got) < len(sent):
                got += far.recv(65536)
            assert got == sent
            assert line.lost > 0
            near.close()
            assert far.recv(1) == b""
            far.close()
