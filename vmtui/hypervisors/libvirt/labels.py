"""Writing on a guest: its labels go into its own metadata, where everybody finds them."""

from __future__ import annotations

import libvirt

from vmtui.hypervisor import Progress
from vmtui.hypervisors.libvirt.definition import PATIENCE
from vmtui.hypervisors.libvirt.handle import Handle
from vmtui.hypervisors.libvirt.xml.labels import parse_labels
from vmtui.hypervisors.libvirt.xml.tree import parse
from vmtui.model.change import Change, ChangeKind
from vmtui.model.guest import Labels
from vmtui.model.steps import SetLabels, Step
from vmtui.plan.labelwords import LABELS_KEY, LABELS_URI, write_labels


async def set_labels(handle: Handle, step: SetLabels, progress: Progress) -> Step | None:
    """Write its labels (virDomainSetMetadata), also on the running guest; other metadata stays.

    Raises:
        NotFound: There is no such guest.
        Unsupported: Its hypervisor keeps no metadata.
    """
    progress(None, "writing it down")
    wanted = step.labels

    def change() -> Labels | None:
        domain = handle.domain(step.uuid)
        flags = 0
        if domain.isPersistent():
            flags |= libvirt.VIR_DOMAIN_AFFECT_CONFIG
        if domain.isActive():
            flags |= libvirt.VIR_DOMAIN_AFFECT_LIVE
        before = _read(domain, flags)
        if before == wanted:
            return None
        kind = libvirt.VIR_DOMAIN_METADATA_ELEMENT
        text = write_labels(wanted)
        # libvirt takes NULL, which its annotations leave out, for taking it away.
        domain.setMetadata(kind, text, LABELS_KEY, LABELS_URI, flags)  # type: ignore[arg-type]
        return before

    before = await handle.calls.run(change, timeout=PATIENCE)
    if before is None:
        return None
    # Not every driver has an event for it.
    handle.announce(Change(ChangeKind.GUEST, step.uuid))
    return SetLabels.of(step.uuid, before)


def _read(domain: libvirt.virDomain, flags: int) -> Labels:
    live = flags & libvirt.VIR_DOMAIN_AFFECT_LIVE
    try:
        text = domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, LABELS_URI, live or flags)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return Labels()
        raise
    return parse_labels(parse(text))
