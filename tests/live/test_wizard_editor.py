"""The wizard in a real terminal with the person's own editor: user-data and the definition."""

from __future__ import annotations

from pathlib import Path

import libvirt
import pytest

from tests.live.rooms import SOON
from tests.live.terminal import Terminal
from tests.live.test_creating_real import qcow2
from tests.rig import Daemon, wait_until

pytestmark = [pytest.mark.rig, pytest.mark.slow]

EDITOR = """\
#!/bin/sh
# Each kind of text is spoilt the first time, and mended the second.
set -eu
seen={folder}/seen-${{1##*.}}
if [ ! -e "$seen" ]; then
    touch "$seen"
    case $1 in
    *.yaml) printf '#cloud-config\\nruncmd: [\\n' >"$1" ;;
    *.xml) sed -i 's,\\(<vcpu[^>]*>\\)[0-9]*,\\1none,' "$1" ;;
    esac
else
    case $1 in
    *.yaml) printf '#cloud-config\\nfinal_message: seen in the seed\\n' >"$1" ;;
    *.xml) sed -i 's,>none</vcpu>,>1</vcpu>,; s,\\(<on_crash>\\)[a-z]*,\\1preserve,' "$1" ;;
    esac
fi
"""


def cursor(terminal: Terminal) -> tuple[int, str]:
    """In which line the cursor's mark is, and what stands there; (-1, "") where it is not seen."""
    for number, line in enumerate(terminal.text().splitlines()):
        if number > 2 and line.startswith(" ▸"):
            return number, line
    return -1, ""


def until_at(terminal: Terminal, words: str, key: str = "Down") -> None:
    """Press that key until the cursor's mark and these words stand in one line."""
    for _ in range(60):
        if words in (before := cursor(terminal))[1]:
            return
        top = terminal.text().splitlines()[3]
        terminal.press(key)
        wait_until(
            lambda: cursor(terminal) != before or terminal.text().splitlines()[3] != top,  # noqa: B023
            SOON, "the next field",
        )  # fmt: skip
    raise AssertionError(terminal.text())


@pytest.mark.timeout(300)
def test_user_data_and_the_definition_are_edited_by_hand(
    lab: libvirt.virConnect, pool: libvirt.virStoragePool, rig_daemon: Daemon, tmp_path: Path
) -> None:
    """What is wrong is told at its place, what changes is shown, and what is taken is made."""
    folder = Path(pool.XMLDesc().partition("<path>")[2].partition("</path>")[0])
    image = qcow2(tmp_path, "x-genericcloud.qcow2").rename(folder / "x-genericcloud.qcow2")
    rig_daemon.keeper.give(image)
    pool.refresh()
    editor = tmp_path / "editor"
    editor.write_text(EDITOR.format(folder=tmp_path))
    editor.chmod(0o755)
    environment = {"EDITOR": str(editor), "VISUAL": None}
    with Terminal("-c", rig_daemon.uri, environment=environment) as terminal:
        terminal.until_shown("no guests on this host yet")
        terminal.press("n")
        terminal.until_shown("▸ Made from")
        until_at(terminal, "Image ")
        terminal.press("Space")
        terminal.until_shown("type to search")
        terminal.write("x-generic")
        terminal.until_shown("in images")
        terminal.press("Enter")
        terminal.until_shown("‹ x-genericcloud.qcow2 ›")
        for page in ("▸2 System", "▸3 Resources", "▸4 Access"):
            terminal.press("C-n")
            terminal.until_shown(page)
        terminal.press("C-o")
        terminal.until_shown("User-data")
        until_at(terminal, "User-data")
        terminal.press("Enter")
        terminal.until_shown("✗ This is no YAML that cloud-init could read: line 3:")
        terminal.press("Enter")
        terminal.until_shown("edit your own cloud-config, 2 lines")
        terminal.until_gone("✗ This is no")
        terminal.press("C-n")
        terminal.until_shown("▸5 Review")
        terminal.until_shown("· defines ")
        terminal.press("Space")
        terminal.until_shown("Start it          [ ] no")
        terminal.until_shown("until you take it out")
        until_at(terminal, "edit it by hand")
        terminal.press("Enter")
        terminal.until_shown("What the edit changes")
        terminal.until_shown("✗ ")
        terminal.until_shown("none</vcpu>")
        assert "take it" not in terminal.text()
        terminal.press("y")
        terminal.press("e")
        terminal.until_shown("y take it")
        terminal.until_shown("+  <on_crash>preserve</on_crash>")
        terminal.until_shown("-  <on_crash>")
        terminal.press("y")
        terminal.until_shown("show it, as you edited it")
        until_at(terminal, "Start it", "Up")
        terminal.press("Enter")
        terminal.until_shown("do it")
        terminal.press("y")
        wait_until(lambda: lab.listAllDomains(), SOON, "the guest")
    (domain,) = lab.listAllDomains()
    assert "<on_crash>preserve</on_crash>" in domain.XMLDesc()
    (seed,) = folder.glob("*-seed.iso")
    assert b"final_message: seen in the seed" in seed.read_bytes()
