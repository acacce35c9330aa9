"""How the person is asked, and what happens without the right to install."""

import pytest

from tests.scripts.machine import APT, BUILD, DAEMON, HOST, HYPERVISOR, Machine


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


def test_the_tests_do_not_go_without_their_hypervisor(user: Machine) -> None:
    user.builder()
    result = user.start("test")
    assert result.status == 1
    assert result.output.endswith(f"Ask an administrator for:\n  {HOST}\n")
    assert not user.calls()
