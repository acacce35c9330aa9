"""What people wrote on a guest, in its `<metadata>`: `<labels>` in a namespace of vmtui's own."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from vmtui.hypervisors.libvirt.text import plain
from vmtui.model.guest import Labels
from vmtui.model.labels import DELAY_MOST, GROUP_MOST, NOTE_MOST, ORDER_MOST, TAG_MOST, TAGS_MOST
from vmtui.plan.labelwords import LABELS_URI


def read_labels(domain: Element) -> Labels:
    """What is written on a `<domain>`; whatever else stands there is passed over."""
    return _labels(domain.find(f"metadata/{{{LABELS_URI}}}labels"))


def parse_labels(found: Element) -> Labels:
    """What a `<labels>` element says."""
    return _labels(found)


def _labels(found: Element | None) -> Labels:
    tags: set[str] = set()
    group = note = ""
    order: int | None = None
    delay = 0
    for part in () if found is None else found:
        # libvirt puts the element into the namespace, but not what is in it.
        kind = part.tag.rpartition("}")[2]
        if kind == "tag" and len(tags) < TAGS_MOST:
            tags.add(plain(part.text, TAG_MOST))
        elif kind == "group":
            group = plain(part.text, GROUP_MOST)
        elif kind == "note":
            note = plain(part.text, NOTE_MOST)
        elif kind == "order":
            order = _number(part.text, ORDER_MOST)
            delay = _number(part.get("delay"), DELAY_MOST) or 0
    return Labels(tuple(sorted(tags - {""})), group, note, order, 0 if order is None else delay)


def _number(text: str | None, most: int) -> int | None:
    """A whole number from 0 to `most`; None for anything else that somebody wrote there."""
    word = (text or "").strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= 6):
        return None
    return int(word) if int(word) <= most else None
