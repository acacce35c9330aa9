"""Private hypervisors with real guests, for tests, screenshots and benchmarks.

Nothing here touches the guests, networks or settings of the person who runs it, and everything
that it starts ends with the process that asked for it, however that one ends.
"""

from tests.rig.badline import BadLine
from tests.rig.console import Console
from tests.rig.daemon import Daemon
from tests.rig.faults import Proxy, SilentServer
from tests.rig.guests import container, define, idle, start, start_all, tiny
from tests.rig.needs import packages
from tests.rig.privileged import Privileged
from tests.rig.process import Keeper, RigError, wait_until
from tests.rig.sshd import PASSPHRASE, Key, Known, Sshd
from tests.rig.testdriver import ODD_NAMES, Host

__all__ = [
    "ODD_NAMES",
    "PASSPHRASE",
    "BadLine",
    "Console",
    "Daemon",
    "Host",
    "Keeper",
    "Key",
    "Known",
    "Privileged",
    "Proxy",
    "RigError",
    "SilentServer",
    "Sshd",
    "container",
    "define",
    "idle",
    "packages",
    "start",
    "start_all",
    "tiny",
    "wait_until",
]
