"""Editing a definition: the smallest change, and everything else as it was."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from vmtui.errors import Invalid
from vmtui.hypervisors.libvirt.xml.edit import add_log, add_serial, open_document, write_document
from vmtui.hypervisors.libvirt.xml.tree import parse

ODD = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>a&amp;b</name>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
    <mine:note xmlns:mine="urn:mine">kept</mine:note>
    <ns0:odd xmlns:ns0="urn:odd"/>
  </metadata>
  <devices>%s<strange unknown='1'/></devices>
  <qemu:commandline><qemu:arg value='-foo'/></qemu:commandline>
</domain>"""


def same_but(before: str, after: str, *tags: str) -> bool:
    """Whether two documents differ only in these children of `<devices>`."""
    texts = []
    for text in (before, after):
        root = parse(text)
        devices = root.find("devices")
        assert devices is not None
        for child in [one for one in devices if one.tag in tags]:
            devices.remove(child)
        texts.append(ET.canonicalize(ET.tostring(root, encoding="unicode"), strip_text=True))
    return texts[0] == texts[1]


def test_a_serial_port_is_added_and_nothing_else_changes() -> None:
    before = ODD % "<disk type='file'/>"
    root = open_document(before)
    assert add_serial(root)
    after = write_document(root)
    assert same_but(before, after, "serial", "console")
    serial = parse(after).find("devices/serial")
    assert serial is not None
    assert serial.get("type") == "pty"


def test_prefixes_stay_as_they_were() -> None:
    after = write_document(open_document(ODD % ""))
    for words in ("<qemu:commandline>", "<libosinfo:os ", "<mine:note", "a&amp;b"):
        assert words in after
    assert 'xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0"' in after


@pytest.mark.parametrize(
    "port", ["<serial type='pty'/>", "<console type='pty'><target type='virtio'/></console>"]
)
def test_a_guest_with_a_console_is_left_alone(port: str) -> None:
    root = open_document(ODD % port)
    assert not add_serial(root)
    assert same_but(ODD % port, write_document(root))


def test_a_log_goes_to_the_first_serial_port() -> None:
    ports = "<serial type='pty'><target port='0'/></serial><serial type='tcp'/><console/>"
    root = open_document(ODD % ports)
    assert add_log(root, "/var/log/a&b.log")
    found = [log.attrib for log in root.iter("log")]
    assert found == [{"file": "/var/log/a&b.log", "append": "on"}]
    first = root.find("devices/serial")
    assert first is not None
    assert first.find("log") is not None


def test_a_log_goes_to_a_console_where_there_is_no_serial_port() -> None:
    root = open_document(ODD % "<console type='pty'><target type='virtio'/></console>")
    assert add_log(root, "/x")
    assert root.find("devices/console/log") is not None


def test_a_log_that_is_there_stays() -> None:
    root = open_document(ODD % "<serial type='pty'><log file='/old'/></serial>")
    assert not add_log(root, "/new")


def test_what_cannot_be_edited_is_said() -> None:
    with pytest.raises(Invalid):
        add_log(open_document(ODD % ""), "/x")
    with pytest.raises(Invalid):
        add_serial(open_document("<domain/>"))
