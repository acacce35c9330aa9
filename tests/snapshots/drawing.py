"""A screen as a small SVG: a line of text a row, its colours as classes, so that a diff is read.

Only what a person sees is in it: characters, their places, colours and weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App

CELL, ROW = 8, 17
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">\n<style>\n'
    "text {{ font: 13px monospace; white-space: pre; }}\n{styles}</style>\n"
    '<rect width="100%" height="100%" fill="{background}"/>\n'
)


def svg(app: App[Any]) -> str:
    """What is on the screen now."""
    width, height = app.size
    rows = [list(strip) for strip in app.screen._compositor.render_strips()][:height]
    theme = app.current_theme
    classes: dict[Style, str] = {}
    body: list[str] = []
    for number, row in enumerate(rows):
        body += _backgrounds(row, number, theme.background or "#000000")
        if any(segment.text.strip() for segment in row):
            spans = "".join(_span(segment, classes) for segment in _joined(row))
            body.append(f'<text y="{number * ROW + 13}">{spans}</text>')
    styles = "".join(f".{name} {{ {_css(style)} }}\n" for style, name in classes.items())
    head = HEAD.format(
        width=width * CELL, height=height * ROW, styles=styles, background=theme.background
    )
    return head + "\n".join(body) + "\n</svg>\n"


def words(drawing: str) -> list[str]:
    """The rows of text in a drawing, for a diff that a person reads first."""
    from xml.etree import ElementTree as ET

    root = ET.fromstring(drawing)  # noqa: S314 - written by this module
    return [
        "".join(row.itertext()).rstrip() for row in root.iter("{http://www.w3.org/2000/svg}text")
    ]


def _joined(row: Sequence[Segment]) -> list[Segment]:
    """Neighbours that look the same as one."""
    made: list[Segment] = []
    for segment in row:
        if not segment.text:
            continue
        if made and _look(made[-1].style) == _look(segment.style):
            made[-1] = Segment(made[-1].text + segment.text, made[-1].style)
        else:
            made.append(segment)
    while made and not made[-1].text.strip():
        made.pop()
    return made


def _look(style: Style | None) -> Style:
    """A style without what is seen in the background alone."""
    if style is None:
        return Style()
    front = style.bgcolor if style.reverse else style.color
    return Style(
        color=front, bold=style.bold, dim=style.dim, italic=style.italic,
        underline=style.underline, strike=style.strike,
    )  # fmt: skip


def _span(segment: Segment, classes: dict[Style, str]) -> str:
    style = _look(segment.style)
    name = classes.setdefault(style, f"s{len(classes)}")
    return f'<tspan class="{name}">{escape(segment.text)}</tspan>'


def _css(style: Style) -> str:
    parts = [f"fill: {_hex(style.color)};"]
    if style.bold:
        parts.append("font-weight: bold;")
    if style.dim:
        parts.append("opacity: 0.6;")
    if style.italic:
        parts.append("font-style: italic;")
    if style.underline or style.strike:
        parts.append(f"text-decoration: {'underline' if style.underline else 'line-through'};")
    return " ".join(parts)


def _backgrounds(row: Sequence[Segment], number: int, usual: str) -> list[str]:
    made: list[tuple[int, int, str]] = []
    at = 0
    for segment in row:
        length = cell_len(segment.text)
        style = segment.style or Style()
        behind = _hex(style.color if style.reverse else style.bgcolor)
        if made and made[-1][2] == behind and made[-1][0] + made[-1][1] == at:
            made[-1] = (made[-1][0], made[-1][1] + length, behind)
        else:
            made.append((at, length, behind))
        at += length
    return [
        f'<rect x="{x * CELL}" y="{number * ROW}" width="{length * CELL}" height="{ROW}"'
        f' fill="{fill}"/>'
        for x, length, fill in made
        if fill not in ("none", usual.lower())
    ]


def _hex(color: Any) -> str:
    if color is None or color.is_default:
        return "none"
    red, green, blue = color.get_truecolor()
    return f"#{red:02x}{green:02x}{blue:02x}"
