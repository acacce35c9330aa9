"""The command line of virt-install that makes the same guest, every choice spelled out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from vmtui.hypervisors.libvirt.xml.build.ground import Ground
from vmtui.hypervisors.libvirt.xml.build.processor import choose_cpu
from vmtui.hypervisors.libvirt.xml.build.safety import choose_watchdog
from vmtui.hypervisors.libvirt.xml.build.screen import LISTEN, choose_sound, choose_video
from vmtui.model.device import AgentPort
from vmtui.model.spec import (
    DiskSpec,
    DisplayKind,
    Firmware,
    GuestSpec,
    InterfaceSpec,
    NetKind,
    Place,
)

MIB = 1 << 20


def command_line(uri: str, spec: GuestSpec, ground: Ground) -> str:
    """A line for a POSIX shell; its volumes must be there when it is run."""
    words = ["virt-install", "--connect", uri]
    for name, value in _options(spec, ground):
        words.append(f"--{name}")
        if value:
            words.append(value)
    return shlex.join(words)


def _options(spec: GuestSpec, ground: Ground) -> Iterator[tuple[str, str]]:
    yield from _identity(spec)
    yield from _board(spec, ground)
    yield from _boot(spec, ground)
    for disk in spec.disks:
        yield "disk", _disk(disk)
    if not spec.disks:
        yield "disk", "none"
    for card in spec.interfaces:
        yield "network", _network(card)
    if not spec.interfaces:
        yield "network", "none"
    yield from _devices(spec, ground)
    yield from _rest(spec)


def _identity(spec: GuestSpec) -> Iterator[tuple[str, str]]:
    yield "name", spec.name
    yield "uuid", spec.uuid
    texts = [("title", spec.title), ("description", spec.description)]
    told = [f"{name}={_value(value)}" for name, value in texts if value]
    if told:
        yield "metadata", ",".join(told)
    # Its own guesses would change what was chosen here: it is told the system's name only.
    yield "osinfo", f"id={spec.os}" if spec.os else "detect=off,require=off"


def _board(spec: GuestSpec, ground: Ground) -> Iterator[tuple[str, str]]:
    yield "virt-type", spec.engine
    yield "arch", spec.arch
    if machine := spec.machine or ground.machine:
        yield "machine", machine
    # virt-install counts whole MiB here; the rest of one can be said in bytes.
    yield "memory", str(-(-spec.memory // MIB))
    look = spec.topology
    cores = (
        f",sockets={look.sockets},cores={look.cores},threads={look.threads}"
        if look is not None
        else ""
    )
    yield "vcpus", f"{spec.vcpus}{cores}"
    if cpu := choose_cpu(spec, ground):
        mode = cpu in ("host-passthrough", "maximum")
        yield "cpu", f"mode={cpu},check=none,migratable=on" if mode else cpu
    yield "clock", f"offset={spec.clock}"


def _boot(spec: GuestSpec, ground: Ground) -> Iterator[tuple[str, str]]:
    words: list[str] = []
    if spec.firmware is not Firmware.BIOS:
        secure = spec.firmware is Firmware.SECURE
        state = "yes" if secure else "no"
        words += ["uefi", "firmware=efi"]
        words += ["firmware.feature0.name=secure-boot", f"firmware.feature0.enabled={state}"]
        if secure:
            words += ["firmware.feature1.name=enrolled-keys", "firmware.feature1.enabled=yes"]
            words += ["loader.secure=yes"]
    if spec.direct is not None:
        words.append(f"kernel={_value(ground.medium(spec.direct.kernel).path)}")
        if spec.direct.initrd is not None:
            words.append(f"initrd={_value(ground.medium(spec.direct.initrd).path)}")
        if spec.direct.arguments:
            words.append(f"kernel_args={_value(spec.direct.arguments)}")
    if words:
        yield "boot", ",".join(words)
    if spec.firmware is Firmware.SECURE and ground.offered.x86:
        yield "features", "smm.state=on"


def _disk(disk: DiskSpec) -> str:
    words = [_where(disk.place)] if disk.place is not None else []
    words += [f"device={disk.device}", f"bus={disk.bus}"]
    if disk.place is not None:
        words.append(f"driver.type={disk.format}")
    if disk.cache:
        words.append(f"cache={disk.cache}")
    if disk.discard:
        words.append(f"discard={disk.discard}")
    if disk.read_only or disk.device == "cdrom":
        words.append("readonly=on")
    if disk.boot:
        words.append(f"boot.order={disk.boot}")
    return ",".join(words)


def _where(place: Place) -> str:
    if place.pool:
        return f"vol={_value(f'{place.pool}/{place.volume}')}"
    return f"path={_value(place.path)}"


def _network(card: InterfaceSpec) -> str:
    words = ["user"] if card.kind is NetKind.USER else [f"{card.kind.value}={_value(card.source)}"]
    if card.model:
        words.append(f"model={card.model}")
    if card.mac:
        words.append(f"mac={card.mac}")
    if card.boot:
        words.append(f"boot.order={card.boot}")
    return ",".join(words)


def _devices(spec: GuestSpec, ground: Ground) -> Iterator[tuple[str, str]]:
    yield "serial", "pty"
    yield "console", "pty,target.type=serial"
    if spec.agent:
        yield "channel", f"unix,target.type=virtio,target.name={AgentPort.QEMU.value}"
    yield "graphics", f"{spec.display.value},listen={LISTEN}" if spec.display else "none"
    if spec.display is DisplayKind.SPICE:
        yield "channel", "spicevmc"
    if video := choose_video(spec, ground):
        yield "video", video
    if spec.display is not None:
        yield "input", "tablet,bus=usb"
    yield "sound", choose_sound(ground) if spec.sound else "none"
    if spec.tpm is not None:
        yield (
            "tpm",
            f"backend.type=emulator,backend.version={spec.tpm.version},model={spec.tpm.model}",
        )
    else:
        yield "tpm", "none"
    if spec.watchdog:
        yield "watchdog", f"{choose_watchdog(ground)},action={spec.watchdog}"
    random = spec.random and ground.offered.random
    yield "rng", "/dev/urandom" if random else "none"
    yield "memballoon", "virtio"


def _rest(spec: GuestSpec) -> Iterator[tuple[str, str]]:
    """How it is begun: virt-install has nothing to install, it defines and starts."""
    if any(card.boot == 1 for card in spec.interfaces):
        yield "pxe", ""
    else:
        yield "import", ""
    if spec.autostart:
        yield "autostart", ""
    yield "noautoconsole", ""


def _value(text: str) -> str:
    """virt-install's own quoting: a comma is written twice."""
    return text.replace(",", ",,")
