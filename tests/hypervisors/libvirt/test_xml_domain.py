"""From a domain's XML to its Definition."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.xml import tree
from vmtui.hypervisors.libvirt.xml.domain import Described, read_domain
from vmtui.model.device import Channel, ConsolePort, Disk, Display, Interface
from vmtui.model.guest import Agent
from vmtui.model.units import GIB, MIB

DATA = Path(__file__).parents[2] / "data" / "domain"


def read(name: str) -> Described:
    """What the sample of that name says."""
    return read_domain((DATA / f"{name}.xml").read_text(encoding="utf-8"))


def small(inside: str, name: str = "a") -> str:
    """The least domain, with more in it."""
    return f"<domain type='test'><name>{name}</name><memory>1</memory>{inside}</domain>"


class TestDebian:
    """A running guest with everything."""

    found = read("debian-uefi")
    definition = found.definition

    def test_identity(self) -> None:
        assert (self.found.name, self.found.run) == ("debian-uefi", 7)
        assert self.found.uuid == "3b0f1e5c-2a40-4f0e-9d1c-8a1f6f0a7b11"
        assert self.definition.title == "Web front end"
        assert self.definition.description == "Serves the shop. Second line."
        assert self.definition.os == "debian12"

    def test_size(self) -> None:
        assert (self.definition.vcpus, self.definition.vcpus_max) == (2, 4)
        assert (self.definition.memory, self.definition.memory_max) == (4 * GIB, 8 * GIB)
        assert (self.definition.engine, self.definition.arch) == ("kvm", "x86_64")
        assert (self.definition.machine, self.definition.cpu) == ("pc-q35-7.2", "host-passthrough")

    def test_firmware(self) -> None:
        assert self.definition.firmware == "uefi"
        assert self.definition.secure_boot
        assert self.definition.nvram == "/var/lib/libvirt/qemu/nvram/debian-uefi_VARS.fd"
        assert self.definition.tpm == "tpm-crb 2.0"

    def test_the_devices_own_boot_order_wins(self) -> None:
        assert self.definition.boot == ("52:54:00:ab:cd:01", "vda")

    def test_disks(self) -> None:
        overlay, volume, network, nvme, tray = self.definition.disks
        assert overlay == Disk(
            "vda",
            bus="virtio",
            source="/var/lib/libvirt/images/debian.overlay.qcow2",
            format="qcow2",
            backing=("/var/lib/libvirt/images/debian.qcow2", "/dev/vg0/debian-base"),
        )
        assert (volume.source, volume.source_kind) == ("default/data.raw", "volume")
        assert volume.shareable
        assert network.source == "rbd://ceph1.example:6789/pool/image"
        assert network.transient
        assert nvme.source == "0000:01:00.0:1"
        assert (tray.device, tray.source, tray.read_only) == ("cdrom", "", True)

    def test_interfaces(self) -> None:
        nat, bridge, direct, passed, user = self.definition.interfaces
        assert nat == Interface("52:54:00:ab:cd:01", "network", "default", "virtio", "vnet3")
        assert (bridge.kind, bridge.source, bridge.link_up) == ("bridge", "br0", False)
        assert (direct.kind, direct.source) == ("direct", "eno1")
        assert (passed.kind, passed.source) == ("hostdev", "0000:03:10.2")
        assert (user.kind, user.source, user.target) == ("user", "", "")

    def test_consoles_are_listed_once(self) -> None:
        log = "/var/log/libvirt/qemu/debian-serial.log"
        assert self.definition.consoles == (
            ConsolePort("serial", 0, "serial0", "pty", log),
            ConsolePort("serial", 1, "serial1", "tcp"),
            ConsolePort("virtio", 1, "console1"),
        )

    def test_displays(self) -> None:
        assert self.definition.displays == (
            Display("vnc", "127.0.0.1", 5901),
            Display("spice", "0.0.0.0", None, 5902),  # noqa: S104 - what the sample says
            Display("vnc", "/run/vnc.sock"),
        )

    def test_agent(self) -> None:
        assert self.definition.agent is Agent.CONNECTED


def test_a_windows_that_is_off() -> None:
    found = read("windows")
    definition = found.definition
    assert (found.name, found.run) == ("win11 (Büro)", None)
    assert (definition.os, definition.cpu) == ("win11", "Skylake-Client-IBRS")
    assert (definition.vcpus, definition.memory) == (8, 8 * GIB)
    assert (definition.firmware, definition.secure_boot) == ("uefi", False)
    assert definition.boot == ("cdrom", "hd")
    assert definition.disks[0].source == "/dev/vg0/win11"
    assert definition.tpm == "emulator"
    assert definition.agent is Agent.DISCONNECTED
    assert definition.displays == (Display("spice"),)


def test_a_container() -> None:
    definition = read("lxc").definition
    assert (definition.engine, definition.firmware) == ("lxc", "none")
    assert definition.consoles == (ConsolePort("lxc", 0, "console0"),)
    assert definition.agent is Agent.NO_CHANNEL
    assert definition.disks == ()


def test_a_directly_booted_kernel() -> None:
    definition = read("direct-kernel").definition
    assert (definition.kernel, definition.firmware) == ("/boot/vmlinuz", "bios")
    assert definition.memory == 96 * MIB
    assert definition.consoles == (ConsolePort("serial", 0),)


def test_what_is_not_known_is_passed_over() -> None:
    definition = read("strange").definition
    assert definition.engine == "hologram"
    assert definition.title == "bell and 31mcolour desrever"
    assert (definition.os, definition.memory, definition.vcpus_max) == ("", 0, 1)
    assert [disk.source for disk in definition.disks] == ["", "", ""]
    assert definition.interfaces[1].source == "/dev/vhost-vdpa-0"
    assert definition.agent is Agent.DISCONNECTED
    assert definition.boot == ("warpdrive",)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://ubuntu.com/ubuntu/22.04", "ubuntu22.04"),
        ("http://archlinux.org/archlinux/rolling", "archlinux"),
        ("http://redhat.com/rhel/9.2", "rhel9.2"),
        ("http://libosinfo.org/linux/2022", "linux2022"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_short_names_of_systems(url: str, name: str) -> None:
    space = "http://libosinfo.org/xmlns/libvirt/domain/1.0"
    text = small(
        f"<metadata><l:libosinfo xmlns:l='{space}'><l:os id='{url}'/></l:libosinfo></metadata>"
    )
    assert read_domain(text).definition.os == name


@pytest.mark.parametrize("name", ["web[prod]", "[/]", "$x", "名前", "שרת", "n" * 250, "a&amp;b"])
def test_names_stay_as_they_are(name: str) -> None:
    assert read_domain(small("", name)).name == name.replace("&amp;", "&")


@pytest.mark.parametrize(
    ("unit", "size"),
    [("", 1024), ("unit='b'", 1), ("unit='KB'", 1000), ("unit='G'", GIB), ("unit='MiB'", MIB)],
)
def test_units(unit: str, size: int) -> None:
    text = f"<domain><name>a</name><memory {unit}>1</memory></domain>"
    assert read_domain(text).definition.memory_max == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no XML",
        "<domain><name>",
        "<!DOCTYPE d [<!ENTITY a 'aaaa'>]><domain><name>&a;</name></domain>",
        "<domain><name>" + "x" * tree.MOST + "</name></domain>",
        "\0",
    ],
)
def test_what_is_no_definition_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_domain(text)


def test_deep_and_large_documents_are_read_in_bounds() -> None:
    deep = "<backingStore>" * 5000 + "</backingStore>" * 5000
    text = small(f"<devices><disk>{deep}<target dev='vda'/></disk></devices>")
    begun = time.perf_counter()
    assert read_domain(text).definition.disks[0].target == "vda"
    assert time.perf_counter() - begun < 20


def test_channels_and_devices_of_the_host() -> None:
    found = read_domain(
        small(
            "<devices>"
            "<channel type='unix'><target name='org.x.0' state='connected'/></channel><channel/>"
            "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
            "<address domain='0x0000' bus='0x3b' slot='0x02' function='0x1'/></source></hostdev>"
            "<hostdev type='usb'><source><vendor id='0x046d'/><product id='0xc52b'/></source>"
            "</hostdev>"
            "<hostdev type='usb'><source><address bus='1' device='3'/></source></hostdev>"
            "<hostdev type='scsi'><source><adapter name='scsi_host0'/>"
            "<address bus='0' target='1' unit='2'/></source></hostdev>"
            "<hostdev type='mdev'><source><address uuid='c2177883'/></source></hostdev>"
            "<hostdev mode='capabilities' type='misc'><source><char>/dev/input/event3</char>"
            "</source></hostdev><hostdev/>"
            "</devices>"
        )
    ).definition
    assert found.channels == (Channel("org.x.0", "unix", "connected"), Channel())
    assert [(one.kind, one.address) for one in found.host_devices] == [
        ("pci", "0000:3b:02.1"), ("usb", "046d:c52b"), ("usb", "bus 1, device 3"),
        ("scsi", "scsi_host0:0:1:2"), ("mdev", "c2177883"), ("misc", "/dev/input/event3"),
        ("", ""),
    ]  # fmt: skip
    assert found.host_devices[0].managed
