"""The registry: every action that a key, the menu or the help can name, one row each.

Footer, menu, help page, keymap and read-only mode are all made from it. No Textual here, so that
headless commands can read it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from vmtui.plan.guest_tools import why_not_install
from vmtui.plan.inorder import IN_ORDER
from vmtui.plan.labels import why_not_label
from vmtui.plan.lifecycle import VERBS, why_not_rename
from vmtui.plan.tools import (
    TOOLS_VERBS,
    why_not_copy,
    why_not_key,
    why_not_password,
    why_not_run,
)
from vmtui.plugin import GUEST, PluginEntry


class Scope(Enum):
    """Where an action is at home; also the headings of the help page, in this order."""

    GUESTS = "Guests: the marked ones, else the one under the cursor"
    TOOLS = "Guest tools: through a guest's agent, listed by the key of “Guest tools”"
    PLUGINS = "Plugins: commands of your own, from the settings"
    TABLE = "The table"
    CHECK = "The check of a host"
    VIEW = "Views"
    APP = "vmtui"


ON_GUESTS = (Scope.GUESTS, Scope.TOOLS)
"""Those whose actions act on the selected guests."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `keys` are Textual's key names, chords with spaces between them; `footer` is its
    place in the bottom line."""

    id: str
    label: str
    help: str
    keys: tuple[str, ...]
    scope: Scope
    footer: int = 0
    """Lower is kept longer in a narrow terminal; 0 is never shown there."""
    why_not: WhyNot | None = None
    """For verbs on guests: None where it can act on that guest, else the reason."""
    plugin: PluginEntry | None = None
    """The row of the settings that it comes from, where it is a person's own."""

    @property
    def on_guests(self) -> bool:
        """Whether it acts on the selected guests."""
        if self.plugin is not None:
            return self.plugin.scope == GUEST
        return self.scope in ON_GUESTS

    @property
    def changes(self) -> bool:
        """Whether it changes anything on a host: never bound in read-only mode."""
        if self.plugin is not None:
            return self.plugin.dangerous
        return self.scope in ON_GUESTS or self.id in ("mend", "create", "interrupted")


def _verb(id_: str, label: str, help_: str, keys: str, footer: int = 0) -> Action:
    return Action(id_, label, help_, tuple(keys.split()), Scope.GUESTS, footer, VERBS[id_].why_not)


def _tools(id_: str, label: str, help_: str) -> Action:
    return Action(id_, label, help_, (), Scope.TOOLS, why_not=TOOLS_VERBS[id_].why_not)


def _in_order(id_: str, label: str, help_: str, key: str) -> Action:
    return Action(id_, label, help_, (key,), Scope.GUESTS, why_not=IN_ORDER[id_].why_not)


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
    Action("tag", "Tag", "give it tags, or take some away: web -old", ("plus",),
           Scope.GUESTS,
           why_not=why_not_label),
    Action("group", "Group", "put it into a group", ("equals_sign",), Scope.GUESTS,
           why_not=why_not_label),
    Action("note", "Note", "write a note on it", ("quotation_mark",), Scope.GUESTS,
           why_not=why_not_label),
    Action("order", "Order", "its place where many are started in order: 10 delay=30s",
           ("number_sign",), Scope.GUESTS, why_not=why_not_label),
    _in_order("start-in-order", "Start in order",
              "start the marked ones, else all that are shown, by their order", "S"),
    _in_order("shutdown-in-order", "Shut down in order",
              "shut down the marked ones, else all that are shown, the last in order first", "B"),
    Action("delete", "Delete", "remove it, with its volumes listed first", ("delete", "X"),
           Scope.GUESTS, 8, why_not_delete),
    Action("run-command", "Run command", "run a command inside it, and see what it prints",
           ("exclamation_mark",), Scope.TOOLS, why_not=why_not_run),
    Action("copy-in", "Copy in", "copy a file of this machine into it", (), Scope.TOOLS,
           why_not=why_not_copy),
    Action("copy-out", "Copy out", "copy a file of it to this machine", (), Scope.TOOLS,
           why_not=why_not_copy),
    Action("set-password", "Set password", "give a user inside it a password", (), Scope.TOOLS,
           why_not=why_not_password),
    Action("add-key", "Add SSH key", "let a key log in as one of its users", (), Scope.TOOLS,
           why_not=why_not_key),
    Action("install-tools", "Install", "install its guest agent: at its console, by ssh, "
           "from an ISO, into its disk", (), Scope.TOOLS, why_not=why_not_install),
    _tools("set-clock", "Set clock", "set its clock, as after a long suspend"),
    _tools("trim", "Trim", "have it tell its disks what is free"),
    _tools("add-agent", "Add agent channel", "give it the channel that its guest agent needs"),
    _tools("freeze", "Freeze", "freeze its file systems: whoever writes waits"),
    _tools("thaw", "Thaw", "thaw its file systems"),
    Action("reboot-agent", "Agent reboot", "ask the guest agent for a reboot", (), Scope.TOOLS,
           why_not=VERBS["reboot-agent"].why_not),
    Action("menu", "Actions", "all actions for it, with the reason where one is not possible",
           ("x", "full_stop"), Scope.TABLE, 1),
    Action("tools", "Guest tools", "what its guest agent can do: run, copy, freeze, clock, users",
           ("T",), Scope.TABLE),
    Action("create", "New", "make a guest: an image, an ISO, a disk, the network; step by step",
           ("n", "insert"), Scope.TABLE, 6),
    Action("console", "Console", "sit at its console, beside the table; ^] comes back", ("c",),
           Scope.TABLE, 2),
    Action("mark", "Mark", "mark it, for one action on many", ("space",), Scope.TABLE, 9),
    Action("mark-all", "Mark all", "mark all that are shown, or none", ("asterisk", "ctrl+a"),
           Scope.TABLE),
    Action("filter", "Filter", "show only guests that match what you type", ("slash",),
           Scope.TABLE, 10),
    Action("states", "States", "show only guests of the next state, at last all again", ("f",),
           Scope.TABLE),
    Action("filters", "Filters", "filter by one that the settings have by name", ("F",),
           Scope.TABLE),
    Action("sort", "Sort", "choose the column to sort by; again turns it round", ("o",),
           Scope.TABLE, 11),
    Action("sort-left", "Sort left", "sort by the column to the left",
           ("less_than_sign", "comma"), Scope.TABLE),
    Action("sort-right", "Sort right", "sort by the column to the right",
           ("greater_than_sign",), Scope.TABLE),
    Action("group-by", "Group by", "put the guests into groups by host, tag, state and more",
           ("z",), Scope.TABLE),
    Action("fold", "Fold", "fold the group; on a guest: up to its group", ("left",), Scope.TABLE),
    Action("unfold", "Unfold", "unfold the group", ("right",), Scope.TABLE),
    Action("fold-all", "Fold all", "fold every group, or unfold them all", ("Z",), Scope.TABLE),
    Action("views", "Named views", "columns, sort, groups and filter that you saved by a name",
           ("apostrophe",), Scope.TABLE),
    Action("columns", "Columns", "choose, order and widen the columns", ("vertical_line",),
           Scope.TABLE),
    Action("yank", "Yank", "copy a value of it: name, UUID, address, command, XML", ("Y",),
           Scope.TABLE),
    Action("details", "Details", "show, enlarge or hide the selected guest's details",
           ("i",), Scope.TABLE, 12),
    Action("span", "Hour", "history graphs of the last five minutes or the last hour", ("u",),
           Scope.TABLE),
    Action("back", "Back", "close what is open; clear the filter, then the marks", ("escape",),
           Scope.TABLE),
    Action("view-guests", "Guests", "the table of guests", ("1", "g v"), Scope.VIEW),
    Action("view-host", "Host", "the host's processors, memory, disks, pools and networks",
           ("2", "h", "g h"), Scope.VIEW, 13),
    Action("view-jobs", "Jobs", "what vmtui is doing and has done", ("3", "J", "g j"),
           Scope.VIEW, 14),
    Action("view-events", "Events", "what happened to which guest, whoever did it",
           ("4", "E", "g e"), Scope.VIEW, 15),
    Action("view-doctor", "Check", "whether the host can run guests well, and how to mend it",
           ("5", "H", "g c"), Scope.VIEW, 16),
    Action("view-hosts", "Hosts", "add, test, edit and remove hosts", ("6", "O", "g o"),
           Scope.VIEW),
    Action("view-audit", "Audit", "what vmtui did on real hosts, at whose wish, and how it ended",
           ("U", "g a"), Scope.VIEW),
    Action("view-storage", "Storage", "pools with their fill, volumes, and who uses them",
           ("8", "g s"), Scope.VIEW),
    Action("view-networks", "Networks", "virtual networks, who is plugged into them, leases",
           ("9", "g n"), Scope.VIEW),
    Action("xray", "X-ray", "take it apart: disks to their pools, interfaces to their addresses",
           ("v", "g x"), Scope.VIEW),
    Action("view-pulses", "Pulses", "health: what failed, is nearly full, is loaded, has changed",
           ("7", "V", "g p"), Scope.VIEW),
    Action("first", "Top", "to the first row; Home as well", ("g g",), Scope.VIEW),
    Action("last", "Bottom", "to the last row; End and G as well", ("g b",), Scope.VIEW),
    Action("go-back", "Go back", "to the view before", ("left_square_bracket",), Scope.VIEW),
    Action("go-forward", "Go forward", "to the view after", ("right_square_bracket",),
           Scope.VIEW),
    Action("go-last", "Last view", "to the view that was up before this one", ("minus", "g l"),
           Scope.VIEW),
    Action("mend", "Mend", "do what mends the finding, where vmtui can", ("m",), Scope.CHECK),
    Action("copy-mend", "Copy", "copy the commands that mend the finding", ("y",), Scope.CHECK),
    Action("inspect", "Check again", "look at the host again", ("ctrl+l",), Scope.CHECK),
    Action("tour", "Tour", "what to know on the first day, in five short pages", ("f10",),
           Scope.APP),
    Action("command", "Command", "every verb, view and setting by its name, with completion",
           ("colon",), Scope.APP, 16),
    Action("palette", "Palette", "look for an action by some of its letters", ("ctrl+p",),
           Scope.APP),
    Action("help", "Help", "this page", ("question_mark", "f1", "g question_mark"), Scope.APP, 1),
    Action("interrupted", "Interrupted", "what was left half done: finish it, or undo it", ("I",),
           Scope.APP),
    Action("retry", "Reconnect", "try lost hosts again now", ("ctrl+r",), Scope.APP),
    Action("theme", "Theme", "the next theme", ("f9",), Scope.APP),
    Action("quit", "Quit", "leave; asks while jobs run", ("q", "ctrl+c", "ctrl+q"), Scope.APP),
)  # fmt: skip

HALTING = ("freeze", "reboot-agent")
"""Guest tools that hold the guest up: a list of them never begins on one of these."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def possible(read_only: bool, plugins: Sequence[Action] = ()) -> list[Action]:
    """The actions that exist at all: in read-only mode none that changes anything."""
    every = (*ACTIONS, *plugins)
    return [action for action in every if not (read_only and action.changes)]


def why_not(action: Action, guest: Guest, capabilities: Capabilities) -> str | None:
    """None where the action can be done to that guest, else the reason in one sentence."""
    return action.why_not(guest, capabilities) if action.why_not else None
