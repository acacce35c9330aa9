"""What a shell inside a guest is asked before anything is installed, and what its answer means."""

from __future__ import annotations

from vmtui.model.installing import Login, Release, Sudo
from vmtui.plan.agentpackages import OS_RELEASE_MOST, PORT, read_release

RELEASE_FOLLOWS = "os-release:"

# One line, without quotes or exclamation marks: it is typed at shells of several kinds.
QUESTION = (
    "PATH=$PATH:/usr/sbin:/sbin:/usr/local/bin; echo uid=$(id -u); echo kernel=$(uname -s);"
    " echo sudo=$(command -v sudo); echo doas=$(command -v doas);"
    " sudo -n true 2>/dev/null && echo free=yes; echo agent=$(command -v qemu-ga);"
    f" [ -e {PORT} ] && echo port=yes; echo {RELEASE_FOLLOWS};"
    " cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null"
)


def read_login(text: str) -> Login:
    """The answer to `QUESTION`; what is missing in it is taken as not there."""
    head, _, tail = text[: 2 * OS_RELEASE_MOST].partition(RELEASE_FOLLOWS)
    told: dict[str, str] = {}
    for line in head.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.isalpha():
            told[name] = value.strip()
    release = read_release(tail)
    if not release.id and told.get("kernel") == "FreeBSD":
        release = Release(id="freebsd", name="FreeBSD")
    return Login(
        sudo=_sudo(told),
        release=release,
        agent=bool(told.get("agent")),
        port=told.get("port") == "yes",
    )


def as_root(line: str, sudo: Sudo, prompt: str = "") -> str:
    """The command as whoever is logged in has it run as root; `prompt` is what sudo asks with.

    Args:
        line: For a POSIX shell.
        sudo: How to become root.
        prompt: Where a password may be asked for; "" lets it fail instead.
    """
    import shlex

    if sudo is Sudo.NOT_NEEDED:
        return line
    shell = f"sh -c {shlex.quote(line)}"
    if sudo is Sudo.DOAS:
        return f"doas {shell}" if prompt else f"doas -n {shell}"
    return f"sudo -p {shlex.quote(prompt)} {shell}" if prompt else f"sudo -n {shell}"


def _sudo(told: dict[str, str]) -> Sudo:
    if told.get("uid") == "0":
        return Sudo.NOT_NEEDED
    if told.get("free") == "yes":
        return Sudo.FREE
    if told.get("sudo"):
        return Sudo.PASSWORD
    return Sudo.DOAS if told.get("doas") else Sudo.NONE
