"""The arguments of `vmtui doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmtui.cli.arguments import sharing

if TYPE_CHECKING:
    from vmtui.cli.arguments.sharing import Commands

ABOUT = """\
Say whether a host can run guests well, why not, and how to mend it. On this machine that includes
a real attempt to run a virtual machine; of a host elsewhere, what its libvirt tells.
"""
CODES = """\
exit codes:
  0  nothing is wrong
  1  there are warnings: guests run, and something that many of them want is missing
  2  the command line makes no sense
  4  a host did not answer
  7  guests run badly or not at all
Of several hosts the highest counts.
"""


def add(commands: Commands) -> None:
    """`doctor`."""
    made = sharing.command(
        commands, "doctor", "whether a host can run guests well, and how to mend it",
        "vmtui.cli.doctor:run", about=ABOUT, codes=False,
    )  # fmt: skip
    made.epilog = CODES
    made.add_argument("--json", action="store_true", help="JSON, as docs/doctor.md describes it")
    sharing.connecting(made)
