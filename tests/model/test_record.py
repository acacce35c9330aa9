"""Facts as JSON and back: nothing lost, nothing accepted that does not fit, no secret written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from vmtui.errors import Invalid
from vmtui.model.record import SECRET, decode, encode, lacks_secrets
from vmtui.model.spec import DiskSpec, Firmware, GuestSpec, InterfaceSpec, NetKind, Place, Topology
from vmtui.model.steps.creation import DefineGuest, WriteVolume

SPEC = GuestSpec(
    "3490b196-15c0-461f-886d-8154e2b2c2a7",
    "web1",
    topology=Topology(1, 2, 2),
    firmware=Firmware.SECURE,
    disks=(DiskSpec(Place("default", "web1.qcow2"), boot=1), DiskSpec(None, "cdrom", "sata")),
    interfaces=(InterfaceSpec(NetKind.BRIDGE, "br0"),),
)


def test_a_nested_fact_comes_back_as_it_was() -> None:
    step = DefineGuest(SPEC.uuid, spec=SPEC, autostart=True)
    assert decode(DefineGuest, json.loads(json.dumps(encode(step)))) == step


def test_a_secret_is_not_written_and_its_lack_is_seen() -> None:
    step = WriteVolume("u", "default", "seed.iso", content=b"hash of a password")
    record = encode(step)
    assert "content" not in record
    back = decode(WriteVolume, record)
    assert back.volume == "seed.iso"
    assert lacks_secrets(back)
    assert not lacks_secrets(step)


@dataclass(frozen=True)
class _Inner:
    word: str = ""
    key: str = field(default="", metadata=SECRET)


@dataclass(frozen=True)
class _Outer:
    number: int = 0
    share: float | None = None
    parts: tuple[_Inner, ...] = ()
    mixed: tuple[int | str, ...] = ()
    raw: bytes = b""


def test_a_secret_inside_a_part_is_missed_too() -> None:
    outer = _Outer(parts=(_Inner("a", "k"),))
    assert not lacks_secrets(outer)
    assert lacks_secrets(decode(_Outer, encode(outer)))


def test_every_kind_of_value_comes_back() -> None:
    outer = _Outer(3, 0.5, (_Inner("a"),), (1, "KEY_A"), b"\x00\xff")
    assert decode(_Outer, json.loads(json.dumps(encode(outer)))) == outer


@pytest.mark.parametrize(
    "record",
    [
        {"number": "three"},
        {"number": True},
        {"parts": {"word": "a"}},
        {"parts": [{"word": 3}]},
        {"unheard": 1},
        {"raw": "not base64!"},
        [],
        None,
    ],
)
def test_what_does_not_fit_is_refused(record: object) -> None:
    with pytest.raises(Invalid):
        decode(_Outer, record)
