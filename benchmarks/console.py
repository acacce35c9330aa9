"""Consoles: echo, flood and its end, slow terminals, many. ``python -m benchmarks.console``

Echo is measured on real guests' serial lines. Floods are written where QEMU writes what its guest
prints, because an emulated processor prints no more than a fifth of a megabyte a second.
"""

from __future__ import annotations

import contextlib
import random
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from benchmarks.driven import NoAnswer
from benchmarks.ground import Ground, ground
from benchmarks.names import name_of
from benchmarks.report import Table, millis, percentile, ratio
from benchmarks.seats import Ours, Seat, Theirs
from benchmarks.terminal import INPUTS, made
from benchmarks.usage import cpu_seconds
from tests.live.printing import COLOURS, PALETTE, Printer
from tests.rig import Console, Daemon, idle, start, start_all, tiny

SIZES = ((80, 24), (200, 50))
KINDS = ("boot log", "dense colours")
MEGABYTES = 16
SLOW = 0.5e6
"""Bytes a second that a slow terminal takes."""
MANY = 20
ROUND = 25
"""Keys pressed in one program before it is the other one's turn."""
KEY = b"@"
"""Is nowhere else on either screen."""
END = "THE-END-OF-IT"
OVER = "IT-IS-OVER"
FLOODS = 10
VIRTIO = "console1"
"""The alias of a rig guest's fast console."""
WATCHED = 10.0


def measure(where: Ground) -> list[Table]:
    """Everything."""
    return [echo(where), ending(where), *flood(where), many(where)]


# -- echo --------------------------------------------------------------------------------------


def echo(where: Ground) -> Table:
    """From a key to its character, through a guest's shell on its serial line."""
    table = Table(
        "Echo: from a key to its painted character on a serial console, milliseconds",
        ("program", "keys", "p50", "p90", "p99", "p50 more", "p99 more"),
        "p50 within 3 ms and p99 within 5 ms of virsh in tmux",
    )
    times: dict[str, list[float]] = {}
    with (
        shells(2) as daemon,
        Theirs(where, daemon.uri, name_of(1), (80, 24), None) as theirs,
        Ours(where, daemon.uri, (80, 24), None) as ours,
    ):
        ours.sit()
        for program, number in ((theirs, 1), (ours, 0)):
            program.send(b"\r")
            program.wait_for(f"{name_of(number)}:~# ", 10.0)
            times[program.name] = []
        for _ in range(max(where.options.presses // ROUND, 1)):
            for program in (theirs, ours):
                times[program.name] += [typed(program) for _ in range(ROUND)]
    base = times[theirs.name]
    for name, found in times.items():
        parts = [percentile(found, part) for part in (0.5, 0.9, 0.99)]
        more = [percentile(found, p) - percentile(base, p) for p in (0.5, 0.99)]
        table.add(name, str(len(found)), *map(millis, parts), *map(millis, more))
    return table


def typed(program: Seat) -> float:
    """Seconds from one key to its character; the line is empty again afterwards."""
    program.watch(random.uniform(0.03, 0.12))
    at = program.send(KEY)
    seconds = program.wait_for(KEY.decode(), 5.0) - at
    program.send(b"\x15")
    return seconds


# -- the end of a flood ----------------------------------------------------------------------


def ending(where: Ground) -> Table:
    """From Ctrl-C to the painted word that a guest says when its flood has ended."""
    table = Table(
        "Ctrl-C: until a guest's flood of colours has ended and is seen to, milliseconds",
        ("program", "terminal", "keys", "p50", "p90", "most"),
        "the guest has the key and the flood ends within 200",
    )
    with shells(1) as daemon:
        for label, rate in (("fast", None), ("0.5 MB/s", SLOW)):
            for program in both(where, daemon, (80, 24), rate, device=VIRTIO):
                program.send(b"\r")
                program.wait_for(f"{name_of(0)}:~# ", 10.0)
                program.send(f"stty rows 24 cols 80; {PALETTE}\r".encode())
                program.wait_for("made", 30.0)
                found = [found for _ in range(FLOODS) if (found := ended(program)) is not None]
                parts = [percentile(found, part) for part in (0.5, 0.9, 1.0)]
                table.add(program.name, label, f"{len(found)}/{FLOODS}", *map(millis, parts))
    return table


def ended(program: Seat) -> float | None:
    """Seconds from the key to the word; None where it did not come, for QEMU drops what is
    printed while a virtio console's terminal is full."""
    program.send(f'sh -c \'trap "echo {OVER[0]}""{OVER[1:]}" INT; {COLOURS}\'\r'.encode())
    program.watch(2.0 + random.uniform(0.0, 0.5))
    at = program.press(b"\x03")
    try:
        return program.wait_for(OVER, 10.0) - at
    except NoAnswer:
        return None
    finally:
        program.settle(1.0, 5.0)
        program.send(b"\x03\rclear\r")
        program.settle(1.0, 5.0)


# -- flood -------------------------------------------------------------------------------------


def flood(where: Ground) -> list[Table]:
    """The same bytes as fast as possible; keys elsewhere meanwhile."""
    swallowed = Table(
        f"Flood: {MEGABYTES} MB as fast as they are taken",
        ("program", "size", "what", "MB/s", "CPU s", "of theirs", "libvirtd s",
         "MB to the terminal", "of theirs"),
        "no slower at less CPU; a twentieth of the bytes to the terminal",
    )  # fmt: skip
    keys = Table(
        "Keys elsewhere beside a flood: the table, or a second pane of tmux; milliseconds",
        ("program", "terminal", "keys", "p50", "p90", "p99", "most"),
        "p90 below 10 and never over 50",
    )
    with printers(3) as (daemon, printer):
        for size in SIZES:
            for kind in KINDS:
                base: list[float] = []
                for program in both(where, daemon, size, None):
                    swallow(swallowed, program, daemon, printer, size, kind, base)
        for label, rate in (("fast", None), ("0.5 MB/s", SLOW)):
            for program in both(where, daemon, (80, 24), rate, full=False):
                beside(keys, program, printer, label, where.options.presses)
    return [swallowed, keys]


def both(
    where: Ground, daemon: Daemon, size: tuple[int, int], rate: float | None, *,
    full: bool = True, device: str = "",
) -> Iterator[Theirs | Ours]:  # fmt: skip
    """The one program and then the other, at a console of the first guest."""
    with Theirs(where, daemon.uri, name_of(0), size, rate, device) as theirs:
        yield theirs
    with Ours(where, daemon.uri, size, rate) as ours:
        ours.sit(full=full, second=bool(device))
        yield ours


def swallow(
    table: Table, program: Theirs | Ours, daemon: Daemon, printer: Printer,
    size: tuple[int, int], kind: str, base: list[float],
) -> None:  # fmt: skip
    """Print it all; `base` holds the first program's processor time and bytes."""
    data = made(INPUTS[kind], MEGABYTES << 20)
    cpu, written, host = program.cpu(), program.written, daemon_cpu(daemon)
    began = time.perf_counter()
    work = threading.Thread(
        target=printer.print, args=(data + f"\x1b[0m\r\n{END}\r\n".encode(), 120.0), daemon=True
    )
    work.start()
    rate = "no end"
    with contextlib.suppress(NoAnswer):
        rate = f"{len(data) / (program.wait_for(END, 120.0) - began) / 1e6:.1f}"
    printer.stop()
    used = [program.cpu() - cpu, (program.written - written) / 1e6]
    host = daemon_cpu(daemon) - host
    base[:] = base or used
    table.add(
        program.name, f"{size[0]}x{size[1]}", kind, rate, f"{used[0]:.2f}",
        ratio(used[0], base[0]), f"{host:.2f}", f"{used[1]:.2f}", f"{used[1] / base[1]:.3f}x",
    )  # fmt: skip


def beside(
    table: Table, program: Theirs | Ours, printer: Printer, label: str, presses: int
) -> None:
    """Press keys elsewhere while the console is flooded."""
    program.elsewhere()
    printer.flood(made(INPUTS["boot log"], 1 << 20))
    program.watch(2.0)
    found = []
    for number in range(presses):
        key, answer = KEY, KEY.decode()
        if isinstance(program, Ours):
            key, answer = (b"\x1b[B", b"\x1b[A")[number % 2], f"{name_of(1)}|{name_of(2)}"
        program.watch(random.uniform(0.03, 0.12))
        at = program.press(key)
        with contextlib.suppress(NoAnswer):
            found.append(program.wait_for(answer, 5.0) - at)
    printer.stop()
    parts = [percentile(found, part) for part in (0.5, 0.9, 0.99, 1.0)]
    table.add(program.name, label, f"{len(found)}/{presses}", *map(millis, parts))


# -- many --------------------------------------------------------------------------------------


def many(where: Ground) -> Table:
    """Twenty consoles open, all printing."""
    table = Table(
        f"{MANY} consoles open, one shown, all printing",
        ("program", "each", "CPU %", "of theirs", "MiB (PSS)", "KB/s to the terminal"),
    )
    line = b"[    1.234567] something happens on this guest, and it says so in one line\r\n"
    with printers(MANY, every=True) as (daemon, first):
        others = [Printer(daemon, name_of(number)) for number in range(1, MANY)]
        base: dict[str, float] = {}
        for program in both(where, daemon, (80, 24), None, full=False):
            if isinstance(program, Ours):
                program.send(b"*c")
            else:
                for number in range(1, MANY):
                    program.tmux("new-window", *program.console(name_of(number)))
            program.settle(1.0, 8.0)
            for label, pause in (("10 lines/s", 0.1), ("100 lines/s", 0.01)):
                for printer in (first, *others):
                    printer.flood(line, pause)
                program.watch(2.0)
                cpu, began, written = program.cpu(), time.perf_counter(), program.written
                program.watch(WATCHED)
                passed = time.perf_counter() - began
                share = (program.cpu() - cpu) / passed * 100
                for printer in (first, *others):
                    printer.stop()
                written = program.written - written
                table.add(
                    program.name, label, f"{share:.1f}",
                    ratio(share, base.setdefault(label, share)),
                    f"{program.memory():.0f}", f"{written / passed / 1e3:.1f}",
                )  # fmt: skip
    return table


# -- guests ------------------------------------------------------------------------------------


@contextlib.contextmanager
def shells(count: int) -> Iterator[Daemon]:
    """Real guests at their shells."""
    print(f"booting {count} guests ...", file=sys.stderr)
    with Daemon() as daemon:
        connection = daemon.connect()
        domains = [start(connection, tiny(name_of(number))) for number in range(count)]
        for number, domain in enumerate(domains):
            with Console(domain) as console:
                console.send("\n")
                console.expect(f"{name_of(number)}:~# ", 120.0)
        yield daemon


@contextlib.contextmanager
def printers(count: int, *, every: bool = False) -> Iterator[tuple[Daemon, Printer]]:
    """Guests that do nothing; the first one, or every one, has a console to print on."""
    guests = [idle(name_of(number)) for number in range(count)]
    for guest in guests if every else guests[:1]:
        devices = guest.find("devices")
        assert devices is not None
        ET.SubElement(devices, "serial", type="pty")
    with Daemon() as daemon:
        start_all(daemon.connect(), guests)
        yield daemon, Printer(daemon, name_of(0))


def daemon_cpu(daemon: Daemon) -> float:
    """Seconds of processor time of libvirtd."""
    return cpu_seconds(daemon.pid)


if __name__ == "__main__":
    with ground(__doc__) as here:
        for made_table in measure(here):
            made_table.show()
