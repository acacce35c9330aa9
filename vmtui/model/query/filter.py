"""The filter: what a person types, and which guests it leaves. Pure.

    web prod           both words, in name, title, state, system, host, tags or addresses
    !test              not that
    web*               a pattern over the whole name (* and ?)
    /^web\\d+$/         a regular expression
    ~wbprd             its letters in this order, somewhere in the name
    state:running cpu>50 mem>=2G os:debian tag:web,db ip:10.0. note:"to do" name=web1
    @night             a filter that was saved under this name

Terms stand side by side and must all hold. A term that makes no sense is left out of the filter
and told in `problems`; one that is still being typed (`!`, `state:`) asks for nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate

from vmtui.model.query import fuzzy
from vmtui.model.query.fields import (
    BY_ID,
    ChoiceField,
    Facts,
    NumberField,
    TextField,
    plain_words,
)
from vmtui.model.query.values import read_percent

UUID_FROM = 8
"""Characters from which a word is looked for in UUIDs too: shorter ones would match by chance."""
TEXT_MOST = 400
"""Characters of a guest's text that a regular expression looks at."""

Test = Callable[[Facts], bool]
_FIELD = re.compile(r"([a-z]+)(:|!=|>=|<=|=|>|<)(.*)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_REGEX = re.compile(r"/((?:[^/\\]|\\.)*)(?:/(?=\s|$)|$)", re.DOTALL)
_HEX = re.compile(r"[0-9a-f]{1,4}:[0-9a-f:.]*", re.IGNORECASE)
_ENDLESS = re.compile(r"\([^()]*[+*}][^()]*\)\s*[+*{]")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What was typed, as tests that must all hold, and what makes no sense in it."""

    text: str = ""
    tests: tuple[Test, ...] = ()
    problems: tuple[str, ...] = ()

    def matches(self, facts: Facts) -> bool:
        """Whether the guest passes every test."""
        return all(test(facts) for test in self.tests)


def parse(text: str, saved: Mapping[str, str] | None = None) -> Filter:
    """The filter in this text; `saved` are those that `@name` stands for."""
    tests: list[Test] = []
    problems: list[str] = []
    for negated, token in _tokens(text):
        try:
            test = _test(token, saved or {})
        except ValueError as error:
            problems.append(str(error))
            continue
        if test is not None:
            tests.append(_not(test) if negated else test)
    return Filter(text.strip(), tuple(tests), tuple(problems))


def _tokens(text: str) -> Iterable[tuple[bool, str]]:
    """Each term with whether it is negated; a regular expression keeps its spaces."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        negated = text[at] == "!"
        at += negated
        found = _REGEX.match(text, at) or _TOKEN.match(text, at)
        if found is None:
            continue
        yield negated, found[0]
        at = found.end()


def _test(token: str, saved: Mapping[str, str]) -> Test | None:
    """The test that the term stands for, None while it asks for nothing.

    Raises ValueError, with words for the person, where it makes no sense.
    """
    if token.startswith("/"):
        found = _REGEX.match(token)
        return _regex(found[1] if found else token[1:], plain_words)
    if token.startswith("~"):
        return _fuzzy(token[1:])
    if token.startswith("@"):
        return _saved(token[1:], saved)
    field = _FIELD.fullmatch(token)
    if field is not None and not (field[1].lower() not in BY_ID and _HEX.fullmatch(token)):
        return _field(field[1].lower(), field[2], field[3])
    return _word(_unquote(token))


def _word(word: str) -> Test | None:
    folded = word.casefold()
    if not folded:
        return None
    if _is_pattern(folded):
        whole = pattern(folded)
        return lambda facts: whole(facts.guest.name.casefold())
    dotted, long = "." in folded or ":" in folded, len(folded) >= UUID_FROM

    def test(facts: Facts) -> bool:
        if any(folded in part.casefold() for part in plain_words(facts)):
            return True
        if dotted and any(folded in address.ip.casefold() for address in facts.guest.addresses):
            return True
        return long and folded in facts.guest.key.uuid

    return test


def _fuzzy(pattern: str) -> Test | None:
    if not pattern:
        return None
    return lambda facts: fuzzy.score(pattern, facts.guest.name) is not None


def _saved(name: str, saved: Mapping[str, str]) -> Test | None:
    if not name:
        return None
    if name not in saved:
        raise ValueError(f"no filter is saved as {name}{_near(name, saved)}")
    inner = parse(saved[name])
    if inner.problems:
        raise ValueError(f"@{name}: {inner.problems[0]}")
    return inner.matches


def _field(name: str, operator: str, value: str) -> Test | None:
    field = BY_ID.get(name)
    if field is None:
        raise ValueError(f"there is no field {name}{_near(name, BY_ID)}")
    value = _unquote(value)
    if not value:
        return None
    if isinstance(field, NumberField):
        return _number(field, operator, value)
    if operator in _COMPARE:
        raise ValueError(f"{name} is no number: write {name}:{value}")
    if operator == "!=":
        return _not(_words(field, "=", value))
    return _words(field, operator, value)


def _number(field: NumberField, operator: str, value: str) -> Test:
    number = field.number
    try:
        if field.share is not None and value.endswith("%"):
            number, wanted, slack = field.share, read_percent(value), 0.5
        else:
            wanted, slack = field.read(value), field.slack
    except ValueError as error:
        raise ValueError(f"{field.id} {error}") from None
    compare = _COMPARE.get(operator)
    if compare is None:
        slack = max(slack, wanted * 0.005)

        def compare(value: float, wanted: float) -> bool:
            return (abs(value - wanted) <= slack) is not (operator == "!=")

    def test(facts: Facts) -> bool:
        known = number(facts)
        return known is not None and compare(known, wanted)

    return test


def _words(field: TextField | ChoiceField, operator: str, value: str) -> Test:
    words = field.words
    if value.startswith("/"):
        return _regex(value[1:].removesuffix("/"), words)
    wanted = [part for part in value.casefold().split(",") if part]
    if isinstance(field, ChoiceField):
        for part in wanted:
            if not any(choice.startswith(part) for choice in field.choices):
                known = _near(part, field.choices) or f"; it is {', '.join(field.choices)}"
                raise ValueError(f"{field.id} is never {part}{known}")
        return lambda facts: any(w.startswith(p) for w in words(facts) for p in wanted)
    tests = [_compared(part, operator) for part in wanted]
    return lambda facts: any(test(w.casefold()) for w in words(facts) for test in tests)


def _compared(part: str, operator: str) -> Callable[[str], bool]:
    if _is_pattern(part):
        return pattern(part)
    return (lambda word: word == part) if operator == "=" else (lambda word: part in word)


def _regex(pattern: str, words: Callable[[Facts], Iterable[str]]) -> Test:
    if _ENDLESS.search(pattern):
        raise ValueError(f"/{pattern}/ repeats what repeats already: that can take for ever")
    try:
        search = re.compile(pattern, re.IGNORECASE).search
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"/{pattern}/ is no regular expression: {error}") from None
    return lambda facts: any(search(word[:TEXT_MOST]) for word in words(facts))


def _is_pattern(word: str) -> bool:
    return "*" in word or "?" in word


def pattern(word: str) -> Callable[[str], bool]:
    """Whether a whole text is like `word`, in which * and ? stand for anything."""
    # Names such as web[prod] are common: brackets stand for themselves.
    matcher = re.compile(translate(word.replace("[", "[[]")), re.IGNORECASE)
    return lambda text: matcher.match(text) is not None


def _not(test: Test) -> Test:
    return lambda facts: not test(facts)


def _unquote(text: str) -> str:
    return text.replace('"', "")


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""
