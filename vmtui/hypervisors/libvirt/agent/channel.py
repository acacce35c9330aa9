"""The channels of a guest's agents: adding one, hot where it runs, and taking it away."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import libvirt

from vmtui.errors import Conflict
from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.definition import inactive_xml
from vmtui.hypervisors.libvirt.errors import lost, unsupported
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.xml.channel import (
    add_channel,
    channel_text,
    find_channel,
    remove_channel,
)
from vmtui.hypervisors.libvirt.xml.edit import open_document, write_document
from vmtui.model.change import Change, ChangeKind
from vmtui.model.device import AgentPort
from vmtui.model.steps import AddAgentChannel, RemoveAgentChannel, Step

PATIENCE = 60.0


async def add_agent_channel(
    handle: Handle, step: AddAgentChannel, progress: Progress
) -> Step | None:
    """Add it to the definition (virDomainDefineXML), and where `live` says so and it can be, to
    the running guest (virDomainAttachDeviceFlags).

    Raises:
        Conflict: It has one, or is transient and cannot take one as it runs.
        Invalid: The host does not accept the definition.
    """
    progress(None, "adding the guest agent's channel")

    def add() -> Step | None:
        domain = handle.domain(step.uuid)
        defined = bool(domain.isPersistent()) and _define(handle, domain, step.port)
        plugged = step.live and bool(domain.isActive()) and _plug(domain, step.port)
        if not defined and not plugged and step.ensure:
            return None
        if not defined and not plugged:
            raise Conflict(
                "It has the channel in its definition already",
                hint="It is there when the guest is started again after it was off.",
            )
        return RemoveAgentChannel(step.uuid, live=plugged, port=step.port)

    undo = await handle.calls.run(add, timeout=PATIENCE)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return undo


async def remove_agent_channel(
    handle: Handle, step: RemoveAgentChannel, progress: Progress
) -> None:
    """Take it from the definition, and from the running guest (virDomainDetachDeviceFlags).

    Raises:
        Conflict: The running guest does not give it up.
    """
    progress(None, "removing the guest agent's channel")

    def remove() -> None:
        domain = handle.domain(step.uuid)
        if domain.isPersistent():
            root = open_document(inactive_xml(domain))
            if remove_channel(root, step.port):
                handle.conn.defineXML(write_document(root))
        if step.live and domain.isActive():
            channel = find_channel(open_document(domain.XMLDesc()), step.port)
            if channel is not None:
                text = ET.tostring(channel, encoding="unicode")
                domain.detachDeviceFlags(text, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    await handle.calls.run(remove, timeout=PATIENCE)
    handle.announce(Change(ChangeKind.GUEST, step.uuid))


def _define(handle: Handle, domain: libvirt.virDomain, port: AgentPort) -> bool:
    root = open_document(inactive_xml(domain))
    if not add_channel(root, port):
        return False
    handle.conn.defineXML(write_document(root))
    return True


def _plug(domain: libvirt.virDomain, port: AgentPort) -> bool:
    """Plug it into a running guest; false where that cannot be, or it has one."""
    if find_channel(open_document(domain.XMLDesc()), port) is not None:
        return False
    try:
        domain.attachDeviceFlags(channel_text(port), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    except libvirt.libvirtError as error:
        # Without a virtio-serial controller there is nothing to plug it into: the next start does.
        if lost(error) or not (unsupported(error) or _cannot_plug(error)):
            raise
        return False
    return True


def _cannot_plug(error: libvirt.libvirtError) -> bool:
    return error.get_error_code() in (
        libvirt.VIR_ERR_INTERNAL_ERROR,
        libvirt.VIR_ERR_OPERATION_FAILED,
        libvirt.VIR_ERR_XML_ERROR,
    )
