"""The command line's arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from vmtui import __version__

EPILOG = """\
Without --connect, vmtui opens LIBVIRT_DEFAULT_URI; else the hosts in its settings; else the
hypervisor of this machine: qemu:///system where its socket answers, qemu:///session otherwise.

Inside, ? shows every key.
"""


def parser() -> argparse.ArgumentParser:
    """What vmtui takes."""
    made = argparse.ArgumentParser(
        prog="vmtui",
        description="A terminal console manager for virtual machines.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "-c", "--connect", metavar="URI", action="append", default=[],
        help="a libvirt URI, such as qemu+ssh://root@host/system; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "-r", "--read-only", action="store_true",
        help="open read-only: nothing that changes anything is offered",
    )  # fmt: skip
    made.add_argument(
        "--demo", metavar="FLEET", nargs="?", const="", default=None,
        help="an imaginary fleet, such as hosts=3,guests=200; no hypervisor is touched",
    )  # fmt: skip
    made.add_argument("--config", metavar="FILE", type=Path, help="settings to use")
    made.add_argument("--theme", metavar="NAME", help="theme to use")
    made.add_argument("--tick", metavar="SECONDS", type=float, help="time between two readings")
    made.add_argument(
        "--log-level", choices=("DEBUG", "INFO", "WARNING", "ERROR"), help="how much is logged"
    )
    made.add_argument("--keys", action="store_true", help="list every action with its keys")
    made.add_argument("--version", action="version", version=f"vmtui {__version__}")
    return made
