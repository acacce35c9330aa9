"""A package source for the Debian guest: what it may install later, served over HTTP.

A guest on QEMU's user network reaches this machine as 10.0.2.2.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.rig.debian.archive import PLACE, archive
from tests.rig.needs import program

GATEWAY = "10.0.2.2"
"""This machine, as the guest sees it."""


def packages(folder: Path) -> list[Path]:
    """The packages from the guest's archive, unpacked into a folder."""
    words = [program("tar"), "-C", str(folder), "-xf", str(archive()), "--strip-components=4"]
    subprocess.run([*words, f"./{PLACE}"], check=True)
    return sorted(folder.glob("*.deb"))


def index(folder: Path) -> None:
    """Write the list by which apt finds the packages of a folder."""
    parts = []
    for path in sorted(folder.glob("*.deb")):
        data = path.read_bytes()
        control = subprocess.run(
            [program("dpkg-deb"), "--field", str(path)], check=True, capture_output=True, text=True
        ).stdout.rstrip("\n")
        parts.append(
            f"{control}\nFilename: ./{path.name}\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
        )
    (folder / "Packages").write_text("\n".join(parts), encoding="utf-8")


class _Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """A repository with those packages; gives the line for the guest's sources.list."""
    packages(folder)
    index(folder)
    handler = functools.partial(_Silent, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"deb [trusted=yes] http://{GATEWAY}:{server.server_address[1]} ./"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
