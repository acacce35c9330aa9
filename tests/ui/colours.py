"""Colours as eyes see them: contrast, and what the colour-blind can tell apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

Triple = tuple[float, float, float]

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
BLINDNESS: dict[str, Sequence[Triple]] = {
    "red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998)),
    "green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
              (-0.011820, 0.042940, 0.968881)),
    "blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
             (0.004733, 0.691367, 0.303900)),
}  # fmt: skip
"""Which cones are missing, and what is left of a colour then."""


def linear(rgb: tuple[int, int, int]) -> Triple:
    """Light, 0 to 1, of sRGB in bytes."""
    made = [v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb]
    return made[0], made[1], made[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    low, high = sorted(_luminance(linear(rgb)) for rgb in (one, other))
    return (high + 0.05) / (low + 0.05)


def difference(one: tuple[int, int, int], other: tuple[int, int, int], missing: str = "") -> float:
    """How far apart two colours are in CIE L*a*b*; about 2 is just visible side by side."""
    first, second = (_lab(_seen(linear(rgb), missing)) for rgb in (one, other))
    return math.dist(first, second)


def _luminance(light: Triple) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def _seen(light: Triple, missing: str) -> Triple:
    if not missing:
        return light
    rows = [
        min(max(sum(factor * part for factor, part in zip(row, light, strict=True)), 0.0), 1.0)
        for row in BLINDNESS[missing]
    ]
    return rows[0], rows[1], rows[2]


def _lab(light: Triple) -> Triple:
    red, green, blue = light
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = _luminance(light)
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
