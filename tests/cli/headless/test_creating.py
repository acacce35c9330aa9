"""`vmtui create` on the demo fleet: options, files, profiles, problems, what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.headless.commands import Commands, Ran
from vmtui.engine import birth
from vmtui.errors import Busy
from vmtui.hypervisor import Progress
from vmtui.hypervisors.demo import DemoHypervisor
from vmtui.model.steps import EjectMedium, Step

LAB = "--demo=hosts=1,guests=5,lively=0"
PXE = ("--pxe", "--name", "new1", "--system", "debian13")


def create(vmtui: Commands, *words: str, fleet: str = LAB) -> Ran:
    """`vmtui create` with these words."""
    return vmtui("create", *words, fleet=fleet)


def test_a_dry_run_shows_plan_definition_and_command(vmtui: Commands) -> None:
    ran = create(vmtui, *PXE, "--memory", "3G", "--vcpus=3", "--size", "7G", "--dry-run")
    assert ran.code == 0, ran.err
    assert "# Create new1" in ran.lines
    assert "virsh start new1" in ran.lines
    assert f'  <memory unit="b">{3 << 30}</memory>' in ran.lines
    assert ran.lines[-1].startswith("virt-install --name new1 --memory 3072 --vcpus 3")
    assert "7 GiB at most" in ran.out


def test_one_disk_more_or_an_address_is_enough_to_say_of_its_kind(vmtui: Commands) -> None:
    ran = create(vmtui, *PXE, "--extra-disk=3G", "--mac=52:54:00:aa:bb:cc", "--dry-run")
    assert ran.code == 0, ran.err
    assert "# makes new1-1.qcow2 in default: 3 GiB at most" in ran.lines
    assert '<mac address="52:54:00:aa:bb:cc" />' in ran.out
    assert "# makes new1.qcow2 in default: 20 GiB at most" in ran.lines, "the first as ever"


def test_a_dry_run_as_json(vmtui: Commands) -> None:
    told = create(vmtui, *PXE, "--dry-run", "--json").json
    assert [one["name"] for one in told["plan"]["guests"]] == ["new1"]
    assert (told["results"], "<domain" in told["definition"]) == ([], True)
    assert told["command"].startswith("virt-install")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--name", "web1", "--pxe"), "--name: There is a guest web1"),
        (("--memory", "9000G", "--pxe"), "--memory: More than the host has"),
        (("--disk", "/nosuch/x.qcow2"), "--disk: There is no such file"),
        (("--network", "nosuch", "--pxe"), "--network: "),
        (("--pool", "nosuch", "--pxe"), "--pool: "),
        (("--vcpus", "many", "--pxe"), "vcpus wants a whole number"),
        (("--memory", "much", "--pxe"), "memory wants a size"),
        (("--display", "crt", "--pxe"), "display is one of none, vnc, spice"),
        (("--pxe", "--disk", "x"), "A guest comes from one thing"),
        (("--cloud", "debian13", "--user", "Bad User"), "--user: "),
        (("--cloud", "debian13", "--ssh-key", "ssh-rsa !"), "--ssh-key: "),
        (("--cloud", "debian13", "--user-data", "/nosuch"), "user-data /nosuch cannot be read"),
        (("--pxe", "--like", "web1"), "A guest comes from one thing"),
        (("--cloud", "debain13"), "Did you mean debian13?"),
        (("--like", "nosuch"), "There is no guest nosuch"),
        (("--pxe", "--system", "debain13"), "There is no system debain13"),
        (("--pxe", "--system", "debain13"), "Did you mean debian13?"),
        (("--iso", "", "--system", "debian13"), "iso is empty"),
        (("--pxe", "--hostname", "web9"), "hostname does nothing here: It goes with cloud."),
        (("--disk", "a.qcow2", "--initrd", "b"), "initrd does nothing here: It goes with kernel."),
        (("--cloud", "debian13", "--gateway=10.0.0.1"), "gateway does nothing here"),
        (("--pxe", "--mac", "01:00:5e:00:00:01"), "--mac: This is an address of a group"),
        (("--pxe", "--extra-disk", "nosuch:1G"), "--extra-disk: There is no pool nosuch."),
        (("--pxe", "--display=vnc", "--video=zork"), "--video: This host has no video device zork"),
        (("--pxe", "--title", "two\nlines"), "--title: A title is one line"),
        (("--profile", "nosuch"), "There is no profile nosuch"),
        (("--on", "nosuch", "--pxe"), "There is no host nosuch"),
    ],
)
def test_what_is_wrong_is_told_at_its_option(
    vmtui: Commands, own_home: Path, words: tuple[str, ...], told: str
) -> None:
    ran = create(vmtui, *words)
    assert ran.code in (2, 3)
    assert told in ran.err
    assert ran.out == ""


def test_without_a_way_in_no_cloud_guest_is_made(vmtui: Commands, own_home: Path) -> None:
    ran = create(vmtui, "--cloud", "debian13", "--json")
    assert (ran.code, ran.json["plan"]) == (2, None)
    assert "access.password" in {one["field"] for one in ran.json["problems"]}
    assert "--password-stdin: Nobody could log in" in ran.err


def test_several_hosts_are_not_guessed(vmtui: Commands) -> None:
    ran = create(vmtui, *PXE, "--dry-run", fleet="--demo=hosts=2,guests=4")
    assert (ran.code, "--on HOST" in ran.err) == (2, True)
    assert (
        create(vmtui, *PXE, "--dry-run", "--on=vienna1", fleet="--demo=hosts=2,guests=4").code == 0
    )


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_a_file_says_the_same_as_options_and_options_win(
    vmtui: Commands, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"web.{form}"
    if form == "toml":
        file.write_text('pxe = true\nmemory = "4G"\nvcpus = 3\nname = "web-##"\ncount = 2\n')
    else:
        file.write_text("pxe: true\nmemory: 4G\nvcpus: 3\nname: web-##\ncount: 2\n")
    told = create(vmtui, "--file", str(file), "--vcpus=4", "--dry-run", "--json").json
    assert [one["name"] for one in told["plan"]["guests"]] == ["web-01", "web-02"]
    assert "<vcpu>4</vcpu>" in told["definition"]
    assert f">{4 << 30}</memory>" in told["definition"]


def test_a_file_with_a_wrong_name_or_value(vmtui: Commands, tmp_path: Path) -> None:
    file = tmp_path / "web.toml"
    file.write_text('memmory = "4G"\n')
    ran = create(vmtui, "--file", str(file))
    assert (ran.code, "Did you mean memory?" in ran.err) == (2, True)
    file.write_text("memory = [")
    assert create(vmtui, "--file", str(file)).code == 2
    file.write_text("pxe = 'yes'")
    assert "wants true or false" in create(vmtui, "--file", str(file)).err
    file.write_text("pxe = true\nnetwork = {default = 1}")
    assert "wants a list of texts: {'default': 1} is none" in create(vmtui, "--file", str(file)).err


@pytest.mark.slow
def test_a_profile_makes_the_next_one_without_its_secrets(
    vmtui: Commands, own_home: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse\nnot this\n")
    words = ("--cloud=debian13", "--name=web1x", "--memory=5G", f"--password-file={secret}")
    ran = create(vmtui, *words, "--user=ops", "--save-profile", "web", "--dry-run")
    assert ran.code == 0, ran.err
    (kept,) = (own_home / "config/vmtui/profiles").iterdir()
    assert "correct horse" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert create(vmtui, "--profiles").lines == ["web"]
    told = create(
        vmtui, "--profile=web", "--count=3", f"--password-file={secret}", "--dry-run", "--json"
    ).json
    assert [one["name"] for one in told["plan"]["guests"]] == ["web1x-1", "web1x-2", "web1x-3"]
    assert f">{5 << 30}</memory>" in told["definition"]
    told = create(vmtui, "--profile=web", "--pxe", "--dry-run", "--json").json
    assert "curl" not in str(told["plan"]["commands"])
    kept.write_text(json.dumps({"version": 1, "answers": {"memory": "x"}}))
    assert create(vmtui, "--profile=web").code == 2


def test_a_name_that_is_taken_goes_on_from_a_profile_only(vmtui: Commands, own_home: Path) -> None:
    assert create(vmtui, "--pxe", "--name=web7", "--save-profile=p", "--dry-run").code == 0
    path = own_home / "config/vmtui/profiles/p.json"
    path.write_text(path.read_text().replace("web7", "web1"))
    told = create(vmtui, "--profile=p", "--dry-run", "--json").json
    assert [one["name"] for one in told["plan"]["guests"]] == ["web2"]


def test_lists_of_images_and_systems(vmtui: Commands) -> None:
    assert any(line.startswith("debian13 ") for line in create(vmtui, "--images").lines)
    assert create(vmtui, "--systems", "win11").lines[1].startswith("win11 ")


@pytest.mark.slow
def test_a_guest_is_made_and_seen_ready(vmtui: Commands, own_home: Path) -> None:
    ran = create(vmtui, *PXE, "--json", "--no-wait")
    assert ran.code == 0, ran.err
    (result,) = ran.json["results"]
    assert (result["result"], result["state"]) == ("done", "running")


def test_what_is_left_over_is_told(
    vmtui: Commands, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guest stands, and its seed does not go: the code is 1, and `left` says what stays."""
    image = tmp_path / "debian-13-generic-amd64.qcow2"
    head = b"QFI\xfb\0\0\0\3" + bytes(16) + (3 << 30).to_bytes(8, "big") + bytes(72)
    image.write_bytes(head.ljust(4096, b"\0"))
    execute = DemoHypervisor.execute

    async def stubborn(self: DemoHypervisor, step: Step, progress: Progress) -> Step | None:
        if isinstance(step, EjectMedium):
            raise Busy("The guest holds the tray shut")
        return await execute(self, step, progress)

    async def ready(*_: object) -> str:
        return "ready"

    monkeypatch.setattr(DemoHypervisor, "execute", stubborn)
    monkeypatch.setattr(birth, "watch", ready)
    key = f"ssh-ed25519 {'A' * 68} me"
    words = ("--cloud", str(image), "--ssh-key", key)
    ran = create(vmtui, *words, "--name=new1", "--json")
    (result,) = ran.json["results"]
    assert (ran.code, result["result"]) == (1, "failed")
    left = ["take out a medium", "delete volume new1-seed.iso in default"]
    assert (result["left"], result["not_undone"]) == (left, [])
    ran = create(vmtui, *words, "--name=new2")
    assert (ran.code, ran.out) == (1, "new2: failed: ready\n")
    assert "The guest holds the tray shut" in ran.err
    assert f"new2: left over: {', '.join(left).replace('new1', 'new2')}\n" in ran.err
