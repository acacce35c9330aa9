"""Start-up and end of the real program in a real terminal."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import start_some
from tests.live.terminal import Terminal
from tests.rig import Daemon, SilentServer, define, idle, wait_until
from vmtui import paths

pytestmark = pytest.mark.rig

QUICK = 45.0
"""Seconds that an end may take on a busy machine; it aims at one."""


@pytest.fixture
def silent_uri(rig_daemon: Daemon) -> object:
    """A host that accepts and never answers."""
    path = rig_daemon.folder / f"silent-{time.monotonic_ns():x}"
    with SilentServer(path):
        yield f"qemu+unix:///session?socket={path}"


def ends(terminal: Terminal, code: int | None = None) -> str:
    """The program ends soon and leaves the terminal as it was."""
    began = time.monotonic()
    text = terminal.until_ended(QUICK)
    assert time.monotonic() - began < QUICK
    assert terminal.sane, text
    assert "Traceback" not in text
    if code is not None:
        assert f"ended with {code}" in text
    return text


@pytest.mark.parametrize("way", ["q", "C-c", "C-q", "SIGTERM", "SIGHUP", "SIGINT"])
def test_every_way_out_leaves_the_terminal_sane(
    lab: libvirt.virConnect, rig_daemon: Daemon, way: str
) -> None:
    """Keys and signals: no alternate screen, cursor and echo on, no mouse, no traceback."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri) as terminal:
        terminal.until_shown("web1")
        if way.startswith("SIG"):
            os.kill(terminal.pid, signal.Signals[way])
        else:
            terminal.press(way)
        ends(terminal, None if way.startswith("SIG") else 0)


@pytest.mark.parametrize("way", ["C-c", "SIGTERM"])
def test_a_dead_host_does_not_hold_the_way_out(silent_uri: str, way: str) -> None:
    """It still connects: the program ends all the same."""
    with Terminal("-c", silent_uri) as terminal:
        terminal.until_shown("connecting")
        if way == "C-c":
            terminal.press(way)
        else:
            os.kill(terminal.pid, signal.SIGTERM)
        ends(terminal)


def test_a_daemon_that_stops_answering_does_not_hold_the_way_out(daemon: Daemon) -> None:
    """Frozen under a running screen."""
    start_some(daemon.connect(), [idle("web1")])
    with Terminal("-c", daemon.uri, "--tick", "0.5") as terminal:
        terminal.until_shown("running")
        daemon.pause()
        try:
            terminal.press("s", "2", "1", "q")
            ends(terminal, 0)
        finally:
            daemon.resume()


def test_closing_the_terminal_ends_the_program(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """The terminal goes away: so does the program, within seconds, and without burning on."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri) as terminal:
        terminal.until_shown("web1")
        closes(terminal)


def closes(terminal: Terminal) -> None:
    """The terminal goes away: so does the program."""
    pid = terminal.pid
    terminal.hang_up()
    deadline = time.monotonic() + QUICK
    while Path(f"/proc/{pid}").exists() and running(pid):
        assert time.monotonic() < deadline, "it runs on without a terminal"
        time.sleep(0.05)  # noqa: TID251 - waits for another process


def test_stopped_and_continued(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """By SIGSTOP and by SIGTSTP: it draws, hears keys, has no more threads, and ends as ever."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri) as terminal:
        terminal.until_shown("web1")
        pid = terminal.pid
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        for way in (signal.SIGSTOP, signal.SIGTSTP) * 4:
            os.kill(pid, way)
            wait_until(lambda: "\nState:\tT" in Path(f"/proc/{pid}/status").read_text(), 30, "stop")
            os.kill(pid, signal.SIGCONT)
            hears(terminal, "?", "Guests: the marked ones")
            hears(terminal, "1", "web1")
        # libvirt's own come and go.
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) <= threads + 4
        closes(terminal)


def hears(terminal: Terminal, key: str, words: str) -> None:
    """A key does what it should; it is pressed again, for what was typed in a stop is dropped."""

    def shown() -> bool:
        if words not in terminal.text():
            terminal.press(key)
        return words in terminal.text()

    wait_until(shown, QUICK, repr(words), 0.5)


def running(pid: int) -> bool:
    """Whether a process is more than a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_terminal_that_changes_its_size(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """A resize and a redraw: the table is there again."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri) as terminal:
        terminal.until_shown("web1")
        for size in ((40, 12), (132, 43), (80, 24)):
            terminal.resize(*size)
        terminal.press("?")
        terminal.until_shown("Guests: the marked ones")
        terminal.press("1")
        terminal.until_shown("web1")


def test_the_environment_and_the_command_line_choose_the_host(
    lab: libvirt.virConnect, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """LIBVIRT_DEFAULT_URI; --connect is stronger, and may be given twice."""
    define(lab, idle("web1"))
    with Terminal(environment={"LIBVIRT_DEFAULT_URI": rig_daemon.uri}) as terminal:
        terminal.until_shown("web1")
        terminal.press("q")
        ends(terminal, 0)
    environment = {"LIBVIRT_DEFAULT_URI": "qemu+unix:///session?socket=/nowhere"}
    words = ("-c", rig_daemon.uri, "-c", "test:///default", "--read-only")
    with Terminal(*words, environment=environment, size=(110, 30)) as terminal:
        terminal.until_shown("web1")
        terminal.until_shown("test ")
        terminal.until_shown("read-only")
        terminal.press("s")
        terminal.press("x")
        terminal.until_shown("nothing here changes anything")
    del tmp_path


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_COLOR": "1"},
        {"TERM": "linux"},
        {"TERM": "vt100"},
        {"TERM": "no-such-terminal"},
        {"TERM": None},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": None},
        # Not even root can make a home there.
        {"HOME": "/proc/nowhere", "XDG_CONFIG_HOME": None, "XDG_STATE_HOME": None},
    ],
)
def test_odd_environments(
    lab: libvirt.virConnect, rig_daemon: Daemon, environment: dict[str, str | None]
) -> None:
    """The guests are shown, and the program ends as it should."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri, environment=environment) as terminal:
        terminal.until_shown("web1")
        terminal.until_shown("off")
        if "NO_COLOR" in environment:
            assert not coloured(terminal.colours())
        terminal.press("q")
        ends(terminal, 0)


def coloured(text: str) -> bool:
    """Whether any colour is asked for, other than shades of grey."""
    if re.search(r"\x1b\[(?:\d+;)*(?:3[1-6]|4[1-6]|9[1-6]|10[1-6])[;m]", text):
        return True
    shades = re.findall(r"[34]8[;:]2[;:](\d+)[;:](\d+)[;:](\d+)", text)
    return any(len(set(shade)) > 1 for shade in shades)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--connect", "qemu+unix:///session?socket=/nowhere"], "libvirt's daemon does not run"),
        (["--connect", "not an address"], "not an address"),
    ],
)
def test_a_bad_address_is_told_on_the_screen(words: list[str], said: str) -> None:
    """And the program can be left."""
    with Terminal(*words, size=(100, 30)) as terminal:
        terminal.until_shown("refused")
        terminal.until_shown(said)
        terminal.press("q")
        ends(terminal, 0)


@pytest.mark.parametrize("redirect", ["</dev/null", "2>/dev/null", "< /dev/null > /dev/null 2>&1"])
def test_without_a_terminal_it_says_so(redirect: str) -> None:
    """It ends at once with 2."""
    with Terminal("--demo", redirect=redirect) as terminal:
        text = ends(terminal, 2)
        if "2>" not in redirect:
            assert "terminal" in text


def test_standard_output_may_go_elsewhere(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """Only input and error are the terminal's; nothing is written into the file."""
    define(lab, idle("web1"))
    with Terminal("-c", rig_daemon.uri, redirect="> /dev/null") as terminal:
        terminal.until_shown("web1")
        terminal.press("q")
        ends(terminal, 0)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[ui]\ntick = 'fast'\n", "line 2: tick wants a number"),
        ("[ui\n", "line 1: not valid TOML"),
        ("\n\n[ui]\ntheem = 'x'\n", "line 4: theem is not known; did you mean theme?"),
        ("[ui]\ntheme = 'nope'\n", "nope"),
        ("[keys]\nstart = 'q'\n", "start: q is taken by quit"),
    ],
)
def test_a_broken_settings_file_tells_its_line_and_stops_nothing(
    lab: libvirt.virConnect, rig_daemon: Daemon, written: str, said: str
) -> None:
    """On the screen, with the guests."""
    define(lab, idle("web1"))
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written)
    with Terminal("-c", rig_daemon.uri, size=(110, 30)) as terminal:
        terminal.until_shown(said)
        terminal.until_shown("web1")


def test_a_settings_file_that_cannot_be_read(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """A folder in its place, and bytes that are no text."""
    define(lab, idle("web1"))
    file = paths.config_file()
    file.mkdir(parents=True)
    with Terminal("-c", rig_daemon.uri, size=(150, 30)) as terminal:
        terminal.until_shown("cannot be read")
        terminal.until_shown("web1")
    file.rmdir()
    file.write_bytes(b"\xff\xfe\x00")
    with Terminal("-c", rig_daemon.uri, size=(150, 30)) as terminal:
        terminal.until_shown("cannot be read")
        terminal.until_shown("web1")


def test_a_settings_file_that_is_asked_for_and_missing() -> None:
    """A mistyped --config is told, not passed over."""
    with Terminal("--demo", "--config", "/nowhere/vmtui.toml", size=(110, 30)) as terminal:
        assert "/nowhere/vmtui.toml" in ends(terminal, 2)


def test_a_dumb_terminal_is_refused_in_words() -> None:
    """Nothing is drawn where nothing can be."""
    with Terminal("--demo", environment={"TERM": "dumb"}) as terminal:
        assert "TERM is dumb" in ends(terminal, 2)


def test_the_settings_are_obeyed(lab: libvirt.virConnect, rig_daemon: Daemon) -> None:
    """Host, name, read-only, sort and keys from the file."""
    define(lab, idle("web1"))
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f"[ui]\nsort = '-name'\n[keys]\nquit = 'F12'\n"
        f"[[host]]\nname = 'cellar'\nuri = '{rig_daemon.uri}'\nread_only = true\n"
    )
    with Terminal(size=(110, 30)) as terminal:
        terminal.until_shown("web1")
        terminal.until_shown("cellar")
        terminal.until_shown("NAME▼")
        terminal.until_shown("read-only")
        terminal.press("F12")
        ends(terminal, 0)
