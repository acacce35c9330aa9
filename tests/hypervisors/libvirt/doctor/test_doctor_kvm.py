"""Modules, device and what they come to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.hypervisors.libvirt.doctor.machines import AMD, BARE_AMD, INTEL, Maker
from vmtui.hypervisors.libvirt.doctor.kvm import (
    check_acceleration,
    check_device,
    check_modules,
    check_works,
)
from vmtui.hypervisors.libvirt.doctor.probe import Outcome, Verdict
from vmtui.model.finding import Finding, Level
from vmtui.model.steps.mending import JoinGroup, LoadModule

FAST = Outcome(Verdict.WORKS, rate=3e9)
KVM = frozenset({"kvm", "qemu"})


def test_a_loaded_module_is_a_pass(maker: Maker) -> None:
    found = check_modules(maker.site(INTEL, modules=("kvm", "kvm_intel")))
    assert (found.level, found.seen) == (Level.PASS, "kvm, kvm_intel")


@pytest.mark.parametrize(("cpu", "module"), [(INTEL, "kvm_intel"), (AMD, "kvm_amd")])
def test_a_missing_module_is_loaded_by_root_only(
    maker: Maker, cpu: dict[str, str], module: str
) -> None:
    bare = check_modules(maker.site(cpu, modules=("kvm",), superuser=True))
    assert not bare.steps, "this kernel has no such module"
    maker.write(
        "usr/lib/modules/6.1/modules.dep", f"kernel/kvm/{module}.ko.xz: kernel/kvm/kvm.ko\n"
    )
    found = check_modules(maker.site(cpu, modules=("kvm",), superuser=True))
    assert found.level is Level.FAILURE
    assert f"sudo modprobe {module}" in found.commands
    assert (found.fix, found.steps) == ("load-module", (LoadModule(name=module),))
    plain = check_modules(maker.site(cpu, modules=("kvm",)))
    assert (plain.fix, plain.steps) == ("", ())


def test_kvm_without_the_processors_help_is_a_warning(maker: Maker) -> None:
    assert check_modules(maker.site(BARE_AMD)).level is Level.UNKNOWN
    found = check_modules(maker.site(BARE_AMD, modules=("kvm", "kvm_pvm")))
    assert found.level is Level.WARNING


def test_a_device_for_others_only(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    site = maker.site(INTEL, node=True, open_=False)
    monkeypatch.setattr(type(site), "group_of", lambda *_: "kvm")
    own = check_device(site, own=True)
    assert own.level is Level.FAILURE
    assert own.commands == ("sudo usermod -aG kvm ann",)
    assert not own.steps
    assert check_device(site, own=False).level is Level.PASS


def test_behind_sudo_the_person_counts(maker: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    site = maker.site(INTEL, node=True, superuser=True)
    (maker.root / "dev/kvm").chmod(0o660)
    monkeypatch.setattr(type(site), "group_of", lambda *_: "kvm")
    outside = check_device(replace(site, is_member=lambda *_: False), own=False)
    assert (outside.level, outside.fix) == (Level.WARNING, "join-group")
    assert outside.steps == (JoinGroup(user="ann", group="kvm"),)
    inside = check_device(replace(site, is_member=lambda *_: True), own=False)
    assert inside.level is Level.PASS
    (maker.root / "dev/kvm").chmod(0o666)
    open_ = check_device(replace(site, is_member=lambda *_: False), own=False)
    assert open_.level is Level.PASS


def test_a_device_of_a_strange_group_is_not_joined(
    maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = maker.site(INTEL, node=True, open_=False, superuser=True)
    monkeypatch.setattr(type(site), "group_of", lambda *_: "root")
    found = check_device(site, own=True)
    assert not found.steps
    assert "chgrp kvm" in found.commands[0]


def test_no_device(maker: Maker) -> None:
    assert check_device(maker.site(INTEL), own=True).level is Level.FAILURE
    assert check_device(maker.site(BARE_AMD), own=True).level is Level.UNKNOWN


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (FAST, Level.PASS),
        (Outcome(Verdict.MADE), Level.PASS),
        (Outcome(Verdict.SLOW, rate=1e6), Level.FAILURE),
        (Outcome(Verdict.HANGS, "KVM_RUN"), Level.FAILURE),
        (Outcome(Verdict.FAILS, "KVM_CREATE_VM: busy"), Level.FAILURE),
        (Outcome(Verdict.DENIED), Level.UNKNOWN),
        (Outcome(Verdict.ABSENT), Level.UNKNOWN),
    ],
)
def test_what_the_attempt_came_to(maker: Maker, outcome: Outcome, level: Level) -> None:
    assert check_works(maker.site(INTEL), outcome).level is level


def test_without_extensions_no_attempt_is_a_pass(maker: Maker) -> None:
    assert check_works(maker.site(BARE_AMD), FAST).level is Level.WARNING


def level(id_: str, level: Level) -> Finding:
    return Finding(id_, "", level, "")


@pytest.mark.parametrize(
    ("works", "device", "engines", "expected"),
    [
        (Level.PASS, Level.PASS, KVM, Level.PASS),
        (Level.PASS, Level.PASS, None, Level.PASS),
        (Level.PASS, Level.PASS, frozenset({"qemu"}), Level.FAILURE),
        (Level.PASS, Level.FAILURE, KVM, Level.FAILURE),
        # Nobody but the system's daemon may open it, and that offers KVM.
        (Level.UNKNOWN, Level.PASS, KVM, Level.PASS),
        (Level.UNKNOWN, Level.PASS, None, Level.FAILURE),
        (Level.UNKNOWN, Level.FAILURE, frozenset({"qemu"}), Level.FAILURE),
        # What libvirt offers is no proof: here the attempt failed.
        (Level.FAILURE, Level.PASS, KVM, Level.FAILURE),
        (Level.WARNING, Level.PASS, KVM, Level.WARNING),
        (Level.UNKNOWN, Level.UNKNOWN, frozenset[str](), Level.FAILURE),
    ],
)
def test_how_guests_run(
    works: Level, device: Level, engines: frozenset[str] | None, expected: Level
) -> None:
    found = check_acceleration(level("w", works), level("d", device), engines)
    assert found.level is expected
    assert expected is not Level.FAILURE or found.mend
