"""What some guests want and others do without: nesting, PCI devices, huge pages, secrecy."""

from __future__ import annotations

from vmtui.hypervisors.libvirt.doctor.cpu import extension
from vmtui.hypervisors.libvirt.doctor.kvm import MODULES
from vmtui.hypervisors.libvirt.doctor.site import Site
from vmtui.model.finding import Finding, Level
from vmtui.model.steps.mending import LoadModule
from vmtui.model.units import KIB, size

NEEDLESS = "Only guests that ask for it need it."


def check_nested(site: Site) -> Finding:
    """Whether guests may run guests of their own."""
    id_, title = "nested", "Nested virtualization"
    module = MODULES.get(extension(site), "kvm_hv" if site.arch.startswith("ppc64") else "")
    value = site.parameter(module, "nested") if module else ""
    if not module:
        return Finding(
            id_,
            title,
            Level.UNKNOWN if not site.x86 else Level.PASS,
            "not offered here",
            "Guests cannot run guests of their own with the processor's help.",
        )
    if value in ("1", "Y"):
        return Finding(
            id_,
            title,
            Level.PASS,
            f"on ({module})",
            "A guest with the host's own processor can run guests.",
        )
    off = value in ("0", "N")
    return Finding(
        id_, title, Level.PASS if off else Level.UNKNOWN,
        f"off ({module})" if off else f"{module} is not loaded",
        f"Guests cannot run guests of their own. {NEEDLESS}",
        "Have the module loaded with it, while no guest runs.",
        (f"echo 'options {module} nested=1' | sudo tee /etc/modprobe.d/kvm-nested.conf",
         f"sudo modprobe -r {module} && sudo modprobe {module}"),
    )  # fmt: skip


def check_iommu(site: Site) -> Finding:
    """Whether PCI devices can be handed to guests."""
    id_, title = "iommu", "IOMMU"
    try:
        groups = sum(1 for _ in (site.sys / "kernel/iommu_groups").iterdir())
    except OSError:
        groups = 0
    if groups:
        return Finding(id_, title, Level.PASS, f"on, {groups} groups",
                       "PCI devices can be handed to guests, a whole group at a time.")  # fmt: skip
    tables = site.sys / "firmware/acpi/tables"
    intel, amd = (tables / "DMAR").exists(), (tables / "IVRS").exists()
    means = f"No PCI device can be handed to a guest. {NEEDLESS}"
    if intel or amd:
        word = "intel_iommu=on" if intel else "amd_iommu=on"
        return Finding(
            id_, title, Level.PASS, "there, and off", means,
            f"Add {word} iommu=pt to the kernel's command line and restart.",
            (f"sudo grubby --update-kernel=ALL --args='{word} iommu=pt'  # or edit "
             "/etc/default/grub, then: sudo update-grub",),
        )  # fmt: skip
    return Finding(
        id_,
        title,
        Level.PASS,
        "none",
        means,
        "Look in the firmware's setup for “VT-d” or “AMD IOMMU”; a guest has none unless it "
        "is given one.",
    )


def check_vhost_net(site: Site) -> Finding:
    """Whether the kernel itself moves guests' packets."""
    id_, title = "vhost-net", "vhost-net"
    if (site.dev / "vhost-net").exists() or site.module("vhost_net"):
        return Finding(id_, title, Level.PASS, "there", "The kernel itself moves guests' packets.")
    loads = site.can_load("vhost_net")
    return Finding(
        id_, title, Level.WARNING, "/dev/vhost-net is not there",
        "QEMU moves each packet of a guest: several times slower than the kernel does.",
        "Load the module.",
        ("sudo modprobe vhost_net", "echo vhost_net | sudo tee /etc/modules-load.d/vhost.conf"),
        "load-module" if loads else "",
        (LoadModule(name="vhost_net"),) if loads else (),
    )  # fmt: skip


def check_huge_pages(site: Site) -> Finding:
    """Whether memory is set aside in large pages, or made of them when it can be."""
    id_, title = "huge-pages", "Huge pages"
    facts: dict[str, int] = {}
    for line in site.text(site.proc / "meminfo").splitlines():
        name, _, value = line.partition(":")
        number = value.split()
        if name.startswith("Huge") and number and number[0].isdecimal():
            facts[name] = int(number[0])
    transparent = site.text(site.sys / "kernel/mm/transparent_hugepage/enabled")
    chosen = transparent.partition("[")[2].partition("]")[0]
    alone = f"transparent: {chosen}" if chosen else "transparent: not in this kernel"
    total = facts.get("HugePages_Total", 0)
    if total:
        each = size(facts.get("Hugepagesize", 2048) * KIB)
        return Finding(id_, title, Level.PASS,
                       f"{facts.get('HugePages_Free', 0)} of {total} free, {each} each; {alone}",
                       "Guests whose definition asks for them can have them.")  # fmt: skip
    means = "The kernel makes large pages by itself where it can." if chosen in (
        "always", "madvise") else "Guests with much memory run somewhat slower."  # fmt: skip
    return Finding(
        id_, title, Level.PASS, f"none reserved; {alone}", f"{means} {NEEDLESS}",
        "To set memory aside for guests that ask for it:", ("sudo sysctl vm.nr_hugepages=1024",),
    )  # fmt: skip


def check_confidential(site: Site, offered: frozenset[str] | None) -> Finding:
    """Whether guests' memory can be kept secret from the host.

    `offered` are the kinds that the hypervisor names; None where it did not tell.
    """
    id_, title = "confidential", "Confidential guests"
    kernel = [
        word
        for word, module, name in (
            ("SEV", "kvm_amd", "sev"), ("SEV-ES", "kvm_amd", "sev_es"),
            ("SEV-SNP", "kvm_amd", "sev_snp"), ("TDX", "kvm_intel", "tdx"),
        )
        if site.parameter(module, name) in ("Y", "1")
    ]  # fmt: skip
    words = sorted({*kernel, *(offered or ())})
    if words:
        usable = offered is None or bool(offered)
        return Finding(
            id_, title, Level.PASS, ", ".join(words)
            + ("" if usable else " in the kernel; not offered by the hypervisor"),
            "Guests' memory can be kept secret from the host." if usable else NEEDLESS,
        )  # fmt: skip
    return Finding(id_, title, Level.PASS, "none (SEV, TDX)",
                   f"The host can read its guests' memory. {NEEDLESS}")  # fmt: skip
