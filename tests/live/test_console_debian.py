"""A whole Debian in the pane: login, editor, pager, tops, tmux, mc, sizes, paste, reboot."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import libvirt
import pytest

from tests.live.consoles import (
    PREFIX,
    at,
    lines,
    opened,
    paste,
    shows,
    typed,
    until_shows,
)
from tests.live.rooms import SLOW, has_agent, watching
from tests.rig import Console as Outsider
from tests.rig import Daemon, start
from tests.rig.debian import LOGIN, PASSWORD, PROMPT, USER, guest, overlay
from tests.ui.cockpits import Seat
from vmtui.engine.console import Console
from vmtui.engine.consolebase import ConsoleState

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(1200)]

NAME = "debian"
ASKS, WAITS = LOGIN.strip(), PROMPT.strip()
BOOTED = 600.0
"""Seconds for a boot under emulation, on a machine that does other things as well."""
NUMBERS = [str(number) for number in range(1, 24)]


@pytest.fixture(scope="module")
def debian(rig_daemon: Daemon) -> Iterator[libvirt.virDomain]:
    """A whole Debian that asks for a name."""
    disk = overlay(rig_daemon, "console")
    domain = start(rig_daemon.connect(), guest(NAME, disk))
    with Outsider(domain) as outsider:
        outsider.expect(LOGIN, BOOTED)
    yield domain
    with contextlib.suppress(libvirt.libvirtError):
        domain.destroy()
    domain.undefine()
    disk.unlink()


def last_line(console: Console) -> str:
    """The lowest line of the screen that is not blank."""
    return next((line for line in reversed(lines(console)) if line), "")


async def log_in(seat: Seat, console: Console) -> None:
    """Name and password, key by key."""
    await seat.until(lambda: last_line(console) == ASKS, SLOW)
    await typed(seat, f"{USER}\n")
    await seat.until(lambda: last_line(console) == "Password:", SLOW)
    await typed(seat, f"{PASSWORD}\n")
    await seat.until(lambda: last_line(console) == WAITS, SLOW)


async def cleared(seat: Seat, console: Console) -> None:
    """A screen with nothing but a prompt."""
    console.send(b"clear\r")
    await seat.until(lambda: lines(console)[0] == WAITS and not any(lines(console)[1:]), SLOW)


@asynccontextmanager
async def at_shell(
    folder: Path, daemon: Daemon, size: tuple[int, int] = (100, 40)
) -> AsyncIterator[tuple[Seat, Console]]:
    """The app, at the shell of somebody who has logged in, in a terminal with colours."""
    async with watching(folder, daemon.uri, size=size) as seat:
        console = await opened(seat, NAME)
        console.send(b"\r")
        await seat.until(lambda: last_line(console) in (ASKS, WAITS), SLOW)
        if last_line(console) == ASKS:
            await log_in(seat, console)
        console.send(b"export TERM=xterm-256color; stty rows 24 cols 80\r")
        await cleared(seat, console)
        yield seat, console


async def test_somebody_logs_in_and_out(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """The password is not on the screen, and not in what is kept."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "exit\n")
        await log_in(seat, console)
        await typed(seat, "id -un; tty\n")
        await seat.until(lambda: {USER, "/dev/ttyS0"} <= set(lines(console)), SLOW)
        assert f"Password: {PASSWORD}" not in await console.terminal.text()


async def test_vim_edits_a_file(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """Drawn on the alternate screen, in colours, and gone without a trace."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "seq 200 > numbers\n")
        await typed(seat, "vim numbers\n")
        await seat.until(lambda: lines(console)[:23] == NUMBERS, SLOW)
        await seat.until(lambda: lines(console)[23].endswith("Top"), SLOW)
        await typed(seat, ":set number\n")
        await seat.until(lambda: lines(console)[0] == "  1 1", SLOW)
        await typed(seat, "Goan übernew line")
        await seat.press("escape")
        await seat.until(lambda: "201 an übernew line" in lines(console), SLOW)
        await until_shows(seat, console, "201,1")
        await typed(seat, ":wq\n")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)
        assert lines(console)[0] == f"{WAITS} seq 200 > numbers"
        await typed(seat, "tail -n 1 numbers\n")
        await seat.until(lambda: "an übernew line" in lines(console), SLOW)


async def test_less_pages_and_finds(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "seq 500 | less\n")
        await seat.until(lambda: [*NUMBERS, ":"] == lines(console), SLOW)
        await seat.press("pagedown")
        await seat.until(lambda: lines(console)[0] == "24", SLOW)
        await typed(seat, "/^400\n")
        await seat.until(lambda: lines(console)[0] == "400", SLOW)
        await typed(seat, "G")
        await seat.until(lambda: lines(console)[22:] == ["500", "(END)"], SLOW)
        await typed(seat, "q")
        await seat.until(lambda: lines(console)[0] == f"{WAITS} seq 500 | less", SLOW)


async def test_htop_and_top(tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain) -> None:
    """Bars, the row of keys at the foot; function keys and arrows reach it."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "htop\n")
        await seat.until(lambda: lines(console)[23].startswith("F1Help  F2Setup"), SLOW)
        await until_shows(seat, console, "Load average:")
        await until_shows(seat, console, "htop")
        await seat.press("f5")
        await until_shows(seat, console, "F5List")
        await until_shows(seat, console, "├─")
        await seat.press("f5", "f10")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)
        await typed(seat, "top\n")
        await until_shows(seat, console, "PID USER      PR  NI")
        assert lines(console)[0].startswith("top - ")
        await typed(seat, "q")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)


async def test_the_guest_is_told_the_size_of_its_pane_and_of_the_full_screen(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """Through its agent: vim fills either at once, and leaves a shell that knows the size."""
    async with at_shell(tmp_path, rig_daemon, (120, 50)) as (seat, console):
        await seat.until(lambda: has_agent(seat, NAME), SLOW)
        await typed(seat, "seq 200 > numbers; vim numbers\n")
        await seat.until(lambda: lines(console)[:23] == NUMBERS, SLOW)
        await seat.until(lambda: lines(console)[23].endswith("Top"), SLOW)
        sizes = set()
        for full in (False, True):
            if full:
                await seat.press(PREFIX, "f")
                await seat.until(lambda: console.terminal.size not in sizes)
            rows = console.terminal.size.rows
            await seat.press(PREFIX, "z")
            await seat.until_shown(f"told through its agent: {rows} rows", SLOW)
            numbers = [str(number) for number in range(1, rows)]
            await seat.until(lambda: lines(console)[:-1] == numbers, SLOW)  # noqa: B023
            await seat.until(lambda: lines(console)[-1].endswith("Top"), SLOW)
            sizes.add(console.terminal.size)
        await typed(seat, ":q\n")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)
        columns, rows = console.terminal.size
        await typed(seat, "stty size\n")
        await seat.until(lambda: f"{rows} {columns}" in lines(console), SLOW)


async def test_a_paste_of_many_lines_is_one_piece_to_the_shell(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """Bracketed, as bash asks for it: nothing runs before Enter, then everything does."""
    text = "\n".join(f"echo ran-$(({number}+1000))" for number in range(40))
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        paste(seat, text)
        await seat.until_shown(f"lines into {NAME}?")
        await seat.press("y")
        await until_shows(seat, console, "echo ran-$((39+1000))")
        assert "ran-10" not in await console.terminal.text()
        await seat.press("enter")
        await until_shows(seat, console, "ran-1039")
        said = (await console.terminal.text()).splitlines()
        assert [line for line in said if line.startswith("ran-")] == [
            f"ran-{number + 1000}" for number in range(40)
        ]


async def test_tmux_in_the_guest(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """Its status line and two panes with a line between them."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "tmux new -s inner\n")
        await seat.until(lambda: lines(console)[23].startswith("[inner]"), SLOW)
        await seat.press("ctrl+b", "%")
        await seat.until(lambda: all(line[40:41] == "│" for line in lines(console)[:23]), SLOW)
        await typed(seat, "echo right-$((6*7))\n")
        await seat.until(lambda: "right-42" in [line[41:] for line in lines(console)], SLOW)
        await seat.press("ctrl+b", "left")
        await typed(seat, "echo left-$((6*7))\n")
        await seat.until(lambda: "left-42" in [line[:40].rstrip() for line in lines(console)], SLOW)
        await seat.press("ctrl+b", "d")
        await until_shows(seat, console, "[detached (from session inner)]")
        await typed(seat, "tmux kill-server\n")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)


async def test_mc_in_the_guest(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """Frames, a menu, the row of keys; F10 is the guest's."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "mc /etc /usr\n")
        await seat.until(lambda: lines(console)[23].lstrip().startswith("1Help"), SLOW)
        await until_shows(seat, console, "┌<─ /etc ")
        await seat.until(lambda: lines(console)[23].rstrip().endswith("10Quit"), SLOW)
        await seat.press("f9", "enter")
        await until_shows(seat, console, "File listing")
        await seat.press("f10")
        await seat.until(lambda: not shows(console, "File listing"), SLOW)
        await seat.press("f10")
        await seat.until(lambda: last_line(console) == WAITS, SLOW)


async def test_a_reboot_is_watched_and_survived(
    tmp_path: Path, rig_daemon: Daemon, debian: libvirt.virDomain
) -> None:
    """From the shell through systemd and the kernel to the next login, in one scrollback."""
    async with at_shell(tmp_path, rig_daemon) as (seat, console):
        await typed(seat, "echo before-$((6*7))\n")
        await until_shows(seat, console, "before-42")
        await typed(seat, "sudo reboot\n")
        await seat.until(lambda: not shows(console, "before-42"), BOOTED)
        await seat.until(lambda: last_line(console) == ASKS, BOOTED)
        assert console.state is ConsoleState.LIVE
        await log_in(seat, at(seat))
        text = await console.terminal.text()
        assert text.index("before-42") < text.index("Linux version") < text.rindex(WAITS)
