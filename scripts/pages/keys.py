"""docs/keys.md, from the registry and the arguments."""

from __future__ import annotations

from scripts.pages.manual import commands_of
from vmtui.cli.arguments import parser
from vmtui.ui import keymap
from vmtui.ui.actions import ACTIONS
from vmtui.ui.consolekeys import chords, command_help
from vmtui.ui.lookingkeys import HELP

HEAD = """\
# Keys and commands

Made from the program by `python -m scripts.papers`; `?` inside shows the keys as your settings have them, `vmtui --keys` lists
them. An action's id is what `[keys]` in the settings and the command line call it.
"""


def page() -> str:
    """The page."""
    from vmtui.config import ConsoleSettings

    parts = [HEAD]
    commands = commands_of(parser())
    for scope in dict.fromkeys(action.scope for action in ACTIONS):
        parts.append(f"\n## {scope.value}\n\n| key | id | what it does |\n|---|---|---|\n")
        for action in ACTIONS:
            if action.scope is scope:
                keys = " ".join(f"`{_cell(keymap.word(key))}`" for key in action.keys)
                name = f"`vmtui {action.id}`" if action.id in commands else f"`{action.id}`"
                parts.append(f"| {keys} | {name} | {_cell(action.label)}: {_cell(action.help)} |\n")
    of_console = {
        "At a console": command_help(chords(ConsoleSettings())),
        "Looking back at a console": HELP,
    }
    for heading, rows in of_console.items():
        parts.append(f"\n## {heading}\n\n| key | what it does |\n|---|---|\n")
        parts += [f"| `{_cell(key)}` | {_cell(meaning)} |\n" for key, meaning in rows]
    parts.append("\n## Commands\n\n| command | what it does |\n|---|---|\n")
    parts += [f"| `vmtui {name}` | {_cell(_first(one.description or ''))} |\n"
              for name, one in commands.items()]  # fmt: skip
    return "".join(parts)


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
