"""The steps that bring the guest agent into a guest, as command lines."""

from __future__ import annotations

import shlex

from vmtui.model.installing import Sudo
from vmtui.model.steps import (
    CustomizeDisk,
    GatherPackages,
    RestartForChannel,
    RunAtConsole,
    RunBySsh,
    Step,
    VerifyTools,
)
from vmtui.plan import sshwords
from vmtui.plan.loginfacts import as_root

STEPS = (
    RunAtConsole, RunBySsh, GatherPackages, CustomizeDisk, RestartForChannel, VerifyTools
)  # fmt: skip
"""Those that are done without the hypervisor."""
KNOWN_HOSTS = "~/.local/state/vmtui/guest_keys"


def preview(step: Step, virsh: str, domain: str) -> str:
    """The step as a line for a POSIX shell; what is typed inside the guest stands in a comment.

    Args:
        step: One of `STEPS`.
        virsh: `virsh -c URI`, quoted.
        domain: The guest as virsh finds it.
    """
    guest = shlex.quote(domain)
    match step:
        case RunAtConsole(command=command, sudo=sudo):
            asks = "Password: " if sudo in (Sudo.PASSWORD, Sudo.DOAS) else ""
            return f"{virsh} console {guest}  # there: {as_root(command, sudo, asks)}"
        case RunBySsh(command=command, sudo=sudo, target=target):
            words = sshwords.words(target, step.uuid, KNOWN_HOSTS)[: -len(sshwords.SHELL)]
            return shlex.join((*words, as_root(command, sudo)))
        case CustomizeDisk():
            return shlex.join(customize_words(step, domain))
        case GatherPackages(manager=manager, packages=packages, file=file):
            return f"# {manager}: fetch {' '.join(packages)} and what they need into {file}"
        case RestartForChannel(asked=True):
            return f"{virsh} start {guest}  # once it is off"
        case RestartForChannel():
            return (
                f"{virsh} shutdown {guest}  # and start it once it is off, if it lacks the channel"
            )
        case _:
            ping = shlex.quote('{"execute": "guest-ping"}')
            return f"{virsh} qemu-agent-command {guest} {ping}"


def customize_words(step: CustomizeDisk, domain: str) -> tuple[str, ...]:
    """virt-customize and its arguments."""
    words = ["env", "LIBGUESTFS_BACKEND_SETTINGS=force_tcg"] if step.emulate else []
    words += ["virt-customize", "--connect", step.uri, "--domain", domain]
    words += ["--install", ",".join(step.packages)]
    for command in step.commands:
        words += ["--run-command", command]
    return (*words, "--selinux-relabel")
