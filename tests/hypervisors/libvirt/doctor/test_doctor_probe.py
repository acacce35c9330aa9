"""The attempt to run a machine: within its limit, whatever the kernel does."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import psutil
import pytest

from vmtui.hypervisors.libvirt.doctor.probe import LIMIT, PATIENCE, SLOW, Verdict, probe, read
from vmtui.hypervisors.libvirt.doctor.verdict import cpu_flags

NODE = Path("/dev/kvm")


@pytest.mark.slow
def test_on_this_machine_it_ends_within_its_limit_with_a_verdict() -> None:
    began = time.monotonic()
    outcome = probe(NODE)
    assert time.monotonic() - began < LIMIT + PATIENCE + 60
    if not NODE.exists():
        assert outcome.verdict is Verdict.ABSENT
    elif not os.access(NODE, os.R_OK | os.W_OK):
        assert outcome.verdict is Verdict.DENIED
    else:
        assert outcome.verdict in set(Verdict) - {Verdict.ABSENT, Verdict.DENIED}
    if outcome.verdict is Verdict.WORKS:
        assert outcome.rate >= SLOW
        assert cpu_flags() & {"vmx", "svm"}
    assert not [one for one in psutil.Process().children() if "attempt.py" in str(one.cmdline())]


@pytest.mark.slow
def test_one_that_hangs_is_killed(tmp_path: Path) -> None:
    attempt = tmp_path / "attempt.py"
    attempt.write_text(
        "import os, time, sys\nprint('step KVM_RUN', flush=True)\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    began = time.monotonic()
    outcome = probe(tmp_path, limit=0.5, attempt=attempt)
    assert time.monotonic() - began < 60
    assert (outcome.verdict, outcome.detail) == (Verdict.HANGS, "KVM_RUN")
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))


def test_one_that_crashes_says_where(tmp_path: Path) -> None:
    attempt = tmp_path / "attempt.py"
    attempt.write_text("import os\nprint('step KVM_CREATE_VM', flush=True)\nos.abort()\n")
    outcome = probe(tmp_path, attempt=attempt)
    assert outcome.verdict is Verdict.FAILS
    assert "KVM_CREATE_VM" in outcome.detail


def test_a_file_that_is_no_device_is_refused(tmp_path: Path) -> None:
    node = tmp_path / "kvm"
    node.write_text("")
    outcome = probe(node)
    assert outcome.verdict is Verdict.FAILS
    assert "KVM_GET_API_VERSION" in outcome.detail
    assert probe(tmp_path / "none").verdict is Verdict.ABSENT


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("step x\nran x86 4000000000", Verdict.WORKS),
        ("step x\nran x86 700000", Verdict.SLOW),
        ("step KVM_CREATE_VM\nmade", Verdict.MADE),
        (f"step open\nerror {errno.EACCES} open", Verdict.DENIED),
        (f"step open\nerror {errno.ENODEV} open", Verdict.ABSENT),
        (f"step KVM_CREATE_VM\nerror {errno.EBUSY} KVM_CREATE_VM", Verdict.FAILS),
        ("step KVM_RUN\nwrong KVM_RUN: exit reason 17", Verdict.FAILS),
        ("", Verdict.FAILS),
        ("ran x86", Verdict.FAILS),
        ("\x1b[2Jgarbage", Verdict.FAILS),
    ],
)
def test_its_words(said: str, verdict: Verdict) -> None:
    assert read(said).verdict is verdict
