"""New guests' definitions, compared with those that are kept, and read back."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from tests.hypervisors.libvirt.creation.specs import SPECS, golden, ground, offered
from vmtui.errors import NotFound
from vmtui.hypervisors.libvirt.creation.describing import write_definition
from vmtui.hypervisors.libvirt.creation.virtinstall import command_line
from vmtui.hypervisors.libvirt.xml.build.disk import name_targets
from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.hypervisors.libvirt.xml.domain import read_domain
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.spec import DiskSpec, Firmware, GuestSpec, InterfaceSpec, NetKind

each_spec = pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))


@each_spec
def test_a_definition_is_as_it_was(spec: GuestSpec) -> None:
    assert write_definition(spec, ground(spec)) == golden(spec.name).read_text(encoding="utf-8")


@each_spec
def test_what_is_written_is_what_is_read(spec: GuestSpec) -> None:
    read = read_domain(write_definition(spec, ground(spec)))
    definition = read.definition
    assert (read.name, read.uuid) == (spec.name, spec.uuid)
    assert definition.memory == definition.memory_max == spec.memory
    assert (definition.vcpus, definition.engine) == (spec.vcpus, spec.engine)
    assert (definition.firmware == "uefi") == (spec.firmware is not Firmware.BIOS)
    assert definition.secure_boot == (spec.firmware is Firmware.SECURE)
    assert [disk.bus for disk in definition.disks] == [disk.bus for disk in spec.disks]
    assert [card.model for card in definition.interfaces] == [it.model for it in spec.interfaces]
    assert len(definition.consoles) == 1
    assert len(definition.displays) == (spec.display is not None)
    assert bool(definition.tpm) == (spec.tpm is not None)
    assert definition.description.split() == spec.description.split()


@each_spec
def test_the_command_line_is_one_that_a_shell_can_read(spec: GuestSpec) -> None:
    words = shlex.split(command_line("qemu:///system", spec, ground(spec)))
    assert words[:3] == ["virt-install", "--connect", "qemu:///system"]
    assert words[words.index("--name") + 1] == spec.name
    assert words.count("--disk") == max(1, len(spec.disks))
    assert words.count("--network") == max(1, len(spec.interfaces))


def test_targets_are_named_by_bus() -> None:
    disks = [DiskSpec(None, bus=bus) for bus in ("virtio", "sata", "usb", "ide", "fdc", "virtio")]
    assert list(name_targets(tuple(disks))) == ["vda", "sda", "sdb", "hda", "fda", "vdb"]


def test_past_z_targets_have_two_letters() -> None:
    names = list(name_targets((DiskSpec(None),) * 703))
    assert (names[25], names[26], names[701], names[702]) == ("vdz", "vdaa", "vdzz", "vdaaa")


def test_a_qemu_without_its_own_user_network_gets_passt() -> None:
    spec = GuestSpec("u", "web1", interfaces=(InterfaceSpec(NetKind.USER, ""),))
    backend = "devices/interface/backend[@type='passt']"
    for told, wanted in ((frozenset({"passt"}), True), (frozenset({"default", "passt"}), False)):
        base = Ground(replace(offered(spec), user_backends=told), "q35")
        assert (parse(write_definition(spec, base)).find(backend) is not None) is wanted


def test_an_older_host_that_tells_no_enlightenments_gets_those_it_must_know() -> None:
    spec = GuestSpec("u", "w", engine="kvm", hyperv=True)
    base = Ground(replace(offered(spec), hyperv=None), "q35")
    found = parse(write_definition(spec, base)).findall("features/hyperv/*")
    assert [element.tag for element in found] == ["relaxed", "vapic", "spinlocks"]


def test_a_volume_that_nobody_looked_up_is_an_error() -> None:
    with pytest.raises(NotFound, match=r"images/x\.qcow2"):
        write_definition(SPECS["debian"], Ground(offered(SPECS["debian"]), "q35"))
