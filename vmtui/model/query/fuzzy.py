"""Fuzzy search: letters in their order, wherever they stand; the better match scores higher."""

from __future__ import annotations

START, JOINED, WORD, GAP = 8, 5, 6, 1
_BREAKS = frozenset(" -_./:[]()@")


def score(pattern: str, text: str) -> int | None:
    """How well `text` has the letters of `pattern` in order; None where it has not.

    Letters at the start of a word and letters side by side count more; gaps cost a little.
    """
    wanted, where = pattern.casefold(), text.casefold()
    if not wanted:
        return 0
    best: int | None = None
    begin = where.find(wanted[0])
    # Every place where it may begin: the first one is not always the best.
    while begin >= 0:
        found = _from(wanted, where, begin)
        if found is None:
            break
        best = found if best is None else max(best, found)
        begin = where.find(wanted[0], begin + 1)
    return best


def _from(wanted: str, where: str, begin: int) -> int | None:
    points, last = 0, begin - 1
    for letter in wanted:
        at = where.find(letter, last + 1)
        if at < 0:
            return None
        if at == 0:
            points += START
        elif where[at - 1] in _BREAKS:
            points += WORD
        if at == last + 1 and at != begin:
            points += JOINED
        points -= min(at - last - 1, 5) * GAP
        last = at
    # Of two that match alike the shorter one is meant.
    return points * 4 - min(len(where), 40) // 4
