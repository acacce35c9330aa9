"""Whether this machine is itself a guest, of what, and how that passes the extensions on."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.hypervisors.libvirt.doctor.site import Site


@dataclass(frozen=True, slots=True)
class Outer:
    """The hypervisor that this machine runs on."""

    name: str
    advice: str
    """How it is told to let its guest run guests."""
    commands: tuple[str, ...] = ()
    """To be run on the outer host, with this machine off."""


KVM = Outer(
    "KVM",
    "On the outer host: allow nesting (kvm_intel or kvm_amd with nested=1) and give this guest the "
    "host's own processor (host-passthrough), then switch it off and on again.",
    (
        "cat /sys/module/kvm_*/parameters/nested",
        "echo 'options kvm_intel nested=1' | sudo tee /etc/modprobe.d/kvm-nested.conf",
        "virt-xml GUEST --edit --cpu host-passthrough",
    ),
)
VMWARE = Outer(
    "VMware",
    "With the machine off: tick “Virtualize Intel VT-x/EPT or AMD-V/RVI” in its processor "
    "settings, "
    'or write vhv.enable = "TRUE" into its .vmx file.',
)
HYPER_V = Outer(
    "Hyper-V",
    "With the machine off, in PowerShell on the outer host (a second-generation machine of "
    "at least "
    "configuration version 8.0; Azure: choose a size that allows nesting).",
    ("Set-VMProcessor -VMName GUEST -ExposeVirtualizationExtensions $true",),
)
VIRTUALBOX = Outer(
    "VirtualBox",
    "With the machine off, on the outer host (VirtualBox 6.1 or newer).",
    ("VBoxManage modifyvm GUEST --nested-hw-virt on",),
)
XEN = Outer(
    "Xen",
    "In the machine's configuration: nestedhvm=1 and hap=1, for a guest of kind HVM; Xen "
    "itself calls "
    "nesting experimental.",
)
PARALLELS = Outer(
    "Parallels",
    "With the machine off: Hardware, CPU & Memory, Advanced: “Enable nested virtualization” "
    "(Intel Macs only).",
)
APPLE = Outer(
    "Apple's hypervisor",
    "Nesting needs an M3 processor or newer, macOS 15, and a program that asks for it.",
)
AWS = Outer(
    "Amazon EC2",
    "Most instance types hide the extensions: choose a .metal type, or one that Amazon lists as "
    "allowing nested virtualization.",
)
GOOGLE = Outer(
    "Google Compute Engine",
    "With the machine off, allow nesting (not on E2, and not on most AMD and Arm types).",
    (
        "gcloud compute instances export GUEST --destination guest.yaml",
        "printf 'advancedMachineFeatures:\\n  enableNestedVirtualization: true\\n' >> guest.yaml",
        "gcloud compute instances update-from-file GUEST --source guest.yaml "
        "--most-disruptive-allowed-action RESTART",
    ),
)
AZURE = Outer(
    "Azure",
    "Choose a size that allows nested virtualization (of the D and E series from v3 on, "
    "security type "
    "Standard).",
)
FIRECRACKER = Outer(
    "Firecracker or a like micro-VM",
    "It hides the extensions unless its CPU template passes them on; ask whoever runs the "
    "outer host.",
)
UNNAMED = Outer(
    "another hypervisor",
    "Ask whoever runs the outer host to pass the processor's virtualization extensions on (nested "
    "virtualization), or use a machine of metal.",
)

_CLOUD = Outer(
    "a cloud's hypervisor",
    "Most clouds hide the extensions: ask the provider for a type with nested "
    "virtualization, or for a "
    "dedicated (bare-metal) machine.",
)

_SIGNS: tuple[tuple[str, str, Outer], ...] = (
    # field of the firmware's tables, how it begins, who writes so; the special before the general
    ("sys_vendor", "Amazon EC2", AWS),
    ("bios_vendor", "Amazon EC2", AWS),
    ("product_name", "Google Compute Engine", GOOGLE),
    ("chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77", AZURE),
    ("sys_vendor", "DigitalOcean", _CLOUD),
    ("sys_vendor", "Hetzner", _CLOUD),
    ("sys_vendor", "Alibaba Cloud", _CLOUD),
    ("sys_vendor", "Tencent Cloud", _CLOUD),
    ("chassis_asset_tag", "OracleCloud.com", _CLOUD),
    ("product_name", "OpenStack", KVM),
    ("sys_vendor", "VMware", VMWARE),
    ("product_name", "VMware", VMWARE),
    ("product_name", "VirtualBox", VIRTUALBOX),
    ("sys_vendor", "innotek GmbH", VIRTUALBOX),
    ("product_name", "Parallels", PARALLELS),
    ("sys_vendor", "Parallels", PARALLELS),
    ("sys_vendor", "Apple", APPLE),
    ("sys_vendor", "Xen", XEN),
    ("sys_vendor", "QEMU", KVM),
    ("product_name", "KVM", KVM),
    ("product_name", "RHEV", KVM),
    ("product_name", "oVirt", KVM),
    ("bios_vendor", "SeaBIOS", KVM),
)

_DETECTED = (
    # what the kernel's log says after "Hypervisor detected: "
    ("Microsoft Hyper-V", HYPER_V),
    ("VMware", VMWARE),
    ("Xen", XEN),
    ("KVM", KVM),
)


def find_outer(site: Site) -> Outer | None:
    """The hypervisor that this machine is a guest of; None where it is none, or hides that well.

    The clues are those that systemd-detect-virt goes by: the processor's `hypervisor` flag, the
    firmware's tables, the device tree, Xen's own folder, the kernel's log.
    """
    flagged = "hypervisor" in site.cpu_facts().get("flags", "").split()
    # Bare metal of a cloud bears the cloud's name too, and Macs are made by Apple.
    named = _by_firmware(site) if flagged or not site.x86 else None
    if named in (APPLE, AWS) and not flagged and not _virtual_model(site):
        named = None
    if named is not None:
        return named
    if site.text(site.sys / "hypervisor/type") == "xen":
        return XEN
    if (site.proc / "device-tree/hypervisor").is_dir():
        return KVM
    if not flagged:
        return None
    if not site.dmi("sys_vendor") and not site.dmi("product_name"):
        # Every other hypervisor writes such tables.
        return FIRECRACKER
    log = site.kernel_log()
    for words, outer in _DETECTED:
        if f"Hypervisor detected: {words}" in log:
            return outer
    return UNNAMED


def _virtual_model(site: Site) -> bool:
    product = site.dmi("product_name")
    return "Virtual" in product or (bool(product) and ".metal" not in product and "EC2" in product)


def _by_firmware(site: Site) -> Outer | None:
    vendor, product = site.dmi("sys_vendor"), site.dmi("product_name")
    if vendor.startswith("Amazon EC2") and product.endswith(".metal"):
        return None
    for name, begins, outer in _SIGNS:
        if site.dmi(name).startswith(begins):
            return outer
    if vendor.startswith("Microsoft") and product.startswith("Virtual Machine"):
        return HYPER_V
    return None
