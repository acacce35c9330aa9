"""A GRUB rescue disc with its prompt on the serial line: 0.8 MB, there within a few seconds.

It boots from a drive and, as every such disc does, from a disk as well.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.rig import cache
from tests.rig.debian.disk import GRUB, run
from tests.rig.needs import missing

PROMPT = "grub> "
LOGIN = "rig login: "
MODULES = "serial terminal echo normal test reboot halt ls read true"
SETTINGS = """\
serial --unit=0 --speed=115200
terminal_input serial
terminal_output serial
"""
ASKING = f"""\
while true; do
  echo -n "{LOGIN}"
  read name
done
"""


def rescue() -> Path:
    """The disc, from the cache or made now."""
    return _disc("rescue.iso", SETTINGS)


def asking() -> Path:
    """The disc that asks who wants to log in, as a whole system does, and again at each Enter."""
    return _disc("asking.iso", SETTINGS + ASKING)


def _disc(name: str, settings: str) -> Path:
    if not (GRUB / "i386-pc").is_dir():
        raise missing(f"GRUB's modules in {GRUB / 'i386-pc'}")

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "boot", "grub", "grub.cfg")
            file.parent.mkdir(parents=True)
            file.write_text(settings, encoding="utf-8")
            run("grub-mkrescue", "-d", str(GRUB / "i386-pc"), "-o", str(path), "--fonts=",
                "--themes=", "--locales=", f"--install-modules={MODULES}", folder)  # fmt: skip

    return cache.entry(name, cache.key(settings, MODULES), make)
