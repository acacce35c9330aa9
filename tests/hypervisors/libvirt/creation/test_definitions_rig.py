"""New guests' definitions, judged by a real libvirt and laid beside virt-install's."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import libvirt
import pytest

from tests.hypervisors.libvirt.bench import Bench, opened
from tests.hypervisors.libvirt.creation.specs import SPECS
from tests.rig import Daemon
from vmtui.errors import Invalid, NotFound, Unsupported
from vmtui.hypervisors.libvirt.creation.checking import check_definition
from vmtui.hypervisors.libvirt.creation.describing import describe, read_ground, write_definition
from vmtui.hypervisors.libvirt.creation.offer import read_offer
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.spec import (
    DirectBoot,
    DiskSpec,
    DisplayKind,
    Firmware,
    GuestSpec,
    InterfaceSpec,
    NetKind,
    Place,
    Tpm,
)

pytestmark = pytest.mark.rig

POOL = "<pool type='dir'><name>images</name><target><path>{}</path></target></pool>"


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """A private hypervisor with the pool `images`."""
    with Daemon() as daemon:
        daemon.connect().storagePoolCreateXML(POOL.format(daemon.keeper.mkdir("images")))
        yield daemon


@pytest.fixture
async def bench(daemon: Daemon) -> AsyncIterator[Bench]:
    """A connection to it."""
    async with opened(daemon.uri) as bench:
        yield bench


def defined(bench: Bench, text: str) -> str:
    """Define it, validated, and take it back; what libvirt made of it."""
    domain = bench.conn.defineXMLFlags(text, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
    made = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
    domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    return made


FIRMWARE = [
    (machine, firmware)
    for machine in ("q35", "pc")
    for firmware in Firmware
    if (machine, firmware) != ("pc", Firmware.SECURE)
]


@pytest.mark.slow
@pytest.mark.parametrize(("machine", "firmware"), FIRMWARE)
async def test_every_choice_is_accepted(bench: Bench, machine: str, firmware: Firmware) -> None:
    """All that an offer offers, in every combination that could bite each other."""
    offer = await read_offer(bench.handle, "", "", machine)
    assert firmware in offer.firmware
    ground = read_ground(bench.conn, GuestSpec("", "", machine=machine))
    place = Place(path="/nowhere/x.qcow2")
    assert offer.buses >= {"virtio", "scsi", "usb"}
    assert offer.tpm
    assert offer.displays == set(DisplayKind)
    # A TPM meets nothing but the machine and the firmware: each takes its turn.
    tpms = itertools.cycle((None, *(Tpm(model) for model in sorted(offer.tpm))))
    choices = itertools.product(
        sorted(offer.buses - {"fdc"}), (None, *DisplayKind), NetKind, (False, True)
    )
    for (bus, display, net, rich), tpm in zip(choices, tpms, strict=False):
        spec = GuestSpec(
            str(uuid.uuid4()), "any", machine=machine, firmware=firmware, display=display, tpm=tpm,
            disks=(
                DiskSpec(place, bus=bus, boot=1, cache="none" if rich else "", discard="unmap"),
                DiskSpec(None, "cdrom", "ide" if machine == "pc" else "sata", "raw"),
            ),
            interfaces=(InterfaceSpec(net, "" if net is NetKind.USER else "any0"),),
            sound=rich, agent=rich, random=rich, hyperv=rich, autostart=rich,
            watchdog="reset" if rich else "", clock="localtime" if rich else "utc",
        )  # fmt: skip
        defined(bench, write_definition(spec, ground))


async def test_every_video_cpu_model_and_direct_boot_is_accepted(bench: Bench) -> None:
    offer = await read_offer(bench.handle, "", "", "")
    base = GuestSpec(str(uuid.uuid4()), "any", display=DisplayKind.VNC)
    ground = read_ground(bench.conn, base)
    assert {"virtio", "qxl", "vga"} <= offer.videos
    for video in offer.videos - {"vmvga", "ramfb"}:
        defined(bench, write_definition(replace(base, video=video), ground))
    for cpu in (*(offer.cpu_modes - {"custom"}), "qemu64"):
        defined(bench, write_definition(replace(base, cpu=cpu), ground))
    for action in ("reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"):
        defined(bench, write_definition(replace(base, watchdog=action), ground))
    for model in ("virtio", "e1000", "e1000e", "rtl8139"):
        cards = (InterfaceSpec(model=model, mac="52:54:00:12:34:56", boot=1),)
        defined(bench, write_definition(replace(base, interfaces=cards), ground))
    direct = DirectBoot(Place(path="/k"), Place(path="/i"), "a=<b> & 'c'")
    made = defined(bench, write_definition(replace(base, direct=direct), ground))
    assert parse(made).findtext("os/cmdline") == direct.arguments


async def test_other_architectures_are_accepted(bench: Bench) -> None:
    offer = await read_offer(bench.handle, "", "", "")
    for arch in offer.arches:
        theirs = await read_offer(bench.handle, "", arch, "")
        spec = GuestSpec(str(uuid.uuid4()), "any", arch=arch, engine=theirs.engine)
        assert defined(bench, (await describe(bench.handle, spec)).definition)


@pytest.mark.parametrize("spec", SPECS.values(), ids=list(SPECS))
async def test_what_is_described_is_accepted_and_can_be_checked(
    bench: Bench, spec: GuestSpec
) -> None:
    spec = replace(spec, engine="qemu")
    described = await describe(bench.handle, spec)
    await check_definition(bench.handle, described.definition)
    made = defined(bench, described.definition)
    assert parse(made).findtext("uuid") == spec.uuid
    folder = parse(bench.conn.storagePoolLookupByName("images").XMLDesc()).findtext("target/path")
    if any(disk.place and disk.place.pool for disk in spec.disks):
        assert f"{folder}/x.qcow2" in made


BAD = {
    "an unknown element": ("<devices>", "<devices><foo/>", "devices"),
    "another machine's watchdog": ("</devices>", "<watchdog model='diag288'/></devices>", "diag"),
    "an unknown bus": ('bus="virtio"', 'bus="pigeon"', ""),
    "no memory": ('<memory unit="KiB">1048576', '<memory unit="KiB">0', "emory"),
    "an engine that the host lacks": ('type="qemu"', 'type="kvm"', "kvm"),
}


@pytest.mark.parametrize(("old", "new", "reason"), BAD.values(), ids=list(BAD))
async def test_what_libvirt_would_refuse(bench: Bench, old: str, new: str, reason: str) -> None:
    text = (await describe(bench.handle, SPECS["debian"])).definition
    assert old in text
    with pytest.raises(Invalid, match="does not accept") as caught:
        await check_definition(bench.handle, text.replace(old, new, 1))
    assert reason in caught.value.detail
    assert bench.conn.listAllDomains() == []


async def test_an_edit_that_makes_it_another_guest_is_refused(bench: Bench) -> None:
    spec = SPECS["debian"]
    text = (await describe(bench.handle, spec)).definition
    await check_definition(bench.handle, text, spec)
    for other, words in ((replace(spec, name="y[z]"), "name"), (replace(spec, uuid="x"), "UUID")):
        with pytest.raises(Invalid, match=f"another {words}"):
            await check_definition(bench.handle, text, other)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "line 1"), ("<domain>\n<name>", "line 2"), ("<pool/>", "not one of a guest"),
     ("<domain><name>x</name></domain>", "no <memory>"),
     ("<!DOCTYPE domain><domain/>", "document type"), ("<domain>" + "x" * 5_000_000, "too large")],
)  # fmt: skip
async def test_what_is_no_definition(bench: Bench, text: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        await check_definition(bench.handle, text)
    assert words in str(caught.value)


async def test_what_the_host_has_not(bench: Bench) -> None:
    with pytest.raises(Unsupported, match="no emulator for m68k"):
        await read_offer(bench.handle, "", "m68k", "")
    with pytest.raises(Unsupported, match="does not offer") as caught:
        await read_offer(bench.handle, "kvm", "", "")
    assert "emulation" in caught.value.hint
    with pytest.raises(NotFound, match="no storage pool nowhere"):
        await describe(
            bench.handle, GuestSpec("", "x", disks=(DiskSpec(Place("nowhere", "x.qcow2")),))
        )
