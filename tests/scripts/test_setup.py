"""What `run` and `test` find missing, how they ask and install, and that they do nothing twice."""

from pathlib import Path

import pytest

from tests.scripts.machine import HYPERVISOR, INSTALLER, Machine

APT = "apt-get install --yes --no-install-recommends --no-remove"
BUILD = f"{APT} python3 python3-venv python3-dev gcc libc6-dev pkg-config libvirt-dev"
DAEMON = "libvirt-daemon-system libvirt-daemon-driver-qemu"
HOST = f"{APT} {DAEMON} qemu-system-x86 qemu-utils dnsmasq-base ovmf"

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


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Root's Debian with nothing on it, and a mirror that has everything."""
    machine = Machine(tmp_path / "machine")
    machine.stock_mirror()
    return machine


@pytest.fixture
def user(tmp_path: Path) -> Machine:
    """An ordinary user's Debian with nothing on it, and a mirror that has everything."""
    machine = Machine(tmp_path / "machine", root=False)
    machine.stock_mirror()
    return machine


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


def test_vmtui_opens_with_its_arguments_and_its_output_is_its_own(machine: Machine) -> None:
    result = machine.start("run", "--yes", "list", "two words", "--yes")
    assert result.output.endswith("vmtui<list>vmtui<two words>vmtui<--yes>")
    assert machine.calls()[-1] == "vmtui list two words --yes"


@pytest.mark.parametrize("script", ["run", "test"])
def test_the_second_time_there_is_nothing_to_do(machine: Machine, script: str) -> None:
    machine.start(script, "--yes")
    machine.calls()
    machine.let_exit("apt-get", 1)
    result = machine.start(script)
    assert result.status == 0
    assert "Installing" not in result.output
    calls = machine.calls()
    assert not [call for call in calls if "pip" in call or "venv" in call or "apt" in call]
    if script == "run":
        assert calls == ["virtlogd --daemon", "libvirtd --daemon", "vmtui"]


@pytest.mark.parametrize("file", ["pyproject.toml", "scripts/packages.sh"])
def test_another_list_of_wants_is_installed_into_the_same_venv(machine: Machine, file: str) -> None:
    machine.start("run", "--yes")
    machine.calls()
    with (machine.checkout / file).open("a") as text:
        text.write("# changed\n")
    assert machine.start("run").status == 0
    calls = machine.calls()
    assert [call for call in calls if " pip " in call]
    assert not [call for call in calls if "-m venv" in call]


def test_a_checkout_that_was_moved_gets_a_new_venv(machine: Machine) -> None:
    machine.start("run", "--yes")
    machine.calls()
    machine.move("moved here")
    assert machine.start("run").status == 0
    assert f"python -m venv {machine.venv}" in machine.calls()


@pytest.mark.parametrize("broken", ["pyvenv.cfg", "bin/python", "bin/vmtui", ".ready-run"])
def test_a_venv_that_is_not_whole_is_mended(machine: Machine, broken: str) -> None:
    machine.start("run", "--yes")
    (machine.venv / broken).unlink()
    if broken == "pyvenv.cfg":
        (machine.venv / ".ready-run").unlink()
    result = machine.start("run", "works")
    assert result.output.endswith("vmtui<works>")
    assert (machine.venv / ".ready-run").exists()


def test_a_folder_left_by_a_broken_start_is_made_anew(machine: Machine) -> None:
    (machine.venv / "bin").mkdir(parents=True)
    (machine.venv / "half-made").touch()
    machine.start("run", "--yes")
    assert not (machine.venv / "half-made").exists()


def test_python_names_the_interpreter(machine: Machine) -> None:
    machine.start("run", "--yes")
    machine.calls()
    machine.python("python3.13")
    machine.environment["PYTHON"] = "python3.13"
    assert machine.start("run").status == 0
    assert (machine.venv / "bin/base").read_text() == f"{machine.home}/bin/python3.13\n"
    machine.calls()
    machine.start("run")
    assert not [call for call in machine.calls() if call.startswith("python")]


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


def test_nobody_to_ask_means_that_nothing_is_done(machine: Machine) -> None:
    result = machine.start("run")
    assert result.status == 1
    assert BUILD in result.output
    assert "put --yes first" in result.output
    assert not machine.calls()
    assert not machine.venv.exists()


def test_nobody_to_ask_for_a_hypervisor_ends_it_as_well(machine: Machine) -> None:
    machine.builder()
    result = machine.start("run")
    assert (result.status, machine.calls()) == (1, [])
    assert "put --yes first" in result.output


def test_continuous_integration_is_a_yes(machine: Machine) -> None:
    machine.environment["CI"] = "true"
    assert machine.start("run").status == 0
    assert machine.installs() == [BUILD, HOST]


@pytest.mark.parametrize("word", ["n", "no", "what?"])
def test_a_no_means_that_nothing_is_done(machine: Machine, word: str) -> None:
    result = machine.answer(word, "run")
    assert result.status == 1
    assert "Install it? [Y]es, [n]o, only for [r]emote hosts" in result.output
    assert result.output.endswith("Nothing was done.\n")
    assert not machine.calls()
    assert not machine.venv.exists()


@pytest.mark.parametrize("word", ["", "y", "Yes"])
def test_a_yes_installs_and_opens(machine: Machine, word: str) -> None:
    result = machine.answer(word, "run", "works")
    assert result.status == 0, result.output
    assert result.output.endswith("vmtui<works>")
    assert machine.installs() == [BUILD, HOST]


def test_remote_hosts_only_is_remembered_until_a_yes(machine: Machine) -> None:
    for name in HYPERVISOR:
        (machine.home / "mirror/bin" / name).unlink()
    assert machine.answer("r", "run").status == 0
    assert machine.installs() == [BUILD]
    assert machine.start("run").output == ""
    assert machine.calls() == ["vmtui"]
    with (machine.checkout / "pyproject.toml").open("a") as text:
        text.write("# changed\n")
    assert "hypervisor" not in machine.start("run").output, "it was asked again"
    machine.hypervisor()
    (machine.home / "bin/libvirtd").rename(machine.home / "mirror/bin/libvirtd")
    machine.start("run", "--yes")
    assert machine.installs() == [f"{APT} {DAEMON}"]


def test_a_no_to_the_hypervisor_alone_still_opens_vmtui(machine: Machine) -> None:
    machine.builder()
    result = machine.answer("n", "run", "works")
    assert result.output.endswith("vmtui<works>")
    assert not [call for call in machine.calls() if call.startswith("apt-get")]


@pytest.mark.parametrize("helper", ["sudo", "doas"])
def test_an_ordinary_user_installs_through_sudo(user: Machine, helper: str) -> None:
    user.program(helper, 'echo "${0##*/} $1 $3" >>"$MACHINE/log"\nexec "$@"')
    result = user.start("run", "--yes")
    assert result.status == 0, result.output
    plan = f"It can be installed with:\n  {helper} {BUILD}\n  {helper} {HOST}\n"
    assert plan + f"> {helper} {BUILD}\n" in result.output
    assert user.calls()[:2] == [f"{helper} env apt-get", BUILD]


def test_without_the_right_to_install_it_says_what_to_ask_for(user: Machine) -> None:
    result = user.start("run", "--yes")
    assert result.status == 1
    assert result.output.endswith(
        "It takes root to install, and neither sudo nor doas is here.\n"
        f"Ask an administrator for:\n  {BUILD}\n  {HOST}\n"
    )
    assert not user.calls()


def test_without_the_right_to_a_hypervisor_vmtui_still_opens(user: Machine) -> None:
    user.builder()
    result = user.start("run", "works")
    assert (
        f"Ask an administrator for:\n  {HOST}\nUntil then vmtui manages other hosts only.\n"
        in result.output
    )
    assert result.output.endswith("vmtui<works>")
    assert user.start("run").output == "", "it is said once"


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


@pytest.mark.parametrize(("has_python", "status"), [(False, 1), (True, 0)])
def test_an_installation_that_fails_is_handed_to_an_administrator(
    machine: Machine, has_python: bool, status: int
) -> None:
    if has_python:
        machine.builder()
    machine.let_exit("apt-get", 1)
    result = machine.start("run", "--yes", "works")
    command = HOST if has_python else BUILD
    assert f"It could not be installed.\nAsk an administrator for:\n  {command}\n" in result.output
    assert result.status == status
    assert result.output.endswith("vmtui<works>") is has_python


def test_a_hypervisor_that_cannot_be_installed_does_not_hold_up_the_rest(machine: Machine) -> None:
    (machine.home / "unknown").write_text("ovmf")
    for name in HYPERVISOR:
        (machine.home / "mirror/bin" / name).unlink()
    result = machine.start("run", "--yes", "works")
    assert machine.installs() == [BUILD, HOST]
    assert f"Ask an administrator for:\n  {HOST}\nUntil then" in result.output
    assert result.output.endswith("vmtui<works>")


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


def test_python_packages_that_fail_in_an_old_venv_are_tried_in_a_new_one(machine: Machine) -> None:
    machine.start("run", "--yes")
    (machine.venv / ".ready-run").unlink()
    (machine.venv / "debris").touch()
    machine.let_exit("pip", 1)
    (machine.home / "pip-fails-once").touch()
    result = machine.start("run", "works")
    assert result.output.endswith("vmtui<works>")
    assert not (machine.venv / "debris").exists()


def test_python_packages_that_cannot_be_had_end_it(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor()
    machine.let_exit("pip", 1)
    result = machine.start("run")
    assert result.status == 1
    assert result.output.endswith("The Python packages could not be installed (see above).\n")
    assert not (machine.venv / ".ready-run").exists()


def test_a_libvirt_module_of_another_release_is_built_again(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor()
    (machine.home / "broken-libvirt").touch()
    machine.start("run")
    rebuilt = "--compile --force-reinstall --no-deps --no-cache-dir libvirt-python"
    assert any(call.endswith(rebuilt) for call in machine.calls())


def test_the_bytecode_is_made_beforehand(machine: Machine) -> None:
    machine.start("run", "--yes")
    calls = machine.calls()
    assert f"python -m compileall -q {machine.checkout}/vmtui" in calls
    assert any(call.endswith("install --compile --editable .") for call in calls)
    assert not any("libvirt-python" in call for call in calls)


def test_the_tests_do_not_go_without_their_hypervisor(user: Machine) -> None:
    user.builder()
    result = user.start("test")
    assert result.status == 1
    assert result.output.endswith(f"Ask an administrator for:\n  {HOST}\n")
    assert not user.calls()


def test_what_is_done_is_said(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor()
    making = f"Making .venv with {machine.home}/bin/python3 ...\n"
    installing = "Installing vmtui's Python packages ...\n"
    assert machine.start("run").output.startswith(making + installing)
