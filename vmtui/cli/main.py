"""The entry point: reads arguments and settings, puts the house together, opens the screen."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmtui import config, log, paths
from vmtui.cli import arguments
from vmtui.cli.hosts import HostChoice, choose
from vmtui.errors import Invalid

if TYPE_CHECKING:
    from vmtui.hypervisor import Factory, Hypervisor
    from vmtui.ui.cockpit import Cockpit

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run vmtui; the exit code is 0, 2 where the arguments make no sense, 128 and a signal's."""
    parser = arguments.parser()
    given = parser.parse_args(argv)
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
    if given.command == "replay":
        from vmtui.cli import replay

        return replay.run(given.file, given.cols, given.rows, text=given.text)
    if given.command == "console":
        return open_console(parser, given, settings)
    # Textual reads from standard input and draws on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        parser.error("vmtui draws on a terminal: its input and output must be one")
    if os.environ.get("TERM") == "dumb":
        parser.error("TERM is dumb: vmtui needs a terminal on which it can move the cursor")
    # Textual reads it once, at its import: how often a second the screen may be painted.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    try:
        hosts = wanted_hosts(given, settings)
    except Invalid as error:
        parser.error(str(error))

    from vmtui.ui.app import VmtuiApp

    # An imaginary guest's plan is nothing to finish at the next start.
    journal_dir = None if given.demo is not None else paths.journal_dir()
    cockpit = build(settings, hosts, [str(problem) for problem in problems], journal_dir)
    app = VmtuiApp(cockpit)
    app.run()
    return app.return_code or 0


def open_console(
    parser: argparse.ArgumentParser, given: Namespace, settings: config.Settings
) -> int:
    """`vmtui console`; its exit code."""
    from vmtui.cli import console

    given.connect = given.connect + given.command_connect
    try:
        hosts = wanted_hosts(given, settings)
    except Invalid as error:
        parser.error(str(error))
    wanted = console.Wanted(given.name, given.device, given.force, given.log, given.record)
    return console.run(hosts, wanted, settings.console.leave)


def list_keys(settings: config.Settings) -> int:
    """Print every action's id, keys and help; the exit code is 1 where the settings clash."""
    from vmtui.ui import keymap
    from vmtui.ui.actions import ACTIONS

    keys, problems = keymap.build(ACTIONS, settings.keys)
    for action in ACTIONS:
        words = " ".join(keymap.word(key) for key in keys[action.id])
        print(f"{action.id:<16} {words:<12} {action.help}")
    for problem in problems:
        print(f"vmtui: {problem}", file=sys.stderr)
    return 1 if problems else 0


def overridden(settings: config.Settings, given: Namespace) -> config.Settings:
    """The settings with what the command line says."""
    return replace(
        settings,
        theme=given.theme or settings.theme,
        tick=given.tick or settings.tick,
        log_level=given.log_level or settings.log_level,
        read_only=given.read_only or settings.read_only,
    )


def wanted_hosts(given: Namespace, settings: config.Settings) -> list[tuple[HostChoice, Factory]]:
    """The hosts to open, each with what makes a connection to it.

    Raises Invalid where the demo fleet is not described as it should be.
    """
    if given.demo is not None:
        from vmtui.hypervisors.demo import demo_fleet, parse_fleet

        fleet = demo_fleet(parse_fleet(given.demo))
        for host in fleet:
            host.read_only = settings.read_only
        return [(HostChoice(h.id, h.uri, h.read_only), h.connect) for h in fleet]
    from vmtui.hypervisors.libvirt.local import default_uri

    choices = choose(
        given.connect, os.environ, settings.hosts, default_uri, read_only=settings.read_only
    )
    return [(choice, _libvirt(choice)) for choice in choices]


def _libvirt(choice: HostChoice) -> Factory:
    def make() -> Hypervisor:
        from vmtui.hypervisors.libvirt.connection import LibvirtHypervisor

        return LibvirtHypervisor(choice.uri, choice.id, read_only=choice.read_only)

    return make


def build(
    settings: config.Settings,
    hosts: Sequence[tuple[HostChoice, Factory]],
    problems: Sequence[str] = (),
    journal_dir: Path | None = None,
) -> Cockpit:
    """The house, put together; hosts are opened when the screen is up.

    Plans are recorded in `journal_dir`; None records none.
    """
    from vmtui.engine import journal
    from vmtui.engine.consoles import Consoles
    from vmtui.engine.eventlog import EventLog
    from vmtui.engine.fleet import Fleet
    from vmtui.engine.history import History
    from vmtui.engine.jobs import Jobs
    from vmtui.engine.pace import Pace
    from vmtui.engine.store import Store
    from vmtui.ui import keymap, theme
    from vmtui.ui.actions import ACTIONS
    from vmtui.ui.cockpit import Cockpit

    store, events, history = Store(), EventLog(), History(settings.tick)
    fleet = Fleet(store, events, history, Pace(tick=settings.tick))
    jobs = Jobs(fleet, events, journal_dir)
    consoles = Consoles(fleet, store, settings.console.scrollback)
    palettes, theme_problems = theme.find(paths.theme_dirs())
    palette, wrong_theme = theme.choose(
        palettes, settings.theme, no_color=bool(os.environ.get("NO_COLOR"))
    )
    keys, key_problems = keymap.build(ACTIONS, settings.keys)
    trouble = [*problems, *theme_problems, *key_problems]
    if wrong_theme:
        trouble.append(wrong_theme)

    def connect() -> None:
        for choice, factory in hosts:
            fleet.add(choice.id, choice.uri, factory)

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
        palettes=palettes,
        palette=palette,
        keymap=keys,
        read_only=all(choice.read_only for choice, _ in hosts),
        problems=trouble,
        connect=connect,
        close=close,
        leftovers=lambda: journal.leftovers(journal_dir) if journal_dir else journal.Leftovers(),
    )
