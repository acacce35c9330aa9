"""What bash, zsh and fish complete, asked of those shells themselves."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest

from vmtui.cli.completion import script

HOSTILE = "$(touch pwned)"
NAMES = ("web1", "web2", "db1", HOSTILE, "a b", "`touch pwned`", "-rf")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_home: Path) -> Path:
    """A folder with a `vmtui` that knows some names and counts how often it is asked."""
    program = tmp_path / "vmtui"
    lines = " ".join(f"'{name}'" for name in NAMES)
    program.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\nprintf '%s\\n' {lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for shell in ("bash", "zsh", "fish"):
        (tmp_path / shell).write_text(script(shell))
    return tmp_path


def ask(place: Path, *words: str) -> list[str]:
    """Run a shell there; what it prints, line by line."""
    done = subprocess.run(words, cwd=place, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.splitlines()


def bash(place: Path, *words: str) -> list[str]:
    line = " ".join(f'"{word}"' for word in ("vmtui", *words))
    return ask(place, "bash", "-c", (
        f"source ./bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
        "$(complete -p vmtui | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
    ))  # fmt: skip


@pytest.mark.slow
def test_bash(place: Path) -> None:
    assert bash(place, "shutdown-") == ["shutdown-agent", "shutdown-in-order"]
    assert bash(place, "start", "we") == ["web1", "web2"]
    assert bash(place, "send-keys", "ctrl-alt-d") == ["ctrl-alt-del"]
    assert bash(place, "delete", "--keep") == ["--keep-volumes"]


@pytest.mark.slow
def test_bash_offers_no_name_that_it_would_run(place: Path) -> None:
    assert bash(place, "start", "") == ["db1", "web1", "web2"]
    assert not (place / "pwned").exists()


@pytest.mark.slow
def test_the_names_are_kept_for_a_while(place: Path) -> None:
    for _ in range(3):
        bash(place, "start", "w")
    assert (place / "asked").read_text() == "asked\n"


@pytest.mark.slow
def test_fish(place: Path) -> None:
    told = ask(place, "fish", "-c", "source ./fish; complete -C 'vmtui start '")
    assert [line.split("\t")[0] for line in told] == [*NAMES]
    told = ask(place, "fish", "-c", "source ./fish; complete -C 'vmtui shutdow'")
    assert [line.split("\t")[0] for line in told] == [
        "shutdown", "shutdown-agent", "shutdown-in-order",
    ]  # fmt: skip
    assert not (place / "pwned").exists()


@pytest.mark.slow
def test_zsh_completes_on_its_own_line(place: Path) -> None:
    master, slave = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=place,
        start_new_session=True, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(slave)
    try:
        os.write(master, b"autoload -U compinit; compinit -u -D; source ./zsh; "
                         b"compdef _shtab_vmtui vmtui; PS1=READY'> '\n")  # fmt: skip
        until(master, b"READY> ")
        os.write(master, b"vmtui start db\t")
        until(master, b"vmtui start db1")
        os.write(master, b"\x15vmtui shutdown-a\t")
        until(master, b"shutdown-agent")
    finally:
        shell.kill()
        shell.wait()
        os.close(master)
    assert not (place / "pwned").exists()


def until(master: int, words: bytes) -> None:
    """Wait until the terminal shows these words."""
    said, end = b"", time.monotonic() + 30
    while words not in said:
        assert time.monotonic() < end, said
        if select.select([master], [], [], 0.2)[0]:
            said += os.read(master, 65536)
