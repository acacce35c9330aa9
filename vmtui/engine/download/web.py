"""The web client: what it may follow, how long it waits, and its errors in our words."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vmtui import __version__
from vmtui.errors import (
    Busy,
    ConnectionFailed,
    ConnectionLost,
    NotFound,
    Refused,
    TimedOut,
    VmtuiError,
)

if TYPE_CHECKING:
    import httpx

REDIRECTS = 8
CONNECT = 20.0
STALL = 30.0
"""Seconds without a byte after which a server is given up."""


@contextlib.asynccontextmanager
async def client(
    *, stall: float = STALL, downgrade: bool = False
) -> AsyncIterator[httpx.AsyncClient]:
    """A client for http and https; errors inside come out as ours.

    Without `downgrade` it refuses to be led from https to http.
    """
    # Its import takes a tenth of a second: not on the event loop.
    web: httpx = await asyncio.to_thread(importlib.import_module, "httpx")  # type: ignore[valid-type]
    before: list[str] = []

    async def check(request: httpx.Request) -> None:
        if request.url.scheme not in ("http", "https"):
            raise Refused("The server leads elsewhere", f"{request.url.scheme} is not followed")
        if "https" in before and request.url.scheme == "http" and not downgrade:
            raise Refused(
                "The server leads from https to http",
                str(request.url),
                "Give the checksum: then it does not matter over what it comes.",
            )
        before.append(request.url.scheme)

    made: httpx.AsyncClient = web.AsyncClient(  # type: ignore[attr-defined]
        follow_redirects=True,
        max_redirects=REDIRECTS,
        timeout=web.Timeout(CONNECT, read=stall),  # type: ignore[attr-defined]
        headers={"user-agent": f"vmtui/{__version__}", "accept-encoding": "identity"},
        event_hooks={"request": [check]},
    )
    async with made:
        try:
            yield made
        except web.HTTPError as error:  # type: ignore[attr-defined]
            raise translated(error, stall) from None
        except (web.InvalidURL, UnicodeError) as error:  # type: ignore[attr-defined]
            raise Refused("This is no address", str(error)) from None


def translated(error: Exception, stall: float) -> VmtuiError:
    """An error of the client, as ours."""
    import httpx

    where = ""
    with contextlib.suppress(RuntimeError):
        where = host_of(str(error.request.url)) if isinstance(error, httpx.HTTPError) else ""
    if isinstance(error, httpx.ConnectTimeout):
        return TimedOut(f"{where} does not answer", hint="Is there a way to it from here?")
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{where} sends nothing any more", f"For {stall:.0f} seconds.")
    if isinstance(error, httpx.ConnectError):
        return ConnectionFailed(f"{where} cannot be reached", str(error))
    if isinstance(error, httpx.TooManyRedirects):
        return Refused(f"{where} leads in circles", f"More than {REDIRECTS} redirections.")
    if isinstance(error, httpx.UnsupportedProtocol):
        return Refused("The server leads elsewhere", str(error))
    return ConnectionLost(f"{where} cut the download off", str(error))


def check_status(response: httpx.Response) -> None:
    """Raises the error that the answer's status means; success is silent."""
    code, where = response.status_code, host_of(str(response.url))
    if code < 400:
        return
    words = f"{code} {response.reason_phrase}".strip()
    if code in (404, 410):
        raise NotFound(
            f"There is no such file on {where}", words, "Look whether the address is right."
        )
    if code in (401, 403, 407, 451):
        raise Refused(f"{where} refuses it", words)
    if code in (408, 429) or code >= 500:
        raise Busy(f"{where} cannot now", words, "Try again later.")
    raise VmtuiError(f"{where} answers with an error", words)


def host_of(url: str) -> str:
    """The server's name in an address."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
