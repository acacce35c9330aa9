"""What goes and what stays when guests are deleted."""

from __future__ import annotations

from tests.plan.facts import HOST, guest
from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import GuestState
from vmtui.model.steps import DeleteSnapshots, DeleteVolume, Destroy, Undefine
from vmtui.model.storage import DiskUse, Volume
from vmtui.model.units import GIB
from vmtui.plan.deletion import delete
from vmtui.plan.plan import Risk

CAN = {HOST: Capabilities()}


def disk(name: str, keep_because: str = "", of: str = "web1") -> DiskUse:
    path = f"/pool/{name}"
    volume = Volume("default", name, path, allocation=2 * GIB, capacity=40 * GIB)
    return DiskUse(f"uuid-of-{of}", "vda", path, volume, keep_because)


def test_what_cannot_be_undone_comes_last() -> None:
    subject = guest(snapshots=True)
    plan = delete([subject], [disk("web1.qcow2")], CAN)
    kinds = [type(step) for step in plan.tracks[0].steps]
    assert kinds == [Destroy, DeleteSnapshots, Undefine, DeleteVolume]


def test_a_guest_that_is_off_is_not_forced_off() -> None:
    plan = delete([guest(state=GuestState.OFF)], [], CAN)
    assert [type(step) for step in plan.tracks[0].steps] == [Undefine]


def test_a_transient_guest_vanishes_by_itself() -> None:
    plan = delete([guest(persistent=False)], [], CAN)
    assert [type(step) for step in plan.tracks[0].steps] == [Destroy]


def test_shared_volumes_are_kept_and_both_are_told() -> None:
    uses = [disk("web1.qcow2"), disk("base.qcow2", "web2 uses it too")]
    plan = delete([guest(state=GuestState.OFF)], uses, CAN)
    deleted = [step.volume for step in plan.tracks[0].steps if isinstance(step, DeleteVolume)]
    assert deleted == ["web1.qcow2"]
    words = [effect.text for effect in plan.effects]
    assert "deletes /pool/web1.qcow2, 2 GiB" in words
    assert "keeps /pool/base.qcow2: web2 uses it too" in words


def test_volumes_can_be_kept() -> None:
    plan = delete([guest(state=GuestState.OFF)], [disk("a.qcow2")], CAN, with_volumes=False)
    assert not any(isinstance(step, DeleteVolume) for step in plan.tracks[0].steps)
    assert "keeps /pool/a.qcow2: as you chose" in [effect.text for effect in plan.effects]


def test_deleting_asks_for_the_name_or_for_the_number() -> None:
    one = delete([guest("web1")], [], CAN)
    many = delete([guest("a"), guest("b")], [], CAN)
    assert (one.risk, one.confirm_word) == (Risk.TYPE_NAME, "web1")
    assert many.confirm_word == "2"


def test_each_guest_deletes_its_own_volumes_only() -> None:
    uses = [disk("a.qcow2", of="a"), disk("b.qcow2", of="b")]
    plan = delete([guest("a", GuestState.OFF), guest("b", GuestState.OFF)], uses, CAN)
    steps = [[s.volume for s in track.steps if isinstance(s, DeleteVolume)]
             for track in plan.tracks]  # fmt: skip
    assert steps == [["a.qcow2"], ["b.qcow2"]]


def test_nvram_and_saved_states_are_named() -> None:
    words = [e.text for e in delete([guest(nvram="/n", saved=True)], [], CAN).effects]
    assert "removes the UEFI variables (nvram)" in words
    assert "discards the saved state of web1" in words
