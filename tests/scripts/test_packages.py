"""What is found missing on a machine, and which packages each distribution is asked for."""

from pathlib import Path

import pytest

from tests.scripts.machine import APT, BUILD, DAEMON, HOST, INSTALLER, Machine

DISTRIBUTIONS = {
    "debian": ("ID=debian\nVERSION_ID=12\n", "x86_64", BUILD, HOST),
    "debian on arm": (
        "ID=debian\nVERSION_ID=12\n",
        "aarch64",
        BUILD,
        f"{APT} {DAEMON} qemu-system-arm qemu-utils dnsmasq-base qemu-efi-aarch64",
    ),
    "a derivative of ubuntu": (
        "ID=zorin\nID_LIKE='ubuntu debian'\nVERSION_ID=18\n",
        "x86_64",
        BUILD,
        HOST,
    ),
    "ubuntu with an old python": (
        "ID=ubuntu\nID_LIKE=debian\nVERSION_ID='22.04'\nUBUNTU_CODENAME=jammy\n",
        "x86_64",
        BUILD.replace("python3", "python3.11"),
        HOST,
    ),
    "fedora": (
        "ID=fedora\nVERSION_ID=42\n",
        "x86_64",
        "dnf install --assumeyes python3 python3-devel gcc pkgconf-pkg-config libvirt-devel",
        "dnf install --assumeyes libvirt-daemon-kvm libvirt-daemon-config-network qemu-kvm qemu-img"
        " dnsmasq edk2-ovmf",
    ),
    "rocky": (
        "ID=rocky\nID_LIKE='rhel centos fedora'\nVERSION_ID='9.4'\n",
        "x86_64",
        "dnf install --assumeyes --enablerepo=crb python3.12 python3.12-devel gcc"
        " pkgconf-pkg-config libvirt-devel",
        "dnf install --assumeyes --enablerepo=crb libvirt-daemon-kvm libvirt-daemon-config-network"
        " qemu-kvm qemu-img dnsmasq edk2-ovmf",
    ),
    "leap": (
        "ID='opensuse-leap'\nID_LIKE='suse opensuse'\nVERSION_ID='15.6'\n",
        "x86_64",
        "zypper --non-interactive install python311 python311-devel gcc pkg-config libvirt-devel",
        "zypper --non-interactive install libvirt-daemon-qemu libvirt-daemon-config-network"
        " qemu-x86 qemu-tools dnsmasq qemu-ovmf-x86_64",
    ),
    "tumbleweed": (
        "ID='opensuse-tumbleweed'\nID_LIKE='opensuse suse'\nVERSION_ID='20250101'\n",
        "aarch64",
        "zypper --non-interactive install python3 python3-devel gcc pkg-config libvirt-devel",
        "zypper --non-interactive install libvirt-daemon-qemu libvirt-daemon-config-network"
        " qemu-arm qemu-tools dnsmasq qemu-uefi-aarch64",
    ),
    "arch": (
        "ID=arch\n",
        "x86_64",
        "pacman -S --needed --noconfirm python gcc pkgconf libvirt",
        "pacman -S --needed --noconfirm libvirt qemu-base qemu-img dnsmasq edk2-ovmf",
    ),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_each_distribution_is_asked_for_its_own_packages(tmp_path: Path, name: str) -> None:
    os_release, architecture, build, host = DISTRIBUTIONS[name]
    machine = Machine(tmp_path / "machine", os_release=os_release, architecture=architecture)
    machine.stock_mirror()
    database = machine.home / "var/lib/pacman/sync/core.db"
    database.parent.mkdir(parents=True)
    database.touch()
    if architecture == "aarch64":
        machine.program("qemu-system-aarch64", where="mirror/bin")
    result = machine.start("run", "--yes")
    assert result.status == 0, result.output
    assert machine.installs() == [build, host]
    said = f"It can be installed with:\n  {build}\n  {host}\n"
    assert said in result.output


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    machine.python(facts="headers compiler")
    machine.program("pkg-config", "exit 1")
    machine.hypervisor("virtqemud", "qemu-kvm", "dnsmasq")
    machine.start("run", "--yes")
    assert machine.installs() == [f"{APT} python3-venv libvirt-dev", f"{APT} qemu-utils"]


def test_an_interpreter_that_is_too_old_is_refused_by_name(machine: Machine) -> None:
    machine.program("python3.9", "exit 1")
    machine.environment["PYTHON"] = "python3.9"
    result = machine.start("run", "--yes")
    assert (result.status, result.output) == (1, "PYTHON=python3.9 is not Python 3.11 or newer.\n")
    assert not machine.calls()


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.program("python3", "exit 1")
    machine.python("python3.12", facts="venv compiler")
    machine.start("run", "--yes")
    assert machine.installs()[0] == f"{APT} python3.12-dev pkg-config libvirt-dev"


def test_the_systems_own_libvirt_module_spares_a_compiler(machine: Machine) -> None:
    machine.python(facts="venv libvirt")
    machine.hypervisor()
    assert machine.start("run").status == 0
    calls = machine.calls()
    assert f"python -m venv --system-site-packages {machine.venv}" in calls
    assert not [call for call in calls if call.startswith("apt-get")]


def test_a_distribution_that_is_not_known_is_told_by_the_things_names(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", os_release="ID=plan9\n")
    result = machine.start("run", "--yes")
    assert result.status == 1
    assert "vmtui needs: Python 3.11 or newer, Python's venv module" in result.output
    assert "install these by hand" in result.output
    assert not machine.calls()


def test_lists_that_were_never_fetched_are_fetched_first(machine: Machine) -> None:
    (machine.home / "var/lib/apt/lists/mirror_Packages").unlink()
    machine.builder()
    result = machine.start("run", "--yes")
    assert machine.installs() == ["apt-get update", HOST]
    assert f"> apt-get update\n> {HOST}\n" in result.output


def test_old_lists_are_fetched_after_a_failure(machine: Machine) -> None:
    machine.builder()
    machine.let_exit("apt-get", 100)
    assert machine.start("run", "--yes").status == 0
    assert machine.installs() == [HOST, "apt-get update", HOST]


def test_what_an_installation_did_not_bring_is_named(machine: Machine) -> None:
    (machine.home / "mirror/bin/pkg-config").unlink()
    result = machine.start("run", "--yes")
    assert result.status == 1
    assert "This is still missing: pkg-config, libvirt's headers\n" in result.output


def test_the_rigs_packages_are_for_all_tests_only(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor()
    machine.rig_packages("# guests\nbusybox-static # a shell\nopenssh-server\nmemtest86+\n")
    (machine.home / "has.openssh-server").touch()
    assert machine.start("run").status == 0
    assert machine.start("test", "fast").status == 0
    assert machine.installs() == []
    for name in ("busybox-static", "memtest86+"):
        (machine.home / "mirror" / f"has.{name}").touch()
    assert machine.start("test", "--yes").status == 0
    assert machine.installs() == [f"{APT} busybox-static memtest86+"]


@pytest.mark.parametrize(
    ("os_release", "query", "command"),
    [
        ("ID=fedora\n", "rpm", "dnf install --assumeyes wanted"),
        ("ID=opensuse-leap\nVERSION_ID=16.0\n", "rpm", "zypper --non-interactive install wanted"),
        ("ID=arch\n", "pacman", "pacman -S --needed --noconfirm wanted"),
    ],
)
def test_each_family_knows_what_is_installed(
    tmp_path: Path, os_release: str, query: str, command: str
) -> None:
    machine = Machine(tmp_path / "machine", os_release=os_release)
    machine.builder()
    machine.hypervisor()
    machine.rig_packages("there\nwanted\n", family=command.split(maxsplit=1)[0])
    asked = (
        'for name; do :; done\ncase $1 in --query | -T) [ -e "$MACHINE/has.$name" ]; exit ;; esac\n'
    )
    machine.program(query, asked + (INSTALLER if query == "pacman" else ""))
    (machine.home / "has.there").touch()
    (machine.home / "mirror/has.wanted").touch()
    result = machine.start("test", "--yes")
    assert result.status == 0, result.output
    never_refreshed = ["pacman -Sy"] if query == "pacman" else []
    assert machine.installs() == [*never_refreshed, command]


@pytest.mark.parametrize(
    "file",
    [
        *("OVMF/OVMF_CODE_4M.fd", "AAVMF/AAVMF_CODE.fd", "edk2/x64/OVMF_CODE.4m.fd"),
        *("qemu/ovmf-x86_64-code.bin", "qemu/aavmf-aarch64-code.bin"),
    ],
)
def test_firmware_is_found_where_any_family_puts_it(machine: Machine, file: str) -> None:
    machine.builder()
    machine.hypervisor()
    shared = machine.home / "usr/share"
    (shared / "OVMF/OVMF_CODE.fd").unlink()
    (shared / file).parent.mkdir(parents=True, exist_ok=True)
    (shared / file).touch()
    assert machine.start("run").status == 0
    (shared / file).unlink()
    (machine.venv / ".ready-run").unlink()
    assert "needs: UEFI firmware\n" in machine.start("run").output


def test_a_processor_without_uefi_wants_no_firmware(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", architecture="s390x")
    machine.builder()
    machine.hypervisor("libvirtd", "qemu-img", "dnsmasq", "qemu-system-s390x")
    (machine.home / "usr/share/OVMF/OVMF_CODE.fd").unlink()
    assert machine.start("run").status == 0


def test_qemu_may_be_the_one_that_is_outside_the_path(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor("libvirtd", "qemu-img", "dnsmasq")
    (machine.home / "usr/libexec").mkdir()
    machine.program("qemu-kvm", where="usr/libexec")
    assert machine.start("run").status == 0


def test_a_daemon_outside_an_ordinary_users_path_is_found(user: Machine) -> None:
    user.builder()
    user.hypervisor()
    (user.home / "usr/sbin").mkdir()
    for name in ("libvirtd", "dnsmasq"):
        (user.home / "bin" / name).rename(user.home / "usr/sbin" / name)
    result = user.start("run", "works")
    assert result.output.endswith("vmtui<works>")
    assert "hypervisor" not in result.output
