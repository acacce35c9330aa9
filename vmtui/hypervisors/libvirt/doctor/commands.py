"""Each step that mends a host as a command line of a person's shell."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET

from vmtui.hypervisors.libvirt.doctor.mend import network_xml, words_of
from vmtui.model.steps.mending import (
    DefineNetwork,
    DefinePool,
    HostStep,
    StartNetwork,
    StartPool,
    StopNetwork,
    StopPool,
    UndefineNetwork,
    UndefinePool,
)


def command_of(virsh: str, step: HostStep) -> str:
    """The step as a command line; `virsh` is how virsh is called."""

    def line(verb: str, *words: str) -> str:
        return f"{virsh} {shlex.join((verb, *words))}"

    match step:
        case StartNetwork(name=name, autostart=autostart):
            start = line("net-start", "--network", name)
            return f"{start} && {line('net-autostart', '--network', name)}" if autostart else start
        case StopNetwork(name=name, autostart=autostart):
            stop = line("net-destroy", "--network", name)
            disable = line("net-autostart", "--disable", "--network", name)
            return stop if autostart else f"{stop} && {disable}"
        case DefineNetwork(name=name, address=address):
            text = ET.tostring(network_xml(name, address), encoding="unicode")
            return f"echo {shlex.quote(text)} | {virsh} net-define /dev/stdin"
        case UndefineNetwork(name=name):
            return line("net-undefine", "--network", name)
        case StartPool(name=name, autostart=autostart):
            start = line("pool-start", "--build", "--pool", name)
            return f"{start} && {line('pool-autostart', '--pool', name)}" if autostart else start
        case StopPool(name=name, autostart=autostart):
            stop = line("pool-destroy", "--pool", name)
            disable = line("pool-autostart", "--disable", "--pool", name)
            return stop if autostart else f"{stop} && {disable}"
        case DefinePool(name=name, path=path):
            return line("pool-define-as", "--name", name, "--type", "dir", "--target", path)
        case UndefinePool(name=name):
            return line("pool-undefine", "--pool", name)
    return f"sudo {shlex.join(words_of(step))}"
