"""vmtui.1, from the arguments and the registry."""

from __future__ import annotations

import argparse

from vmtui import __version__
from vmtui.cli.arguments import parser
from vmtui.cli.exits import MEANINGS
from vmtui.ui import keymap
from vmtui.ui.actions import ACTIONS, Scope

Parser = argparse.ArgumentParser

FILES = (
    ("~/.config/vmtui/config.toml", "the settings"),
    ("~/.config/vmtui/themes/*.toml", "themes of your own"),
    ("~/.local/state/vmtui/vmtui.log", "the program's log, rotated"),
    ("~/.local/state/vmtui/audit.jsonl", "what vmtui did, as JSON lines, rotated"),
    ("~/.local/state/vmtui/toured", "where it is missing, the next start offers the tour"),
    ("~/.local/state/vmtui/journal/", "plans that were begun and have not ended"),
)
ENVIRONMENT = (
    ("LIBVIRT_DEFAULT_URI", "the host to open where none is asked for"),
    ("NO_COLOR", "where it is set, the screen has no colours"),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME", "where the files above are instead"),
)


def page() -> str:
    """The manual page, as roff."""
    made = parser()
    parts = [
        f'.TH VMTUI 1 "" "vmtui {__version__}" "User Commands"\n',
        f".SH NAME\nvmtui \\- {_roff((made.description or '').rstrip('.').lower())}\n",
        _synopsis(made),
        f".SH DESCRIPTION\n{_paragraphs(made.epilog or '')}",
        f".SH OPTIONS\n{_options(made)}",
        _commands(made),
        _keys(),
        ".SH EXIT STATUS\n" + "".join(_entry(str(int(code)), MEANINGS[code]) for code in MEANINGS)
        + _entry("128 and more", "128 and the number of the signal that ended it"),
        ".SH FILES\n" + "".join(_entry(*one) for one in FILES),
        ".SH ENVIRONMENT\n" + "".join(_entry(*one) for one in ENVIRONMENT),
        ".SH SEE ALSO\n.BR virsh (1),\n.BR libvirtd (8)\n",
    ]  # fmt: skip
    return "".join(parts)


def commands_of(made: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands by name."""
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _all(made: argparse.ArgumentParser, before: str = "") -> list[tuple[str, Parser]]:
    """The commands with those below them, by their words."""
    found: list[tuple[str, Parser]] = []
    for name, command in commands_of(made).items():
        found += [(before + name, command), *_all(command, f"{before}{name} ")]
    return found


def _synopsis(made: argparse.ArgumentParser) -> str:
    del made
    return (
        ".SH SYNOPSIS\n.B vmtui\n[\\fIOPTION\\fR...]\n.br\n"
        ".B vmtui\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
    )


def _commands(made: argparse.ArgumentParser) -> str:
    text = ".SH COMMANDS\n"
    for name, command in _all(made):
        words = " ".join(
            _positional(a)
            for a in command._actions
            if not a.option_strings and not isinstance(a, argparse._SubParsersAction)
        )
        heading = f".SS vmtui {_roff(name)} {words}".rstrip()
        text += f"{heading}\n{_paragraphs(command.description or '')}"
        text += _options(command)
    return text


def _positional(action: argparse.Action) -> str:
    word = f"\\fI{_roff(str(action.metavar or action.dest))}\\fR"
    return f"[{word}...]" if action.nargs == "*" else word


def _options(made: argparse.ArgumentParser) -> str:
    text = ""
    for action in made._actions:
        if not action.option_strings or isinstance(action, argparse._HelpAction):
            continue
        value = ""
        if action.nargs != 0:
            choices = "|".join(map(str, action.choices)) if action.choices else ""
            word = _roff(choices or str(action.metavar or action.dest.upper()))
            value = f" [\\fI{word}\\fR]" if action.nargs == "?" else f" \\fI{word}\\fR"
        names = ", ".join(f"\\fB{_roff(name)}\\fR{value}" for name in action.option_strings)
        text += f".TP\n{names}\n{_roff(action.help or '')}\n"
    return text


def _keys() -> str:
    text = ".SH KEYS\n"
    for scope in Scope:
        text += f".SS {_roff(scope.value)}\n"
        for action in ACTIONS:
            if action.scope is scope:
                keys = keymap.words(action.keys) or "(no key)"
                text += _entry(keys, f"{action.label}: {action.help}")
    return text


def _entry(word: str, meaning: str) -> str:
    return f".TP\n\\fB{_roff(word)}\\fR\n{_roff(meaning)}\n"


def _paragraphs(text: str) -> str:
    made = ""
    for part in text.strip().split("\n\n"):
        lines = part.splitlines()
        table = len(lines) > 1 and all(line.startswith("  ") for line in lines)
        body = "\n".join(_roff(line) for line in lines)
        made += f".PP\n.nf\n{body}\n.fi\n" if table else f".PP\n{body}\n"
    # The first paragraph follows its heading.
    return made.removeprefix(".PP\n")


def _roff(text: str) -> str:
    made = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha")
    made = made.replace("~", "\\(ti").replace("`", "\\(ga").replace("'", "\\(aq")
    return "\n".join(
        f"\\&{line}" if line.startswith((".", "\\(aq")) else line for line in made.splitlines()
    )
