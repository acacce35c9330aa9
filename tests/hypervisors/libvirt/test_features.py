"""What is known of a driver and its version before anybody asks."""

from __future__ import annotations

import pytest

from vmtui.hypervisors.libvirt.features import console_lag


@pytest.mark.parametrize(
    ("driver", "hypervisor", "loses"),
    [
        ("QEMU", "QEMU 7.2.22", True),
        ("QEMU", "QEMU 8.1.5", True),
        ("QEMU", "QEMU 8.2.0", False),
        ("QEMU", "QEMU 10.0.2", False),
        ("QEMU", "", True),
        ("LXC", "LXC 6.1.0", False),
        ("TEST", "", False),
    ],
)
def test_an_old_qemu_loses_what_is_printed_right_after_a_console_was_opened(
    driver: str, hypervisor: str, loses: bool
) -> None:
    assert (console_lag(driver, hypervisor) > 1.0) is loses
