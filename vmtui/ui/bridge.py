"""The bridge: where orders come in, by key, palette or command line, and the views they open."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.widget import AwaitMount

from vmtui.config import Settings
from vmtui.errors import VmtuiError
from vmtui.model.guest import Guest
from vmtui.ui import flow
from vmtui.ui.actions import Action, Scope
from vmtui.ui.asciionly import AsciiOnly
from vmtui.ui.cells import Role
from vmtui.ui.cockpit import Cockpit
from vmtui.ui.keymap import Chords, Next, word
from vmtui.ui.keyturns import KeysInTurn
from vmtui.ui.screens.guests import GuestsScreen
from vmtui.ui.screens.page import Page
from vmtui.ui.targets import Target, to_xray
from vmtui.ui.taste import Taste
from vmtui.ui.theme import Palette
from vmtui.ui.visits import Visits
from vmtui.ui.widgets.table import Table


class Bridge(KeysInTurn, inherit_bindings=False):
    """The app as orders see it."""

    def __init__(self, cockpit: Cockpit) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._palette = cockpit.palette
        self._ascii = AsciiOnly(enabled=cockpit.ascii)
        self._filters.append(self._ascii)
        self.visits = Visits("guests")
        self._opening: AwaitMount | None = None
        """A line to type into that is not up yet: keys wait for it."""
        self.bind_keys()

    def bind_keys(self) -> None:
        """Bind every action to its keys, and the beginnings of chords."""
        keymap = {
            action.id: self.cockpit.keymap.get(action.id, ()) for action in self.cockpit.possible()
        }
        self._chords = Chords(keymap)
        for action_id, keys in keymap.items():
            for key in keys:
                if " " not in key:
                    label = self.cockpit.action(action_id).label
                    self.bind(key, f"do('{action_id}')", description=label, show=False)
        for key in self._chords.beginnings:
            self.bind(key, f"begin('{key}')", show=False)

    @property
    def palette(self) -> Palette:
        """The styles of the theme in use."""
        return self._palette

    @property
    def page(self) -> Page:
        """The full screen that is up, or lies under the dialog that is."""
        return next(screen for screen in reversed(self.screen_stack) if isinstance(screen, Page))

    @property
    def guests(self) -> GuestsScreen:
        """The screen with the table of guests, which is always there."""
        return next(screen for screen in self.screen_stack if isinstance(screen, GuestsScreen))

    # -- actions -------------------------------------------------------------------------------

    async def action_do(self, action_id: str) -> None:
        """A key's action: the visible screen's own, else the app's."""
        self._do(self.cockpit.action(action_id))
        opening, self._opening = self._opening, None
        if opening is not None:
            await opening

    async def action_begin(self, key: str) -> None:
        """A key that begins a chord: the next ones go to it."""
        from vmtui.ui.dialogs.chord import Chord

        await self.push_screen(Chord(self._chords, key, self._what_follows), self._chord_ended)

    def _what_follows(self, following: Next) -> str:
        if following.action:
            return self.cockpit.action(following.action).label
        return f"{following.more} more"

    def _chord_ended(self, pressed: tuple[str, ...] | None) -> None:
        if not pressed:
            return
        action = self._chords.action(pressed)
        if action is not None:
            self.call_later(self.action_do, action)
        else:
            self.page.say(f"{word(' '.join(pressed))} is no chord", Role.MUTED, 3.0)

    def _do(self, action: Action) -> bool:
        if isinstance(self.screen, Page) and self.screen.do(action):
            return True
        if action.plugin is not None and not action.on_guests:
            self.act(action, self.guests.selected())
            return True
        own = self.own_actions().get(action.id)
        if own is not None:
            own()
        return own is not None

    def perform(self, action: Action) -> None:
        """Do an action wherever one is: those of the table on the table."""
        if (action.on_guests or action.scope is Scope.TABLE) and self.page.place != "guests":
            self.show_place("guests")
        self._do(action)

    def own_actions(self) -> dict[str, Callable[[], Any]]:
        """What every screen leaves to the app, by action."""
        return {
            "view-guests": self._to_guests,
            "view-host": lambda: self._to("host"),
            "view-jobs": lambda: self._to("jobs"),
            "view-events": lambda: self._to("events"),
            "view-doctor": lambda: self._to("doctor"),
            "view-hosts": lambda: self._to("hosts"),
            "view-audit": lambda: self._to("audit"),
            "view-pulses": lambda: self._to("pulses"),
            "view-storage": lambda: self._to("storage"),
            "view-networks": lambda: self._to("networks"),
            "xray": self._xray,
            "help": lambda: self._to("help"),
            "back": self._to_guests,
            "first": lambda: self._scroll("first"),
            "last": lambda: self._scroll("last"),
            "go-back": lambda: self._return(lambda: self.visits.step(-1)),
            "go-forward": lambda: self._return(lambda: self.visits.step(1)),
            "go-last": lambda: self._return(self.visits.last),
            "theme": self._next_theme,
            "command": self._command,
            "palette": self._offer_all,
        }

    def act(self, action: Action, guests: Sequence[Guest], given: str = "") -> None:
        """Do an action with these guests, on behalf of the page that is up."""
        self.run_worker(flow.run(self.page, action, guests, given), group="act", exclusive=False)

    # -- views ---------------------------------------------------------------------------------

    def _to_guests(self) -> None:
        self.show_place("guests")

    def _to(self, place: str) -> None:
        """A view's key: there, or back to the guests where one is there already."""
        self.show_place("guests" if self.page.place == place else place)

    def show_place(self, place: str) -> None:
        """Go to a view, which is opened anew."""
        self.lead_to(Target(place))

    def lead_to(self, target: Target) -> None:
        """Go to a view, and there to a thing in it."""
        self.visits.note(self.page.whereabouts())
        self.visits.visit(target)
        self._open(target)

    def on_page_led(self, event: Page.Led) -> None:
        """A line of the page leads somewhere."""
        self.lead_to(event.target)

    def _scroll(self, end: str) -> None:
        """To the first or the last row of what has the keys."""
        widget = self.focused
        if isinstance(widget, Table):
            widget.action_first() if end == "first" else widget.action_last()
        elif widget is not None:
            ends = {"first": widget.scroll_home, "last": widget.scroll_end}
            ends[end](animate=False)

    def _xray(self) -> None:
        """Take apart the guest under the cursor; back again where that is done already."""
        if self.page.place == "xray":
            self._return(lambda: self.visits.step(-1))
        elif (guest := self.guests.guest_here()) is not None:
            self.lead_to(to_xray(guest.key))
        else:
            self.page.say("no guest is under the cursor", Role.WARN)

    async def on_page_wanted(self, event: Page.Wanted) -> None:
        """An action was chosen with the mouse."""
        await self.action_do(event.action)

    def _return(self, where: Callable[[], Target]) -> None:
        self.visits.note(self.page.whereabouts())
        self._open(where())

    def _open(self, target: Target) -> None:
        while len(self.screen_stack) > 1:
            self.pop_screen()
        page: Page = self.guests
        if target.place != "guests":
            page = self._made(target.place)
        if target.what or target.host:
            page.arrive(target)
        if page is not self.guests:
            self.push_screen(page)

    def _made(self, place: str) -> Page:
        """The screen of that name; imported on its first use."""
        module = importlib.import_module(f"vmtui.ui.screens.{place}")
        page: Page = getattr(module, f"{place.capitalize()}Screen")(self.cockpit)
        page.place = place
        return page

    # -- themes --------------------------------------------------------------------------------

    def put_theme(self, name: str) -> None:
        """Paint everything in that theme."""
        self._palette = self.cockpit.palettes[name]
        if self.theme == name:
            # The theme of that name may be another one now.
            self._watch_theme(name)
        self.theme = name
        for screen in self.screen_stack:
            screen.refresh(layout=False)
            for widget in screen.walk_children():
                widget.refresh()

    def _next_theme(self) -> None:
        names = sorted(self.cockpit.palettes)
        here = names.index(self._palette.theme.name)
        self.put_theme(names[(here + 1) % len(names)])
        self.page.say(f"theme {self._palette.theme.name}; :theme keeps one", Role.MUTED)

    def put_taste(self, looks: Taste, before: Settings) -> None:
        """Use these themes, keys and plugins from now on, in place of those of `before`."""
        cockpit, here = self.cockpit, self._palette
        settings = cockpit.settings
        cockpit.palettes, cockpit.keymap = looks.palettes, looks.keymap
        cockpit.plugins = looks.plugins
        for palette in looks.palettes.values():
            self.register_theme(palette.theme)
        name = here.theme.name
        if settings.theme != before.theme or name not in looks.palettes:
            name = looks.palette.theme.name
        self._ascii.enabled = cockpit.ascii
        if looks.palettes[name] != here or settings.ascii != before.ascii:
            self.put_theme(name)
        bound = self._bindings.key_to_bindings
        for key in [
            key for key, ones in bound.items() if ones[0].action.startswith(("do(", "begin("))
        ]:
            del bound[key]
        self.bind_keys()
        if settings.columns != before.columns:
            self.guests.show_columns(settings.columns.split())
        self.page.redraw()

    # -- the command line and the palette ------------------------------------------------------

    def _command(self, value: str = "", problem: str = "") -> None:
        from vmtui.ui.commands.bar import CommandBar

        theme = self._palette.theme.name
        bar = CommandBar(self, self._commands(), value, problem)
        self._opening = self.push_screen(bar, lambda line: self._entered(line, theme))

    def _entered(self, line: str | None, theme: str) -> None:
        """Do what was entered; what was shown on trial while it was typed goes away."""
        if theme != self._palette.theme.name:
            self.put_theme(theme)
        if line is None:
            return
        self.cockpit.remembered.add_command(line)
        try:
            self.run_command(line)
        except VmtuiError as error:
            # Nothing that was typed is lost: it stands there again, with what is wrong.
            parts = (error.title, error.detail, error.hint)
            self._command(line, "; ".join(part for part in parts if part))

    def _commands(self) -> Mapping[str, Any]:
        from vmtui.ui.commands import known

        return known(self.cockpit.read_only, self.cockpit.plugins)

    def run_command(self, line: str) -> None:
        """Do what a typed command says.

        Raises VmtuiError where it makes no sense.
        """
        from vmtui.errors import Invalid
        from vmtui.ui.commands.completion import find
        from vmtui.ui.commands.line import split

        name, rest = split(line)
        command = find(self._commands(), name)
        if not rest and not command.alone:
            raise Invalid(f"{command.id} {command.usage}", command.help)
        command.run(self, rest)

    def _offer_all(self) -> None:
        from vmtui.ui.dialogs.palette import CommandPalette

        guests = self.guests.selected()
        options = flow.options(self.page, self.cockpit.possible(), guests)
        palette = CommandPalette(options, flow.heading(guests))
        self._opening = self.push_screen(palette, self._chosen)

    def _chosen(self, action: str | None) -> None:
        if action is not None:
            self.perform(self.cockpit.action(action))
