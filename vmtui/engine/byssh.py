"""Commands inside a guest by the `ssh` program of this machine, which has the person's keys."""

from __future__ import annotations

import asyncio

from vmtui import paths
from vmtui.engine.atconsole import check
from vmtui.engine.programs import follow, last_lines
from vmtui.errors import Refused, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.model.guest import GuestKey
from vmtui.model.installing import Login, SshTarget
from vmtui.model.steps import RunBySsh
from vmtui.plan import sshwords
from vmtui.plan.loginfacts import QUESTION, as_root, read_login

ASKED = 60.0
FAILED = 255
"""ssh's own exit code: it could not connect, or was not let in."""


async def look_around(key: GuestKey, name: str, target: SshTarget) -> Login:
    """Who ssh logs in as, and what system that is.

    Raises VmtuiError where it cannot connect or is not let in, in ssh's own words.
    """
    code, output = await _run(key, name, target, QUESTION, ASKED)
    if code == FAILED:
        raise _unreached(name, target, output)
    return read_login(output)


async def run_step(key: GuestKey, name: str, step: RunBySsh, progress: Progress) -> None:
    """Do one step.

    Raises VmtuiError where the command fails, with the end of what it printed.
    """
    progress(None, step.what)
    command = as_root(step.command, step.sudo)
    code, output = await _run(key, name, step.target, command, step.limit, progress)
    if code == FAILED:
        raise _unreached(name, step.target, output)
    check(name, step.what, code, last_lines(output), output)


async def _run(
    key: GuestKey,
    name: str,
    target: SshTarget,
    command: str,
    limit: float,
    progress: Progress | None = None,
) -> tuple[int, str]:
    """Exit code and the end of what was printed, errors and all."""
    if (reason := sshwords.problem(target)) is not None:
        raise VmtuiError(f"{name} cannot be reached by ssh", reason)
    known = paths.guest_keys_file()
    await asyncio.to_thread(known.parent.mkdir, parents=True, exist_ok=True)
    script = f"( {command} ) </dev/null\nexit $?\n"
    words = sshwords.words(target, key.uuid, str(known))
    return await follow(words, given=script, limit=limit, progress=progress)


def _unreached(name: str, target: SshTarget, output: str) -> VmtuiError:
    words = last_lines(output)
    title = f"{name} is not reached by ssh as {target.user}@{target.address}"
    if "Host key verification failed" in output or "IDENTIFICATION HAS CHANGED" in output:
        return Refused(
            title, "Its host key is another one than at the first time.",
            f"Where it was made anew: remove its line from {paths.guest_keys_file()}.",
        )  # fmt: skip
    hint = "Is its sshd running, and is the address one that this machine reaches?"
    if "Permission denied" in output:
        hint = "Name a user and a key that may log in there: --user, --key."
    return VmtuiError(title, words, hint)
