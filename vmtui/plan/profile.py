"""Profiles: answers that make one guest after the other."""

from __future__ import annotations

import re
from dataclasses import replace

from vmtui.plan.answers import Answers, expand
from vmtui.plan.surroundings import Surroundings

MOST = 10_000
"""Numbers that are tried for a name that is free."""


def for_others(answers: Answers) -> Answers:
    """What of the answers suits the next guest too: no secret, no address, no edited definition."""
    access = replace(answers.access, password="", user_data="", network=None)
    nics = tuple(replace(nic, mac="") for nic in answers.interfaces)
    touched = answers.touched - {"access.password", "access.user_data", "definition"}
    return replace(
        answers,
        access=replace(access, hostname=""),
        interfaces=nics,
        definition="",
        touched=touched - {"access.hostname"},
    )


def named_freely(answers: Answers, surroundings: Surroundings) -> Answers:
    """The answers with the next name of its kind that no guest has: web3 where there is web2.

    Of several, and of a pattern, the first number is moved on instead.
    """
    taken = {guest.name for guest in surroundings.guests}
    taken |= {
        volume.name.rpartition(".")[0] for volume in surroundings.volumes.get(answers.pool, ())
    }
    if "name" not in answers.touched or not taken & set(answers.names):
        return answers
    if answers.count > 1 or "#" in answers.name or "{}" in answers.name:
        for first in range(answers.first, MOST):
            if not taken & set(expand(answers.name, answers.count, first)):
                return replace(answers, first=first)
        return answers
    stem = re.sub(r"-?\d+$", "", answers.name) or answers.name
    joint = "-" if re.search(r"-\d+$", answers.name) else ""
    free = (f"{stem}{joint}{number}" for number in range(1, MOST))
    return replace(answers, name=next((name for name in free if name not in taken), answers.name))
