"""The second page: which system runs in it, and how it is called."""

from __future__ import annotations

from collections.abc import Sequence

from vmtui.model.system import GENERIC
from vmtui.model.units import size
from vmtui.plan.answers import COUNT_MOST
from vmtui.plan.build import count
from vmtui.plan.imagerules import named
from vmtui.ui.cells import Role
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.fields import ChoiceField, Field, NoteField, TextField
from vmtui.ui.lines import EMPTY, Line, text, wrap
from vmtui.ui.wizard.draft import Draft, put, whole


def fields(draft: Draft) -> list[Field[Draft]]:
    """The page's fields for this draft."""
    del draft
    return [
        ChoiceField(
            id="system", label="System",
            help="Sets the hardware that suits it. Type to search: fedora, win11, freebsd.",
            read=lambda d: d.answers.system,
            write=lambda d, id_: put(d, system=id_), choices=_systems,
        ),
        TextField(
            id="name", label="Name", help="How the guest is called, unique on its host.",
            read=lambda d: d.answers.name, write=lambda d, words: put(d, name=words),
            note=_names,
        ),
        TextField(
            id="count", label="How many", expert=True,
            help="Several at once; # or {} in the name is the number: web-##.",
            read=lambda d: str(d.answers.count),
            write=lambda d, words: put(d, count=whole(words, 1, COUNT_MOST)),
        ),
        TextField(
            id="first", label="Numbered from", expert=True, help="The number of the first one.",
            read=lambda d: str(d.answers.first),
            write=lambda d, words: put(d, first=whole(words)),
            shown=lambda d: d.answers.count > 1,
        ),
        TextField(
            id="title", label="Title", expert=True, help="A line about it, for people.",
            read=lambda d: d.answers.title, write=lambda d, words: put(d, title=words),
        ),
        TextField(
            id="description", label="Notes", expert=True, help="What it is there for.",
            read=lambda d: d.answers.description,
            write=lambda d, words: put(d, description=words),
        ),
        NoteField(id="about", label="", lines=_about),
    ]  # fmt: skip


def _systems(draft: Draft) -> list[Option]:
    return [
        *(Option(one.short, one.label, _wants(one.memory_min, one.disk_min))
          for one in draft.around.systems),
        Option(GENERIC.short, "not known", "virtio disks and network, as for a recent Linux"),
    ]  # fmt: skip


def _wants(memory: int, disk: int) -> str:
    return f"{size(memory)} of memory and {size(disk)} of disk at least"


def _names(draft: Draft) -> str:
    names = draft.answers.names
    return f"{names[0]} to {names[-1]}" if len(names) > 1 else ""


def _about(draft: Draft, width: int) -> Sequence[Line]:
    """What was found out about the image, and what the system wants."""
    answers, around = draft.answers, draft.around
    said: list[str] = []
    seen = around.seen.get(answers.image)
    if seen is not None and seen.error is None:
        said.append(f"The image is {named(seen.kind)}{f', “{seen.label}”' if seen.label else ''}.")
    system = around.system(answers.system)
    wants = [count(system.vcpus, "vCPU"), f"{size(system.memory)} of memory"]
    wants.append(f"{size(system.disk)} of disk")
    said.append(f"{system.label} does well with {', '.join(wants)}.")
    if system.tpm:
        said.append("It wants a TPM 2.0 and secure boot.")
    if system.graphical:
        said.append("It needs a display: a serial console alone does not do.")
    lines: list[Line] = [EMPTY]
    for sentence in said:
        lines += [text(f"  {part}", Role.MUTED) for part in wrap(sentence, width - 2)]
    return lines
