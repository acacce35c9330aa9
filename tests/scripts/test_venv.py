"""How .venv is made, kept and mended, and that nothing is done twice."""

import pytest

from tests.scripts.machine import Machine


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


def test_what_is_done_is_said(machine: Machine) -> None:
    machine.builder()
    machine.hypervisor()
    making = f"Making .venv with {machine.home}/bin/python3 ...\n"
    installing = "Installing vmtui's Python packages ...\n"
    assert machine.start("run").output.startswith(making + installing)
