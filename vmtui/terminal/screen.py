"""One emulated terminal: bytes in, changed rows and device replies out.

This wraps native code that hostile bytes can crash. Only the worker process and tools that may
die use it directly; everything else talks to it through `host.EngineHost`.
"""

from __future__ import annotations

import re
from typing import Any

from vmtui.terminal.binding import Native
from vmtui.terminal.cells import (
    BLANK,
    Cursor,
    CursorShape,
    Frame,
    Modes,
    MouseEncoding,
    MouseMode,
    Row,
    clean,
)
from vmtui.terminal.effects import Effects
from vmtui.terminal.rowreader import RowReader

MIN_COLUMNS, MAX_COLUMNS = 2, 500
MIN_ROWS, MAX_ROWS = 1, 300
SCROLLBACK_BYTES = 8 << 20
"""Keeps about 10,900 rows of 80 columns."""

_DELETE = b"\x7f"
# A guest may not switch to 132 columns, which xterm does not allow either unless told to: the pane
# alone decides on the size, and a change of size is what crashes the engine most easily.
_ALLOW_COLUMNS = re.compile(rb"(\x1b\[\?(?:[0-9]*;)*)0*40(;[0-9;]*)?(h)")
_CELL_PIXELS = (8, 16)
_TITLE_LENGTH = 256
_BLOCK = 500
# Of the modes of a terminal, those that `Modes` reports: number (and whether it is an ANSI mode).
_ANSI = 1 << 15
_FLAGS = {
    "application_cursor": 1,
    "application_keypad": 66,
    "bracketed_paste": 2004,
    "focus_reports": 1004,
    "newline": 20 | _ANSI,
    "backarrow": 67,
    "alternate_scroll": 1007,
}
_MOUSE = ((1003, MouseMode.ANY), (1002, MouseMode.BUTTON), (1000, MouseMode.NORMAL),
          (9, MouseMode.X10))  # fmt: skip
_ENCODINGS = ((1006, MouseEncoding.SGR), (1015, MouseEncoding.URXVT), (1005, MouseEncoding.UTF8))


def clamp(columns: int, rows: int) -> tuple[int, int]:
    """The nearest size that the engine is allowed to have."""
    return (
        min(max(columns, MIN_COLUMNS), MAX_COLUMNS),
        min(max(rows, MIN_ROWS), MAX_ROWS),
    )


class Screen:
    """A terminal of `columns` by `rows` cells that keeps `scrollback_bytes` of past rows."""

    def __init__(
        self,
        native: Native,
        columns: int = 80,
        rows: int = 24,
        scrollback_bytes: int = SCROLLBACK_BYTES,
    ) -> None:
        self._ffi, self._lib = native
        self._native = native
        self.columns, self.rows = clamp(columns, rows)
        ffi, lib = native
        self._terminal = self._made("GhosttyTerminal", lib.ghostty_terminal_new,
                                    self.columns, self.rows)  # fmt: skip
        limit = ffi.new("size_t*", scrollback_bytes)
        # By bytes, not by lines: a line limit makes scroll regions ten times slower.
        self._set("SCROLLBACK_MAX_BYTES", limit)
        self._set("KITTY_IMAGE_STORAGE_LIMIT", ffi.new("uint64_t*", 0))
        self._effects = Effects(native, self._terminal, lambda: (self.columns, self.rows))
        self._state = self._made("GhosttyRenderState", lib.ghostty_render_state_new)
        self._iterator = ffi.new("GhosttyRenderStateRowIterator*")
        self._check(lib.ghostty_render_state_row_iterator_new(ffi.NULL, self._iterator))
        self._reader = RowReader(native)
        self._shown: list[Row] = [BLANK] * self.rows
        self._everything = True
        self._palette = ffi.new("GhosttyColorRgb[256]")
        self._default_palette = ffi.new("GhosttyColorRgb[256]")
        self._get("COLOR_PALETTE_DEFAULT", self._default_palette)
        self._seen_palette = bytes(ffi.buffer(self._default_palette))
        self._y = ffi.new("uint16_t*")
        self._size = ffi.new("size_t*")
        self._flag = ffi.new("bool*")
        self._mode = ffi.new("GhosttyTerminalModeConfig*")
        self._cursor = ffi.new("GhosttyRenderStateCursor*")
        self._cursor.size = ffi.sizeof("GhosttyRenderStateCursor")
        self._string = ffi.new("GhosttyString*")
        self._first_line = 0
        self._mark: Any = None
        self._mark_line = 0

    def close(self) -> None:
        """Free the native terminal; the screen is of no use afterwards."""
        if self._terminal is None:
            return
        lib = self._lib
        self._reader.close()
        lib.ghostty_render_state_row_iterator_free(self._iterator[0])
        lib.ghostty_render_state_free(self._state)
        if self._mark is not None:
            lib.ghostty_tracked_grid_ref_free(self._mark[0])
        lib.ghostty_terminal_free(self._terminal)
        self._terminal = None

    # What comes in

    def feed(self, data: bytes) -> None:
        """Interpret what the guest printed."""
        if _DELETE in data:
            # Terminals ignore it; the engine would put it in a cell.
            data = data.replace(_DELETE, b"")
        if b"\x1b[?" in data:
            data = _ALLOW_COLUMNS.sub(rb"\g<1>9999\2\3", data)
        self._lib.ghostty_terminal_vt_write(self._terminal, data, len(data))
        if self._get("COLS", self._y) != self.columns:
            # The sequence was torn in two.
            size = (self.columns, self.rows)
            self._check(self._lib.ghostty_terminal_resize(self._terminal, *size, *_CELL_PIXELS))
            self._everything = True

    def resize(self, columns: int, rows: int) -> None:
        """Take another size (clamped); the primary screen and its scrollback reflow."""
        size = clamp(columns, rows)
        if size == (self.columns, self.rows):
            return
        self._settle()
        self._check(self._lib.ghostty_terminal_resize(self._terminal, *size, *_CELL_PIXELS))
        reflowed = size[0] != self.columns
        self.columns, self.rows = size
        self._shown = [BLANK] * self.rows
        self._everything = True
        if reflowed:
            self._remark()

    # What goes out

    def take_replies(self) -> bytes:
        """What the terminal answers to the guest's queries: at most 4 KiB, the rest is lost."""
        return self._effects.take_replies()

    def forget_effects(self) -> None:
        """Drop the replies and bells that the bytes so far have caused."""
        self._effects.take_replies()
        self._effects.bells = 0

    @property
    def held(self) -> bool:
        """The guest is in the middle of drawing (synchronized output) and asks not to be shown."""
        return self._effects.held

    def frame(self, *, everything: bool = False) -> Frame:
        """What has changed since the last frame; with `everything`, all rows."""
        ffi, lib = self._ffi, self._lib
        if everything:
            self._everything = True
        self._take_palette()
        self._check(lib.ghostty_render_state_update(self._state, self._terminal))
        self._check(
            lib.ghostty_render_state_get(
                self._state, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, self._iterator
            )
        )
        changed = self._all_rows() if self._everything else self._dirty_rows()
        self._check(lib.ghostty_render_state_clean(self._state))
        self._settle()
        self._get("TITLE", self._string)
        title = bytes(ffi.buffer(self._string.ptr, min(self._string.len, 4 * _TITLE_LENGTH)))
        return Frame(
            columns=self.columns,
            rows=self.rows,
            changed=changed,
            cursor=self._read_cursor(),
            modes=self._read_modes(),
            title=clean(title.decode(errors="replace"))[:_TITLE_LENGTH],
            bells=self._effects.bells,
            first_line=self._first_line,
            scrollback=self._scrollback(),
        )

    def lines(self, start: int, count: int) -> tuple[int, list[Row]]:
        """Rows of the scrollback and the screen, by line number (see `Frame`).

        Returns:
            The number of the first row, which is not `start` where that is no longer kept, and
            `count` rows from there, fewer where they end.
        """
        self._settle()
        end = self._first_line + self._scrollback() + self.rows
        first = min(max(start, self._first_line), end)
        count = max(min(count, end - first), 0)
        return first, self._read(first - self._first_line, count) if count else []

    @property
    def kept(self) -> range:
        """The numbers of the lines that are kept, those of the screen included."""
        self._settle()
        return range(self._first_line, self._first_line + self._scrollback() + self.rows)

    # The native side

    def _made(self, kind: str, function: Any, *arguments: int) -> Any:
        handle = self._ffi.new(kind + "*")
        self._check(function(self._ffi.NULL, handle, *arguments))
        return handle[0]

    def _check(self, result: int) -> None:
        if result:
            raise MemoryError(f"the terminal engine failed with {result}")

    def _set(self, option: str, value: Any) -> None:
        number = getattr(self._lib, f"GHOSTTY_TERMINAL_OPT_{option}")
        self._check(self._lib.ghostty_terminal_set(self._terminal, number, value))

    def _get(self, name: str, out: Any) -> Any:
        number = getattr(self._lib, f"GHOSTTY_TERMINAL_DATA_{name}")
        self._check(self._lib.ghostty_terminal_get(self._terminal, number, out))
        return out[0]

    def _scrollback(self) -> int:
        return int(self._get("SCROLLBACK_ROWS", self._size))

    def _take_palette(self) -> None:
        self._get("COLOR_PALETTE", self._palette)
        palette = bytes(self._ffi.buffer(self._palette))
        if palette != self._seen_palette:
            self._seen_palette = palette
            default = bytes(self._ffi.buffer(self._default_palette))
            entries = ((i, palette[3 * i : 3 * i + 3]) for i in range(256))
            self._reader.set_palette(
                {i: int.from_bytes(e) for i, e in entries if e != default[3 * i : 3 * i + 3]}
            )
            self._everything = True

    def _all_rows(self) -> dict[int, Row]:
        iterator = self._iterator[0]
        changed = {}
        for y in range(self.rows):
            if not self._lib.ghostty_render_state_row_iterator_next(iterator):
                break
            changed[y] = self._shown[y] = self._reader.read(iterator)
        self._everything = False
        return changed

    def _dirty_rows(self) -> dict[int, Row]:
        iterator = self._iterator[0]
        changed = {}
        while self._lib.ghostty_render_state_row_iterator_next_dirty(iterator, self._y):
            y = self._y[0]
            row = self._reader.read(iterator)
            if y < self.rows and row != self._shown[y]:
                changed[y] = self._shown[y] = row
        return changed

    def _read_cursor(self) -> Cursor:
        native = self._cursor
        lib = self._lib
        lib.ghostty_render_state_get(self._state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR, native)
        if not native.viewport_has_value:
            return Cursor(visible=False)
        return Cursor(
            native.viewport_x,
            native.viewport_y,
            native.visible,
            CursorShape(native.visual_style)
            if 0 <= native.visual_style <= 3
            else CursorShape.BLOCK,
            native.blinking,
        )

    def _is_set(self, mode: int) -> bool:
        self._mode.mode = mode
        return bool(self._get("MODE", self._mode).value)

    def _on_alternate(self) -> bool:
        return bool(self._get("ACTIVE_SCREEN", self._ffi.new("GhosttyTerminalScreen*")))

    def _read_modes(self) -> Modes:
        mouse, encoding = MouseMode.NONE, MouseEncoding.X10
        if self._get("MOUSE_TRACKING", self._flag):
            mouse = next((m for number, m in _MOUSE if self._is_set(number)), mouse)
            encoding = next((e for number, e in _ENCODINGS if self._is_set(number)), encoding)
        return Modes(
            alternate_screen=self._on_alternate(),
            mouse=mouse,
            mouse_encoding=encoding,
            **{name: self._is_set(number) for name, number in _FLAGS.items()},
        )

    # Line numbers: a mark on the newest row of the scrollback shows how many were dropped above

    def _settle(self) -> None:
        """Learn from the mark how many lines were dropped since it was set, and set it anew."""
        if self._on_alternate():
            return
        if self._mark is not None:
            point = self._ffi.new("GhosttyPointCoordinate*")
            lost = self._lib.ghostty_tracked_grid_ref_point(
                self._mark[0], self._lib.GHOSTTY_POINT_TAG_SCREEN, point
            )
            line = self._mark_line + 1 if lost else self._mark_line - point.y
            self._first_line = max(self._first_line, line)
        self._remark()

    def _remark(self) -> None:
        scrollback = 0 if self._on_alternate() else self._scrollback()
        ffi, lib = self._ffi, self._lib
        if not scrollback:
            return
        point = ffi.new("VmtuiPoint*")
        point.tag = lib.GHOSTTY_POINT_TAG_SCREEN
        point.value.y = scrollback - 1
        self._mark_line = self._first_line + scrollback - 1
        if self._mark is not None:
            lib.ghostty_tracked_grid_ref_free(self._mark[0])
        track = ffi.cast(
            "GhosttyResult(*)(GhosttyTerminal, VmtuiPoint, GhosttyTrackedGridRef*)",
            ffi.addressof(lib, "ghostty_terminal_grid_ref_track"),
        )
        self._mark = ffi.new("GhosttyTrackedGridRef*")
        if track(self._terminal, point[0], self._mark):
            self._mark = None

    def _scroll(self, tag: int, row: int = 0) -> None:
        ffi, lib = self._ffi, self._lib
        target = ffi.new("VmtuiScroll*")
        target.tag, target.row = tag, row
        scroll = ffi.cast(
            "void(*)(GhosttyTerminal, VmtuiScroll)",
            ffi.addressof(lib, "ghostty_terminal_scroll_viewport"),
        )
        scroll(self._terminal, target[0])

    def _read(self, top: int, count: int) -> list[Row]:
        """Rows by index from the top of the scrollback, through a render state of their own."""
        ffi, lib = self._ffi, self._lib
        last = self._scrollback()
        skip = max(top - last, 0)
        # An update takes the marks of changed rows: the frames' own state comes first.
        self._check(lib.ghostty_render_state_update(self._state, self._terminal))
        state = self._made("GhosttyRenderState", lib.ghostty_render_state_new)
        rows: list[Row] = []
        try:
            overscan = ffi.new("GhosttyRenderStateOverscan*")
            overscan.below = min(max(count + skip - self.rows, 0), 0xFFFF)
            lib.ghostty_render_state_set(state, lib.GHOSTTY_RENDER_STATE_OPTION_OVERSCAN, overscan)
            self._scroll(lib.GHOSTTY_SCROLL_VIEWPORT_ROW, min(top, last))
            self._check(lib.ghostty_render_state_update(state, self._terminal))
            lib.ghostty_render_state_get(
                state, lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR, self._iterator
            )
            while len(rows) < count + skip and lib.ghostty_render_state_row_iterator_next(
                self._iterator[0]
            ):
                rows.append(self._reader.read(self._iterator[0]))
        finally:
            self._scroll(lib.GHOSTTY_SCROLL_VIEWPORT_BOTTOM)
            lib.ghostty_render_state_free(state)
        return rows[skip:]
