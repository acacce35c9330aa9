"""A private hypervisor on which guests are made, and the proof that nothing half-made stays.

`untouched` is for every test that cancels, fails or undoes: what the host keeps (volumes, files,
definitions, firmware variables) is compared with what it kept before.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libvirt

from tests.hypervisors.libvirt.bench import eventually
from tests.rig import Daemon
from tests.rig.initramfs import boot
from vmtui.errors import VmtuiError
from vmtui.hypervisors.libvirt import links
from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor
from vmtui.model.change import Change, Event
from vmtui.model.guest import HostId
from vmtui.model.spec import DirectBoot, DiskSpec, GuestSpec, Place
from vmtui.model.steps import (
    CopyVolume,
    CreateVolume,
    DefineGuest,
    ResizeVolume,
    Start,
    Step,
    UploadVolume,
    WriteVolume,
)

UUID = "5a3c2f10-1111-4222-8333-{:012d}"
POOL = "images"
MIB = 1 << 20


class Quiet:
    """A listener that hears nothing."""

    def changed(self, change: Change) -> None:
        """Nothing."""

    def happened(self, event: Event) -> None:
        """Nothing."""

    def lost(self, error: VmtuiError) -> None:
        """Nothing."""


@dataclass
class Site:
    """A daemon with a pool, and a connection of the program's own to it."""

    daemon: Daemon
    hypervisor: LibvirtHypervisor
    images: Path
    conn: libvirt.virConnect
    told: list[tuple[float | None, str]] = field(default_factory=list)

    @property
    def pool(self) -> libvirt.virStoragePool:
        """The pool, as libvirt has it."""
        return self.conn.storagePoolLookupByName(POOL)

    def contents(self) -> dict[str, object]:
        """All that the host keeps: what is compared before and after."""
        settings = self.daemon.folder / "c" / "libvirt" / "qemu"
        return {
            "volumes": sorted(volume.name() for volume in self.pool.listAllVolumes()),
            "files": {path.name: path.stat().st_size for path in self.images.iterdir()},
            "guests": sorted(domain.name() for domain in self.conn.listAllDomains()),
            "settings": sorted(
                path.relative_to(settings).as_posix()
                for path in settings.rglob("*")
                if path.suffix in (".xml", ".fd")
            ),
        }

    async def run(self, step: Step) -> Step | None:
        """Do one step."""
        return await self.hypervisor.execute(step, self.tell)

    def tell(self, fraction: float | None, words: str) -> None:
        """What a step says of itself."""
        self.told.append((fraction, words))

    async def forward(self, steps: list[Step]) -> list[Step]:
        """Do these steps; what undoes them, newest last. Undoes them itself where one fails."""
        undo: list[Step] = []
        try:
            for step in steps:
                if (back := await self.run(step)) is not None:
                    undo.append(back)
        except BaseException:
            await self.back(undo)
            raise
        return undo

    async def back(self, undo: list[Step]) -> None:
        """Undo them."""
        for step in reversed(undo):
            await self.run(step)

    async def cancel(self, step: Step, after: str) -> Step | None:
        """Begin a step and cancel it once it says `after`; what still undoes it, if anything."""
        task: asyncio.Task[Step | None]

        def tell(fraction: float | None, words: str) -> None:
            self.tell(fraction, words)
            if after in words:
                task.cancel()

        task = asyncio.create_task(self.hypervisor.execute(step, tell))
        with contextlib.suppress(asyncio.CancelledError):
            return await task
        return None

    @contextlib.asynccontextmanager
    async def untouched(self) -> AsyncIterator[None]:
        """Whatever happens in it, the host keeps afterwards what it kept before."""
        before = self.contents()
        yield
        with contextlib.suppress(TimeoutError):
            # A thread that nobody waits for any more may still be taking something away.
            await eventually(lambda: self._noticed() == before, 15)
        assert self.contents() == before

    def _noticed(self) -> dict[str, object]:
        with contextlib.suppress(libvirt.libvirtError):
            self.pool.refresh()
        return self.contents()


@contextlib.contextmanager
def hosting() -> Iterator[tuple[Daemon, Path]]:
    """A daemon with the pool."""
    with Daemon() as daemon:
        folder = daemon.keeper.mkdir(POOL)
        pool = daemon.connect().storagePoolDefineXML(
            f"<pool type='dir'><name>{POOL}</name><target><path>{folder}</path></target></pool>"
        )
        pool.setAutostart(1)
        pool.create()
        yield daemon, folder


@contextlib.asynccontextmanager
async def opened_site(daemon: Daemon, images: Path, uri: str = "") -> AsyncIterator[Site]:
    """A connection to it; guests and volumes are gone afterwards."""
    hypervisor = LibvirtHypervisor(uri or daemon.uri, HostId("site"))
    await hypervisor.open(Quiet())
    site = Site(daemon, hypervisor, images, daemon.connect())
    try:
        yield site
    finally:
        await hypervisor.close()
        # Whoever carries the line may go next: a daemon that loses a client while that takes its
        # events back can crash.
        await asyncio.to_thread(closed)
        if daemon.running:
            clear(site)


def closed() -> None:
    """Wait until the connections that are being closed are."""
    for thread in tuple(links._closing):
        thread.join(10)


def clear(site: Site) -> None:
    """Take away all guests and volumes."""
    for domain in site.conn.listAllDomains():
        with contextlib.suppress(libvirt.libvirtError):
            domain.destroy()
        with contextlib.suppress(libvirt.libvirtError):
            domain.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
    for network in site.conn.listAllNetworks():
        network.undefine()
    if not site.pool.isActive():
        site.pool.create()
    site.pool.refresh()
    for volume in site.pool.listAllVolumes():
        volume.delete()


def image(folder: Path, name: str, mib: int) -> Path:
    """A file of so many MiB in which no two are equal, and none is zero."""
    path = folder / name
    with path.open("wb") as file:
        for number in range(mib):
            file.write(hashlib.sha256(f"{name}{number}".encode()).digest() * (MIB // 32))
    return path


def same(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    return hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest()


def steps_of(uuid: str, big: Path, name: str = "web1") -> list[Step]:
    """All that a plan may be made of: a guest that boots, with every kind of volume."""
    files = boot()
    spec = GuestSpec(
        uuid, name, memory=96 * MIB, random=False, agent=True,
        direct=DirectBoot(
            Place(POOL, f"{name}-kernel"), Place(POOL, f"{name}-initrd"),
            f"console=ttyS0 tsc=unstable no_timer_check mitigations=off panic=-1 tiny.name={name}",
        ),
        disks=(
            DiskSpec(Place(POOL, f"{name}.qcow2"), boot=1),
            DiskSpec(Place(POOL, f"{name}-copy.qcow2"), bus="scsi"),
            DiskSpec(Place(POOL, f"{name}-seed.iso"), "cdrom", "scsi", "raw", temporary=True),
        ),
    )  # fmt: skip
    base = Place(POOL, "base.img")
    return [
        UploadVolume(uuid, POOL, "base.img", str(big), shared=True),
        UploadVolume(uuid, POOL, f"{name}-kernel", str(files.kernel)),
        UploadVolume(uuid, POOL, f"{name}-initrd", str(files.initramfs)),
        CreateVolume(uuid, POOL, f"{name}.qcow2", backing=base, backing_format="raw"),
        ResizeVolume(uuid, POOL, f"{name}.qcow2", 200 * MIB),
        CopyVolume(uuid, POOL, f"{name}-copy.qcow2", base),
        WriteVolume(uuid, POOL, f"{name}-seed.iso", b"seed" * 10_000),
        DefineGuest(uuid, spec, autostart=True),
        Start(uuid),
    ]  # fmt: skip
