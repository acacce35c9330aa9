"""A line for /bin/sh, read as a shell reads it, for where its fields stand. Pure.

A value is put there in single quotes of its own. That holds where a shell would begin such quotes:
not inside others, nor in backquotes, here-documents and arithmetic, which are refused anywhere in
the line. What is not understood for sure is refused as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vmtui.plugin.places import Field, Pieces, Place, Unsafe, Words

LINE, GROUP, SUBSTITUTION, QUOTES, PARAMETER = "line", "(", "$(", '"', "${"
RESERVED = frozenset({"if", "then", "elif", "else", "while", "until", "do", "!", "{", "}", "fi",
                      "done", "esac"})  # fmt: skip
"""Words of the shell's own, behind which a program stands, or nothing."""
BACKQUOTES = "a field is not safe beside `…`: write $(…)"
HERE = "a field is not safe beside a here-document"
ARITHMETIC = "a field is not safe beside arithmetic"
TESTS = "a field is not safe beside [[ … ]], which reckons: write [ … ]"
ANSI = "a field is not safe beside $'…'"


@dataclass(slots=True)
class _Word:
    """The word that is being read."""

    begun: bool = False
    text: str = ""
    """What stands in it, without its fields and quotes; $ for an expansion."""
    quoted: bool = False
    """Whether any of it is: it is then no word of the shell's own."""
    solid: bool = False
    """Whether there is something in it, whatever its expansions come to."""
    braced: bool = False
    """Whether it may become several words, by braces."""
    assigns: bool = False


@dataclass(slots=True)
class _Frame:
    """A bracket or quote that is open, and what it interrupted."""

    kind: str
    words: Words
    word: _Word = field(default_factory=_Word)
    target: bool = False
    """Whether the next word is where a redirection leads."""
    naming: bool = False
    """Whether the next word is a name, behind `for`."""


def of_line(line: Pieces) -> list[Place]:
    """The fields of the line. Raises Unsafe."""
    return _Reader(line).read()


class _Reader:
    def __init__(self, line: Pieces) -> None:
        self._line = line
        self._at = 0
        self._frames = [_Frame(LINE, Words(in_shell=True))]
        self._places: list[Place] = []

    def read(self) -> list[Place]:
        while self._at < len(self._line):
            piece = self._line[self._at]
            if isinstance(piece, Field):
                self._field(piece)
            elif self._here.kind == QUOTES:
                self._quoted(piece)
            else:
                self._plain(piece)
            self._at += 1
        if len(self._frames) > 1:
            raise Unsafe(f"a {self._here.kind} is not closed")
        return self._places

    # -- where one is --------------------------------------------------------------------------

    @property
    def _here(self) -> _Frame:
        return self._frames[-1]

    @property
    def _command(self) -> _Frame:
        """The frame in which words are counted."""
        return next(one for one in reversed(self._frames) if one.kind not in (QUOTES, PARAMETER))

    @property
    def _in_quotes(self) -> bool:
        for frame in reversed(self._frames):
            if frame.kind in (LINE, GROUP, SUBSTITUTION):
                return False
            if frame.kind == QUOTES:
                return True
        return False

    def _next(self, ahead: int = 1) -> str | Field:
        at = self._at + ahead
        return self._line[at] if at < len(self._line) else ""

    def _push(self, kind: str) -> None:
        self._frames.append(_Frame(kind, Words(in_shell=True)))

    # -- fields --------------------------------------------------------------------------------

    def _field(self, found: Field) -> None:
        frame = self._command
        word = frame.word
        if self._in_quotes:
            raise Unsafe(f"{found} stands in quotes: leave them out, it is quoted already")
        if found.several and not self._is_word(word):
            raise Unsafe(f"{found} is an argument by itself")
        if frame.naming:
            raise Unsafe(f"the name of a variable cannot be a field: {found}")
        if frame.target:
            if found.several:
                raise Unsafe(f"{found} is several arguments, and no file")
            self._places.append(Place(found.name))
        else:
            begins = not word.solid or word.braced
            self._places.append(frame.words.place(found, word.text, begins=begins))
        word.begun = True
        if self._next() in ("<", ">"):
            raise Unsafe(f"{found} would be the number of a file: put a space behind it")

    def _is_word(self, word: _Word) -> bool:
        """Whether the field is all that there is of its word."""
        after = self._next()
        alone = isinstance(after, str) and (not after or after in " \t\n;|&)")
        return alone and not word.begun and self._here.kind != PARAMETER

    # -- characters ----------------------------------------------------------------------------

    def _quoted(self, letter: str) -> None:
        word = self._command.word
        if letter == '"':
            self._frames.pop()
        elif letter == "\\":
            self._say(word, str(self._next()))
            self._at += isinstance(self._next(), str)
        elif letter == "`":
            raise Unsafe(BACKQUOTES)
        elif letter == "$":
            self._dollar(word)
        else:
            self._say(word, letter)

    @staticmethod
    def _say(word: _Word, letters: str) -> None:
        """Something that stands there whatever happens."""
        word.begun = word.solid = True
        word.text += letters

    def _plain(self, letter: str) -> None:
        frame = self._command
        word = frame.word
        if letter == "\\":
            self._escape(word)
        elif letter in "'\"":
            self._quote(letter, word)
        elif letter == "`":
            raise Unsafe(BACKQUOTES)
        elif letter == "$":
            self._dollar(word)
        elif self._here.kind == PARAMETER:
            if letter == "}":
                self._frames.pop()
        elif letter in " \t":
            self._end_word()
        elif letter in "\n;|&":
            self._separate()
        elif letter in "<>":
            self._redirect(letter)
        elif letter in "()":
            self._bracket(letter)
        elif letter == "#" and not word.begun:
            self._comment()
        else:
            self._letter(letter, frame)

    def _letter(self, letter: str, frame: _Frame) -> None:
        word = frame.word
        self._say(word, letter)
        word.braced |= letter == "{"
        if letter == "=" and not (word.quoted or word.assigns) and frame.words.assigns(word.text):
            word.assigns, word.solid = True, False

    def _escape(self, word: _Word) -> None:
        after = self._next()
        if isinstance(after, Field):
            raise Unsafe(f"{after} stands after a \\: leave it out")
        self._at += 1
        if after != "\n":
            word.quoted = True
            self._say(word, after)

    def _quote(self, letter: str, word: _Word) -> None:
        if self._here.kind == PARAMETER and self._in_quotes:
            raise Unsafe("a field is not safe beside quotes in ${…} in quotes")
        word.begun = word.quoted = True
        if letter == '"':
            self._push(QUOTES)
            return
        while (inner := self._next()) != "'":
            if isinstance(inner, Field):
                raise Unsafe(f"{inner} stands in quotes: leave them out, it is quoted already")
            if not inner:
                raise Unsafe("a ' is not closed")
            self._say(word, inner)
            self._at += 1
        self._at += 1

    def _dollar(self, word: _Word) -> None:
        """An expansion, which may come to nothing."""
        after = self._next()
        word.begun = True
        word.text += "$"
        if isinstance(after, Field) or (after == "'" and self._here.kind != QUOTES):
            raise Unsafe(ANSI)
        if after == "[" or (after == "(" and self._next(2) == "("):
            raise Unsafe(ARITHMETIC)
        if after == "(":
            self._at += 1
            self._push(SUBSTITUTION)
        elif after == "{":
            self._at += 1
            self._push(PARAMETER)
        elif after in ("_", *"@*#?-$!") or after.isalnum():
            self._at += 1
            if after.isalpha() or after == "_":
                self._name()
        elif after not in ("", '"'):
            word.solid = True

    def _name(self) -> None:
        """The rest of a variable's name."""
        while isinstance(after := self._next(), str) and (after == "_" or after.isalnum()):
            self._at += 1
        if isinstance(after, Field):
            raise Unsafe(f"{after} stands at a variable's name: write ${{…}} around that")

    def _comment(self) -> None:
        while (inner := self._next()) not in ("", "\n"):
            if isinstance(inner, Field):
                self._places.append(Place(inner.name))
            self._at += 1

    # -- words and commands --------------------------------------------------------------------

    def _end_word(self) -> None:
        frame = self._command
        word, frame.word = frame.word, _Word()
        if not word.begun:
            return
        if frame.target:
            frame.target = False
        elif frame.naming:
            frame.naming = False
        elif word.quoted or not self._is_shells(word.text, frame):
            frame.words.take(word.text, assigns=word.assigns)

    def _is_shells(self, text: str, frame: _Frame) -> bool:
        """Whether it is a word of the shell's own, behind which the program still comes."""
        if not frame.words.head:
            begins = text == "do" and frame.words.program in ("for", "select")
            if begins:
                frame.words = Words(in_shell=True)
            return begins
        if text == "[[":
            raise Unsafe(TESTS)
        if text == "case" and any(one.kind == SUBSTITUTION for one in self._frames):
            raise Unsafe("a field is not safe beside case in $(…)")
        frame.naming = text in ("for", "select", "function")
        return text in RESERVED or text == "function"

    def _separate(self) -> None:
        self._end_word()
        frame = self._command
        frame.words, frame.target, frame.naming = Words(in_shell=True), False, False

    def _redirect(self, letter: str) -> None:
        frame = self._command
        if self._next() == letter == "<":
            raise Unsafe(HERE)
        if frame.word.text.isdigit() and not frame.word.assigns:
            # It is the number of a file, and no word.
            frame.word = _Word()
        self._end_word()
        if self._next() == "(":
            self._at += 1
            frame.word.begun = True
            self._push(SUBSTITUTION)
            return
        while self._next() in (">", "|", "&"):
            self._at += 1
        frame.target = True

    def _bracket(self, letter: str) -> None:
        if letter == "(":
            if self._next() == "(":
                raise Unsafe(ARITHMETIC)
            self._end_word()
            self._push(GROUP)
            return
        self._end_word()
        if self._here.kind == SUBSTITUTION:
            self._frames.pop()
            self._command.word.begun = True
            return
        if self._here.kind == GROUP:
            self._frames.pop()
        # Behind a pattern of case, or a function's brackets, a command begins.
        self._separate()
