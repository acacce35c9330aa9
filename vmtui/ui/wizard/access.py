"""The fourth page: what cloud-init is told, so that somebody can log in."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from vmtui.plan.answers import StaticNetwork
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.fields import ButtonField, Field, ManyField, TextField, ToggleField
from vmtui.ui.wizard.draft import Draft, put_access, words

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike."""


def generate() -> str:
    """A password of about 59 bits that can be read out: `k7fd-93mq-p2xv`."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    return "-".join(groups)


def fields(draft: Draft) -> list[Field[Draft]]:
    """The page's fields for this draft."""
    del draft
    return [
        _text("user", "User", "Who can log in; sudo without a password."),
        TextField(
            id="access.password", label="Password", secret=True,
            help="Kept as a hash, in the guest only; empty: with a key only.",
            read=lambda d: d.answers.access.password,
            write=lambda d, text: put_access(d, "password", text), note=_generated,
        ),
        ManyField(
            id="access.keys", label="SSH keys", none="none", help="Space shows those at hand.",
            read=lambda d: d.answers.access.keys,
            write=lambda d, keys: put_access(d, "keys", keys),
            choices=lambda d: [Option(key.text, _key(key.text), key.source)
                               for key in d.around.keys],
        ),
        TextField(
            id="access.hostname", label="Host name", help="Empty: the guest's name.",
            read=lambda d: d.answers.access.hostname,
            write=lambda d, text: put_access(d, "hostname", text.strip()),
            note=lambda d: "" if d.answers.access.hostname else d.answers.names[0],
        ),
        _toggle("tools", "Guest tools", "Install and start the guest agent.", expert=False),
        _toggle("root_password", "Root too", "root can log in with the same password."),
        _text("timezone", "Time zone", "Such as Europe/Vienna.", expert=True),
        _text("locale", "Locale", "Such as de_AT.UTF-8.", expert=True),
        _list("packages", "Packages", "Installed at the first boot, separated by spaces."),
        TextField(
            id="access.commands", label="Commands", expert=True,
            help="Run as root at the end of the first boot, separated by ;;",
            read=lambda d: " ;; ".join(d.answers.access.commands),
            write=lambda d, text: put_access(
                d, "commands", tuple(part.strip() for part in text.split(";;") if part.strip())),
        ),
        _toggle("update", "Update", "Bring all packages up to date at the first boot."),
        *_network(),
        ButtonField(
            id="access.user_data", label="User-data", expert=True,
            words=lambda d: "edit your own cloud-config"
            + (f", {len(d.answers.access.user_data.splitlines())} lines"
               if d.answers.access.user_data else ""),
            help="Merged with the rest; opens your editor.",
        ),
    ]  # fmt: skip


def _text(name: str, label: str, help_: str, *, expert: bool = False) -> Field[Draft]:
    return TextField(
        id=f"access.{name}", label=label, help=help_, expert=expert,
        read=lambda d: getattr(d.answers.access, name),
        write=lambda d, text: put_access(d, name, text.strip()),
    )  # fmt: skip


def _list(name: str, label: str, help_: str) -> Field[Draft]:
    return TextField(
        id=f"access.{name}", label=label, help=help_, expert=True,
        read=lambda d: " ".join(getattr(d.answers.access, name)),
        write=lambda d, text: put_access(d, name, words(text)),
    )  # fmt: skip


def _toggle(name: str, label: str, help_: str, *, expert: bool = True) -> Field[Draft]:
    return ToggleField(
        id=f"access.{name}", label=label, help=help_, expert=expert,
        read=lambda d: getattr(d.answers.access, name),
        write=lambda d, on: put_access(d, name, on),
    )  # fmt: skip


def _network() -> list[Field[Draft]]:
    def read(draft: Draft) -> StaticNetwork:
        return draft.answers.access.network or StaticNetwork()

    def write(draft: Draft, **values: Any) -> Draft:
        made = replace(read(draft), **values)
        return put_access(draft, "network", None if made == StaticNetwork() else made)

    def fixed(draft: Draft) -> bool:
        return draft.answers.access.network is not None

    return [
        TextField(
            id="access.network.address", label="Fixed address", expert=True, placeholder="DHCP",
            help="Such as 192.168.122.10/24; empty: by DHCP.",
            read=lambda d: read(d).address,
            write=lambda d, text: write(d, address=text.strip()),
        ),
        TextField(
            id="access.network.gateway", label="Gateway", expert=True, shown=fixed,
            help="Its way out.", read=lambda d: read(d).gateway,
            write=lambda d, text: write(d, gateway=text.strip()),
        ),
        TextField(
            id="access.network.nameservers", label="Name servers", expert=True, shown=fixed,
            help="Separated by spaces.", read=lambda d: " ".join(read(d).nameservers),
            write=lambda d, text: write(d, nameservers=words(text)),
        ),
    ]  # fmt: skip


def _generated(draft: Draft) -> str:
    password = draft.answers.access.password
    return f"made up: {password}" if password and password == draft.generated else ""


def _key(line: str) -> str:
    """A key's line by what a person knows it by: `alice@laptop (ed25519)`."""
    kind, _, rest = line.partition(" ")
    comment = rest.partition(" ")[2] or rest[:12] + "…"
    return f"{comment} ({kind.removeprefix('ssh-')})"
