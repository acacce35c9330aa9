"""`vmtui exec`, `cp` and `tools` on a real guest: exit codes, JSON, and agents that misbehave."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig import Console, Daemon, start, tiny, wait_until
from vmtui.engine.commands import OUTPUT_MOST

pytestmark = [pytest.mark.rig, pytest.mark.slow, pytest.mark.timeout(600)]

PROMPT = "inside:~# "
SLOW = 180.0
SECRET = "hush-Wd7Kq2"


@dataclass(frozen=True)
class Person:
    """Somebody at a shell of this machine, and somebody at the guest's console."""

    uri: str
    console: Console
    state: Path

    def words(self, *words: str) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "vmtui", "--connect", self.uri, *words]

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the person's own is read or written."""
        own = {f"XDG_{name}_HOME": str(self.state) for name in ("STATE", "CONFIG", "CACHE")}
        return {**os.environ, **own}

    def run(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a command to its end; `given` is its input."""
        return subprocess.run(
            self.words(*words), capture_output=True, timeout=SLOW, check=False,
            env=self.environment, input=given,
        )  # fmt: skip

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command."""
        return subprocess.Popen(
            self.words(*words), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def inside(self, line: str) -> str:
        """What a line prints at the guest's console."""
        return self.console.run(line, PROMPT, SLOW)

    def sees(self, text: str) -> bool:
        """Whether a program with that text among its words runs in the guest."""
        return text in self.inside(f"ps | grep '[{text[0]}]{text[1:]}'")


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor for this file."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def person(daemon: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """One guest for all tests."""
    domain = start(daemon.connect(), tiny("inside", memory=192))
    with Console(domain) as console:
        console.send("\n")
        console.expect(PROMPT, SLOW)
        wait_until(lambda: "state='connected'" in domain.XMLDesc(), SLOW, "the agent did not come")
        yield Person(daemon.uri, console, tmp_path_factory.mktemp("state"))


def test_output_and_exit_code_are_the_commands_own(person: Person) -> None:
    line = r"printf '\000\377\033[31m'; printf bad >&2; exit 7"
    ended = person.run("exec", "inside", "--", "sh", "-c", line)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, b"\0\xff\x1b[31m", b"bad")
    told = json.loads(person.run("exec", "inside", "--json", "--", "sh", "-c", line).stdout)
    assert base64.b64decode(told["stdout_base64"]) == b"\0\xff\x1b[31m"
    assert (told["code"], told["signal"], told["cut"], told["stderr"]) == (7, None, False, "bad")
    assert person.run("exec", "inside", "--", "cat", given=b"\0in\xff").stdout == b"\0in\xff"
    assert person.run("exec", "inside", "--", "/nonesuch").returncode == 127
    assert person.run("exec", "nobody", "--", "true").returncode == 125


def test_a_flood_is_cut_and_said_to_be(person: Person) -> None:
    ended = person.run("exec", "inside", "--", "yes")
    assert len(ended.stdout) == OUTPUT_MOST
    assert b"cut at 1 MiB" in ended.stderr
    assert ended.returncode
    assert not person.sees("yes")


def test_what_never_ends_is_killed_in_time_and_on_a_signal(person: Person) -> None:
    ended = person.run("exec", "inside", "--timeout", "2", "--", "sleep", "7171")
    assert ended.returncode == 124
    assert b"did not end in time" in ended.stderr
    wait_until(lambda: not person.sees("sleep 7171"), SLOW, "it lives on")
    process = person.begin("exec", "inside", "--", "sleep", "7272")
    wait_until(lambda: person.sees("sleep 7272"), SLOW, "it did not begin")
    process.send_signal(signal.SIGINT)
    assert process.wait(SLOW) == 128 + signal.SIGINT
    wait_until(lambda: not person.sees("sleep 7272"), SLOW, "it lives on")


def test_a_file_goes_in_and_out_cut_and_resumed(person: Person, tmp_path: Path) -> None:
    data = random.Random(7).randbytes(9_000_001)
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(data)
    process = person.begin("cp", str(source), "inside:/tmp/")
    wait_until(lambda: "vmtui-part" in person.inside("ls -A /tmp"), SLOW, "it did not begin")
    process.send_signal(signal.SIGTERM)
    assert process.wait(SLOW) == 128 + signal.SIGTERM
    assert "No such file" in person.inside("ls /tmp/source")
    told = json.loads(person.run("cp", "--json", str(source), "inside:/tmp/").stdout)
    assert told == {
        "guest": "inside", "direction": "in", "source": str(source), "target": "/tmp/source",
        "bytes": len(data),
    }  # fmt: skip
    refused = person.run("cp", str(source), "inside:/tmp/")
    assert refused.returncode == 6
    assert b"--force writes over it" in refused.stderr
    assert person.run("cp", "--force", str(source), "inside:/tmp/").returncode == 0
    told = json.loads(person.run("cp", "--json", "inside:/tmp/source", str(back)).stdout)
    assert (told["direction"], told["target"], told["bytes"]) == ("out", str(back), len(data))
    assert back.read_bytes() == data
    assert person.run("cp", "inside:/tmp/source", str(back)).returncode == 6
    assert person.run("cp", "inside:/tmp/nonesuch", str(tmp_path / "no")).returncode == 1
    person.inside("rm /tmp/source")


def test_an_agent_that_stands_still_is_told_as_such(person: Person) -> None:
    person.inside("killall -STOP qemu-ga")
    ended = person.run("exec", "inside", "--", "true")
    assert ended.returncode == 125
    assert b"does not answer" in ended.stderr
    told = person.run("tools", "inside", "--json")
    assert (told.returncode, json.loads(told.stdout)["state"]) == (10, "silent")
    person.inside("killall -CONT qemu-ga")
    wait_until(lambda: person.run("tools", "inside").returncode == 0, SLOW, "it does not come back")
    assert person.run("exec", "inside", "--", "true").returncode == 0


def test_a_guest_without_the_channel(daemon: Daemon, person: Person) -> None:
    domain = start(daemon.connect(), tiny("bare", agent=False))
    ended = person.run("exec", "bare", "--", "true")
    assert ended.returncode == 125
    assert b"no guest-agent channel" in ended.stderr
    told = person.run("tools", "bare")
    assert told.returncode == 11
    assert b"add the agent's channel" in told.stdout
    domain.destroy()
    domain.undefine()


def test_a_password_is_written_down_nowhere(person: Person) -> None:
    person.inside(r"printf '#!/bin/sh\ncat > /tmp/given; sleep 30\n' > /bin/chpasswd")
    person.inside("chmod 755 /bin/chpasswd")
    process = subprocess.Popen(
        person.words("--log-level", "DEBUG", "set-password", "inside", "--user", "root", "--yes"),
        env=person.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{SECRET}\n".encode())
    process.stdin.close()
    # While the guest's own program is at it, and its job is in the journal.
    wait_until(lambda: SECRET in person.inside("cat /tmp/given"), SLOW, "it did not arrive")
    assert list(person.state.rglob("*.jsonl"))
    assert (holders("cmdline"), holders("environ"), kept(person.state)) == ([], [], [])
    said = process.stdout.read()
    assert process.wait(SLOW) == 0, said
    assert SECRET.encode() not in said
    assert kept(person.state) == []


def holders(what: str) -> list[str]:
    """The programs of this machine that show the secret."""
    found = []
    for path in Path("/proc").glob(f"[0-9]*/{what}"):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if SECRET.encode() in data:
            found.append(str(path))
    return found


def kept(folder: Path) -> list[str]:
    """The files below a folder that hold the secret."""
    return [
        str(path) for path in folder.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]  # fmt: skip
