"""What is wrong with what cloud-init is to be told."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from vmtui.plan.answers import Access, Answers, StaticNetwork
from vmtui.plan.problem import Problem, Severity
from vmtui.plan.surroundings import Surroundings

USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
KEY = re.compile(r"(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( .*)?")
ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
LOCALE = re.compile(r"[A-Za-z]{1,8}(_[A-Z]{2})?(\.[A-Za-z0-9-]+)?(@[a-z]+)?")
PACKAGE = re.compile(r"[A-Za-z0-9@][A-Za-z0-9.+:@_=~-]*")
PASSWORD_LEAST = 8
_COMMON = frozenset({
    "password", "12345678", "123456789", "1234567890", "qwertyui", "qwerty123", "password1",
    "passw0rd", "changeme", "letmein1", "admin123", "iloveyou", "11111111", "00000000",
})  # fmt: skip


def access(answers: Answers, surroundings: Surroundings) -> Iterator[Problem]:
    """Who can log in, and whether all that is written can be read by cloud-init."""
    if not answers.seeded:
        return
    told = answers.access
    if not USER.fullmatch(told.user):
        text = "A user's name has small letters, digits, - and _, and begins with a letter."
        yield Problem("access.user", text)
    yield from _ways_in(told)
    hostname = told.hostname or answers.names[0]
    if told.hostname and not HOSTNAME.fullmatch(hostname):
        yield Problem("access.hostname", "A host name has letters, digits and dashes.")
    if answers.count > 1 and told.hostname:
        text = "Several guests would have one host name: leave it empty for their own."
        yield Problem("access.hostname", text)
    if told.timezone and not ZONE.fullmatch(told.timezone):
        yield Problem("access.timezone", "A time zone looks like Europe/Vienna.")
    if told.locale and not LOCALE.fullmatch(told.locale):
        yield Problem("access.locale", "A locale looks like de_AT.UTF-8.")
    for package in told.packages:
        if not PACKAGE.fullmatch(package):
            yield Problem("access.packages", f"{package!r} is no package's name.")
    if told.packages and not answers.interfaces:
        text = "Without a network no package can be installed."
        yield Problem("access.packages", text, Severity.WARNING)
    if told.user_data:
        from vmtui.plan import userdata

        if (wrong := userdata.why_not(told.user_data)) is not None:
            yield Problem("access.user_data", wrong)
    if told.network is not None:
        yield from _static(told.network, answers.count, surroundings)


def _ways_in(told: Access) -> Iterator[Problem]:
    for key in told.keys:
        if not KEY.fullmatch(key.strip()):
            text = f"{key[:30]!r} is no SSH public key."
            hint = "That is a private key!" if "PRIVATE KEY" in key else ""
            yield Problem("access.keys", text, hint=hint)
    if not told.password:
        if told.keys:
            text = "Without a password only SSH lets you in, and the console does not."
            yield Problem("access.password", text, Severity.WARNING)
        elif not told.user_data:
            text = "Nobody could log in: give a password or an SSH key."
            yield Problem("access.password", text)
        return
    if any(ord(c) < 32 or ord(c) == 127 for c in told.password):
        yield Problem("access.password", "A password has no control characters.")
    elif len(told.password) < PASSWORD_LEAST:
        text = f"A weak password: it has fewer than {PASSWORD_LEAST} characters."
        yield Problem("access.password", text, Severity.WARNING)
    elif told.password.lower() in _COMMON or told.password == told.user:
        text = "A weak password: it is among the first that are tried."
        yield Problem("access.password", text, Severity.WARNING)


def _static(network: StaticNetwork, count: int, surroundings: Surroundings) -> Iterator[Problem]:
    del surroundings
    field = "access.network"
    try:
        if "/" not in network.address:
            raise ValueError
        own = ipaddress.ip_interface(network.address)
    except ValueError:
        text = "An address has its prefix: 192.168.122.10/24."
        yield Problem(f"{field}.address", text)
        return
    edges = (own.network.network_address, own.network.broadcast_address)
    if own.ip.version == 4 and own.network.prefixlen < 31 and own.ip in edges:
        yield Problem(f"{field}.address", "This is the address of the network itself.")
    if own.ip + count - 1 not in own.network:
        yield Problem(f"{field}.address", f"{count} guests do not fit into {own.network}.")
    if network.gateway:
        try:
            gateway = ipaddress.ip_address(network.gateway)
        except ValueError:
            yield Problem(f"{field}.gateway", "This is no IP address.")
        else:
            if gateway not in own.network:
                text = f"The gateway is outside {own.network}."
                yield Problem(f"{field}.gateway", text, Severity.WARNING)
            elif gateway == own.ip:
                yield Problem(f"{field}.gateway", "The gateway has the guest's own address.")
    for server in network.nameservers:
        try:
            ipaddress.ip_address(server)
        except ValueError:
            yield Problem(f"{field}.nameservers", f"{server} is no IP address.")
