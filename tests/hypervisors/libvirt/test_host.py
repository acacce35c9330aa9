"""What a machine tells of itself: facts, virtualization, readings, starts of guests."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from vmtui.hypervisors.libvirt import uptime
from vmtui.hypervisors.libvirt.callbacks import Known
from vmtui.hypervisors.libvirt.doctor.verdict import Machine, cpu_flags, judge, judge_offer
from vmtui.hypervisors.libvirt.host import cpu_name, version
from vmtui.hypervisors.libvirt.machine import LocalStats
from vmtui.hypervisors.libvirt.xml.capabilities import read_capabilities
from vmtui.model.host import Virtualization

VMX = frozenset({"fpu", "vmx"})


@pytest.mark.parametrize(
    ("machine", "own", "verdict"),
    [
        (Machine("x86_64", VMX, True, True), True, Virtualization.USABLE),
        (Machine("x86_64", frozenset({"svm"}), True, True), False, Virtualization.USABLE),
        (Machine("x86_64", VMX, True, False), True, Virtualization.NO_ACCESS),
        (Machine("x86_64", VMX, True, False), False, Virtualization.USABLE),
        (Machine("x86_64", VMX, False, False), False, Virtualization.NO_DEVICE),
        (Machine("x86_64", frozenset(), True, True), True, Virtualization.UNSURE),
        (Machine("x86_64", frozenset(), False, False), True, Virtualization.MISSING),
        (Machine("aarch64", frozenset(), True, True), True, Virtualization.USABLE),
        (Machine("aarch64", frozenset(), False, False), True, Virtualization.NO_DEVICE),
    ],
)
def test_verdicts_on_this_machine(machine: Machine, own: bool, verdict: Virtualization) -> None:
    found, note = judge(machine, own=own)
    assert found is verdict
    assert note.endswith(".")


def test_the_module_to_load_is_named() -> None:
    assert "kvm_intel" in judge(Machine("x86_64", VMX, False, False), own=False)[1]
    amd = frozenset({"svm"})
    assert "kvm_amd" in judge(Machine("x86_64", amd, False, False), own=False)[1]


def test_verdicts_on_what_another_host_offers() -> None:
    assert judge_offer(frozenset({"kvm", "qemu"}))[0] is Virtualization.USABLE
    assert judge_offer(frozenset({"qemu"}))[0] is Virtualization.MISSING
    assert judge_offer(frozenset({"lxc"}))[0] is Virtualization.UNKNOWN


def test_cpuinfo(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Some  CPU @ 3 GHz\nflags\t\t: fpu vmx\n"
        "processor\t: 1\nflags\t\t: svm\n"
    )
    assert cpu_flags(tmp_path) == VMX
    assert cpu_name(tmp_path) == "Some CPU @ 3 GHz"
    assert cpu_flags(tmp_path / "none") == frozenset()
    assert cpu_name(tmp_path / "none") == ""


def test_capabilities() -> None:
    found = read_capabilities(
        "<capabilities><host><cpu><arch>x86_64</arch><model>Skylake</model></cpu></host>"
        "<guest><arch name='x86_64'><domain type='qemu'/><domain type='kvm'/></arch></guest>"
        "<guest><arch name='i686'><domain type='qemu'/></arch></guest></capabilities>"
    )
    assert (found.cpu, found.arch) == ("Skylake", "x86_64")
    assert found.engines == {"qemu", "kvm"}


def test_versions() -> None:
    assert (version(9_000_001), version(0), version(None)) == ("9.0.1", "", "")


def test_a_reading_of_this_machine() -> None:
    before = LocalStats(time.monotonic).sample()
    spin = sum(range(2_000_000))
    after = LocalStats(time.monotonic).sample()
    assert spin
    assert after.at > before.at
    assert before.cpu is not None
    assert after.cpu is not None
    assert after.cpu.user >= before.cpu.user
    assert len(after.cores) == os.cpu_count()
    assert after.memory_total is not None
    used, cache, free = after.memory_used, after.memory_cache, after.memory_free
    assert None not in (used, cache, free)
    assert (used or 0) + (cache or 0) + (free or 0) == pytest.approx(after.memory_total, rel=0.01)
    assert after.booted_at is not None
    assert after.booted_at < time.time()
    assert all(0 <= mount.used <= mount.total for mount in after.mounts)
    assert after.mounts


def test_huge_pages_are_read(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(
        "MemTotal: 5 kB\nHugePages_Total:       8\nHugePages_Free:        3\n"
        "Hugepagesize:       2048 kB\n"
    )
    found = LocalStats(time.monotonic, proc=tmp_path).sample()
    assert (found.hugepages_total, found.hugepages_free) == (8, 3)
    assert found.hugepage_size == 2 * 1024 * 1024
    nothing = LocalStats(time.monotonic, proc=tmp_path / "none").sample()
    assert nothing.hugepages_total is None


def test_starts_of_processes(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text("cpu 1 2\nbtime 1700000000\n")
    for pid, cmdline, start in (
        ("10", b"qemu-system\0-name\0guest=a\0-uuid\0AAAA\0-x\0", 4200),
        ("11", b"bash\0", 1),
        ("12", b"sh\0-uuid", 1),
        ("13", b"qemu\0-uuid\0bbbb\0", 0),
    ):
        folder = tmp_path / pid
        folder.mkdir()
        (folder / "cmdline").write_bytes(cmdline)
        fields = " ".join(["S", *["0"] * 18, str(start), "0"])
        (folder / "stat").write_text(f"{pid} (qemu (x) ) {fields}\n")
    (tmp_path / "14").mkdir()
    tick = os.sysconf("SC_CLK_TCK")
    assert uptime.process_starts(tmp_path) == {
        "aaaa": 1_700_000_000 + 4200 / tick,
        "bbbb": 1_700_000_000,
    }


def test_starts_elsewhere_are_known_from_events_or_bounded() -> None:
    known, now = Known(), [100.0]
    uptimes = uptime.Uptimes(known, lambda: now[0], local=False)
    uptimes.learn({"a": 1, "b": 2})
    known.started["a"] = 90.0
    assert uptimes.of("a") == (90.0, None)
    assert uptimes.of("b") == (None, 100.0)
    now[0] = 200.0
    uptimes.learn({"b": 2})
    assert uptimes.of("b") == (None, 100.0)
    uptimes.learn({"b": 3})
    assert uptimes.of("b") == (None, 200.0)
