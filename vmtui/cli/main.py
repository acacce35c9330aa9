"""The entry point: reads arguments and settings, puts the house together, opens the screen."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import importlib
import logging
import os
import sys
import tempfile
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui import config, log, paths
from vmtui.cli import arguments
from vmtui.cli.connecting import audit_log, host_book, wanted_hosts
from vmtui.cli.exits import code_of
from vmtui.cli.output import complain, until_closed
from vmtui.errors import VmtuiError

if TYPE_CHECKING:
    from vmtui.cli.hosts import HostChoice
    from vmtui.engine.audit import AuditLog
    from vmtui.hypervisor import Factory
    from vmtui.ui.cockpit import Cockpit, Making

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run vmtui; the exit code is the command's own, or as `exits.Exit` says."""
    # Memory goes with the process: nothing is looked through at the interpreter's end.
    atexit.register(gc.freeze)
    return until_closed(lambda: _main(sys.argv[1:] if argv is None else argv))


def _main(argv: Sequence[str]) -> int:
    words = arguments.prepared(argv)
    parser = arguments.parser(words)
    given = parser.parse_args(words)
    if given.tick is not None and not config.TICK_MIN <= given.tick <= config.TICK_MAX:
        parser.error(f"--tick is {config.TICK_MIN} to {config.TICK_MAX:.0f} seconds")
    if given.config is not None and not given.config.exists():
        parser.error(f"--config: there is no {given.config}")
    settings, problems = config.load(given.config or paths.config_file())
    settings = overridden(settings, given)
    log.start(paths.log_file(), settings.log_level)
    for problem in problems:
        logger.warning("settings: %s", problem)
    if given.keys:
        return list_keys(settings)
    try:
        if given.run:
            return _command(given, settings)
        return _screen(parser, given, settings, [str(problem) for problem in problems])
    except VmtuiError as error:
        complain(error)
        return code_of(error)


def _command(given: Namespace, settings: config.Settings) -> int:
    """Run a command; what does it is imported now."""
    module, _, function = given.run.partition(":")
    run: Callable[[Namespace, config.Settings], int]
    run = getattr(importlib.import_module(module), function)
    return run(given, settings)


def _screen(
    parser: argparse.ArgumentParser,
    given: Namespace,
    settings: config.Settings,
    problems: Sequence[str],
) -> int:
    """Open the screen."""
    # Textual reads from standard input and draws on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        parser.error("vmtui draws on a terminal: its input and output must be one")
    if os.environ.get("TERM") == "dumb":
        parser.error("TERM is dumb: vmtui needs a terminal on which it can move the cursor")
    # Textual reads it once, at its import: how often a second the screen may be painted.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    hosts = wanted_hosts(given, settings)

    from vmtui.ui.app import VmtuiApp

    # An imaginary guest's plan is nothing to finish at the next start, nor to answer for.
    real = given.demo is None
    journal_dir = paths.journal_dir() if real else None
    cockpit = build(settings, hosts, problems, journal_dir, audit_log() if real else None)
    file = given.config or paths.config_file()
    cockpit.hosts = host_book(cockpit.fleet, hosts, settings, file if real else None)
    if real:
        cockpit.first_start = lambda: first_start(paths.tour_mark())
    cockpit.settings_file = file if real else None
    cockpit.watched = file
    cockpit.overrides = lambda changed: overridden(changed, given)
    with contextlib.ExitStack() as stack:
        if not real:
            imagine(cockpit, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        app = VmtuiApp(cockpit)
        app.run()
    return app.return_code or 0


def imagine(cockpit: Cockpit, folder: Path) -> None:
    """For the demo fleet nothing is downloaded, and nothing kept."""
    from vmtui.hypervisors.demo.fetching import pretend

    cockpit.fleet.fetch = pretend
    cockpit.making = replace(cockpit.making, cache=folder, draft=None, profiles=folder / "profiles")


def first_start(mark: Path) -> bool:
    """Whether nobody was here before; leaves a mark, without which nobody is bothered."""
    try:
        mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError:
        return False
    return True


def list_keys(settings: config.Settings) -> int:
    """Print every action's id, keys and help; the exit code is 1 where the settings clash."""
    from vmtui.ui import keymap, plugins
    from vmtui.ui.actions import ACTIONS

    own, clashes = plugins.actions_of(settings.plugins)
    keys, problems = keymap.build((*ACTIONS, *own), settings.keys, settings.key_lines)
    for action in (*ACTIONS, *own):
        words = keymap.words(keys[action.id])
        print(f"{action.id:<16} {words:<12} {action.help}")
    for problem in (*clashes, *problems):
        print(f"vmtui: {problem}", file=sys.stderr)
    return 1 if clashes or problems else 0


def overridden(settings: config.Settings, given: Namespace) -> config.Settings:
    """The settings with what the command line says."""
    return replace(
        settings,
        theme=given.theme or settings.theme,
        tick=given.tick or settings.tick,
        log_level=given.log_level or settings.log_level,
        read_only=given.read_only or settings.read_only,
    )


def build(
    settings: config.Settings,
    hosts: Sequence[tuple[HostChoice, Factory]],
    problems: Sequence[str] = (),
    journal_dir: Path | None = None,
    audit: AuditLog | None = None,
) -> Cockpit:
    """The house, put together; hosts are opened when the screen is up.

    Plans are recorded in `journal_dir`, and what was done in `audit`; None records none.
    """
    from vmtui.engine import journal, trail
    from vmtui.engine.consoles import Consoles
    from vmtui.engine.eventlog import EventLog
    from vmtui.engine.fleet import Fleet
    from vmtui.engine.history import History
    from vmtui.engine.jobs import Jobs
    from vmtui.engine.pace import Pace
    from vmtui.engine.store import Store
    from vmtui.ui import abilities, taste
    from vmtui.ui.cockpit import Cockpit
    from vmtui.ui.remembered import Remembered

    store, events, history = Store(), EventLog(), History(settings.tick)
    fleet = Fleet(store, events, history, Pace(tick=settings.tick))
    jobs = Jobs(fleet, events, journal_dir, audit)
    consoles = Consoles(fleet, store, settings.console.scrollback)
    able = abilities.from_environment(os.environ)
    looks = taste.read(settings, paths.theme_dirs(), colours=able.colours)

    def connect() -> None:
        for choice, factory in hosts:
            fleet.add(
                choice.id, choice.uri, factory,
                production=choice.production, read_only=choice.read_only,
            )  # fmt: skip

    async def close() -> None:
        await jobs.close()
        await consoles.close()
        await fleet.close()

    return Cockpit(
        store=store,
        fleet=fleet,
        jobs=jobs,
        consoles=consoles,
        events=events,
        history=history,
        settings=settings,
        palettes=looks.palettes,
        palette=looks.palette,
        keymap=looks.keymap,
        plugins=looks.plugins,
        abilities=able,
        theme_folders=paths.theme_dirs(),
        read_only=all(choice.read_only for choice, _ in hosts),
        problems=[*problems, *looks.problems],
        connect=connect,
        close=close,
        remembered=Remembered(paths.memory_file() if journal_dir else None),
        leftovers=lambda: journal.leftovers(journal_dir) if journal_dir else journal.Leftovers(),
        trail=lambda: trail.read(audit.path) if audit else (),
        making=_making(settings, keeps=journal_dir is not None),
    )


def _making(settings: config.Settings, *, keeps: bool) -> Making:
    """What the wizard is given; a draft is kept where plans are."""
    from vmtui.cli.known import known_images, known_systems
    from vmtui.ui.cockpit import Making

    draft = paths.state_dir() / "draft.json" if keeps else None
    return Making(known_systems, known_images(settings), draft=draft, profiles=paths.profile_dir())
