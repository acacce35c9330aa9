"""The verbs around consoles: keys through the hypervisor, a console where there is none, its log.

What a guest must do for its new console is told here too, for the plan and for the screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vmtui.model.capabilities import Capabilities, Feature
from vmtui.model.guest import Guest, GuestState
from vmtui.model.steps import AddConsole, LogConsole, SendKeys
from vmtui.plan.build import CapabilitiesOf, count, one_track_each, sort_out
from vmtui.plan.plan import Effect, Plan, Risk


@dataclass(frozen=True, slots=True)
class KeySequence:
    """Keys that are pressed together, by Linux's names."""

    id: str
    label: str
    about: str
    keys: tuple[str, ...]
    harm: str = ""
    """What it costs a guest that obeys, after their number."""


def _sysrq(letter: str, label: str, about: str, harm: str = "") -> KeySequence:
    keys = ("KEY_LEFTALT", "KEY_SYSRQ", f"KEY_{letter.upper()}")
    return KeySequence(f"sysrq-{letter}", label, f"Alt-SysRq-{letter}: {about}", keys, harm)


def _terminal(number: int) -> KeySequence:
    keys = ("KEY_LEFTCTRL", "KEY_LEFTALT", f"KEY_F{number}")
    about = f"text terminal {number} of its screen"
    return KeySequence(f"ctrl-alt-f{number}", f"Ctrl-Alt-F{number}", about, keys)


_UNWRITTEN = "what is not yet written to disk is lost"

SEQUENCES: Mapping[str, KeySequence] = {
    sequence.id: sequence
    for sequence in (
        KeySequence(
            "ctrl-alt-del", "Ctrl-Alt-Del", "most systems reboot; Windows asks for a password",
            ("KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE"), "may reboot",
        ),
        _terminal(1), _terminal(2), _terminal(3),
        KeySequence("power", "Power key", "most systems shut down", ("KEY_POWER",),
                    "may shut down"),
        _sysrq("s", "SysRq sync", "Linux writes what it holds in memory to its disks"),
        _sysrq("u", "SysRq remount", "Linux makes its file systems read-only",
               "can write to their disks no more until they reboot"),
        _sysrq("b", "SysRq reboot", "Linux reboots at once", f"reboot at once; {_UNWRITTEN}"),
        _sysrq("o", "SysRq off", "Linux powers off at once", f"power off at once; {_UNWRITTEN}"),
        _sysrq("e", "SysRq terminate", "Linux asks all programs but init to end",
               "end all their programs"),
        _sysrq("i", "SysRq kill", "Linux ends all programs but init at once",
               f"kill all their programs; {_UNWRITTEN}"),
        _sysrq("f", "SysRq memory", "Linux ends the program that takes most memory",
               "end the program that takes most memory"),
        _sysrq("w", "SysRq blocked", "Linux prints the tasks that are blocked"),
        _sysrq("t", "SysRq tasks", "Linux prints all its tasks"),
        _sysrq("m", "SysRq figures", "Linux prints what its memory holds"),
        _sysrq("c", "SysRq crash", "Linux crashes, and dumps its memory where kdump is set up",
               f"crash at once; {_UNWRITTEN}"),
    )
}  # fmt: skip
"""By id, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a system is told to use its serial console: commands, run as root inside of it."""

    systems: str
    commands: tuple[str, ...]


ARGUMENTS = "console=tty0 console=ttyS0,115200"
"""For a Linux kernel: the last one is also where its messages and its /dev/console are."""

_GRUB = f"sed -i 's/^GRUB_CMDLINE_LINUX=\"/&{ARGUMENTS} /' /etc/default/grub"

RECIPES: tuple[Recipe, ...] = (
    Recipe("Debian, Ubuntu", (_GRUB, "update-grub")),
    Recipe("Fedora, RHEL and its kin", (f'grubby --update-kernel=ALL --args="{ARGUMENTS}"',)),
    Recipe("openSUSE, SLES", (_GRUB, "grub2-mkconfig -o /boot/grub2/grub.cfg")),
    Recipe("Arch", (_GRUB, "grub-mkconfig -o /boot/grub/grub.cfg")),
    Recipe(
        "Alpine",
        (
            f"sed -i 's/^default_kernel_opts=\"/&{ARGUMENTS} /' /etc/update-extlinux.conf",
            "update-extlinux",
            "echo 'ttyS0::respawn:/sbin/getty -L 115200 ttyS0 vt100' >> /etc/inittab",
        ),
    ),
    Recipe("FreeBSD", ("echo 'console=\"comconsole\"' >> /boot/loader.conf",)),
)


def _common(feature: Feature, capabilities: Capabilities) -> str | None:
    if capabilities.read_only:
        return "this host is open read-only"
    return capabilities.why_not(feature)


def why_not_send_keys(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where keys can be sent to it: it must run, for keys wait for nobody."""
    if reason := _common(Feature.SEND_KEYS, capabilities):
        return reason
    return None if guest.state is GuestState.RUNNING else f"it is {guest.state.value}"


def why_not_add_console(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it has no console and can be given one."""
    reason = _common(Feature.CONSOLE, capabilities) or _undefined(guest)
    if reason is None and guest.definition and guest.definition.consoles:
        return "it has a console"
    return reason


def why_not_log_console(guest: Guest, capabilities: Capabilities) -> str | None:
    """None where it has a console whose output goes to no file yet."""
    if reason := _common(Feature.CONSOLE_LOG, capabilities) or _undefined(guest):
        return reason
    consoles = guest.definition.consoles if guest.definition else ()
    if not consoles:
        return "it has no console"
    return f"its console is logged to {consoles[0].log}" if consoles[0].log else None


def _undefined(guest: Guest) -> str | None:
    if guest.persistent is False:
        return "it is transient: it has no definition that could be changed"
    return None if guest.definition else "its definition is not known yet"


def send_keys(guests: Sequence[Guest], sequence: KeySequence, capabilities: CapabilitiesOf) -> Plan:
    """Press a sequence on each guest's keyboard."""
    able, refused = sort_out(guests, capabilities, why_not_send_keys)
    effects = []
    if sequence.harm and able:
        effects.append(Effect(f"{count(len(able))} {sequence.harm}", destructive=True))
    if sequence.id.startswith("sysrq") and able:
        effects.append(Effect("works where the guest's Linux allows it: sysctl kernel.sysrq"))
    return one_track_each(
        "send-keys",
        f"Send {sequence.label} to",
        able,
        refused,
        lambda guest: (SendKeys(guest.key.uuid, keys=sequence.keys),),
        effects=effects,
        risk=Risk.ASK if sequence.harm else Risk.NONE,
    )


def add_console(guests: Sequence[Guest], capabilities: CapabilitiesOf) -> Plan:
    """Give a serial console to guests that have none, the running ones at once if that can be."""
    able, refused = sort_out(guests, capabilities, why_not_add_console)
    effects = []
    if any(guest.state.active for guest in able):
        effects.append(
            Effect(
                "a running guest gets it at once where its hypervisor can plug one in (often as "
                "ttyS4), and in any case when it is started again after it was off; a reboot is "
                "not enough"
            )
        )
    if able:
        effects += [Effect(words) for words in needed()]
    return one_track_each(
        "add-console",
        "Add a console to",
        able,
        refused,
        lambda guest: (AddConsole(guest.key.uuid, live=guest.state.active),),
        effects=effects,
        risk=Risk.ASK,
    )


def needed() -> list[str]:
    """What the guest's own system must do for its serial console, in words and commands."""
    words = ["a Linux guest prints there only with console=ttyS0 on its kernel's command line"]
    return words + [f"{recipe.systems}: {' && '.join(recipe.commands)}" for recipe in RECIPES]


def log_console(guests: Sequence[Guest], capabilities: CapabilitiesOf) -> Plan:
    """Have the host keep what the guests' consoles print."""
    able, refused = sort_out(guests, capabilities, why_not_log_console)
    effects = []
    if able:
        effects.append(
            Effect(
                "the host keeps what the console prints, passwords that are shown included, in a "
                "file in the folder of libvirt's own logs (the steps name it)"
            )
        )
    if any(guest.state.active for guest in able):
        effects.append(
            Effect(
                "takes effect when a running guest is started again after it was off; a reboot "
                "is not enough"
            )
        )
    return one_track_each(
        "log-console",
        "Log the console of",
        able,
        refused,
        lambda guest: (LogConsole(guest.key.uuid),),
        effects=effects,
        risk=Risk.ASK,
    )


CONSOLE_VERBS = {
    "add-console": add_console,
    "log-console": log_console,
}
"""Those that need nothing but the guests."""
