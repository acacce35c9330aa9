"""What guests want besides a processor: extras, parts, versions, networks, room, time, packages."""

from __future__ import annotations

import calendar
from pathlib import Path

import pytest

from tests.hypervisors.libvirt.doctor.machines import AMD, INTEL, Maker
from vmtui.hypervisors.libvirt.doctor import extras, room, versions
from vmtui.hypervisors.libvirt.doctor.clock import Synced, check_clock
from vmtui.hypervisors.libvirt.doctor.guestparts import check_parts
from vmtui.hypervisors.libvirt.doctor.inspect import images_of
from vmtui.hypervisors.libvirt.doctor.missing import check_hypervisor
from vmtui.hypervisors.libvirt.doctor.networking import (
    check_bridges,
    check_default,
    check_forwarding,
    free_address,
)
from vmtui.hypervisors.libvirt.doctor.packages import family_of, install
from vmtui.hypervisors.libvirt.doctor.told import guest_xml, read_home, read_host
from vmtui.hypervisors.libvirt.xml.offered import read_domain_capabilities
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.finding import Level
from vmtui.model.network import Network
from vmtui.model.steps.mending import DefineNetwork, DefinePool, StartNetwork, StartPool
from vmtui.model.storage import Pool, PoolState
from vmtui.model.units import GIB

RICH = """
<domainCapabilities>
  <path>/usr/bin/qemu</path><domain>kvm</domain><machine>pc-q35-9.2</machine>
  <os supported='yes'><enum name='firmware'><value>bios</value><value>efi</value></enum>
    <loader supported='yes'><enum name='secure'><value>yes</value></enum></loader></os>
  <devices>
    <filesystem supported='yes'><enum name='driverType'><value>virtiofs</value></enum></filesystem>
    <tpm supported='yes'><enum name='model'><value>tpm-crb</value></enum>
      <enum name='backendModel'><value>emulator</value></enum></tpm>
  </devices>
  <features><sev supported='yes'/><tdx supported='no'/>
    <launchSecurity supported='yes'><enum name='sectype'><value>sev-snp</value></enum>
    </launchSecurity></features>
</domainCapabilities>
"""
POOR = (
    "<domainCapabilities><domain>qemu</domain><machine>pc-i440fx-7.2</machine></domainCapabilities>"
)


def test_the_offer_is_read() -> None:
    offer = read_domain_capabilities(RICH)
    assert (offer.engine, offer.efi, offer.secure) == ("kvm", True, True)
    assert offer.tpm == {"tpm-crb"} and offer.file_systems == {"virtiofs"}
    assert offer.secrecy == {"SEV", "SEV-SNP"}


def test_parts_follow_the_offer(maker: Maker) -> None:
    maker.write("etc/os-release", "ID=debian\n")
    poor = check_parts(read_domain_capabilities(POOR), maker.site(INTEL))
    assert {part.level for part in poor} == {Level.WARNING}
    assert "ovmf" in poor[0].commands[-1]
    rich = check_parts(read_domain_capabilities(RICH), maker.site(INTEL, programs=("virtiofsd",)))
    assert {part.level for part in rich} == {Level.PASS}
    silent = check_parts(None, None)
    assert [part.level for part in silent[:3]] == [Level.UNKNOWN] * 3


@pytest.mark.parametrize(
    ("command", "home"),
    [
        ("LC_ALL=C PATH=/bin HOME=/home/ada USER=ada /usr/bin/qemu -name x HOME=/no", "/home/ada"),
        ("LC_ALL=C 'HOME=/home/a b' /usr/bin/qemu", "/home/a b"),
        ("LC_ALL=C /usr/bin/qemu HOME=/no", None),
        ("HOME=here /usr/bin/qemu", None),
        ("", None),
        ("LC_ALL=C HOME=/home/ada NAME='unbalanced /usr/bin/qemu", None),
        ("HOME=/home/ada\\", None),
    ],
)
def test_whose_home_it_is_is_told_by_what_qemu_would_get(command: str, home: str | None) -> None:
    assert read_home(command) == home


def test_an_engine_is_no_more_than_a_word_in_the_guest_that_is_asked_about() -> None:
    root = parse(guest_xml("kvm' id='7"))
    assert root.attrib == {"type": "kvm' id='7"}
    assert root.findtext("os/type") == "hvm"


def test_pages_without_a_number_are_none() -> None:
    pages = "<pages unit='KiB' size='{}'>{}</pages>".format
    cell = f"<cell id='0'>{pages(4, 100)}{pages(2048, 'many')}{pages(1048576, 3)}</cell>"
    topology = f"<topology><cells num='1'>{cell}</cells></topology>"
    host = read_host(f"<capabilities><host>{topology}</host></capabilities>")
    assert host.pages == {GIB}


def test_a_pool_goes_where_its_hypervisors_person_keeps_things(tmp_path: Path) -> None:
    mine = str(Path.home())
    assert images_of(mine, tmp_path) == images_of(None, tmp_path) == f"{tmp_path}/libvirt/images"
    assert images_of("/home/ada", tmp_path) == "/home/ada/.local/share/libvirt/images"
    assert images_of("/home/ada", None) == "/home/ada/.local/share/libvirt/images"
    assert images_of(None, None) == ""
    nowhere = room.check_pool((), None, own=True, images="")
    assert not nowhere.fix and not nowhere.commands and nowhere.mend


def test_virtiofsd_elsewhere_is_not_knowable() -> None:
    assert check_parts(read_domain_capabilities(RICH), None)[3].level is Level.UNKNOWN


def test_capabilities_of_a_host() -> None:
    host = read_host(
        "<capabilities><host><cpu><arch>x86_64</arch><feature name='vmx'/></cpu>"
        "<iommu support='yes'/><topology><cells num='1'><cell id='0'>"
        "<pages unit='KiB' size='4'>900</pages><pages unit='KiB' size='2048'>16</pages>"
        "<pages unit='KiB' size='1048576'>0</pages></cell></cells></topology></host>"
        "<guest><arch name='x86_64'><domain type='kvm'/></arch></guest></capabilities>"
    )
    assert (host.arch, host.iommu) == ("x86_64", True)
    assert host.features == {"vmx"}
    assert host.pages == {2 * 1024 * 1024}


def test_nesting_and_secrecy_by_the_modules(maker: Maker) -> None:
    maker.write("sys/module/kvm_amd/parameters/nested", "1\n")
    maker.write("sys/module/kvm_amd/parameters/sev", "Y\n")
    site = maker.site(AMD)
    assert "on (kvm_amd)" in extras.check_nested(site).seen
    assert "not offered" in extras.check_confidential(site, frozenset()).seen
    maker.write("sys/module/kvm_amd/parameters/nested", "0\n")
    assert extras.check_nested(site).commands


def test_iommu_there_and_off(maker: Maker) -> None:
    maker.write("sys/firmware/acpi/tables/DMAR")
    assert "intel_iommu=on" in extras.check_iommu(maker.site(INTEL)).mend
    maker.folder("sys/kernel/iommu_groups/0")
    assert "1 groups" in extras.check_iommu(maker.site(INTEL)).seen


def test_huge_pages_and_vhost(maker: Maker) -> None:
    maker.write("proc/meminfo", "HugePages_Total: 8\nHugePages_Free: 3\nHugepagesize: 2048 kB\n")
    site = maker.site(INTEL, superuser=True)
    assert "3 of 8 free, 2 MiB each" in extras.check_huge_pages(site).seen
    assert not extras.check_vhost_net(site).steps
    maker.write("usr/lib/modules/6.1/modules.dep", "kernel/drivers/vhost/vhost_net.ko:\n")
    assert extras.check_vhost_net(site).steps
    maker.write("dev/vhost-net")
    assert extras.check_vhost_net(site).level is Level.PASS


@pytest.mark.parametrize(
    ("version", "level"),
    [
        (None, Level.UNKNOWN),
        ((7, 1, 0), Level.WARNING),
        ((7, 2, 0), Level.PASS),
        ((2, 12, 0), Level.WARNING),
    ],
)
def test_versions_of_qemu(version: tuple[int, int, int] | None, level: Level) -> None:
    assert versions.check_qemu(version).level is level


def test_versions_of_libvirt() -> None:
    bad = versions.check_libvirt((9, 9, 0), (9, 0, 0))
    assert bad.level is Level.WARNING
    assert "library here is 9.0.0" in bad.seen
    assert versions.check_libvirt(versions.parts(9_000_001)).seen == "9.0.1"


def network(*, active: bool = True, autostart: bool = True) -> Network:
    return Network("default", "u", active, "virbr0", "nat", autostart, True)


def test_the_default_network() -> None:
    assert check_default((network(),), own=False).level is Level.PASS
    lazy = check_default((network(autostart=False),), own=False)
    assert (lazy.level, lazy.steps) == (Level.WARNING, (StartNetwork(name="default"),))
    off = check_default((network(active=False),), own=False)
    assert (off.level, off.fix) == (Level.FAILURE, "start-network")
    gone = check_default((), own=False, taken=["192.168.122.7/24", "0.0.0.0/0", "nonsense"])
    assert gone.steps == (
        DefineNetwork(name="default", address="192.168.123.1/24"),
        StartNetwork(name="default"),
    )
    assert check_default((), own=True).level is Level.PASS
    assert check_default(None, own=False).level is Level.UNKNOWN


def test_an_address_that_is_free() -> None:
    assert free_address([]) == "192.168.122.1/24"
    assert free_address(["192.168.0.1/17"]) == "192.168.128.1/24"


def test_bridges_and_forwarding(maker: Maker) -> None:
    site = maker.site(INTEL)
    maker.folder("sys/class/net/virbr0/bridge")
    assert "inner" in check_bridges(site).seen
    maker.folder("sys/class/net/br0/bridge")
    maker.write("sys/class/net/br0/brif/eth0")
    maker.folder("sys/class/net/eth0/device")
    assert check_bridges(site).seen == "br0"
    maker.write("proc/sys/net/ipv4/ip_forward", "0\n")
    assert check_forwarding(site, (network(),)).level is Level.FAILURE
    assert check_forwarding(site, ()).level is Level.PASS
    apart = Network("apart", "u", True, "virbr9", "nat", True, True)
    assert check_forwarding(site, (apart,)).level is Level.UNKNOWN


def pool(
    state: PoolState = PoolState.RUNNING, path: str = "", *, free: int | None = 50 * GIB
) -> Pool:
    return Pool("default", "u", state, "dir", path, 100 * GIB, 1, free, True, True)


def test_pools(maker: Maker, tmp_path: Path) -> None:
    site = maker.site(INTEL)
    assert room.check_pool((pool(path=str(tmp_path)),), site, own=True).level is Level.PASS
    off = room.check_pool((pool(PoolState.INACTIVE),), site, own=False)
    assert (off.level, off.steps) == (Level.FAILURE, (StartPool(name="default"),))
    none = room.check_pool((), site, own=False)
    assert none.steps[0] == DefinePool(name="default", path="/var/lib/libvirt/images")
    assert room.check_pool(None, site, own=False).level is Level.UNKNOWN


def test_room() -> None:
    assert room.check_memory(8 * GIB, 16 * GIB).level is Level.PASS
    assert room.check_memory(GIB, None).level is Level.WARNING
    assert room.check_memory(1, None).level is Level.FAILURE
    assert room.check_disk((pool(),)).level is Level.PASS
    assert room.check_disk((pool(free=3 * GIB),)).level is Level.WARNING
    assert room.check_disk((pool(free=1),)).level is Level.FAILURE
    assert room.check_disk(()).level is Level.UNKNOWN


def noon(year: int) -> float:
    return calendar.timegm((year, 6, 1, 12, 0, 0))


def test_the_time_of_day(maker: Maker) -> None:
    maker.write("proc/sys/kernel/version", "#1 SMP Debian 6.12 Mon Jan  5 10:00:00 UTC 2026\n")
    good = lambda: Synced(True, 0.01)  # noqa: E731
    assert check_clock(maker.site(now=noon(2026)), good).level is Level.PASS
    assert check_clock(maker.site(now=noon(2025)), good).level is Level.FAILURE
    assert check_clock(maker.site(now=noon(2090)), good).level is Level.FAILURE
    assert check_clock(maker.site(now=noon(2026)), lambda: Synced(False, 16)).level is Level.WARNING
    assert check_clock(maker.site(now=noon(2026)), lambda: None).level is Level.UNKNOWN
    maker.write("sys/class/rtc/rtc0/since_epoch", f"{noon(2026) - 7200:.0f}\n")
    assert "120 minutes" in check_clock(maker.site(now=noon(2026)), good).seen
    maker.write("etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n")
    assert check_clock(maker.site(now=noon(2026)), good).level is Level.PASS


@pytest.mark.parametrize(
    ("release", "family", "package"),
    [
        ("ID=debian\n", "apt", "qemu-system-x86"),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt", "qemu-system-x86"),
        ("ID=fedora\n", "dnf", "libvirt-daemon-kvm"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf", "qemu-kvm"),
        ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "zypper", "qemu-x86"),
        ("ID=arch\n", "pacman", "qemu-base"),
    ],
)
def test_installing_by_distribution(maker: Maker, release: str, family: str, package: str) -> None:
    maker.write("etc/os-release", release)
    site = maker.site(INTEL)
    assert family_of(site) == family
    commands = install(site, "hypervisor")
    assert any(package in command.split() for command in commands)
    found = check_hypervisor(site)
    assert (found.level, found.commands) == (Level.FAILURE, commands)


def test_an_unknown_distribution_gets_no_wrong_commands(maker: Maker) -> None:
    maker.write("etc/os-release", "ID=plan9\nBAD=\"\nNAME=Bob's Linux\nWORSE=\\\n")
    assert install(maker.site(INTEL), "hypervisor") == ()
    assert check_hypervisor(maker.site(INTEL)).level is Level.FAILURE


def test_a_daemon_that_does_not_run(maker: Maker) -> None:
    site = maker.site(INTEL, programs=("libvirtd", "qemu-system-x86_64"))
    found = check_hypervisor(site)
    assert found.level is Level.FAILURE
    assert "libvirtd -d" in found.commands[-1]
    maker.write("run/libvirt/libvirt-sock")
    assert check_hypervisor(site).level is Level.PASS
