"""Forms and the list to pick from, by their keys, on a form of their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.ui.cockpits import Seat
from vmtui.errors import Invalid
from vmtui.paths import theme_dirs
from vmtui.ui import theme
from vmtui.ui.cells import Cell
from vmtui.ui.dialogs.choose import Option
from vmtui.ui.form.fields import (
    ButtonField,
    ChoiceField,
    Field,
    ManyField,
    NoteField,
    TextField,
    ToggleField,
    Trouble,
)
from vmtui.ui.form.form import Form


@dataclass(frozen=True)
class State:
    """What the form asks."""

    name: str = "web1"
    size: int = 20
    bus: str = "virtio"
    on: bool = False
    keys: tuple[str, ...] = ()
    path: str = ""


def _size(state: State, text: str) -> State:
    if not text.isdigit():
        raise Invalid("a number of GiB", text)
    return replace(state, size=int(text))


FIELDS: list[Field[State]] = [
    TextField(id="name", label="Name", read=lambda s: s.name,
              write=lambda s, text: replace(s, name=text), help="how it is called"),
    TextField(id="size", label="Size", read=lambda s: str(s.size), write=_size,
              note=lambda s: f"GiB of {100 - s.size}"),
    ChoiceField(id="bus", label="Bus", read=lambda s: s.bus,
                write=lambda s, id_: replace(s, bus=id_),
                choices=lambda s: [Option("virtio", "VirtIO", "quickest"),
                                   Option("scsi", "SCSI", why_not="this host has none"),
                                   Option("sata", "SATA"), Option("ide", "IDE [old]")]),
    ToggleField(id="on", label="Autostart", read=lambda s: s.on,
                write=lambda s, on: replace(s, on=on)),
    ManyField(id="keys", label="Keys", read=lambda s: s.keys,
              write=lambda s, ids: replace(s, keys=ids),
              choices=lambda s: [Option("a", "alice@lap"), Option("b", "bob@desk")],
              shown=lambda s: s.on),
    TextField(id="path", label="File", read=lambda s: s.path, path=True,
              write=lambda s, text: replace(s, path=text)),
    ButtonField(id="more", label="", words=lambda s: "add a disk"),
]  # fmt: skip


LENGTHY = " ".join(f"word{number}" for number in range(40))


def troubles(state: State) -> list[Trouble]:
    """What is wrong with the state."""
    found = []
    if not state.name:
        found.append(Trouble("name", "a name is needed"))
    if state.path == LENGTHY:
        found.append(Trouble("path", LENGTHY, warning=True))
    if state.size > 50:
        found.append(Trouble("size", "more than the pool has", warning=True))
    return found


class Bare(App[None]):
    """A form and nothing else."""

    def __init__(self, fields: Sequence[Field[State]] = ()) -> None:
        super().__init__()
        self.fields = fields or FIELDS
        palettes, _ = theme.find(theme_dirs())
        self.palette = palettes["midnight"]
        self.state = State()
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        """The form."""
        yield Form(id="form")

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    async def on_mount(self) -> None:
        """Fill it."""
        self.register_theme(self.palette.theme)
        self.theme = self.palette.theme.name
        await self.form.show(self.state, self.fields, troubles(self.state))
        self.form.focus_field()

    @on(Form.Changed)
    async def _changed(self, event: Form.Changed) -> None:
        self.state = event.state
        await self.form.show(self.state, self.fields, troubles(self.state))

    @on(Form.Done)
    def _done(self) -> None:
        self.told.append("done")

    @on(Form.Pressed)
    def _pressed(self, event: Form.Pressed) -> None:
        self.told.append(event.field)


@dataclass
class Desk(Seat):
    """A person before a bare form."""

    bare: Bare


@asynccontextmanager
async def _open(
    size: tuple[int, int] = (80, 24), fields: Sequence[Field[State]] = ()
) -> AsyncIterator[Desk]:
    app = Bare(fields)
    async with app.run_test(size=size) as pilot:
        made: Pilot[None] = pilot
        yield Desk(app, made, app)  # type: ignore[arg-type]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with _open() as desk:
        await desk.until_shown("▸ Name")
        yield desk


@pytest.mark.slow
async def test_what_is_typed_is_the_state_and_its_problem_stands_below(desk: Desk) -> None:
    await desk.press("backspace", "2")
    await desk.until(lambda: desk.bare.state.name == "web2")
    await desk.press(*["backspace"] * 4)
    await desk.until_shown("✗ a name is needed")
    rows = desk.text().splitlines()
    at = next(i for i, row in enumerate(rows) if "Name" in row)
    assert "a name is needed" in rows[at + 1]
    await desk.press("x")
    await desk.until_gone("a name is needed")


async def test_one_whose_screen_has_closed_shows_nothing_and_fails_at_nothing(desk: Desk) -> None:
    form = desk.bare.form
    await form.remove()
    await form.show(State(name="late"), FIELDS, [])
    assert form.ids


async def test_one_whose_screen_closes_while_it_draws_fails_at_nothing(desk: Desk) -> None:
    form = desk.bare.form
    drawing = asyncio.create_task(form.show(State(on=True), FIELDS, []))
    await form.remove()
    await drawing


async def test_what_cannot_be_accepted_leaves_the_state_and_says_so(desk: Desk) -> None:
    await desk.press("down", "k")
    await desk.until_shown("✗ a number of GiB: 20k")
    assert desk.bare.state.size == 20
    assert [trouble.field for trouble in desk.bare.form.troubles] == ["size"]
    await desk.press("backspace", "5")
    await desk.until_shown("! more than the pool has")
    assert desk.bare.state.size == 205


async def test_arrows_turn_past_what_cannot_be_had(desk: Desk) -> None:
    await desk.press("down", "down", "right")
    await desk.until_shown("‹ SATA ›")
    await desk.press("left")
    await desk.until_shown("‹ VirtIO ›   quickest")
    assert desk.bare.state.bus == "virtio"


async def test_a_letter_opens_the_list_and_narrows_it(desk: Desk) -> None:
    await desk.press("down", "down", "i", "d")
    await desk.until_shown("IDE [old]")
    await desk.until_gone("SATA")
    await desk.press("enter")
    await desk.until(lambda: desk.bare.state.bus == "ide")
    await desk.until_shown("‹ IDE [old] ›")


async def test_what_cannot_be_had_says_why_and_is_not_taken(desk: Desk) -> None:
    await desk.press("down", "down", "space", "down")
    await desk.until_shown("Not possible: this host has none")
    await desk.press("enter")
    await desk.until_shown("Not possible: this host has none")
    await desk.press("escape")
    await desk.until_gone("Not possible")
    assert desk.bare.state.bus == "virtio"


@pytest.mark.slow
async def test_a_field_comes_and_goes_with_the_state(desk: Desk) -> None:
    assert "Keys" not in desk.text()
    await desk.press("down", "down", "down", "space")
    await desk.until_shown("[x] yes")
    await desk.until_shown("Keys")
    await desk.press("down", "space")
    await desk.until_shown("take the marked")
    await desk.press("space", "enter")
    await desk.until(lambda: desk.bare.state.keys == ("a",))
    await desk.until_shown("alice@lap")
    order = re.findall(r"Autostart|Keys|File", desk.text())
    assert order == ["Autostart", "Keys", "File"]


@pytest.mark.slow
async def test_enter_is_through_with_the_page_and_presses_a_button(desk: Desk) -> None:
    await desk.press("enter")
    await desk.until(lambda: desk.bare.told == ["done"])
    await desk.press(*["down"] * 5, "enter")
    await desk.until(lambda: desk.bare.told == ["done", "more"])


@pytest.mark.slow
async def test_a_path_is_completed_as_it_is_typed(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "debian.qcow2").touch()
    await desk.press(*["down"] * 4, *"./deb")
    await desk.until_shown("./debian.qcow2")
    await desk.press("right")
    await desk.until(lambda: desk.bare.state.path == "./debian.qcow2")


async def test_the_home_of_nobody_known_is_typed_and_survived(desk: Desk) -> None:
    await desk.press(*["down"] * 4, *"~nobody-known/disc.iso")
    await desk.until(lambda: desk.bare.state.path == "~nobody-known/disc.iso")
    await desk.until_shown("~nobody-known/disc.iso")


@pytest.mark.slow
async def test_a_narrow_screen_still_shows_every_field() -> None:
    async with _open((40, 10)) as desk:
        await desk.until_shown("▸ Name")
        await desk.press(*["down"] * 6)
        await desk.until_shown("▸ add a disk")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["down", "pagedown"])
async def test_of_what_is_only_to_be_read_nothing_is_skipped(key: str) -> None:
    """Between two fields lies more than a screen: every line of it comes by, both ways."""
    lines = [f"{number:02} of the lines" for number in range(70)]
    long = NoteField[State](
        id="note", label="", lines=lambda s, width: [(Cell(line),) for line in lines]
    )
    async with _open(fields=(*FIELDS[:2], long, *FIELDS[2:4])) as desk:
        await desk.until_shown("▸ Name")
        for way, goal in ((key, "on"), (key.replace("down", "up"), "name")):
            seen = {desk.text()}
            for _ in range(9):
                await desk.press(way)
                await desk.pilot.pause()
                seen.add(desk.text())
            await desk.until(lambda: desk.bare.form.here == goal)  # noqa: B023
            assert [line for line in lines if not any(line in text for text in seen)] == []


async def test_what_is_wrong_is_told_whole_and_what_is_cut_on_a_low_screen_shows_it() -> None:
    async with _open() as desk:
        desk.bare.state = replace(desk.bare.state, path=LENGTHY)
        await desk.bare.form.show(desk.bare.state, FIELDS, troubles(desk.bare.state))
        await desk.until_shown("word39")
        assert not any(mark in desk.text() for mark in "▁▂▃▄▅▆▇"), "a scroll bar of its own"
    async with _open((80, 12)) as desk:
        desk.bare.state = replace(desk.bare.state, path=LENGTHY)
        await desk.bare.form.show(desk.bare.state, FIELDS, troubles(desk.bare.state))
        await desk.until_shown("! word0")
        await desk.until_shown(" …")
        assert "word39" not in desk.text()


async def test_on_a_wide_screen_a_note_stands_by_its_field() -> None:
    async with _open((200, 50)) as desk:
        await desk.until_shown("GiB of 80")
        row = next(line for line in desk.text().splitlines() if "GiB of 80" in line)
        assert row.index("GiB of 80") < 80
