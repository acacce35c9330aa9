"""What is measured and on what: fleets of guests, and the programs that look at them."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.driven import Driven
from benchmarks.names import ANY, DEMO, name_of

if TYPE_CHECKING:
    from tests.rig import Daemon

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Case:
    """A program to run, and what it goes by in a table."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    first: str = ANY
    """A regular expression that finds a guest's name on its screen."""

    def run(self, **more: str) -> Driven:
        """Start it in a terminal of its own."""
        return Driven(self.argv, {**self.environment, **more})


class Ground:
    """A folder, settings of nobody's, and private hypervisors; all gone with `close`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self._stack = contextlib.ExitStack()
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        self._test_file = lru_cache(self._write_test_file)

    def close(self) -> None:
        """End the private hypervisors and remove the folder."""
        self._stack.close()

    # -- guests --------------------------------------------------------------------------------

    @property
    def real(self) -> bool:
        """Whether real guests are wanted."""
        return bool(self.options.guests)

    @cached_property
    def daemon(self) -> Daemon:
        """A private libvirtd with real, idle guests; started on first use."""
        return self._stack.enter_context(real_guests(self.options.guests))

    def far_test_uri(self, count: int) -> str:
        """Guests of the test driver inside the private daemon, as those of a real host are."""
        text = Path(self._test_file(count)).read_text()
        path = self.daemon.keeper.write(f"test-{count}.xml", text)
        return f"test+unix://{path}?socket={self.daemon.socket}"

    def test_uri(self, count: int) -> str:
        """Guests of libvirt's test driver, which lives in the process that connects."""
        return f"test://{self._test_file(count)}"

    def _write_test_file(self, count: int) -> Path:
        path = self.folder / f"test-{count}.xml"
        path.write_text("<node>" + "".join(map(test_guest, range(count))) + "</node>")
        return path

    # -- programs ------------------------------------------------------------------------------

    @cached_property
    def environment(self) -> dict[str, str]:
        """Of every program: a terminal with colours, and folders of its own."""
        kept = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        folders = ("CONFIG_HOME", "STATE_HOME", "CACHE_HOME", "DATA_HOME")
        own = {f"XDG_{name}": str(self.folder / name.lower()) for name in folders}
        # Whoever is measured has been here before: no tour.
        toured = self.folder / "state_home" / "vmtui" / "toured"
        toured.parent.mkdir(parents=True, exist_ok=True)
        toured.touch()
        terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        return {**kept, **own, **terminal, "HOME": str(self.folder)}

    def vmtui(self, name: str, *arguments: str) -> Case:
        """Our program."""
        return Case(name, (sys.executable, "-m", "vmtui", *arguments), self.environment)

    def demo(self, count: int, hosts: int = 1) -> Case:
        """Our program with an imaginary fleet, every figure of which changes at every tick."""
        on = f" on {hosts} hosts" if hosts > 1 else ""
        case = self.vmtui(f"vmtui, demo {count:,}{on}", "--demo", f"hosts={hosts},guests={count}")
        return replace(case, first=DEMO)

    def grouped(self, count: int, by: str) -> Case:
        """The same on one host, its table in groups."""
        case, folder = self.demo(count), self.folder / f"by-{by}"
        file = folder / "vmtui" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'[ui]\ngroup_by = "{by}"\n', encoding="utf-8")
        environment = {**case.environment, "XDG_CONFIG_HOME": str(folder)}
        return replace(case, name=f"{case.name} by {by}", environment=environment, first=r"\d")

    def connected(self, what: str, uri: str) -> list[Case]:
        """Our program and the peers, all on the same guests."""
        cases = [self.vmtui(f"vmtui, {what}", "--connect", uri)]
        for peer in self.options.peer:
            name, _, command = peer.partition("=")
            argv = [word.replace("{uri}", uri) for word in shlex.split(command)]
            environment = {**self.environment, "LIBVIRT_DEFAULT_URI": uri}
            cases.append(Case(f"{name}, {what}", argv, environment))
        return cases

    def bare(self, rows: int, *more: str, what: str = "") -> Case:
        """The baseline."""
        argv = (sys.executable, "-m", "benchmarks.bare", str(rows), *more)
        return Case(f"bare table, {rows:,} rows{what}", argv, self.environment)


@contextlib.contextmanager
def real_guests(count: int) -> Iterator[Daemon]:
    """A private libvirtd with so many idle guests."""
    from tests.rig import Daemon, idle, start_all

    print(f"starting {count} real guests ...", file=sys.stderr)
    with Daemon() as daemon:
        start_all(daemon.connect(), [idle(name_of(number)) for number in range(count)])
        yield daemon


def test_guest(number: int) -> str:
    """The XML of a guest of the test driver; those of negative numbers sort above all others."""
    name = name_of(number) if number >= 0 else f"a-storm{number}"
    return (
        f'<domain type="test"><name>{name}</name>'
        f"<uuid>00000000-0000-4000-8000-{number % 16**12:012x}</uuid>"
        '<memory unit="MiB">512</memory><vcpu>2</vcpu><os><type>hvm</type></os>'
        '<devices><disk type="file" device="disk"><source file="/nowhere/disk"/>'
        '<target dev="vda" bus="virtio"/></disk><interface type="network">'
        f'<mac address="52:54:00:00:{number >> 8 & 255:02x}:{number & 255:02x}"/>'
        '<source network="default"/></interface><console type="pty"/></devices></domain>'
    )


def parser(description: str | None) -> argparse.ArgumentParser:
    """What every benchmark takes."""
    made = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    made.add_argument(
        "--peer", metavar="NAME=COMMAND", action="append", default=[],
        help="measure this program too; {uri} in it is the address to connect to",
    )  # fmt: skip
    made.add_argument(
        "--guests", type=int, default=100, help="real guests; 0 leaves them out (default: 100)"
    )
    made.add_argument("--runs", type=int, default=7, help="starts of each program")
    made.add_argument("--presses", type=int, default=200, help="presses of each key")
    made.add_argument(
        "--fleets", default="100,1000,10000", help="guests of each fleet that peers are compared on"
    )
    made.add_argument("--seconds", type=float, default=30.0, help="how long idleness is watched")
    made.add_argument(
        "--megabytes", type=int, default=32, help="of a file that is copied through an agent"
    )
    return made


@contextlib.contextmanager
def ground(description: str | None, arguments: Sequence[str] | None = None) -> Iterator[Ground]:
    """The ground of one benchmark, as its command line wants it."""
    made = Ground(parser(description).parse_args(arguments))
    try:
        yield made
    finally:
        made.close()
