"""What the commands that talk to a guest's agent share: finding the guest, signals, messages."""

from __future__ import annotations

import asyncio
import signal
from argparse import Namespace
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from unicodedata import category

from vmtui.cli.connecting import wanted_hosts
from vmtui.cli.finding import Finder, Opened
from vmtui.cli.output import complain
from vmtui.cli.signalled import until_signalled
from vmtui.config import Settings
from vmtui.errors import VmtuiError

if TYPE_CHECKING:
    from vmtui.cli.connecting import Host


def run(
    given: Namespace,
    settings: Settings,
    name: str,
    work: Callable[[Opened], Awaitable[int]],
    code_of: Callable[[VmtuiError], int],
) -> int:
    """Find the guest and do `work` with it; the exit code. A signal cancels it in order."""
    try:
        hosts = wanted_hosts(given, settings)
        return asyncio.run(until_signalled(_found(hosts, name, work)))
    except VmtuiError as error:
        complain(error)
        return code_of(error)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


async def _found(hosts: Sequence[Host], name: str, work: Callable[[Opened], Awaitable[int]]) -> int:
    finder = Finder()
    try:
        found = await finder.find(hosts, name)
    finally:
        for host, error in finder.problems:
            complain(error, host)
    try:
        return await work(found)
    finally:
        await found.hypervisor.close()


def clean(text: str, keep: str = "") -> str:
    """Text that a guest controls, for a terminal: without controls but those in `keep`."""
    return "".join(
        letter if letter in keep or category(letter) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
        else "�" for letter in text
    )  # fmt: skip
