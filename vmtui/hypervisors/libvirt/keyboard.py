"""Keys on a guest's keyboard, pressed by the hypervisor: virDomainSendKey."""

from __future__ import annotations

import libvirt

from vmtui.errors import Invalid, VmtuiError
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.errors import message, translate
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.steps import SendKeys

PATIENCE = 60.0
HOLD = 100
"""Milliseconds for which the keys stay down."""
KEYS_MOST = 16
"""libvirt's VIR_DOMAIN_SEND_KEY_MAX_KEYS, which its binding lacks."""
CODE_MOST = 0x2FF
"""The highest number that Linux has for a key."""

_ROWS = (
    (1, "ESC 1 2 3 4 5 6 7 8 9 0 MINUS EQUAL BACKSPACE TAB Q W E R T Y U I O P LEFTBRACE "
        "RIGHTBRACE ENTER LEFTCTRL A S D F G H J K L SEMICOLON APOSTROPHE GRAVE LEFTSHIFT "
        "BACKSLASH Z X C V B N M COMMA DOT SLASH RIGHTSHIFT KPASTERISK LEFTALT SPACE CAPSLOCK "
        "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NUMLOCK SCROLLLOCK"),
    (87, "F11 F12"),
    (97, "RIGHTCTRL"),
    (99, "SYSRQ RIGHTALT"),
    (102, "HOME UP PAGEUP LEFT RIGHT END DOWN PAGEDOWN INSERT DELETE"),
    (116, "POWER"),
    (119, "PAUSE"),
    (125, "LEFTMETA RIGHTMETA COMPOSE"),
    (142, "SLEEP"),
)  # fmt: skip
"""Runs of neighbouring numbers in Linux's input-event-codes.h."""

CODES: dict[str, int] = {
    f"KEY_{name}": first + offset
    for first, names in _ROWS
    for offset, name in enumerate(names.split())
}
"""Linux's numbers by its names, for the keys of a usual keyboard."""


def code_of(key: int | str) -> int:
    """A key's number in Linux's code set.

    Raises:
        Invalid: There is no such key.
    """
    code = CODES.get(key) if isinstance(key, str) else key
    if code is None or not 0 < code <= CODE_MOST:
        raise Invalid("There is no such key", plain(str(key)))
    return code


async def send_keys(handle: Handle, step: SendKeys, progress: Progress) -> None:
    """Press keys together and let them go (virDomainSendKey, codes of Linux).

    Raises:
        Conflict: It does not run.
        Invalid: No keys, too many, or one that there is not.
        Unsupported: The driver cannot.
    """
    progress(None, "sending keys")
    codes = [code_of(key) for key in step.keys]
    if not 0 < len(codes) <= KEYS_MOST:
        raise Invalid("These keys cannot be sent", f"{len(codes)} keys; 1 to {KEYS_MOST} can be")

    def press() -> None:
        domain = handle.domain(step.uuid)
        try:
            domain.sendKey(libvirt.VIR_KEYCODE_SET_LINUX, HOLD, codes, len(codes), 0)
        except libvirt.libvirtError as error:
            raise _explained(error) from error

    await handle.calls.run(press, timeout=PATIENCE)


def _explained(error: libvirt.libvirtError) -> VmtuiError:
    """To libvirt a key that it does not know is an internal error."""
    text = message(error)
    if "cannot translate keycode" in text:
        return Invalid("The hypervisor does not know this key", text)
    return translate(error)
