"""Native rows of cells become neutral `Row`s.

A row is read as one buffer of 64-bit cells; a call a cell would be far too slow. Bits of a cell:
0-1 kind of content, 2-25 content, 26-41 style number, 42-43 width class, 45 hyperlink. A style
number means something only within its page of memory, so it is looked up once a row.
"""

from __future__ import annotations

import struct
from typing import Any

from vmtui.terminal.binding import Native
from vmtui.terminal.cells import (
    BLANK,
    PLAIN,
    RGB,
    Colour,
    Row,
    Run,
    Style,
    Underline,
    clean_base,
    combining,
)

_CLUSTER, _PALETTE_FILL, _RGB_FILL = 1, 2, 3
_WIDE_BITS = 3 << 42
_WIDE, _TAIL, _HEAD = 1 << 42, 2 << 42, 3 << 42
_LINK = 1 << 45
_STYLE_BITS = 0xFFFF << 26
_STYLE_KEY = _STYLE_BITS | _LINK
_KEY = _STYLE_KEY | _WIDE_BITS
_PLAIN_KINDS = 3
_CACHED_STYLES = 4096
# A guest may pile combining characters on one cell without end; nobody reads more than these.
_CLUSTER_LENGTH = 16
_WRAPPED = 1


class RowReader:
    """Reads the rows of one render state; `iterator` must stand on a row when `read` is called."""

    def __init__(self, native: Native) -> None:
        ffi, lib = native
        self._ffi = ffi
        self._lib = lib
        self._cells = ffi.new("GhosttyRenderStateRowCells*")
        if lib.ghostty_render_state_row_cells_new(ffi.NULL, self._cells):
            raise MemoryError("no memory for the terminal's cells")
        self._view = ffi.new("GhosttyCellsView*")
        self._raw = ffi.new("GhosttyRow*")
        self._wrap = ffi.new("bool*")
        self._count = ffi.new("uint32_t*")
        self._style = ffi.new("GhosttyStyle*")
        self._style.size = ffi.sizeof("GhosttyStyle")
        self._styles: dict[bytes, Style] = {}
        self._palette: dict[int, int] = {}

    def close(self) -> None:
        """Free the native part; the reader is of no use afterwards."""
        self._lib.ghostty_render_state_row_cells_free(self._cells[0])

    def set_palette(self, overrides: dict[int, int]) -> None:
        """Colours that the guest has redefined: index into the palette to 0xRRGGBB."""
        self._palette = overrides
        self._styles.clear()

    def read(self, iterator: Any) -> Row:
        """The row on which the native iterator stands."""
        lib = self._lib
        view = self._view
        lib.ghostty_render_state_row_get(
            iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, view
        )
        data = bytes(self._ffi.buffer(view.ptr, view.len * 8)).rstrip(b"\0")
        count = (len(data) + 7) // 8
        cells = struct.unpack(f"<{count}Q", data.ljust(count * 8, b"\0"))
        wrapped = self._is_wrapped(iterator)
        if not cells:
            return Row((), True) if wrapped else BLANK
        populated = False
        runs: list[Run] = []
        styles: dict[int, Style] = {0: PLAIN}
        x = 0
        while x < count:
            cell = cells[x]
            kind = cell & _PLAIN_KINDS
            key = cell & _KEY
            start = x
            if kind >= _PALETTE_FILL:
                # Cells without text that an erase has coloured: equal neighbours are equal cells.
                while x < count and cells[x] == cell:
                    x += 1
                runs.append(Run(" " * (x - start), self._fill(cell), x - start))
                continue
            style_key = key & _STYLE_KEY
            if style_key not in styles:
                if not populated:
                    lib.ghostty_render_state_row_get(
                        iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, self._cells
                    )
                    populated = True
                styles[style_key] = self._styled(x, bool(cell & _LINK))
            style = styles[style_key]
            if kind == _CLUSTER:
                if not populated:
                    lib.ghostty_render_state_row_get(
                        iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, self._cells
                    )
                    populated = True
                width = 2 if cell & _WIDE_BITS == _WIDE else 1
                runs.append(Run(self._cluster(x, cell >> 2 & 0x1FFFFF), style, width))
                x += width
                continue
            wide = key & _WIDE_BITS
            if wide == _WIDE:
                codes = []
                while x < count and cells[x] & (_KEY | 3) == key:
                    codes.append(cells[x] >> 2 & 0x1FFFFF)
                    x += 2
                runs.append(Run(_text(codes), style, 2 * len(codes)))
                continue
            if wide in (_TAIL, _HEAD):
                # The blank where a wide character did not fit before the edge.
                runs.append(Run(" ", style, 1))
                x += 1
                continue
            while x < count and cells[x] & (_KEY | 3) == key:
                x += 1
            codes = [code >> 2 & 0x1FFFFF or 32 for code in cells[start:x]]
            runs.append(Run(_text(codes), style, x - start))
        return Row(tuple(runs), wrapped)

    def _is_wrapped(self, iterator: Any) -> bool:
        lib = self._lib
        lib.ghostty_render_state_row_get(iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_RAW, self._raw)
        lib.ghostty_row_get(self._raw[0], lib.GHOSTTY_ROW_DATA_WRAP, self._wrap)
        return bool(self._wrap[0])

    def _cluster(self, x: int, base: int) -> str:
        lib = self._lib
        cells = self._cells[0]
        lib.ghostty_render_state_row_cells_select(cells, x)
        lib.ghostty_render_state_row_cells_get(
            cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_LEN, self._count
        )
        length = self._count[0]
        codes = self._ffi.new("uint32_t[]", max(length, 1))
        lib.ghostty_render_state_row_cells_get(
            cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_BUF, codes
        )
        rest = "".join(map(_character, codes[1 : min(length, _CLUSTER_LENGTH)]))
        return clean_base(_character(base)) + combining(rest)

    def _styled(self, x: int, link: bool) -> Style:
        lib = self._lib
        cells = self._cells[0]
        lib.ghostty_render_state_row_cells_select(cells, x)
        lib.ghostty_render_state_row_cells_get(
            cells, lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE, self._style
        )
        key = bytes(self._ffi.buffer(self._style)) + (b"L" if link else b"")
        style = self._styles.get(key)
        if style is None:
            if len(self._styles) >= _CACHED_STYLES:
                self._styles.clear()
            style = self._styles[key] = self._converted(link)
        return style

    def _converted(self, link: bool) -> Style:
        native = self._style
        return Style(
            self._colour(native.fg_color),
            self._colour(native.bg_color),
            self._colour(native.underline_color),
            Underline(native.underline) if 0 <= native.underline <= 5 else Underline.SINGLE,
            native.bold,
            native.faint,
            native.italic,
            native.blink,
            native.inverse,
            native.invisible,
            native.strikethrough,
            native.overline,
            link,
        )

    def _colour(self, native: Any) -> Colour:
        if native.tag == self._lib.GHOSTTY_STYLE_COLOR_PALETTE:
            return self._indexed(int(native.value.palette))
        if native.tag == self._lib.GHOSTTY_STYLE_COLOR_RGB:
            value = native.value.rgb
            return RGB | int(value.r) << 16 | int(value.g) << 8 | int(value.b)
        return None

    def _indexed(self, index: int) -> Colour:
        override = self._palette.get(index)
        return index if override is None else RGB | override

    def _fill(self, cell: int) -> Style:
        """The style of cells that an erase has filled with a background."""
        content = cell >> 2
        if cell & _PLAIN_KINDS == _PALETTE_FILL:
            return Style(bg=self._indexed(content & 0xFF))
        red, green, blue = content & 0xFF, content >> 8 & 0xFF, content >> 16 & 0xFF
        return Style(bg=RGB | red << 16 | green << 8 | blue)


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _text(codes: list[int]) -> str:
    try:
        text = "".join(map(chr, codes))
    except ValueError:
        text = "".join(map(_character, codes))
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(clean_base, text))
