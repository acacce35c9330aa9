"""A web server on loopback that does what servers of downloads do, and what they should not."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Served:
    """One file, and how it is served."""

    content: bytes
    etag: str = ""
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which each next answer is cut off."""
    stall_after: list[int] = field(default_factory=list)
    claims: int | None = None
    """The length that it says it has."""
    status: int = 200
    location: str = ""

    @property
    def tag(self) -> str:
        """Its ETag."""
        return self.etag or f'"{hashlib.sha256(self.content).hexdigest()[:12]}"'


class Site:
    """The server: `files` by path, and what was asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.asked: list[tuple[str, str, str]] = []
        """Method, path and Range of each request."""
        self.release = threading.Event()
        """Lets go of those that stall."""
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self, body=True)

            def do_HEAD(self) -> None:
                site.answer(self, body=False)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    def url(self, path: str) -> str:
        """The address of that path."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def answer(self, request: BaseHTTPRequestHandler, *, body: bool) -> None:
        """One request."""
        range_ = request.headers.get("Range", "")
        self.asked.append((request.command, request.path, range_))
        file = self.files.get(request.path)
        if file is None:
            request.send_error(404)
            return
        if file.location:
            request.send_response(302)
            request.send_header("Location", file.location)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if file.status != 200:
            request.send_error(file.status)
            return
        if request.headers.get("If-None-Match") == file.tag:
            request.send_response(304)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start, code = 0, 200
        same = request.headers.get("If-Range", file.tag) == file.tag
        if range_ and file.ranges and same:
            start, code = int(range_.removeprefix("bytes=").partition("-")[0]), 206
        data = file.content[start:]
        request.send_response(code)
        if code == 206:
            whole = len(file.content)
            request.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        length = len(data) if file.claims is None else file.claims - start
        request.send_header("Content-Length", str(length))
        request.send_header("ETag", file.tag)
        request.end_headers()
        if not body:
            return
        cut = file.cut_after.pop(0) if file.cut_after else None
        stall = file.stall_after.pop(0) if file.stall_after else None
        ends = cut if cut is not None else stall
        request.wfile.write(data if ends is None else data[:ends])
        request.wfile.flush()
        if stall is not None:
            self.release.wait(20)
        if ends is not None or file.claims is not None:
            request.close_connection = True


@contextlib.contextmanager
def site() -> Iterator[Site]:
    """A running server."""
    made = Site()
    thread = threading.Thread(
        target=lambda: made.server.serve_forever(poll_interval=0.01), daemon=True
    )
    thread.start()
    try:
        yield made
    finally:
        made.release.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()
