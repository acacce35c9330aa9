"""The machine that is looked at: all that the check reads, so that a test may build one."""

from __future__ import annotations

import contextlib
import grp
import os
import platform
import pwd
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TEXT_MOST = 4 * 1024 * 1024
"""Bytes of a file, or of the kernel's log, that are read at most."""
PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/libexec:/usr/lib/qemu"
"""Where programs are that a person's PATH need not name."""


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{PLACES}")


def _person() -> str:
    """Who sits here: behind sudo, the one who called it."""
    name = os.environ.get("SUDO_USER", "")
    if name and name != "root":
        return name
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return ""


def _data() -> Path:
    given = os.environ.get("XDG_DATA_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local/share"


def _is_member(person: str, group: str) -> bool:
    try:
        gid = grp.getgrnam(group).gr_gid
        return gid in os.getgrouplist(person, pwd.getpwnam(person).pw_gid)
    except KeyError:
        return True


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are, and who looks."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    etc: Path = Path("/etc")
    usr: Path = Path("/usr")
    run: Path = Path("/run")
    data: Path = field(default_factory=_data)
    """Where the person's own hypervisor keeps its things."""
    arch: str = field(default_factory=platform.machine)
    release: str = field(default_factory=platform.release)
    """The kernel's."""
    person: str = field(default_factory=_person)
    superuser: bool = field(default_factory=lambda: os.geteuid() == 0)
    find: Callable[[str], str | None] = _find
    """The path of a program, or None."""
    may_open: Callable[[Path], bool] = lambda path: os.access(path, os.R_OK | os.W_OK)
    """Whether this process may read and write it."""
    is_member: Callable[[str, str], bool] = _is_member
    """Whether a user is in a group; yes where one of them is not known."""
    now: Callable[[], float] = time.time

    @property
    def x86(self) -> bool:
        """Whether its processors are Intel's kind."""
        return self.arch in ("x86_64", "amd64", "i386", "i686")

    def text(self, path: Path) -> str:
        """A file's text without the white space around it; "" where it cannot be read."""
        try:
            with path.open("rb") as file:
                return file.read(TEXT_MOST).decode(errors="replace").strip().strip("\0")
        except OSError:
            return ""

    def module(self, name: str) -> bool:
        """Whether that module of the kernel is loaded, or built in with parameters."""
        return (self.sys / "module" / name).is_dir()

    def can_load(self, name: str) -> bool:
        """Whether this person may load that module, and the running kernel has it."""
        listing = self.usr / "lib/modules" / self.release / "modules.dep"
        return self.superuser and f"/{name}.ko" in self.text(listing)

    def parameter(self, module: str, name: str) -> str:
        """A parameter of a loaded module, or ""."""
        return self.text(self.sys / "module" / module / "parameters" / name)

    def dmi(self, name: str) -> str:
        """What the firmware says of the machine: `sys_vendor`, `product_name`, `bios_date`."""
        return self.text(self.sys / "class/dmi/id" / name)

    def cpu_facts(self) -> Mapping[str, str]:
        """The first processor's lines of /proc/cpuinfo, by their names."""
        made: dict[str, str] = {}
        for line in self.text(self.proc / "cpuinfo").splitlines():
            key, colon, value = line.partition(":")
            if colon:
                made.setdefault(key.strip(), value.strip())
        return made

    def kernel_log(self) -> str:
        """What the kernel has said since it began; "" for who may not read it."""
        with contextlib.suppress(OSError):
            log = os.open(self.dev / "kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                return _records(log)
            finally:
                os.close(log)
        return ""

    def group_of(self, path: Path) -> str:
        """The name of the group that a file belongs to, or ""."""
        try:
            return grp.getgrgid(path.stat().st_gid).gr_name
        except (OSError, KeyError):
            return ""


def _records(log: int) -> str:
    parts: list[bytes] = []
    size = 0
    while size < TEXT_MOST:
        try:
            part = os.read(log, 8192)
        except BlockingIOError:
            break
        except BrokenPipeError:  # that record was overwritten meanwhile
            continue
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts).decode(errors="replace")
