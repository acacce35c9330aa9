"""The console pane on real guests: boot, shell, full-screen programs, sizes, paste, tabs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import (
    LEAVE,
    PREFIX,
    VIRTIO,
    asked,
    at,
    at_shell,
    booted,
    fresh,
    lines,
    opened,
    pane,
    paste,
    shows,
    typed,
    until_shows,
)
from tests.live.rooms import SLOW, has_agent, watching
from tests.rig import Daemon, define, tiny
from tests.rig.guests import PROMPT
from tests.ui.cockpits import Seat

pytestmark = pytest.mark.rig


@pytest.fixture(scope="module")
def pair(rig_daemon: Daemon) -> Iterator[libvirt.virConnect]:
    """Two guests at their shells: con1, which has no agent, and con2."""
    with booted(rig_daemon, "con1", "con2", without_agent=("con1",)) as connection:
        yield connection


async def test_a_boot_is_watched_from_its_start(tmp_path: Path, daemon: Daemon) -> None:
    """The console waits for the guest; kernel messages from the first on, then the shell."""
    domain = define(daemon.connect(), tiny("early"))
    async with watching(tmp_path, daemon.uri, size=(100, 40)) as seat:
        console = await asked(seat, "early")
        await seat.until_shown("early is off: waiting until it runs")
        await seat.press(LEAVE, "s")
        await until_shows(seat, console, PROMPT.format(name="early").strip(), 2 * SLOW)
        text = await console.terminal.text()
        assert "[    0.000000] Linux version" in text
        assert "Run /init as init process" in text
    domain.destroy()


async def test_a_shell_answers_key_by_key(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """What is typed is echoed, run and answered; colours and markup are cells."""
    async with at_shell(tmp_path, rig_daemon, "con1") as seat:
        await typed(seat, "echo $((6*7)) [red]x[/]\n")
        await seat.until_shown("42 [red]x[/]")
        await typed(seat, "uname -n\n")
        console = at(seat)
        await seat.until(lambda: "con1" in lines(console), SLOW)


async def test_full_screen_programs_are_drawn_and_leave_the_shell_as_it_was(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """vi, less and top of busybox."""
    async with at_shell(tmp_path, rig_daemon, "con1") as seat:
        console = at(seat)
        console.send(b"seq 1 200 > /tmp/numbers; echo before\r")
        await seat.until(lambda: "before" in lines(console))
        await typed(seat, "vi /tmp/numbers\n")
        await seat.until(lambda: lines(console)[:23] == [str(n) for n in range(1, 24)], SLOW)
        assert "/tmp/numbers 1/200" in lines(console)[23]
        await typed(seat, "Gonew line")
        await seat.press("escape")
        # Esc and a letter close behind it would be one key: vi says when it has understood.
        await seat.until(lambda: lines(console)[23].startswith("- /tmp/numbers"), SLOW)
        drawn = lines(console)
        assert drawn[drawn.index("new line") - 1] == "200"
        await typed(seat, ":q!\n")
        await seat.until(lambda: "before" in lines(console), SLOW)
        assert not shows(console, "new line")
        await fresh(seat, console)
        await typed(seat, "less /tmp/numbers\n")
        await seat.until(lambda: lines(console)[:23] == [str(n) for n in range(1, 24)], SLOW)
        await seat.press("space")
        await seat.until(lambda: lines(console)[0] == "24", SLOW)
        await typed(seat, "q")
        await fresh(seat, console)
        await typed(seat, "top\n")
        await until_shows(seat, console, "PID  PPID")
        assert lines(console)[0].startswith("Mem:")
        assert shows(console, "Load average")
        await typed(seat, "q")
        await seat.until(lambda: shows(console, "con1:~#"), SLOW)


async def test_the_guest_believes_the_size_that_is_typed_for_it(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """Prefix z in a pane and on the full screen; what is below 80x24 is never told."""
    async with at_shell(tmp_path, rig_daemon, "con1", size=(120, 50)) as seat:
        console = at(seat)
        sizes = set()
        for full in (False, True):
            if full:
                await seat.press(PREFIX, "f")
            await seat.until(lambda: console.terminal.frame.columns == console.terminal.size[0])
            columns, rows = console.terminal.size
            await seat.press(PREFIX, "z")
            await until_shows(seat, console, f"stty rows {rows} cols {columns}")
            await typed(seat, "stty size\n")
            await until_shows(seat, console, f"\n{rows} {columns}\n")
            sizes.add((columns, rows))
        assert len(sizes) == 2
        await typed(seat, "vi /etc/profile\n")
        await seat.until(lambda: "/etc/profile" in lines(console)[console.terminal.size[1] - 1])
        await typed(seat, ":q\n")


async def test_an_agent_is_told_the_size_whatever_runs_at_the_console(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """vi draws itself anew, on the serial line and on the virtio console; nothing is typed."""
    for device in ("", VIRTIO):
        async with at_shell(tmp_path, rig_daemon, "con2", device, size=(120, 50)) as seat:
            console = at(seat)
            await seat.until(lambda: has_agent(seat, "con2"), SLOW)
            await typed(seat, "seq 200 > /tmp/numbers; vi /tmp/numbers\n")
            await until_shows(seat, console, "/tmp/numbers 1/200")
            rows = console.terminal.size[1]
            assert rows > 24
            await seat.press(PREFIX, "z")
            await seat.until_shown("con2 was told through its agent", SLOW)
            wanted = [str(number) for number in range(1, rows)]
            await seat.until(lambda: lines(console)[: rows - 1] == wanted, SLOW)  # noqa: B023
            await seat.until(lambda: "1/200" in lines(console)[rows - 1], SLOW)  # noqa: B023
            await typed(seat, ":q!\n")
            await until_shows(seat, console, "con2:~#")
            assert "stty" not in await console.terminal.text()


async def test_two_consoles_live_at_once_and_wear_a_badge(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """What comes while nobody looks is there when one does."""
    async with at_shell(tmp_path, rig_daemon, "con1") as seat:
        first = at(seat)
        await typed(seat, "sleep 2; echo was-$((40+2))\n")
        await seat.press(LEAVE)
        second = await opened(seat, "con2")
        await fresh(seat, second)
        await seat.until_shown("1 con1*", SLOW)
        await typed(seat, "hostname\n")
        await seat.until(lambda: "con2" in lines(second), SLOW)
        await seat.press(PREFIX, "1")
        await until_shows(seat, first, "was-42")
        await seat.until_gone("1 con1*")
        await seat.press(PREFIX, "n")
        await seat.until_shown("con2:~# hostname")


async def test_a_paste_of_200_lines_arrives_whole(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """On the serial line, whose buffer is small, after the question."""
    text = "".join(f"line {number:03} of what is pasted, one of many\n" for number in range(200))
    async with at_shell(tmp_path, rig_daemon, "con1") as seat:
        console = at(seat)
        console.send(b"cat > /tmp/pasted\r")
        await until_shows(seat, console, "cat > /tmp/pasted")
        paste(seat, text)
        await seat.until_shown("lines into con1?")
        await seat.press("y")
        await until_shows(seat, console, "line 199 of what is pasted, one of many")
        await seat.press("ctrl+d")
        await fresh(seat, console)
        await typed(seat, "wc /tmp/pasted; tail -n 1 /tmp/pasted\n")
        counts = ["200", "1800", str(len(text)), "/tmp/pasted"]
        await seat.until(lambda: counts in [line.split() for line in lines(console)], SLOW)


async def test_a_piece_of_what_was_printed_is_copied_by_keys(
    tmp_path: Path, rig_daemon: Daemon, pair: libvirt.virConnect
) -> None:
    """A path far back, a line that is broken over rows, and a box of what less shows."""
    async with at_shell(tmp_path, rig_daemon, "con1", size=(80, 24)) as seat:
        console = at(seat)
        await typed(seat, "echo key-is /var/lib/piece-$((40+2)).img; seq 300; seq -s - 70\n")
        await until_shows(seat, console, "68-69-70")
        await searched(seat, "^key-is")
        await typed(seat, "WvE")
        await seat.until_shown("marked")
        await typed(seat, "y")
        await seat.until(lambda: bool(seat.app.clipboard), SLOW)
        assert seat.app.clipboard == "/var/lib/piece-42.img"
        await seat.press("G", "k", "V", "enter")
        numbers = "-".join(str(number) for number in range(1, 71))
        await seat.until(lambda: seat.app.clipboard == numbers, SLOW)
        await seat.until_shown("keys go to con1")
        await fresh(seat, console)
        await typed(seat, "seq 1000 1100 > /tmp/thousands; less /tmp/thousands\n")
        await seat.until(lambda: lines(console)[:2] == ["1000", "1001"], SLOW)
        await searched(seat, "^1000$")
        await seat.press("right", "right", "ctrl+v", "down", "down", "right", "y")
        await seat.until(lambda: seat.app.clipboard == "00\n01\n02", SLOW)
        await seat.press("escape")
        await seat.until_shown("keys go to con1")
        await typed(seat, "q")
        await fresh(seat, console)


async def searched(seat: Seat, pattern: str) -> None:
    """Go to the newest place where that is found."""
    await seat.press(PREFIX, "s")
    await seat.until_shown("a regular expression")
    seat.app.screen.query_one("#field").value = pattern  # type: ignore[attr-defined]
    await seat.press("enter")
    await seat.until(lambda: pane(seat).view.past.found is not None, SLOW)
