"""A whole demo fleet from a few words: `hosts=3,guests=200`."""

from __future__ import annotations

from dataclasses import dataclass

from vmtui.errors import Invalid
from vmtui.hypervisors.demo.host import DemoHost
from vmtui.model.guest import HostId

SITES = (
    "berlin",
    "vienna",
    "zurich",
    "paris",
    "madrid",
    "oslo",
    "dublin",
    "lisbon",
    "rome",
    "prague",
)


AILMENTS = (
    frozenset({"tpm"}),
    frozenset({"autostart", "clock", "vhost"}),
    frozenset({"firmware", "vhost", "tpm", "version", "full"}),
)
"""What is wrong with the first host, the second, the third, and so on in turn."""


@dataclass(frozen=True, slots=True)
class FleetSpec:
    """What a demo fleet is made of."""

    hosts: int = 3
    guests: int = 48
    """Of all hosts together."""
    seed: int = 1
    lively: bool = True
    """Whether guests start and stop by themselves now and then."""


def parse_fleet(text: str) -> FleetSpec:
    """`hosts=3,guests=200,seed=7,lively=0`, each part optional; "" is the default.

    Raises Invalid with what would be understood.
    """
    defaults = FleetSpec()
    values = {
        "hosts": defaults.hosts,
        "guests": defaults.guests,
        "seed": defaults.seed,
        "lively": int(defaults.lively),
    }
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        if name not in values or not number.isdecimal():
            raise Invalid(
                f"{part!r} is no part of a demo fleet",
                "Parts are hosts=N, guests=N, seed=N and lively=0 or 1, joined by commas.",
            )
        values[name] = int(number)
    if not 1 <= values["hosts"] <= 1000 or values["guests"] > 100_000:
        raise Invalid("A demo fleet has 1 to 1000 hosts and at most 100000 guests")
    return FleetSpec(values["hosts"], values["guests"], values["seed"], bool(values["lively"]))


def demo_fleet(spec: FleetSpec, speed: float = 1.0) -> list[DemoHost]:
    """The hosts of a fleet, its guests spread evenly; equal for equal `spec`."""
    share, rest = divmod(spec.guests, spec.hosts)
    hosts = []
    for index in range(spec.hosts):
        site = SITES[index % len(SITES)]
        number = index // len(SITES) + 1
        hosts.append(
            DemoHost(
                HostId(f"{site}{number}"),
                guests=share + (index < rest),
                seed=spec.seed * 1000 + index,
                speed=speed,
                lively=spec.lively,
            )
        )
        hosts[-1].ailments |= AILMENTS[index % len(AILMENTS)]
    return hosts
