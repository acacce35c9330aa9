"""A handle on one host for the tests of the verbs, with everything that it tells written down."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import libvirt

from vmtui.hypervisors.libvirt import eventloop
from vmtui.hypervisors.libvirt.calls import Calls
from vmtui.hypervisors.libvirt.execute import execute
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.model.change import Change, ChangeKind
from vmtui.model.guest import HostId
from vmtui.model.steps import Step

UUID = "11111111-1111-4111-8111-{:012d}"
"""The UUIDs of the guests that `fleet` writes, by number."""


@dataclass(frozen=True)
class Bench:
    """One open connection, and what was announced and told while it was used."""

    handle: Handle
    announced: list[Change]
    told: list[tuple[float | None, str]]

    @property
    def conn(self) -> libvirt.virConnect:
        """libvirt's own handle, to look behind the curtain."""
        return self.handle.conn

    async def run(self, step: Step) -> Step | None:
        """Execute one step."""
        return await execute(self.handle, step, lambda done, words: self.told.append((done, words)))

    def said_to_change(self, kind: ChangeKind, uuid: str) -> bool:
        """Whether that change was announced."""
        return Change(kind, uuid) in self.announced


@contextlib.asynccontextmanager
async def opened(uri: str, *, read_only: bool = False) -> AsyncIterator[Bench]:
    """Open a connection for one test."""
    eventloop.prepare()
    conn = libvirt.openReadOnly(uri) if read_only else libvirt.open(uri)
    announced: list[Change] = []
    handle = Handle(conn, Calls("test"), uri, HostId("test"), announced.append)
    try:
        yield Bench(handle, announced, [])
    finally:
        handle.calls.close()
        conn.close()


async def eventually(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition that the host brings about."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the host sets no asyncio.Event
            await asyncio.sleep(0.02)


def fleet(folder: Path, *guests: str, pools: str = "") -> str:
    """The URI of a host of libvirt's test driver with these guests, each `name` or `name|more XML`.

    Guests of the test driver run from the start; what they do is lost with the connection.
    """
    domains = "".join(_guest(number, text) for number, text in enumerate(guests))
    path = folder / "host.xml"
    path.write_text(f"<node>{domains}{pools}</node>", encoding="utf-8")
    return f"test://{path}"


def _guest(number: int, text: str) -> str:
    name, _, more = text.partition("|")
    return (
        '<domain type="test" xmlns:test="http://libvirt.org/schemas/domain/test/1.0">'
        f"<name>{name}</name><uuid>{UUID.format(number)}</uuid><memory>8192</memory>"
        f"<os><type>hvm</type></os>{more}</domain>"
    )
