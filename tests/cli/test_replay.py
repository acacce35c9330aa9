"""`vmtui replay`: the final screen, as text or with colours, and nothing else of the file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vmtui.terminal.cells import RGB, Row, Run, Style, Underline
from vmtui.terminal.sgr import painted, sgr

HOSTILE = (
    b"\x1b]0;title\x07\x1b]52;c;QUJD\x07\x1b[6n\x1bP$qm\x1b\\\x1b[31mred\x1b[0m plain\r\n"
    b"\x1b[1;48;2;1;2;3mtrue\x1b[m\x07\xe2\x80\xaeback\r\n\x1b[?1000h"
)


def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run `vmtui replay`."""
    return subprocess.run(
        [sys.executable, "-m", "vmtui", "replay", *words], capture_output=True, timeout=60,
        check=False, env={**os.environ, **(env or {})},
    )  # fmt: skip


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    """A file of console bytes that would do all sorts of things to a terminal."""
    path = tmp_path / "bytes"
    path.write_bytes(HOSTILE)
    return str(path)


def test_the_text_of_the_final_screen(hostile: str) -> None:
    done = run(hostile, "--text")
    assert done.returncode == 0
    assert done.stdout.decode().splitlines()[0] == "red plain"
    assert b"\x1b" not in done.stdout


def test_colours_come_and_nothing_else_does(hostile: str) -> None:
    done = run(hostile)
    assert b"\x1b[0;31mred\x1b[0m plain\n" in done.stdout
    assert b"48;2;1;2;3mtrue" in done.stdout
    left = re.sub(rb"\x1b\[[0-9;:]*m", b"", done.stdout).decode()
    assert all(letter.isprintable() or letter == "\n" for letter in left)
    assert "\u202e" not in left


def test_who_wants_no_colours_gets_none(hostile: str) -> None:
    assert b"\x1b" not in run(hostile, env={"NO_COLOR": "1"}).stdout


def test_the_size_is_the_screens(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"".join(b"%02d\r\n" % number for number in range(30)) + b"x" * 25)
    lines = run(str(path), "--text", "--cols", "10", "--rows", "5").stdout.decode().splitlines()
    assert lines == ["28", "29", "x" * 10, "x" * 10, "x" * 5]


def test_a_recording_has_a_size_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "cast"
    path.write_text('{"version": 2, "width": 4, "height": 3}\n[0.1, "o", "abcdef"]\n')
    assert run(str(path), "--text").stdout == b"abcd\nef\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, b"No such file"), (b'{"version": 3}\n', b"not an asciicast")],
)
def test_what_cannot_be_replayed_is_said(
    tmp_path: Path, content: bytes | None, words: bytes
) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    done = run(str(path))
    assert done.returncode == 1
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert b"Is a directory" in done.stderr


@pytest.mark.parametrize("size", ["0", "501", "-1", "x"])
def test_sizes_are_sane(hostile: str, size: str) -> None:
    assert run(hostile, f"--cols={size}").returncode == 2


def test_an_empty_file_leaves_an_empty_screen(tmp_path: Path) -> None:
    (tmp_path / "none").write_bytes(b"")
    done = run(str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("style", "codes"),
    [
        (Style(), "0"),
        (Style(fg=1, bold=True), "0;1;31"),
        (Style(fg=9, bg=15), "0;91;107"),
        (Style(fg=200, bg=RGB | 0x010203), "0;38;5;200;48;2;1;2;3"),
        (Style(underline=Underline.CURLY, underline_colour=3), "0;4:3;58;5;3"),
        (Style(link=True, strike=True, overline=True), "0;9;53;4"),
    ],
)
def test_a_style_as_a_sequence(style: Style, codes: str) -> None:
    assert sgr(style) == f"\x1b[{codes}m"


def test_every_line_leaves_the_plain_style_behind() -> None:
    red = Style(fg=1)
    rows = [Row((Run("a", Style(), 1), Run("b", red, 1))), Row((Run("c", red, 1),))]
    assert painted(rows) == "a\x1b[0;31mb\x1b[0m\n\x1b[0;31mc\x1b[0m\n"
