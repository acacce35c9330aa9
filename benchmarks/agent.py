"""Agents: how fast files go through one, and what those that hang cost the others.

``python -m benchmarks.agent``: on tiny guests of a private hypervisor.

A file goes through the agent as base64 in JSON, a piece a call, and each call is a round trip from
us over the daemon and QEMU to a program inside the guest, which does one at a time. The best that
this allows is therefore a loop of bare calls with the best piece that arrives: that loop runs here
in pieces of several sizes, beside ``virsh qemu-agent-command``, which is a process a piece.

What limits it, as found here: pieces cannot grow (`vmtui.hypervisors.libvirt.agent` says what
arrives and what does not), and beyond some 100 KiB they would gain nothing, nor would a second
call that waits its turn, because the time goes into the guest: its agent reads what is written
into a file letter by letter as JSON. Emulated guests take 2 to 3 MB a second in and 7 to 10 out,
whoever asks; so the file is 32 MB by default (``--megabytes 200`` takes a quarter of an hour).

Ours opens, counts checksums and renames as well. The machine's own load changes all of it from one
minute to the next, so ours and the bare loop take turns, and the ratio is that of neighbours.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import libvirt
import libvirt_qemu

from benchmarks.ground import Ground, ground
from benchmarks.report import Table, median
from benchmarks.upload import Deaf
from tests.rig import Console, Daemon, idle, start, start_all, tiny, wait_until
from vmtui.engine import copying
from vmtui.engine.eventlog import EventLog
from vmtui.engine.fleet import Fleet
from vmtui.engine.history import History
from vmtui.engine.store import Store
from vmtui.hypervisor import GuestAgent
from vmtui.hypervisors.libvirt.agent.guest import READ_PIECE, WRITE_PIECE
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.guest import HostId
from vmtui.model.steps import CopyIn, CopyOut

ROUNDS = 3
"""How often ours and bare calls take turns."""
BARE = 8 * 1000 * 1000
"""What the loops with other pieces move: enough for a rate."""
BY_VIRSH = 2 * 1024 * 1024
READS = (65536, READ_PIECE, 1024 * 1024, 5 * 512 * 1024)
WRITES = (49152, WRITE_PIECE, 147456)
IN_GUEST = "/tmp/file"
ARGUMENTS_MOST = 96 * 1024
"""Of one word of a command line on Linux 128 KiB is the most."""
HANG, ANSWER, ALL = 10, 5, 100


class Loop:
    """Bare calls to one agent, one after the other."""

    def __init__(self, domain: libvirt.virDomain) -> None:
        self.domain = domain

    def ask(self, command: str, **arguments: object) -> object:
        """One call."""
        text = json.dumps({"execute": command, "arguments": arguments})
        return json.loads(libvirt_qemu.qemuAgentCommand(self.domain, text, 60, 0))["return"]

    @contextlib.contextmanager
    def file(self, mode: str) -> Iterator[object]:
        """An open file."""
        handle = self.ask("guest-file-open", path=IN_GUEST, mode=mode)
        yield handle
        self.ask("guest-file-close", handle=handle)

    def read(self, piece: int, size: int = BARE) -> float:
        """Bytes a second of reading."""
        with self.file("r") as handle:
            began, got = time.perf_counter(), 0
            while got < size:
                told = self.ask("guest-file-read", handle=handle, count=piece)
                assert isinstance(told, dict)
                got += len(base64.b64decode(told["buf-b64"]))
            return got / (time.perf_counter() - began)

    def write(self, piece: int, size: int = BARE) -> float:
        """Bytes a second of writing."""
        data = os.urandom(piece)
        with self.file("w") as handle:
            began, put = time.perf_counter(), 0
            while put < size:
                text = base64.b64encode(data).decode()
                self.ask("guest-file-write", **{"handle": handle, "buf-b64": text})
                put += piece
            return put / (time.perf_counter() - began)

    def ping(self) -> float:
        """Seconds of the shortest call there is."""
        times = []
        for _ in range(50):
            began = time.perf_counter()
            self.ask("guest-ping")
            times.append(time.perf_counter() - began)
        return median(times)


def answers(domain: libvirt.virDomain) -> bool:
    """Whether its agent does."""
    with contextlib.suppress(libvirt.libvirtError):
        Loop(domain).ask("guest-ping")
        return True
    return False


def by_virsh(loop: Loop, uri: str, command: str, piece: int, **arguments: object) -> float:
    """Bytes a second of a shell's loop: a virsh a piece."""
    with loop.file("r" if command == "guest-file-read" else "w") as handle:
        text = json.dumps({"execute": command, "arguments": {"handle": handle, **arguments}})
        words = ["virsh", "-c", uri, "qemu-agent-command", loop.domain.name(), text]
        began, moved = time.perf_counter(), 0
        while moved < BY_VIRSH:
            subprocess.run(words, check=True, capture_output=True)
            moved += piece
        return moved / (time.perf_counter() - began)


class Ours:
    """Copies of one file into a guest and out of it."""

    def __init__(self, agent: GuestAgent, uuid: str, source: Path, back: Path) -> None:
        self.agent, self.source, self.back = agent, source, back
        self.size = source.stat().st_size
        self.into = CopyIn(uuid, str(source), IN_GUEST, True)
        self.out = CopyOut(uuid, IN_GUEST, str(back), True)

    async def rate(self, step: CopyIn | CopyOut) -> float:
        """Bytes a second."""
        began = time.perf_counter()
        await copying.copy(self.agent, step, lambda _fraction, _words: None)
        return self.size / (time.perf_counter() - began)

    async def rate_resumed(self) -> float:
        """The same out of the guest, cut in its middle and resumed."""
        self.back.unlink()
        began, half = time.perf_counter(), asyncio.Event()

        def tell(fraction: float | None, _words: str) -> None:
            if fraction is not None and fraction > 0.5:
                half.set()

        task = asyncio.create_task(copying.copy(self.agent, self.out, tell))
        await half.wait()
        task.cancel()
        await asyncio.wait({task})
        await copying.copy(self.agent, self.out, lambda _fraction, _words: None)
        took = time.perf_counter() - began
        assert self.back.read_bytes() == self.source.read_bytes()
        return self.size / took


async def in_turns(loop: Loop, ours: Ours) -> tuple[list[tuple[float, float]], ...]:
    """Bytes a second of bare calls and of ours, in and out, `ROUNDS` times; nothing else runs."""
    into, out = [], []
    for _ in range(ROUNDS):
        into.append((loop.write(WRITE_PIECE, ours.size), await ours.rate(ours.into)))
        out.append((loop.read(READ_PIECE, ours.size), await ours.rate(ours.out)))
    return into, out


async def measure(uri: str, loop: Loop, source: Path, table: Table) -> None:
    """Add what both reach."""
    hypervisor = LibvirtHypervisor(uri, HostId("bench"))
    await hypervisor.open(Deaf())
    uuid = loop.domain.UUIDString()
    ours = Ours(hypervisor.agent(uuid), uuid, source, source.with_name("back"))
    into, out = await in_turns(loop, ours)
    for which, name in enumerate((f"bare calls, {ours.size // 10**6} MB", "vmtui, the same")):
        rates = (median([pair[which] for pair in way]) for way in (into, out))
        table.add(name, *map(rate, rates))
    table.add("vmtui, cut at half and resumed", "", rate(await ours.rate_resumed()))
    ratios = (median([own / bare for bare, own in way]) for way in (into, out))
    table.add("vmtui, of bare calls", *(f"{ratio:.2f}" for ratio in ratios))
    await hypervisor.close()


def copies(where: Ground, daemon: Daemon) -> Table:
    """Copy speed."""
    domain = start(daemon.connect(), tiny("copies", memory=1024))
    wait_until(lambda: answers(domain), 120, "the agent did not come")
    loop, uri = Loop(domain), daemon.uri
    table = Table(
        f"Files through an agent, MB/s (a call takes {loop.ping() * 1000:.1f} ms)",
        ("way", "in", "out"), "at least 0.8 of bare calls with pieces as large as ours",
    )  # fmt: skip
    writes = {piece: loop.write(piece) for piece in WRITES}
    reads = {piece: loop.read(piece) for piece in READS}
    zeros = base64.b64encode(bytes(ARGUMENTS_MOST * 3 // 4)).decode()
    put = by_virsh(loop, uri, "guest-file-write", len(zeros) * 3 // 4, **{"buf-b64": zeros})
    loop.write(WRITE_PIECE)
    got = by_virsh(loop, uri, "guest-file-read", READ_PIECE, count=READ_PIECE)
    for piece in sorted({*writes, *reads}):
        table.add(
            f"bare calls, {piece // 1024} KiB each", rate(writes.get(piece)), rate(reads.get(piece))
        )
    table.add("virsh, a process a piece", rate(put), rate(got))
    source = where.folder / "source"
    source.write_bytes(os.urandom(where.options.megabytes * 10**6))
    asyncio.run(measure(uri, loop, source, table))
    domain.destroy()
    return table


def rate(bytes_a_second: float | None) -> str:
    """In MB/s."""
    return "" if bytes_a_second is None else f"{bytes_a_second / 1e6:.2f}"


async def watched(uri: str, names: set[str], seconds: float) -> tuple[float, float]:
    """Seconds until all those agents' answers are shown, and processor time in the while after."""
    store, events = Store(), EventLog()
    fleet = Fleet(store, events, History())
    host = HostId("bench")
    began = time.perf_counter()
    fleet.add(host, uri, lambda: LibvirtHypervisor(uri, host))

    def told() -> set[str]:
        view = store.inventory.hosts.get(host)
        return {g.name for g in view.guests.values() if g.told} if view else set()

    await store.wait(lambda _: names <= told(), 120)
    took = time.perf_counter() - began
    used = time.process_time()
    await asyncio.sleep(seconds)
    used = time.process_time() - used
    await fleet.close()
    return took, used


def polling(daemon: Daemon) -> Table:
    """What agents that hang cost."""
    conn = daemon.connect()
    start_all(conn, [idle(f"idle{number}") for number in range(ALL - HANG - ANSWER)])
    agents = start_all(conn, [tiny(f"tiny{number}") for number in range(HANG + ANSWER)])
    wait_until(lambda: all(map(answers, agents)), 200, "no agents came")
    names = {one.name() for one in agents[:ANSWER]}
    table = Table(
        f"{ALL} guests, {ANSWER} with an agent that answers, {HANG} with one more",
        ("the others' agents", "all answers shown, s", "processor time in 30 s, s"),
        "the same",
    )
    table.add("answer", *figures(asyncio.run(watched(daemon.uri, names, 30))))
    for one in agents[ANSWER:]:
        with Console(one) as console:
            console.send("\n")
            console.run("killall -STOP qemu-ga", f"{one.name()}:~# ", 60)
    table.add("hang", *figures(asyncio.run(watched(daemon.uri, names, 30))))
    return table


def figures(pair: tuple[float, float]) -> tuple[str, str]:
    """Both in seconds."""
    return f"{pair[0]:.1f}", f"{pair[1]:.2f}"


if __name__ == "__main__":
    with ground(__doc__) as here, Daemon() as private:
        copies(here, private).show()
        polling(private).show()
