"""The findings of a check: a list with a cursor, and the one under it in full."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Container

from vmtui.model.finding import Finding
from vmtui.ui.findings import by_severity, full, row
from vmtui.ui.lines import Line
from vmtui.ui.widgets.painted import LinesView
from vmtui.ui.widgets.table import Table

WIDE = 110
"""Columns from which list and finding stand side by side."""


class FindingsList(Container):
    """Shows findings, the worst first; `cursor` is the one under the cursor.

    Posts `Table.CursorMoved`, which bubbles up. Give it the keys by `focus_list`.
    """

    DEFAULT_CSS = """
    FindingsList { layout: vertical; height: 1fr; }
    FindingsList > #findings { height: 1fr; }
    FindingsList > #finding { height: 10; padding: 0 1; border-top: solid $surface-lighten-2; }
    FindingsList.wide { layout: horizontal; }
    FindingsList.wide > #findings { width: 1fr; }
    FindingsList.wide > #finding { width: 50; height: 1fr; border-top: none;
                                   border-left: solid $surface-lighten-2; }
    """

    def __init__(self, *, fixable: bool = True, id: str | None = None) -> None:  # noqa: A002
        """`fixable` says whether findings that vmtui can mend say so."""
        super().__init__(id=id)
        self._fixable = fixable
        self._findings: dict[str, Finding] = {}
        self._table: Table[str] = Table(self._line, id="findings", header=False)
        self._full = LinesView(id="finding")

    @property
    def cursor(self) -> Finding | None:
        """The finding under the cursor."""
        return self._findings.get(self._table.cursor or "")

    def compose(self) -> ComposeResult:
        """List and finding."""
        yield self._table
        yield self._full

    def focus_list(self) -> None:
        """The keys go to the list."""
        self._table.focus()

    def show_findings(self, findings: Sequence[Finding], instead: Sequence[Line] = ()) -> None:
        """Show these; `instead` stands there while there are none."""
        ordered = by_severity(findings)
        self._findings = {finding.id: finding for finding in ordered}
        self._table.show_instead(instead)
        self._table.set_keys([finding.id for finding in ordered])
        self._show_full()

    def on_resize(self) -> None:
        """Side by side where there is room."""
        self.set_class(self.size.width >= WIDE, "wide")
        self.call_after_refresh(self._show_full)

    @on(Table.CursorMoved)
    def _moved(self) -> None:
        self._show_full()

    def _line(self, key: str) -> Line:
        finding = self._findings.get(key)
        return row(finding) if finding is not None else ()

    def _show_full(self) -> None:
        finding = self.cursor
        width = max(self._full.size.width - 3, 20)
        fixable = self._fixable and finding is not None and bool(finding.steps)
        self._full.show_lines(full(finding, width, fixable=fixable) if finding else [])
        self._full.scroll_to(y=0, animate=False)
