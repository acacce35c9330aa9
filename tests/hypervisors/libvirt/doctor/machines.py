"""Make-believe machines for the check: folders that look like /proc, /sys and /dev."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vmtui.hypervisors.libvirt.doctor.site import Site

INTEL = {"vendor_id": "GenuineIntel", "flags": "fpu sse vmx"}
AMD = {"vendor_id": "AuthenticAMD", "flags": "fpu sse svm"}
BARE_INTEL = {"vendor_id": "GenuineIntel", "flags": "fpu sse"}
BARE_AMD = {"vendor_id": "AuthenticAMD", "flags": "fpu sse"}
GUEST = {"vendor_id": "GenuineIntel", "flags": "fpu sse hypervisor"}


@dataclass
class Maker:
    """Builds one below a folder."""

    root: Path

    def write(self, path: str, text: str = "") -> Path:
        """A file of it, such as `sys/class/dmi/id/sys_vendor`."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text)
        return made

    def folder(self, path: str) -> Path:
        """A folder of it."""
        made = self.root / path
        made.mkdir(parents=True, exist_ok=True)
        return made

    def register(self, number: int, value: int) -> None:
        """A model-specific register, as /dev/cpu/0/msr gives it."""
        path = self.write("dev/cpu/0/msr")
        with path.open("r+b") as file:
            file.seek(number)
            file.write(value.to_bytes(8, "little"))

    def site(
        self,
        cpu: dict[str, str] | None = None,
        *,
        arch: str = "x86_64",
        modules: tuple[str, ...] = (),
        node: bool = False,
        open_: bool = True,
        superuser: bool = False,
        person: str = "ann",
        dmi: dict[str, str] | None = None,
        log: str = "",
        programs: tuple[str, ...] = (),
        now: float = 1_790_000_000.0,
    ) -> Site:
        """The machine, with that processor and whatever else was written."""
        lines = "".join(f"{key}\t: {value}\n" for key, value in (cpu or {}).items())
        self.write("proc/cpuinfo", f"processor\t: 0\n{lines}\nprocessor\t: 1\n")
        for module in modules:
            self.folder(f"sys/module/{module}/parameters")
        if node:
            self.write("dev/kvm")
        if log:
            self.write("dev/kmsg", log)
        for name, value in (dmi or {}).items():
            self.write(f"sys/class/dmi/id/{name}", value + "\n")
        return Site(
            proc=self.root / "proc",
            sys=self.root / "sys",
            dev=self.root / "dev",
            etc=self.root / "etc",
            usr=self.root / "usr",
            run=self.root / "run",
            data=self.root / "data",
            arch=arch,
            release="6.1",
            person=person,
            superuser=superuser,
            find=lambda name: f"/usr/bin/{name}" if name in programs else None,
            may_open=lambda _path: open_,
            now=lambda: now,
        )
