"""Installing: from the verb to the agent's answer in a whole Debian, against the same by hand.

``python -m benchmarks.install --guests 1``: a Debian without the agent, somebody logged in at its
console, its package source on this machine. By hand are the same three commands, typed there one
after the other without a pause, until libvirt says that the agent is connected: what vmtui adds to
it is the look around, the recognizing of each end, and the agent's first answer. Takes some
minutes: the guest is emulated.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import libvirt

from benchmarks.create import command
from benchmarks.ground import Ground, ground
from benchmarks.report import Table, ratio, seconds
from tests.rig import Console, start, wait_until
from tests.rig.debian import PASSWORD, PROMPT, USER, guest, overlay, until_login
from tests.rig.debian.repository import serve
from vmtui.plan.agentpackages import install_commands, read_release

NAME = "debian"
LIMIT = 600.0
READY = PROMPT.replace("$", r"\$")
CONNECTED = "state='connected'"


def measure(where: Ground) -> Table:
    """Both, one after the other, on one guest; `--guests 0` leaves it out."""
    table = Table(
        "Installing guest tools in a Debian, from the verb to the agent's answer, seconds",
        ("way", "seconds", "of by hand"),
        "at most 1.2x of the same commands by hand",
    )
    if not where.real:
        return table
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as source:
        disk = overlay(where.daemon, "install")
        domain = start(where.daemon.connect(), guest(NAME, disk))
        log_in(domain, source)
        purge(domain)
        by_hand = timed(domain, lambda: by_hand_in(domain))
        ours = where.vmtui(
            "vmtui", "install-tools", NAME, "--by", "console", "-c", where.daemon.uri, "--yes",
            "--quiet",
        )  # fmt: skip
        purge(domain)
        by_vmtui = timed(domain, lambda: command(ours.argv, where.environment))
        domain.destroy()
        domain.undefine()
        disk.unlink()
    table.add("the same commands by hand", seconds(by_hand), "")
    table.add("vmtui at the console", seconds(by_vmtui), ratio(by_vmtui, by_hand))
    return table


def timed(domain: libvirt.virDomain, work: Callable[[], None]) -> float:
    """Seconds until the agent is connected."""
    begun = time.perf_counter()
    try:
        work()
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.stderr.decode()) from None
    wait_until(lambda: CONNECTED in domain.XMLDesc(), LIMIT, "the agent does not come")
    return time.perf_counter() - begun


def log_in(domain: libvirt.virDomain, source: str) -> None:
    """Wait for its boot, log in, and name its package source."""
    with Console(domain) as console:
        until_login(console, LIMIT)
        console.send(f"{USER}\n")
        console.expect("Password: ", LIMIT)
        console.send(f"{PASSWORD}\n")
        console.expect(READY, LIMIT)
    typed(domain, f"echo '{source}' | sudo tee /etc/apt/sources.list")


def by_hand_in(domain: libvirt.virDomain) -> None:
    """What the verb would type."""
    release = read_release("ID=debian\nVERSION_ID=12")
    typed(domain, *(f"sudo sh -c '{one.line}'" for one in install_commands(release)))


def purge(domain: libvirt.virDomain) -> None:
    """As it was before."""
    typed(domain, "sudo dpkg --purge qemu-guest-agent", "sudo rm -rf /var/lib/apt/lists")
    wait_until(lambda: CONNECTED not in domain.XMLDesc(), LIMIT, "the agent does not go")


def typed(domain: libvirt.virDomain, *lines: str) -> None:
    """Type lines, each once the one before it has ended."""
    with Console(domain) as console:
        console.send("\n")
        console.expect(READY, LIMIT)
        for number, line in enumerate(lines):
            console.send(f"{line}; echo end''-{number}\n")
            console.expect(f"end-{number}", LIMIT, len(console.text))


if __name__ == "__main__":
    with ground(__doc__) as here:
        measure(here).show()
