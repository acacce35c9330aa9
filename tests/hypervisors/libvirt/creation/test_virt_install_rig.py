"""The same guests as virt-install would make them: where the two differ, and why.

Both ways: our definition beside the one that it makes of a person's shortest command line, and
our command line, of which it must make our definition.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.hypervisors.libvirt.creation.specs import SPECS, USER
from tests.rig import Daemon
from tests.rig.needs import program
from vmtui.hypervisors.libvirt.creation.describing import describe
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.spec import GuestSpec, NetKind

pytestmark = pytest.mark.rig

SHORT = {
    "debian": "--osinfo debian11 --import --graphics none --disk vol=images/x.qcow2,discard=unmap "
    "--disk vol=images/x-seed.iso,device=cdrom --network user",
    "ubuntu-kvm": "--osinfo ubuntu22.04 --import --graphics none --network user "
    "--disk vol=images/x.qcow2,discard=unmap --disk vol=images/x-seed.iso,device=cdrom "
    "--vcpus 4,sockets=1,cores=2,threads=2",
    "fedora-uefi": "--osinfo fedora37 --boot uefi --graphics vnc --network bridge=br0 "
    "--disk vol=images/x.qcow2,discard=unmap --cdrom IMAGES/x.iso",
    "win10": "--osinfo win10 --graphics spice --disk vol=images/x.qcow2 --cdrom IMAGES/x.iso "
    "--network user --sound default",
    "win11": "--osinfo win11 --graphics spice --disk vol=images/x.qcow2 --network user "
    "--cdrom IMAGES/x.iso --sound default",
    "winxp": "--osinfo winxp --graphics vnc --disk vol=images/x.qcow2 --cdrom IMAGES/x.iso "
    "--disk vol=images/x.img,device=floppy --network user --sound default",
    "freebsd": "--osinfo freebsd13.1 --machine q35 --graphics none "
    "--disk vol=images/x.qcow2,discard=unmap --cdrom IMAGES/x.iso --network user",
    "alpine-scsi": "--osinfo alpinelinux3.17 --graphics none --import --network user "
    "--disk vol=images/x.qcow2,bus=scsi,cache=none --watchdog default",
    "linux": "--osinfo linux2022 --import --graphics none --network user --network user "
    "--disk vol=images/x.qcow2,discard=unmap",
    "pxe": "--osinfo linux2022 --pxe --graphics vnc --disk vol=images/x.qcow2 --network user",
    "direct": "--osinfo linux2022 --import --graphics none --network none "
    "--disk vol=images/x.qcow2,discard=unmap --boot "
    "kernel=IMAGES/vmlinuz,initrd=IMAGES/initrd.gz,kernel_args='console=ttyS0 a=<&>'",
    "名前[x]": "--osinfo linux2022 --import --graphics spice --network none "
    "--disk device=cdrom --sound default",
}
"""What a person types at least; memory and name are added."""

REASONS = {
    r"on_(poweroff|reboot|crash)": "said rather than left to libvirt; virt-install has an "
    "installer's first reboot end the guest, ours goes on with the disk by the boot order",
    r"(currentMemory|memory) @unit|vcpu @placement": "libvirt's own defaults, said",
    r"cpu @": "the best that emulation has; virt-install leaves it to QEMU, which takes a CPU of "
    "2006 that current systems refuse",
    r"devices/serial|devices/console": "said; libvirt completes virt-install's console to the same",
    r"devices/memballoon/stats": "without, nobody learns how much memory the guest uses",
    r"os/boot|/boot @order": "an order of devices, not of their kinds: it says which disk",
    r"devices/channel\(unix\)/source": "libvirt's own default",
    r"graphics\(\w+\)(/listen)? @": "said: no display is offered to other machines",
    r"devices/redirdev": "USB devices of whoever looks at the display are for a desktop",
    r"devices/channel\(unix\)|devices/memballoon @model": "the agent's channel and the balloon "
    "come with the guest tools, for which it must be there already",
    r"features/hyperv|hypervclock|vmport": "for the real hypervisor only, not for emulation",
    r"os/firmware|os/loader|features/smm": "which firmware is not left to chance: Windows 11 "
    "wants secure boot, and others may not start with it",
    r"devices/tpm": "a TPM is where it is asked for, with its version",
    r"os/type @machine": "its short name; libvirt takes the newest of it",
    r"^(title|description) ": "a person wrote them",
    r"cpu/topology @dies": "libvirt's own default",
    r"controller\(usb\)": "its database knows of no USB 3 in FreeBSD, which has it since 2011",
    r"metadata/": "a system that is not known is not made up",
    r"devices/watchdog": "said",
    r"devices/rng": "Windows has no driver for it until the guest tools are in",
    r"devices/disk\(disk\).*(block|/dev/vg/data|sdb|raw)": "its second disk is a device of the "
    "host, which is not there",
    r"devices/disk\(cdrom\)/driver": "said",
    r"devices/sound": "a card that its system knows",
    r"devices/input|devices/video": "what suits the display",
}
"""A pattern of what differs, and why."""

ALIKE = ("name", "vcpu = ", "memory = ", "devices/emulator", "devices/disk(disk)/target @bus")
"""Beginnings of what may never differ."""


@pytest.fixture(scope="module")
def images() -> Iterator[tuple[Daemon, Path]]:
    """A private hypervisor whose pool `images` holds what the command lines name."""
    with Daemon() as daemon:
        folder = daemon.keeper.mkdir("images")
        pool = daemon.connect().storagePoolCreateXML(
            f"<pool type='dir'><name>images</name><target><path>{folder}</path></target></pool>"
        )
        for name in ("x.qcow2", "x.iso", "x-seed.iso", "x.img", "vmlinuz", "initrd.gz"):
            form = "qcow2" if name.endswith("qcow2") else "raw"
            pool.createXML(
                f"<volume><name>{name}</name><capacity>1048576</capacity>"
                f"<target><format type='{form}'/></target></volume>"
            )
        yield daemon, folder


@pytest.fixture
async def bench(images: tuple[Daemon, Path]) -> AsyncIterator[Bench]:
    """A connection to it."""
    async with opened(images[0].uri) as bench:
        yield bench


def here(spec: GuestSpec) -> GuestSpec:
    """The guest without what a person's own hypervisor on this machine cannot have."""
    cards = tuple(
        replace(USER, model=card.model, boot=card.boot) if card.kind is NetKind.NETWORK else card
        for card in spec.interfaces
    )
    disks = tuple(disk for disk in spec.disks if not (disk.place and disk.place.path))
    return replace(spec, engine="qemu", interfaces=cards, disks=disks)


def install(line: str) -> Element:
    """The definition that virt-install makes of its options."""
    words = [program("virt-install"), *shlex.split(line), "--print-xml", "1"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return parse(done.stdout)


NAMED = ("disk", "interface", "controller", "channel", "timer", "graphics", "input")


def flat(root: Element) -> set[str]:
    """Every text and attribute as a line; devices go by their kind."""
    lines: set[str] = set()

    def walk(element: Element, path: str) -> None:
        tag = element.tag.rpartition("}")[2]
        if tag in ("uuid", "mac"):
            return
        path = f"{path}/{tag}" if path else tag
        if tag in NAMED:
            kind = element.get("device") or element.get("type") or element.get("name")
            path += f"({kind})" if kind else ""
        text = (element.text or "").strip()
        lines.update([f"{path} = {text}"] if text else [])
        lines.update(f"{path} @{key}={value}" for key, value in element.attrib.items())
        if not (text or element.attrib or len(element)):
            lines.add(path)
        for child in element:
            walk(child, path)

    for child in root:
        walk(child, "")
    return lines


async def differences(bench: Bench, spec: GuestSpec, line: str) -> set[str]:
    """Lines that only one of the two has."""
    described = await describe(bench.handle, spec)
    return flat(parse(described.definition)) ^ flat(install(line))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
async def test_what_differs_has_a_reason(
    bench: Bench, images: tuple[Daemon, Path], name: str
) -> None:
    spec = here(SPECS[name])
    line = f"--connect {shlex.quote(bench.handle.uri)} --virt-type qemu --name {shlex.quote(name)} "
    line += f"--memory {spec.memory >> 20} " + SHORT[name].replace("IMAGES", str(images[1]))
    if "--vcpus" not in line:
        line += f" --vcpus {spec.vcpus}"
    found = await differences(bench, spec, line)
    unexplained = {it for it in found if not any(re.search(reason, it) for reason in REASONS)}
    unexplained |= {it for it in found if it.startswith(ALIKE)}
    assert not unexplained, "\n".join(sorted(unexplained))


TOLD = {
    r"on_(poweroff|reboot|crash)|@unit|vcpu @placement|os/boot": "defaults that both mean",
    r"devices/channel\(unix\)/source|@port=0|sgio": "defaults that both mean",
    r"memballoon/stats": "virt-install 4 has no word for it",
    r"cpu/topology @dies": "libvirt's own default",
    r"@migratable|cpu @check": "libvirt's defaults for that mode",
    r"graphics\(\w+\)(/listen)? @|graphics\(spice\)/image": "another spelling of the same",
    r"features/(hyperv|vmport)|hypervclock": "virt-install's own for Windows, also in emulation",
    r"os/type @machine": "the short name and what it stands for",
    r"redirdev": "virt-install's own for SPICE",
    r"metadata/": "a system that is not known is not made up",
    r"controller": "virt-install's own choice of ports",
    r"devices/disk\(cdrom\)/driver": "defaults that both mean",
    r"devices/disk\(floppy\)": "defaults that both mean",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SPECS)
async def test_our_command_line_makes_our_guest(bench: Bench, name: str) -> None:
    described = await describe(bench.handle, here(SPECS[name]))
    theirs = install(described.command.removeprefix("virt-install "))
    found = flat(parse(described.definition)) ^ flat(theirs)
    unexplained = {it for it in found if not any(re.search(reason, it) for reason in TOLD)}
    assert not unexplained, "\n".join(sorted(unexplained))
