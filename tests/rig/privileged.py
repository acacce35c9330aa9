"""A private privileged hypervisor: networks with leases, bridges and containers, as root only.

It lives in a mount and a network namespace of its own, where its folders lie over the system's
and the machine's own daemon and networks cannot be reached. Sockets are paths, so it is reached
from outside all the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.rig.daemon import LIBVIRTD_CONF, QEMU_CONF, Daemon
from tests.rig.kvm import NODE, REMOVE
from tests.rig.needs import program
from tests.rig.process import RigError, wait_until

PRIVATE = ("etc/libvirt", "var/lib/libvirt", "var/cache/libvirt", "var/log/libvirt", "run/libvirt")
"""The system's folders that the private ones lie over."""

SETTINGS = (
    LIBVIRTD_CONF
    + """\
unix_sock_dir = "{folder}/run/libvirt"
unix_sock_group = "root"
unix_sock_ro_perms = "0700"
unix_sock_rw_perms = "0700"
"""
)

QEMU_SETTINGS = (
    QEMU_CONF
    + """\
# Files stay whose they are, also the kernel in the cache, and no cgroup outlives the test.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = []
"""
)

SET_UP = """\
ip link set lo up
for name in etc/libvirt var/lib/libvirt var/cache/libvirt var/log/libvirt run/libvirt; do
    mkdir -p "/$name"
    mount --bind "$folder/$name" "/$name"
done
# A fresh /sys shows the devices of this network namespace.
mkdir "$folder/cgroup"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
mount -t sysfs sys /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
umount -R "$folder/cgroup"
# Containers want the old hierarchies alone where both are mounted.
if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
"""

NETWORK = """\
<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0' stp='off' delay='0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
"""


class Privileged(Daemon):
    """A hypervisor that runs as root, with the network ``default`` defined but off."""

    mode = "system"

    @staticmethod
    def owner() -> int | None:
        """It runs as root, as the test must."""
        if os.geteuid() != 0:
            raise RigError("a private privileged hypervisor needs root")
        return None

    def settings(self) -> str:
        """What libvirtd.conf says."""
        return SETTINGS.format(folder=self.folder)

    def prepare(self) -> None:
        """Make the private folders and the namespaces, which outlive a killed daemon."""
        # QEMU's own user looks into some of them.
        self.folder.chmod(0o755)
        for name in PRIVATE:
            self.keeper.mkdir(name, mode=0o755)
        self.keeper.mkdir("etc/libvirt/qemu/networks")
        self.keeper.write("etc/libvirt/qemu.conf", QEMU_SETTINGS)
        self.keeper.write("etc/libvirt/qemu/networks/default.xml", NETWORK)
        ready = self.folder / "ready"
        script = "\n".join(
            (
                f"folder={self.folder}",
                f'set -- "$folder/dev" {NODE}',
                REMOVE if NODE.exists() else "",
                SET_UP,
                f": > {ready}",
                "exec sleep infinity",
            )
        )
        words = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-euc", script]
        holder = self.keeper.start(words, self.environment(), self.folder / "output.log")
        wait_until(lambda: ready.exists() or not holder.alive(), 10, "the namespaces")
        if not holder.alive():
            said = self.said()
            self.keeper.close()
            raise RigError(f"the namespaces could not be made:\n{said}")
        self._holder = holder

    def inside(self, *words: str) -> list[str]:
        """The command that runs another one in the namespaces, for example ``ip addr``."""
        return ["nsenter", f"--target={self._holder.pid}", "--mount", "--net", *words]

    def command(self) -> list[str]:
        """The command that starts libvirtd."""
        pid_file = str(self.folder / "libvirtd.pid")
        words = (program("libvirtd"), "--config", self.settings_path, "--pid-file", pid_file)
        return self.inside(*words)

    def environment(self) -> dict[str, str]:
        """The environment of libvirtd, which as root looks for no folder of a user's."""
        return {**super().environment(), "HOME": str(self.folder)}

    @property
    def socket(self) -> Path:
        """The socket that libvirtd listens on."""
        return self.folder / "run" / "libvirt" / "libvirt-sock"

    @property
    def capabilities(self) -> Path:
        """Where libvirt keeps what it knows of QEMU."""
        return self.folder / "var" / "cache" / "libvirt" / "qemu" / "capabilities"

    @property
    def lxc_uri(self) -> str:
        """The address of its containers."""
        return f"lxc+unix:///system?socket={self.socket}"
