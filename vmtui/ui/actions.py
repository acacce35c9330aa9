"""The registry: every action that a key, the menu or the help can name, one row each.

Footer, menu, help page, keymap and read-only mode are all made from it. No Textual here, so that
headless commands can read it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from vmtui.model.capabilities import Capabilities
from vmtui.model.guest import Guest
from vmtui.plan.build import WhyNot
from vmtui.plan.consoles import (
    why_not_add_console,
    why_not_log_console,
    why_not_send_keys,
)
from vmtui.plan.deletion import why_not_delete
from vmtui.plan.lifecycle import VERBS, why_not_rename


class Scope(Enum):
    """Where an action is at home; also the headings of the help page, in this order."""

    GUESTS = "Guests: the marked ones, else the one under the cursor"
    TABLE = "The table"
    VIEW = "Views"
    APP = "vmtui"


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `keys` are Textual's key names; `footer` is its place in the bottom line."""

    id: str
    label: str
    help: str
    keys: tuple[str, ...]
    scope: Scope
    footer: int = 0
    """Lower is kept longer in a narrow terminal; 0 is never shown there."""
    why_not: WhyNot | None = None
    """For verbs on guests: None where it can act on that guest, else the reason."""

    @property
    def changes(self) -> bool:
        """Whether it changes anything on a host: never bound in read-only mode."""
        return self.scope is Scope.GUESTS


def _verb(id_: str, label: str, help_: str, keys: str, footer: int = 0) -> Action:
    return Action(id_, label, help_, tuple(keys.split()), Scope.GUESTS, footer, VERBS[id_].why_not)


ACTIONS: tuple[Action, ...] = (
    _verb("start", "Start", "boot it, or resume it from its saved state", "s", 3),
    _verb("shutdown", "Shut down", "ask it to shut down, and follow it until it is off", "d", 3),
    _verb("shutdown-agent", "Agent shutdown", "ask through the guest agent: ACPI not obeyed",
          "A"),
    _verb("reboot", "Reboot", "ask it to reboot", "r", 7),
    _verb("destroy", "Force off", "cut its power: what is not written yet is lost", "D", 4),
    _verb("reset", "Reset", "press its reset button", "R"),
    _verb("suspend", "Suspend", "stop its vCPUs; its memory stays", "p", 5),
    _verb("resume", "Resume", "let it run again after a suspend", "P", 6),
    _verb("save", "Save state", "write its memory to disk and stop it", "w"),
    _verb("discard-saved", "Discard state", "forget its saved state: the next start boots afresh",
          "W"),
    _verb("autostart", "Autostart", "start it with the host, or no longer", "t"),
    Action("send-keys", "Send keys", "Ctrl-Alt-Del, SysRq and others, on its keyboard", ("K",),
           Scope.GUESTS, why_not=why_not_send_keys),
    Action("add-console", "Add console", "give it a serial console; says what its system needs",
           ("C",), Scope.GUESTS, why_not=why_not_add_console),
    Action("log-console", "Log console", "have its host keep what its console prints", ("L",),
           Scope.GUESTS, why_not=why_not_log_console),
    Action("rename", "Rename", "give it another name", ("f2", "N"), Scope.GUESTS,
           why_not=why_not_rename),
    Action("delete", "Delete", "remove it, with its volumes listed first", ("delete", "X"),
           Scope.GUESTS, 8, why_not_delete),
    Action("menu", "Actions", "all actions for it, with the reason where one is not possible",
           ("x", "full_stop"), Scope.TABLE, 1),
    Action("console", "Console", "sit at its console, beside the table; ^] comes back", ("c",),
           Scope.TABLE, 2),
    Action("mark", "Mark", "mark it, for one action on many", ("space",), Scope.TABLE, 9),
    Action("mark-all", "Mark all", "mark all that are shown, or none", ("asterisk", "ctrl+a"),
           Scope.TABLE),
    Action("filter", "Filter", "show only guests that match what you type", ("slash",),
           Scope.TABLE, 10),
    Action("sort", "Sort", "choose the column to sort by; again turns it round", ("o",),
           Scope.TABLE, 11),
    Action("sort-left", "Sort left", "sort by the column to the left",
           ("less_than_sign", "comma"), Scope.TABLE),
    Action("sort-right", "Sort right", "sort by the column to the right",
           ("greater_than_sign",), Scope.TABLE),
    Action("details", "Details", "show, enlarge or hide the selected guest's details",
           ("i",), Scope.TABLE, 12),
    Action("span", "Hour", "history graphs of the last five minutes or the last hour", ("u",),
           Scope.TABLE),
    Action("back", "Back", "close what is open; clear the filter, then the marks", ("escape",),
           Scope.TABLE),
    Action("view-guests", "Guests", "the table of guests", ("1",), Scope.VIEW),
    Action("view-host", "Host", "the host's processors, memory, disks, pools and networks",
           ("2", "h"), Scope.VIEW, 13),
    Action("view-jobs", "Jobs", "what vmtui is doing and has done", ("3", "J"), Scope.VIEW, 14),
    Action("view-events", "Events", "what happened to which guest, whoever did it",
           ("4", "E"), Scope.VIEW, 15),
    Action("help", "Help", "this page", ("question_mark", "f1"), Scope.APP, 1),
    Action("retry", "Reconnect", "try lost hosts again now", ("ctrl+r",), Scope.APP),
    Action("theme", "Theme", "the next theme", ("f9",), Scope.APP),
    Action("quit", "Quit", "leave; asks while jobs run", ("q", "ctrl+c", "ctrl+q"), Scope.APP),
)  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def possible(read_only: bool) -> list[Action]:
    """The actions that exist at all: in read-only mode none that changes anything."""
    return [action for action in ACTIONS if not (read_only and action.changes)]


def why_not(action: Action, guest: Guest, capabilities: Capabilities) -> str | None:
    """None where the action can be done to that guest, else the reason in one sentence."""
    return action.why_not(guest, capabilities) if action.why_not else None
