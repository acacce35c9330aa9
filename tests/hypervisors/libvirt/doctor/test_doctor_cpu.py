"""The processor's extensions on all kinds of machines."""

from __future__ import annotations

import pytest

from tests.hypervisors.libvirt.doctor.machines import (
    AMD,
    BARE_AMD,
    BARE_INTEL,
    GUEST,
    INTEL,
    Maker,
)
from vmtui.hypervisors.libvirt.doctor.cpu import check_cpu
from vmtui.hypervisors.libvirt.doctor.firmware_switch import read_register
from vmtui.hypervisors.libvirt.doctor.outer import find_outer
from vmtui.model.finding import Level


@pytest.mark.parametrize(("cpu", "name"), [(INTEL, "VT-x"), (AMD, "AMD-V")])
def test_shown_is_a_pass(maker: Maker, cpu: dict[str, str], name: str) -> None:
    found = check_cpu(maker.site(cpu))
    assert found.level is Level.PASS
    assert name in found.seen
    assert not found.commands


def test_switched_off_by_the_register_of_intel(maker: Maker) -> None:
    maker.register(0x3A, 0x1)
    site = maker.site(BARE_INTEL, dmi={"board_vendor": "ASUSTeK", "sys_vendor": "ASUS"})
    found = check_cpu(site)
    assert found.level is Level.FAILURE
    assert "switched off in the firmware" in found.seen
    assert "Intel (VMX) Virtualization Technology" in found.mend
    assert read_register(site, 0x3A) == 1


@pytest.mark.parametrize("value", [0x5, 0x4, 0x0])
def test_a_register_that_allows_it_or_is_open_accuses_nobody(maker: Maker, value: int) -> None:
    maker.register(0x3A, value)
    assert check_cpu(maker.site(INTEL)).level is Level.PASS


def test_switched_off_by_the_register_of_amd_although_the_flag_is_shown(maker: Maker) -> None:
    maker.register(0xC0010114, 0x18)
    found = check_cpu(maker.site(AMD))
    assert found.level is Level.FAILURE
    assert "VM_CR is 0x18" in found.seen


@pytest.mark.parametrize(
    ("cpu", "log"),
    [
        (BARE_INTEL, "6,12,34,-;x86/cpu: VMX (outside TXT) disabled by BIOS\n"),
        (INTEL, "3,12,34,-;kvm: disabled by bios\n"),
        (BARE_AMD, "6,1,2,-;kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0\n"),
        (AMD, "3,1,2,-;kvm: support for 'kvm_amd' disabled by bios\n"),
    ],
)
def test_switched_off_by_the_kernels_word(maker: Maker, cpu: dict[str, str], log: str) -> None:
    found = check_cpu(maker.site(cpu, log=log))
    assert found.level is Level.FAILURE
    assert "the kernel says" in found.seen
    assert found.commands


def test_other_words_of_the_kernel_accuse_nobody(maker: Maker) -> None:
    log = "6,1,2,-;TXT: disabled by BIOS\n6,1,3,-;SGX disabled by BIOS.\n"
    assert "firmware" not in check_cpu(maker.site(INTEL, log=log)).seen


@pytest.mark.parametrize(
    ("dmi", "name", "advice"),
    [
        ({"sys_vendor": "VMware, Inc.", "product_name": "VMware7,1"}, "VMware", "vhv.enable"),
        ({"sys_vendor": "QEMU", "product_name": "Standard PC"}, "KVM", "host-passthrough"),
        ({"sys_vendor": "innotek GmbH", "product_name": "VirtualBox"}, "VirtualBox", "6.1"),
        (
            {"sys_vendor": "Microsoft Corporation", "product_name": "Virtual Machine"},
            "Hyper-V",
            "PowerShell",
        ),
        ({"sys_vendor": "Amazon EC2", "product_name": "m5.large"}, "Amazon EC2", ".metal"),
        (
            {"sys_vendor": "Google", "product_name": "Google Compute Engine"},
            "Google Compute Engine",
            "nesting",
        ),
        (
            {
                "sys_vendor": "Microsoft Corporation",
                "product_name": "Virtual Machine",
                "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77",
            },
            "Azure",
            "size",
        ),
        ({"sys_vendor": "Xen", "product_name": "HVM domU"}, "Xen", "nestedhvm"),
        ({}, "Firecracker", "outer host"),
        ({"sys_vendor": "Somebody", "product_name": "Thing"}, "another hypervisor", "outer host"),
    ],
)
def test_hidden_by_an_outer_host(maker: Maker, dmi: dict[str, str], name: str, advice: str) -> None:
    found = check_cpu(maker.site(GUEST, dmi=dmi))
    assert found.level is Level.FAILURE
    assert "itself a guest" in found.seen
    assert name in found.seen
    assert advice in found.mend


def test_the_kernel_names_the_outer_host_where_the_tables_do_not(maker: Maker) -> None:
    dmi = {"sys_vendor": "Somebody"}
    log = "6,1,2,-;Hypervisor detected: VMware\n"
    outer = find_outer(maker.site(GUEST, dmi=dmi, log=log))
    assert outer is not None
    assert outer.name == "VMware"


def test_passed_on_by_the_outer_host_is_a_pass(maker: Maker) -> None:
    cpu = {**INTEL, "flags": "fpu vmx hypervisor"}
    found = check_cpu(maker.site(cpu, dmi={"sys_vendor": "QEMU"}))
    assert found.level is Level.PASS
    assert "passed on by KVM" in found.seen


def test_metal_is_no_guest(maker: Maker) -> None:
    dmi = {"sys_vendor": "Amazon EC2", "product_name": "m5.metal"}
    assert find_outer(maker.site(INTEL, dmi=dmi)) is None
    assert find_outer(maker.site(BARE_INTEL, dmi={"sys_vendor": "Dell Inc."})) is None


def test_absent_names_the_makers_menu(maker: Maker) -> None:
    found = check_cpu(maker.site(BARE_INTEL, dmi={"sys_vendor": "Dell Inc."}))
    assert found.level is Level.FAILURE
    assert "this processor has none" in found.seen
    assert "Virtualization Support" in found.mend


@pytest.mark.parametrize(
    ("arch", "cpu", "node", "log", "level"),
    [
        ("aarch64", {}, True, "", Level.PASS),
        ("aarch64", {}, False, "6,1,2,-;kvm [1]: HYP mode not available\n", Level.FAILURE),
        ("aarch64", {}, False, "", Level.UNKNOWN),
        ("s390x", {"features": "esan3 zarch sie"}, False, "", Level.PASS),
        ("s390x", {"features": "esan3 zarch"}, False, "", Level.FAILURE),
        ("riscv64", {"isa": "rv64imafdch_zicsr"}, False, "", Level.PASS),
        ("riscv64", {"isa": "rv64imafdc_zhinx"}, False, "", Level.FAILURE),
        ("ppc64le", {"platform": "PowerNV"}, False, "", Level.PASS),
        ("ppc64le", {"platform": "pSeries"}, False, "", Level.FAILURE),
        ("loongarch64", {"Features": "cpucfg lam lvz"}, False, "", Level.PASS),
        ("sparc64", {}, False, "", Level.UNKNOWN),
    ],
)
def test_other_architectures_by_their_own_rules(
    maker: Maker, arch: str, cpu: dict[str, str], node: bool, log: str, level: Level
) -> None:
    assert check_cpu(maker.site(cpu, arch=arch, node=node, log=log)).level is level
