"""The switch in the firmware that takes virtualization extensions away, and its names."""

from __future__ import annotations

import os
import re
import struct

from vmtui.hypervisors.libvirt.doctor.site import Site

FEATURE_CONTROL = 0x3A
"""IA32_FEATURE_CONTROL: bit 0 locks it until the next power-up, bit 2 allows VMX (Intel SDM 3C)."""
VM_CR = 0xC0010114
"""AMD's VM_CR: bit 4, SVMDIS, takes SVM away (AMD APM 2, 15.30.1)."""

_SAID = re.compile(
    r"[^\n;]*(?:disabled (?:\(by BIOS\)|by (?:the )?bios|in BIOS)|SVM disabled)[^\n]*",
    re.IGNORECASE,
)

_MENUS = (
    # how the maker begins in the firmware's tables, where its menu has the switch
    ("LENOVO", "Security → Virtualization: “Intel Virtualization Technology” or “AMD SVM”"),
    (
        "Dell",
        "Virtualization Support: “Virtualization” (Enable Intel or AMD Virtualization Technology)",
    ),
    (
        "HP",
        "Advanced → System Options: “Virtualization Technology (VTx)” or “SVM CPU Virtualization”",
    ),
    ("Hewlett", "Advanced → System Options: “Virtualization Technology (VTx)” or “SVM”"),
    ("HPE", "System Options → Virtualization Options: “Virtualization Technology”"),
    ("ASUS", "Advanced → CPU Configuration: “Intel (VMX) Virtualization Technology” or “SVM Mode”"),
    ("Gigabyte", "Tweaker or M.I.T. → Advanced CPU Settings: “SVM Mode”; Intel: “VT-x”"),
    ("Micro-Star", "OC → CPU Features: “Intel Virtualization Tech” or “SVM Mode”"),
    ("MSI", "OC → CPU Features: “Intel Virtualization Tech” or “SVM Mode”"),
    ("ASRock", "Advanced → CPU Configuration: “Intel Virtualization Technology” or “SVM Mode”"),
    ("Supermicro", "Advanced → CPU Configuration: “Intel Virtualization Technology” or “SVM Mode”"),
    ("Acer", "Main or Advanced: “Intel VTX” or “SVM Support”"),
    ("FUJITSU", "Advanced → CPU Configuration: “Virtualization Technology”"),
    ("Intel", "Security or Advanced → CPU: “Intel Virtualization Technology”"),
)


def switched_off(site: Site, extension: str) -> str:
    """What shows that the firmware took the extension away; "" where nothing does.

    Args:
        site: The machine.
        extension: `vmx` or `svm`.
    """
    register = read_register(site, FEATURE_CONTROL if extension == "vmx" else VM_CR)
    if register is not None:
        if extension == "vmx" and register & 1 and not register & 4:
            return f"IA32_FEATURE_CONTROL is {register:#x}: locked without VMX"
        if extension == "svm" and register & 0x10:
            return f"VM_CR is {register:#x}: SVM is disabled"
    for line in site.kernel_log().splitlines():
        if (found := _SAID.search(line)) and re.search(r"kvm|vmx|svm", line, re.IGNORECASE):
            return f"the kernel says: {found.group().strip()[:200]}"
    return ""


def read_register(site: Site, number: int) -> int | None:
    """A model-specific register of the first processor.

    None where the `msr` module is not loaded, or for who is not root.
    """
    try:
        registers = os.open(site.dev / "cpu/0/msr", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        value = os.pread(registers, 8, number)
    except OSError:
        return None
    finally:
        os.close(registers)
    return int(struct.unpack("<Q", value)[0]) if len(value) == 8 else None


def menu(site: Site) -> str:
    """Where the switch is in this machine's firmware, as its maker calls it."""
    makers = (site.dmi("board_vendor"), site.dmi("sys_vendor"))
    for begins, path in _MENUS:
        if any(maker.lower().startswith(begins.lower()) for maker in makers):
            return f"{begins}: {path}"
    return "“Intel Virtualization Technology”, “VT-x” or “Vanderpool”; on AMD “SVM Mode” or “AMD-V”"
