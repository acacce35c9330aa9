"""The cloud-init seed: what a cloud image is told at its first boot.

A NoCloud seed: an ISO 9660 image with the label `cidata` and three files, as cloud-init's
documentation of that data source says. A password is hashed here and is nowhere else.
"""

from __future__ import annotations

import io
import ipaddress
import json
from typing import Any

from vmtui.model.system import Family, System
from vmtui.plan import userdata
from vmtui.plan.answers import Answers
from vmtui.plan.surroundings import Surroundings

LABEL = "cidata"
ROUNDS = 5000
"""What crypt(3) does where nothing is said; the hash is in the guest's own /etc/shadow anyhow."""
DISABLED = "/etc/cloud/cloud-init.disabled"


def image(answers: Answers, surroundings: Surroundings, name: str, index: int = 0) -> bytes:
    """The seed of the guest of this name; `index` counts it among several."""
    files = {
        "user-data": user_data(answers, surroundings, name),
        "meta-data": meta_data(answers, surroundings, name),
    }
    network = network_config(answers, surroundings, name, index)
    if network:
        files["network-config"] = network
    return iso({path: text.encode() for path, text in files.items()})


def user_data(answers: Answers, surroundings: Surroundings, name: str) -> str:
    """The user-data, with the person's own in it."""
    ours = config(answers, surroundings, name)
    theirs = answers.access.user_data
    if not theirs.strip():
        return userdata.dump(ours)
    kind = userdata.type_of(theirs)
    if kind is not None:
        return userdata.beside(userdata.dump(ours), theirs, kind)
    return userdata.dump(userdata.merge(ours, userdata.parse(theirs)))


def config(answers: Answers, surroundings: Surroundings, name: str) -> dict[str, Any]:
    """Our part of the user-data."""
    told = answers.access
    system = surroundings.system(answers.system)
    made: dict[str, Any] = {"hostname": hostname(answers, name), "manage_etc_hosts": True}
    if "." in hostname(answers, name):
        made["fqdn"] = hostname(answers, name)
        made["hostname"] = hostname(answers, name).partition(".")[0]
    made.update(_users(answers, surroundings, system, name))
    if told.timezone:
        made["timezone"] = told.timezone
    if told.locale:
        made["locale"] = told.locale
    packages = list(told.packages)
    if told.tools and system.agent_package and answers.agent:
        packages.insert(0, system.agent_package)
    if packages:
        made["package_update"] = True
        made["packages"] = list(dict.fromkeys(packages))
    if told.update:
        made["package_upgrade"] = True
    made["runcmd"] = _commands(answers, system)
    return made


def hostname(answers: Answers, name: str) -> str:
    """The host name: as was said, else the guest's name with what a host name may have."""
    if answers.access.hostname:
        return answers.access.hostname
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)
    parts = [part.strip("-")[:63] for part in plain.split(".")]
    # A name with a dot in it, such as that of a release, is no domain.
    return "-".join(part for part in parts if part) or "guest"


def meta_data(answers: Answers, surroundings: Surroundings, name: str) -> str:
    """The meta-data: JSON, which is YAML too."""
    told = {
        "instance-id": f"vmtui-{surroundings.uuid(name)}",
        "local-hostname": hostname(answers, name),
    }
    return json.dumps(told) + "\n"


def network_config(answers: Answers, surroundings: Surroundings, name: str, index: int = 0) -> str:
    """The network configuration, version 2; "" leaves it to DHCP. Each next guest's address is
    the next one."""
    fixed = answers.access.network
    if fixed is None or not answers.interfaces:
        return ""
    own = ipaddress.ip_interface(fixed.address)
    address = own.ip + index
    mac = answers.interfaces[0].mac if index == 0 else ""
    nic: dict[str, Any] = {
        "match": {"macaddress": (mac or surroundings.mac(name, 0)).lower()},
        "addresses": [f"{address}/{own.network.prefixlen}"],
    }
    if fixed.gateway:
        every = "0.0.0.0/0" if own.version == 4 else "::/0"
        nic["routes"] = [{"to": every, "via": fixed.gateway}]
    if fixed.nameservers or fixed.search:
        nic["nameservers"] = {
            "addresses": list(fixed.nameservers),
            "search": list(fixed.search),
        }
    told: dict[str, Any] = {"version": 2, "ethernets": {"nic0": nic}}
    for place in range(1, len(answers.interfaces)):
        mac = answers.interfaces[place].mac if index == 0 else ""
        other = (mac or surroundings.mac(name, place)).lower()
        told["ethernets"][f"nic{place}"] = {"match": {"macaddress": other}, "dhcp4": True}
    import yaml

    return str(yaml.safe_dump(told, sort_keys=False))


def iso(files: dict[str, bytes]) -> bytes:
    """An ISO 9660 image with these files in its root, by their long names (Joliet, Rock Ridge)."""
    import pycdlib

    made = pycdlib.PyCdlib()
    made.new(interchange_level=3, joliet=3, rock_ridge="1.09", vol_ident=LABEL)
    for name, content in files.items():
        short = name.upper().replace("-", "_")
        made.add_fp(
            io.BytesIO(content),
            len(content),
            f"/{short}.;1",
            rr_name=name,
            joliet_path=f"/{name}",
        )
    out = io.BytesIO()
    made.write_fp(out)
    made.close()
    return out.getvalue()


def hashed(password: str, salt: str) -> str:
    """A password as /etc/shadow has it: SHA-512 crypt."""
    from passlib.hash import sha512_crypt  # type: ignore[import-untyped]

    return str(sha512_crypt.using(salt=salt, rounds=ROUNDS).hash(password))


def _users(
    answers: Answers, surroundings: Surroundings, system: System, name: str
) -> dict[str, Any]:
    told = answers.access
    groups = "wheel" if system.packages in ("dnf", "pacman", "pkg") else "sudo"
    if system.packages in ("zypper", "apk"):
        groups = "wheel"
    shell = "/bin/sh" if system.family is Family.BSD or system.packages == "apk" else "/bin/bash"
    user: dict[str, Any] = {
        "name": told.user,
        "groups": groups,
        "shell": shell,
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
        "lock_passwd": not told.password,
    }
    if told.user == "root":
        user = {"name": "root", "lock_passwd": not told.password}
    made: dict[str, Any] = {"users": [user], "ssh_pwauth": bool(told.password)}
    if told.password:
        secret = hashed(told.password, surroundings.salt(name))
        user["hashed_passwd"] = secret
        # The user's own entry sets it only where the user is made: `root`, or the image's own
        # user, is there already.
        listed = [{"name": told.user, "password": secret}]
        if told.root_password and told.user != "root":
            listed.append({"name": "root", "password": secret})
        made["chpasswd"] = {
            "expire": False,
            "list": [f"{one['name']}:{one['password']}" for one in listed],
        }
    if told.keys:
        user["ssh_authorized_keys"] = [key.strip() for key in told.keys]
    made["disable_root"] = not (told.user == "root" or told.root_password)
    return made


def _commands(answers: Answers, system: System) -> list[Any]:
    told = answers.access
    made: list[Any] = []
    if told.tools and system.agent_package and answers.agent:
        made.append(["sh", "-c", _enabling(system)])
    made += list(told.commands)
    if answers.start and answers.wait:
        # The seed goes after the first boot: without it the next one would look for another.
        made.append(["sh", "-c", f"touch {DISABLED}"])
    return made


def _enabling(system: System) -> str:
    """The command that has the guest agent run now and from now on."""
    if system.packages == "apk":
        return "rc-update add qemu-guest-agent default; rc-service qemu-guest-agent start"
    if system.packages == "pkg":
        return "sysrc qemu_guest_agent_enable=YES; service qemu-guest-agent start"
    # Where a package's unit is started by its device, enabling says so and is no failure.
    return "systemctl enable --now qemu-guest-agent || systemctl start qemu-guest-agent || true"
