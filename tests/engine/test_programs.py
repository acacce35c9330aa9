"""Programs of this machine that a job runs: package tools into an ISO, virt-customize, ssh."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from dataclasses import replace
from pathlib import Path

import pycdlib
import pytest

from vmtui.engine import byssh
from vmtui.engine.customizing import customize
from vmtui.engine.gathering import gather
from vmtui.engine.programs import follow
from vmtui.errors import NotFound, TimedOut, Unsupported, VmtuiError
from vmtui.model.guest import GuestKey, HostId
from vmtui.model.installing import SshTarget, Sudo
from vmtui.model.steps import CustomizeDisk, GatherPackages, RunBySsh
from vmtui.plan.toolsmedium import LABEL

KEY = GuestKey(HostId("lab"), "1234")


def nothing(_fraction: float | None, _words: str) -> None:
    """Nobody listens."""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return folder


def program(folder: Path, name: str, *lines: str) -> None:
    """A program of these lines."""
    path = folder / name
    path.write_text("\n".join(("#!/bin/sh", *lines)) + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


async def test_the_last_line_is_told_and_the_end_kept() -> None:
    told: list[str] = []
    script = "cat; echo one; echo two >&2; exit 3"
    code, output = await follow(
        ("sh", "-c", script), given="zero\n", limit=60, progress=lambda _, words: told.append(words)
    )
    assert (code, output) == (3, "zero\none\ntwo\n")
    assert told[-1] == "two"
    code, output = await follow(("sh", "-c", "yes | head -c 1000000"), limit=60)
    assert code == 0
    assert len(output) <= 32 * 1024


@pytest.mark.slow
async def test_a_program_that_does_not_end_is_ended_with_all_that_it_began(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = f"sh -c 'echo $$ > {mark}; sleep 600' & wait"
    with pytest.raises(TimedOut):
        await follow(("sh", "-c", script), limit=5)
    pid = int(mark.read_text())
    async with asyncio.timeout(60):
        while _lives(pid):  # noqa: ASYNC110 - the kernel rings no bell
            await asyncio.sleep(0.05)
    with pytest.raises(Unsupported):
        await follow(("there-is-no-such-program",), limit=5)


@pytest.mark.slow
async def test_a_program_that_does_not_let_itself_be_asked_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = f"trap '' TERM; sleep 600 & echo $$ > {mark}; wait; wait"
    async with asyncio.timeout(60):
        with pytest.raises(TimedOut):
            await follow(("sh", "-c", script), limit=3)
    assert not _lives(int(mark.read_text()))


@pytest.mark.slow
async def test_a_program_that_cannot_even_be_killed_is_left_to_its_fate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, sent = tmp_path / "pid", list[int]()
    with monkeypatch.context() as patch:
        # As for one that hangs in the kernel: nothing reaches it.
        patch.setattr(os, "killpg", lambda _pid, number: sent.append(number))
        async with asyncio.timeout(60):
            with pytest.raises(TimedOut):
                await follow(("sh", "-c", f"echo $$ > {mark}; exec sleep 600"), limit=1)
    pid = int(mark.read_text())
    assert (_lives(pid), sent) == (True, [signal.SIGTERM, signal.SIGKILL])
    os.killpg(pid, signal.SIGKILL)


@pytest.mark.slow
async def test_what_a_program_left_running_does_not_hold_its_end(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    async with asyncio.timeout(60):
        code, output = await follow(
            ("sh", "-c", f"setsid sleep 600 & echo $! > {mark}; echo done"), limit=600
        )
    assert (code, output) == (0, "done\n")
    os.kill(int(mark.read_text()), signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def packages(file: Path) -> GatherPackages:
    """A step that fetches the agent."""
    return GatherPackages(
        "1234", "apt", ("qemu-guest-agent",), "12", "#!/bin/sh\necho hello\n", str(file)
    )


async def test_packages_become_an_iso(tmp_path: Path, programs: Path) -> None:
    program(
        programs, "apt-get",
        'for word; do case $word in Dir::Cache::archives=*) to=${word#*=} ;; esac; done',
        'echo agent > "$to/qemu-guest-agent_1%3a7.2_amd64.deb"', 'echo glib > "$to/libglib.deb"',
        'echo half > "$to/partial/half"',
    )  # fmt: skip
    file = tmp_path / "cache" / "tools.iso"
    await gather(packages(file), nothing)
    assert [path.name for path in file.parent.iterdir()] == ["tools.iso"]
    iso = pycdlib.PyCdlib()
    iso.open(str(file))
    assert iso.pvd.volume_identifier.decode().strip() == LABEL
    names = {child.rock_ridge.name().decode() for child in iso.list_children(rr_path="/packages")
             if child is not None and child.rock_ridge is not None}  # fmt: skip
    assert {"qemu-guest-agent_1%3a7.2_amd64.deb", "libglib.deb"} <= names
    assert "half" not in names
    out = tmp_path / "install.sh"
    iso.get_file_from_iso(str(out), rr_path="/install.sh")
    iso.close()
    assert out.read_text() == "#!/bin/sh\necho hello\n"


async def test_where_nothing_can_be_fetched_nothing_is_left(tmp_path: Path, programs: Path) -> None:
    file = tmp_path / "cache" / "tools.iso"
    program(programs, "apt-get", "echo E: Unable to locate package; exit 100")
    with pytest.raises(VmtuiError, match="Unable to locate package") as caught:
        await gather(packages(file), nothing)
    assert "a fresh list of packages" in caught.value.hint
    program(programs, "dnf", "echo No such command: download. Please use dnf --help; exit 1")
    with pytest.raises(VmtuiError) as caught:
        await gather(replace(packages(file), manager="dnf"), nothing)
    assert "dnf-plugins-core" in caught.value.hint
    program(programs, "apt-get", "exit 0")
    with pytest.raises(NotFound):
        await gather(packages(file), nothing)
    assert list(file.parent.iterdir()) == []


async def test_virt_customize_is_told_the_guest_and_the_packages(
    tmp_path: Path, programs: Path
) -> None:
    record = tmp_path / "words"
    step = CustomizeDisk("1234", "qemu:///session", ("qemu-guest-agent",), ("true",))
    program(programs, "virt-customize", f'printf "%s\\n" "$@" > {record}')
    await customize("web1", step, nothing)
    assert record.read_text().splitlines() == [
        "--connect", "qemu:///session", "--domain", "1234", "--install", "qemu-guest-agent",
        "--run-command", "true", "--selinux-relabel",
    ]  # fmt: skip


START_FAILED = """\
[   0.0] Examining the guest ...
virt-customize: error: libguestfs error: guestfs_launch failed.
This usually means the libguestfs appliance failed to start or crashed.
Do:
  export LIBGUESTFS_DEBUG=1 LIBGUESTFS_TRACE=1
and run the command again.  For further information, read:
  http://libguestfs.org/guestfs-faq.1.html#debugging-libguestfs
You can also run 'libguestfs-test-tool' and post the *complete* output
into a bug report or message to the libguestfs mailing list.
"""
INSTALL_FAILED = """\
[  17.4] Installing packages: qemu-guest-agent
Reading package lists...
E: Unable to locate package qemu-guest-agent
virt-customize: error: 
        export DEBIAN_FRONTEND=noninteractive
        apt-get $apt_opts update
        apt-get $apt_opts install 'qemu-guest-agent'
      : command exited with an error
"""  # noqa: W291 - as it is printed
NO_DISK = """\
[   0.0] Examining the guest ...
virt-customize: error: libguestfs error: libvirt domain has no disks
"""
REPORT = """
If reporting bugs, run virt-customize with debugging enabled and include the complete output:

  virt-customize -v -x [...]
"""


@pytest.mark.parametrize(
    ("printed", "told", "hint"),
    [
        (START_FAILED, "appliance failed to start", "libguestfs-test-tool tells why"),
        (INSTALL_FAILED, "E: Unable to locate package", "package sources do not have it"),
        (NO_DISK, "libvirt domain has no disks", "Is there a system on its disks"),
    ],
)
async def test_why_virt_customize_failed_is_told_and_not_how_to_report_it(
    programs: Path, printed: str, told: str, hint: str
) -> None:
    program(programs, "virt-customize", f"cat <<'X'\n{printed}{REPORT}X", "exit 1")
    step = CustomizeDisk("1234", "qemu:///session", ("qemu-guest-agent",))
    with pytest.raises(VmtuiError) as caught:
        await customize("web1", step, nothing)
    assert told in caught.value.detail
    assert hint in caught.value.hint
    assert not any(word in caught.value.detail for word in ("report", "export", "apt-get"))


async def test_a_virt_customize_that_is_cut_off_is_no_harmless_one(programs: Path) -> None:
    told: list[str] = []
    begun = asyncio.Event()

    def hear(_fraction: float | None, words: str) -> None:
        told.append(words)
        if words == "installing":
            begun.set()

    program(programs, "virt-customize", "echo installing; sleep 60")
    step = CustomizeDisk("1234", "qemu:///session", ("qemu-guest-agent",))
    task = asyncio.create_task(customize("web1", step, hear))
    await asyncio.wait_for(begun.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told[-1].endswith("as after a power cut")


async def test_what_ssh_says_is_told_with_what_to_do(programs: Path) -> None:
    target = SshTarget("192.0.2.7", "admin")
    program(programs, "ssh", "cat > /dev/null; echo Permission denied '(publickey).'; exit 255")
    with pytest.raises(VmtuiError, match="Permission denied") as caught:
        await byssh.look_around(KEY, "web1", target)
    assert "--key" in caught.value.hint
    program(programs, "ssh", "cat > /dev/null; echo Host key verification failed.; exit 255")
    with pytest.raises(VmtuiError) as caught:
        await byssh.look_around(KEY, "web1", target)
    assert "guest_keys" in caught.value.hint


async def test_the_command_goes_by_input_and_its_failure_is_explained(
    tmp_path: Path, programs: Path
) -> None:
    given, words = tmp_path / "given", tmp_path / "words"
    program(
        programs, "ssh", f"cat > {given}; echo $@ > {words}",
        "echo E: Could not get lock /var/lib/dpkg/lock; exit 100",
    )  # fmt: skip
    step = RunBySsh("1234", "install it", "apt-get install x", Sudo.FREE, SshTarget("192.0.2.7"))
    with pytest.raises(VmtuiError, match="“install it” failed with exit code 100") as caught:
        await byssh.run_step(KEY, "web1", step, nothing)
    assert "Another package tool" in caught.value.hint
    assert "sudo -n sh -c 'apt-get install x'" in given.read_text()
    assert "apt-get" not in words.read_text()
