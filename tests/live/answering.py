"""The wizard's answers by its keys, as a person gives them, and what it says below them."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textual.events import Key
from textual.widgets import Input

from tests.live.creating import BOOTED
from tests.live.rooms import guest
from tests.ui.cockpits import Seat
from vmtui.model.guest import GuestState
from vmtui.ui.cockpit import Making
from vmtui.ui.screens.wizard import WizardScreen

STEPS_MOST = 60
"""Fields of the longest page, and then some."""
SIGNS = ("✗", "!")


def wizard(seat: Seat) -> WizardScreen:
    """The wizard, as far as it has begun to ask."""
    screen = seat.app.screen_stack[-1]
    assert isinstance(screen, WizardScreen)
    return screen


async def clear(seat: Seat) -> None:
    """Empty the line that is typed in."""
    await seat.press("end", "ctrl+u", "ctrl+k")


async def write(seat: Seat, words: str) -> None:
    """Type into the line that has the keys; all at once, as a terminal does after a pause."""
    line = seat.app.focused
    assert isinstance(line, Input)
    wanted = line.value + words
    for letter in words:
        seat.app.post_message(Key(letter, letter))
    await seat.until(lambda: line.value == wanted)


async def take(seat: Seat, *words: str) -> None:
    """Choose from the list of the field that has the keys, by typing these words."""
    await seat.press("space")
    await seat.until_shown("type to search")
    await write(seat, " ".join(words))
    await seat.press("enter")
    await seat.until_gone("type to search")


async def begin(seat: Seat, folder: Path, source: str = "", profiles: bool = False) -> None:
    """Open the wizard and choose what the guest is made from."""
    kept = folder / "profiles" if profiles else None
    seat.app.cockpit.making = Making(
        draft=folder / "draft.json", cache=folder / "cache", profiles=kept
    )
    await seat.until_shown("guest")
    await seat.until(lambda: all(v.listed for v in seat.app.cockpit.store.inventory.hosts.values()))
    await seat.press("n")
    await seat.until_shown("Made from", 60)
    if source:
        await go(seat, "Made from")
        await take(seat, source)
        await seat.until_shown(f"‹ {source} ›")


def at(seat: Seat, label: str) -> bool:
    """Whether the field of that label has the keys."""
    return any(_is_at(line, label) for line in seat.text().splitlines())


def _is_at(line: str, label: str) -> bool:
    mark, _, rest = line.strip().partition(" ")
    return mark == "▸" and f"{rest} ".startswith(f"{label} ")


async def go(seat: Seat, label: str, way: str = "down") -> None:
    """Arrows, until the field of that label has the keys."""
    # The keys may have come to a field whose mark is not drawn yet.
    await seat.until(lambda: bool(wizard(seat)._form.here) and _marked(seat))
    for _ in range(STEPS_MOST):
        if at(seat, label):
            return
        await seat.press(way)
        await seat.pilot.pause()
    raise AssertionError(f"no field {label!r}:\n{seat.text()}")


def _marked(seat: Seat) -> bool:
    return any(line.strip().startswith("▸ ") for line in seat.text().splitlines())


async def fill(seat: Seat, label: str, words: str, way: str = "down") -> None:
    """Type these words into the field of that label instead of what stands there."""
    await go(seat, label, way)
    await clear(seat)
    await write(seat, words)


def below(seat: Seat, label: str) -> str:
    """What is said to be wrong right below the field of that label, in one line; "" for nothing."""
    lines = iter(seat.text().splitlines())
    if not any(line[3:].startswith(f"{label} ") for line in lines):
        return ""
    said: list[str] = []
    for line in lines:
        words = line.strip()
        if not line.startswith(" " * 17) or not (said or words.startswith(SIGNS)):
            break
        said.append(words)
    return " ".join(said)


async def until_told(seat: Seat, label: str, words: str) -> None:
    """Wait until this stands right below the field of that label."""
    await seat.until(lambda: words in below(seat, label), 60)


async def until_right(seat: Seat, label: str) -> None:
    """Wait until nothing is wrong with the field of that label."""
    await seat.until(lambda: "✗" not in below(seat, label), 60)


async def give_file(seat: Seat, label: str, file: Path) -> None:
    """The keys are on an origin: say that it is a file of this machine, and which."""
    await take(seat, "a file of")
    await seat.until(lambda: at(seat, "File"))
    await clear(seat)
    await write(seat, str(file))
    await seat.until_shown(file.name)
    assert label in seat.text()


async def turn(seat: Seat, page: str) -> None:
    """Enter, until that page is there."""
    await seat.press("enter")
    await seat.until_shown(f"{page}", 60)


async def name_it(seat: Seat, name: str, memory: str, network: str = "") -> None:
    """From the first page to the review: a name, so much memory, maybe a network."""
    await turn(seat, "▸2 System")
    await fill(seat, "Name", name)
    await turn(seat, "▸3 Resources")
    await fill(seat, "Memory", memory)
    if network:
        await go(seat, "Network")
        await take(seat, network)
    await turn(seat, "▸4 Review")
    await seat.until_shown("Steps", 60)


async def do_it(seat: Seat) -> None:
    """Confirm."""
    await seat.press("enter")
    await seat.until_shown("do it", 60)
    await seat.press("y")


async def until_running(seat: Seat, name: str) -> None:
    """Wait until the store says so; fails with what a job says where it failed."""

    def runs() -> bool:
        jobs = seat.app.cockpit.jobs
        assert not jobs.past or jobs.past[0].tracks[0].error is None, jobs.past[0].tracks[0].error
        found = guest(seat, name)
        return found is not None and found.state is GuestState.RUNNING

    await seat.until(runs, BOOTED)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder as a web server has it; gives its address."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Nothing."""
