"""Talking to a shell over a terminal: is there a prompt, and how did a command end?

Pure: text in, text out. A command is typed as one line that any shell takes (sh, bash, zsh, fish,
csh). What it prints is told from the echo of the line itself by marks of which the line holds only
the halves, and which are new for every command.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from enum import Enum

KEPT = 32 * 1024
"""Characters of a command's output that are kept: the end of it."""
LINE_MOST = 3500
"""Characters of a line that may be typed: a terminal in cooked mode takes 4095."""

_CODES = re.compile(
    r"\x1b(?:\[[0-9;?<=>!]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[PX^_][^\x1b]{0,2000}"
    r"\x1b\\|[()*+][A-Za-z0-9]|[@-Z\\-_=>78])"
)
_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LOGIN = re.compile(r"\blogin: ?$|\busername: ?$", re.IGNORECASE | re.MULTILINE)
_PASSWORD = re.compile(r"pass(?:word|phrase)\b[^:]{0,60}: ?$", re.IGNORECASE)
_PROMPT = re.compile(r"^.{0,200}[#$%>❯➜λ] ?$")
_BARE = re.compile(r"^[^\s#$]{1,80}[#$] ?$", re.MULTILINE)
"""A shell's prompt without a blank in it (`live:~#`): few other lines look so."""
_BUTTON = re.compile(r"<[^<>]{1,40}> ?$|\d ?% ?$")
"""A dialog's button or how much is done: neither is a prompt, although it ends like one."""


class Seen(Enum):
    """What the last line of a console looks like."""

    SHELL = "a shell's prompt"
    LOGIN = "a login prompt"
    PASSWORD = "a password prompt"  # noqa: S105 - a word for it
    NOTHING = "nothing"
    OTHER = "something else"


def plain(text: str) -> str:
    """Text of a terminal without what steers it; lines end in a bare newline."""
    return _BREAKS.sub("", _CODES.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def last_line(text: str) -> str:
    """The last line that is not blank, of plain text."""
    return next((line.rstrip() for line in reversed(text.split("\n")) if line.strip()), "")


def judge(text: str) -> Seen:
    """What the end of a console's plain text shows."""
    line = last_line(text)
    if not line:
        return Seen.NOTHING
    if _LOGIN.search(line):
        return Seen.LOGIN
    if _PASSWORD.search(line):
        return Seen.PASSWORD
    return Seen.SHELL if _PROMPT.match(line) and not _BUTTON.search(line) else Seen.OTHER


def shows_prompt(text: str) -> bool:
    """Whether any line of plain text asks for a login, or is a prompt like `live:~#`.

    Unlike in `judge`, lines of the kernel's may have come after it.
    """
    return bool(_LOGIN.search(text) or _BARE.search(text))


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells one command's output apart: made of a nonce of at least 8 hexadecimal digits."""

    nonce: str

    @property
    def halves(self) -> tuple[str, str]:
        """Which the typed line holds apart."""
        return f"vmtui-{self.nonce[: len(self.nonce) // 2]}", self.nonce[len(self.nonce) // 2 :]

    @property
    def sudo_prompt(self) -> str:
        """What sudo is told to ask with: `%%` there is `%` where it asks."""
        return f"{''.join(self.halves)}%%asks: "

    @property
    def asks(self) -> str:
        """What sudo asks with."""
        return self.sudo_prompt.replace("%%", "%").rstrip()

    def line(self, command: str) -> str:
        """What is typed to run a command for a POSIX shell, without the Enter.

        A space before it keeps it out of the history of shells that are set up so. The end is
        marked twice: a message of the kernel can fall into one.
        """
        one, two = self.halves
        end = f"{one} {two}"
        script = (
            f'printf "\\n%s%s:begin\\n" {end}; ( {command} ) </dev/null; code=$?; '
            f'printf "\\n%s%s:%s\\n%s%s:%s\\n" {end} $code {end} $code'
        )
        return f" sh -c {shlex.quote(script)}"


class Transcript:
    """What a console prints while one command runs there; fed as it comes."""

    def __init__(self, marks: Marks) -> None:
        joined = re.escape("".join(marks.halves))
        self._begin = re.compile(joined + ":begin\n")
        self._end = re.compile(joined + r":(\d{1,3})\b")
        self._question = re.compile(
            rf"{re.escape(marks.asks)}[ \t]*$|^doas \(.{{0,100}}\) password:[ \t]*$", re.MULTILINE
        )
        self._raw = ""
        self.text = ""
        """All of it, plain, or its end."""
        self._begun = False
        self._answers = 0

    def feed(self, data: str) -> None:
        """More of what it prints."""
        self._raw = (self._raw + data)[-KEPT:]
        # Anew each time: a sequence may have been cut by the end of what came.
        self.text = plain(self._raw)
        self._begun = self._begun or self._begin.search(self.text) is not None

    def answered(self) -> None:
        """The password that was asked for is being typed."""
        self._answers += 1

    def begun(self) -> bool:
        """Whether a shell has taken the line."""
        return self._begun

    def ended(self) -> int | None:
        """The command's exit code; None while it runs."""
        match = self._end.search(self.text)
        return int(match[1]) & 0xFF if match else None

    def asked(self) -> bool:
        """Whether sudo or doas waits for a password."""
        times = len(self._question.findall(self.text))
        return times > self._answers and bool(self._question.search(last_line(self.text)))

    @property
    def output(self) -> str:
        """What the command printed, as far as it is kept."""
        match = self._end.search(self.text)
        body = self.text[: match.start()] if match else self.text
        begin = self._begin.search(body)
        return (body[begin.end() :] if begin else body).strip("\n")

    def last_lines(self, count: int = 6) -> list[str]:
        """The end of what the command printed, without blank lines and our own marks."""
        lines = [line.rstrip() for line in self.output.split("\n")]
        return [line[:200] for line in lines if line and not self._question.search(line)][-count:]
