"""A make-believe machine for the set-up scripts: a system root, programs, and a record of calls.

The scripts run for real, by the real shell, but the PATH holds only a few harmless tools and
stand-ins that write down how they were called. A package manager's stand-in "installs" by copying
the folder `mirror` over the machine.
"""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = ("run", "test", ".ci/run", "scripts")
TOOLS = (
    *("cat", "cksum", "cp", "dirname", "env", "grep", "head", "mkdir", "mktemp", "readlink"),
    *("rm", "sed", "sh", "tail", "tr"),
)
SHELL = shutil.which("dash") or "/bin/sh"
LIMIT = 30.0
"""Seconds that a script may take; far more than it does."""

HYPERVISOR = ("libvirtd", "virtlogd", "qemu-system-x86_64", "qemu-img", "dnsmasq")
APT = "apt-get install --yes --no-install-recommends --no-remove"
BUILD = f"{APT} python3 python3-venv python3-dev gcc libc6-dev pkg-config libvirt-dev"
"""What gives a bare Debian all that vmtui needs."""
DAEMON = "libvirt-daemon-system libvirt-daemon-driver-qemu"
HOST = f"{APT} {DAEMON} qemu-system-x86 qemu-utils dnsmasq-base ovmf"
"""What gives it a hypervisor."""

DEBIAN = 'ID=debian\nVERSION_ID="12"\n'

LOGGED = 'echo "${0##*/}${*:+ $*}" >>"$MACHINE/log"\n'

PYTHON = r"""
case $1:$2 in
-c:*version_info*)
    here=$(dirname "$0")
    if [ -e "$here/vmtui" ]; then
        printf '%s\n%s\n' "$(cat "$here/base")" ' venv pip libvirt headers compiler '
    else
        cat "$MACHINE/facts.${0##*/}" 2>/dev/null || exit 1
    fi
    exit ;;
-c:*importlib.metadata*) echo 'the versions of the tools'; exit ;;
-c:*) [ ! -e "$MACHINE/broken-libvirt" ]; exit ;;
esac
echo "python $*" >>"$MACHINE/log"
for last; do :; done
case $2 in
venv)
    mkdir -p "$last/bin"
    cp "$0" "$last/bin/python"
    printf 'home = /\ncommand = %s -m venv %s\n' "$0" "$last" >"$last/pyvenv.cfg"
    head -n 1 "$MACHINE/facts.${0##*/}" >"$last/bin/base" ;;
pip)
    here=$(dirname "$0")
    for name in vmtui ruff lint-imports; do cp "$MACHINE/tool" "$here/$name"; done
    code=$(cat "$MACHINE/exit.pip" 2>/dev/null || echo 0)
    [ ! -e "$MACHINE/pip-fails-once" ] || rm "$MACHINE/exit.pip" "$MACHINE/pip-fails-once"
    exit "$code" ;;
mypy | pytest)
    echo "$2 in $PWD${PYTHONDONTWRITEBYTECODE:+ without bytecode}"
    exit "$(cat "$MACHINE/exit.$2" 2>/dev/null || echo 0)" ;;
esac
"""

TOOL = r"""#!/bin/sh
name=${0##*/}
echo "$name${*:+ $*}" >>"$MACHINE/log"
for word; do printf '%s<%s>' "$name" "$word"; done
exit "$(cat "$MACHINE/exit.$name" 2>/dev/null || echo 0)"
"""

INSTALLER = (
    LOGGED
    + r"""
code=$(cat "$MACHINE/exit.${0##*/}" 2>/dev/null || echo 0)
case " $* " in *" $(cat "$MACHINE/unknown" 2>/dev/null) "*) code=1 ;; esac
case " $* " in
*' install '* | *' -S '*) [ "$code" = 0 ] && cp -R "$MACHINE/mirror/." "$MACHINE/" ;;
*' update '* | *' -Sy '*) rm -f "$MACHINE/exit.${0##*/}" ; exit 0 ;;
esac
exit "$code"
"""
)


@dataclass(frozen=True)
class Result:
    """What a script said and how it ended."""

    status: int
    output: str


@dataclass
class Machine:
    """A machine in a folder; nothing is installed on it at first but the package managers."""

    home: Path
    os_release: str = DEBIAN
    architecture: str = "x86_64"
    root: bool = True
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in ("bin", "etc", "mirror/bin", "run", "var/lib/apt/lists", "tmp"):
            (self.home / folder).mkdir(parents=True)
        for tool in TOOLS:
            path = shutil.which(tool, path="/usr/bin:/bin")
            assert path, tool
            (self.home / "bin" / tool).symlink_to(path)
        (self.home / "etc/os-release").write_text(self.os_release)
        (self.home / "var/lib/apt/lists/mirror_Packages").touch()
        (self.home / "tool").write_text(TOOL)
        (self.home / "tool").chmod(0o755)
        self.program("id", f"echo {0 if self.root else 1000}")
        self.program("uname", f"echo {self.architecture}")
        for manager in ("apt-get", "dnf", "zypper", "pacman"):
            self.program(manager, INSTALLER)
        self.clone("check out")

    def clone(self, name: str) -> None:
        """Lay the checkout in a folder of this name."""
        self.checkout = self.home / name
        self.checkout.mkdir()
        for script in SCRIPTS:
            source, target = REPOSITORY / script, self.checkout / script
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        (self.checkout / "pyproject.toml").write_text("[project]\n")
        (self.checkout / "vmtui").mkdir()

    def move(self, name: str) -> None:
        """Give the checkout's folder another name."""
        self.checkout = self.checkout.rename(self.home / name)

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    def program(self, name: str, body: str = LOGGED, where: str = "bin") -> None:
        """Put a program there: what it does, in shell."""
        path = self.home / where / name
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)

    def python(self, name: str = "python3", facts: str = "venv headers compiler") -> None:
        """Put an interpreter there, which has these things."""
        self.program(name, PYTHON)
        (self.home / f"facts.{name}").write_text(f"{self.home}/bin/{name}\n {facts} \n")

    def builder(self) -> None:
        """Put there all that builds libvirt's Python module."""
        self.python()
        self.program("pkg-config", "exit 0")

    def hypervisor(self, *programs: str) -> None:
        """Put there all of a hypervisor, with these daemons and programs."""
        for name in programs or HYPERVISOR:
            self.program(name)
        firmware = self.home / "usr/share/OVMF/OVMF_CODE.fd"
        firmware.parent.mkdir(parents=True, exist_ok=True)
        firmware.touch()

    def stock_mirror(self) -> None:
        """Let an installation bring all that was missing."""
        self.program("pkg-config", "exit 0", "mirror/bin")
        self.program("python3", PYTHON, "mirror/bin")
        for name in HYPERVISOR:
            self.program(name, where="mirror/bin")
        (self.home / "mirror/facts.python3").write_text(
            f"{self.home}/bin/python3\n venv headers compiler \n"
        )
        firmware = self.home / "mirror/usr/share/OVMF/OVMF_CODE.fd"
        firmware.parent.mkdir(parents=True)
        firmware.touch()

    def rig_packages(self, text: str, family: str = "apt") -> None:
        """Let the test rig ask for packages; those are installed that have a file has.NAME."""
        path = self.checkout / f"tests/rig/packages/{family}.txt"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        self.program("dpkg-query", '[ -e "$MACHINE/has.$4" ] && echo installed')

    def let_exit(self, name: str, status: int) -> None:
        """Let a program fail from now on."""
        (self.home / f"exit.{name}").write_text(str(status))

    def calls(self) -> list[str]:
        """What was called since this was last asked."""
        log = self.home / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def installs(self) -> list[str]:
        """What the package managers were told since calls were last asked for."""
        managers = ("apt-get ", "dnf ", "zypper ", "pacman ")
        return [line for line in self.calls() if line.startswith(managers)]

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": str(self.home / "bin"),
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "MACHINE": str(self.home),
            "VMTUI_ROOT": str(self.home),
            **self.environment,
        }

    def _command(self, script: str, arguments: Sequence[str]) -> list[str]:
        return [SHELL, str(self.checkout / script), *arguments]

    def start(self, script: str, *arguments: str) -> Result:
        """Run a script of the checkout with nobody there to answer."""
        done = subprocess.run(
            self._command(script, arguments),
            cwd="/",
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        return Result(done.returncode, done.stdout)

    def answer(self, line: str, script: str, *arguments: str) -> Result:
        """Run a script of the checkout at a terminal where somebody types this line."""
        ours, theirs = pty.openpty()
        try:
            process = subprocess.Popen(
                self._command(script, arguments),
                cwd="/",
                env=self._environment(),
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
            )
        finally:
            os.close(theirs)
        os.write(ours, f"{line}\n".encode())
        said = bytearray()
        end = time.monotonic() + LIMIT
        try:
            while time.monotonic() < end:
                if not select.select([ours], [], [], 0.1)[0]:
                    continue
                try:
                    said += os.read(ours, 4096)
                except OSError:  # the last of them has let go of the terminal
                    break
            status = process.wait(timeout=1)
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        return Result(status, said.decode().replace("\r\n", "\n"))
