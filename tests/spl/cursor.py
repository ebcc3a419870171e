"""Reading words one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from .faults import Refused, Unreadable
from .words import Word, words

NAMES = ("word", "string", "name")


class Cursor:
    """Where a parser is in the words of a command."""

    def __init__(self, text: str, shape: str) -> None:
        self.text = text
        self._words: Sequence[Word] = words(text, shape)
        self._position = 0

    def peek(self, ahead: int = 0) -> Word | None:
        position = self._position + ahead
        return self._words[position] if position < len(self._words) else None

    def next(self) -> Word:
        word = self.peek()
        if word is None:
            raise Unreadable(f"something is missing at the end of {self.text!r}")
        self._position += 1
        return word

    def sign(self, *signs: str) -> str:
        """Take one of some signs, if it is next; else return nothing."""
        word = self.peek()
        if word is None or word.kind != "sign" or word.text not in signs:
            return ""
        return self.next().text

    def keyword(self, *known: str) -> str:
        """Take a keyword, in any case, if it is next; return it in upper case."""
        word = self.peek()
        if word is None or word.kind != "word" or word.text.upper() not in known:
            return ""
        return self.next().text.upper()

    def name(self) -> str:
        """Take a name, in quotes or not."""
        word = self.next()
        if word.kind not in NAMES or not word.text:
            raise Unreadable(f"a name is expected, not {word.text!r} in {self.text!r}")
        return word.text

    def names(self) -> tuple[str, ...]:
        """Take names to the end; commas between them are optional."""
        made = []
        while self.peek() is not None:
            if not self.sign(","):
                made.append(self.name())
        if not made:
            raise Unreadable(f"names are expected: {self.text!r}")
        return tuple(made)

    def options(self, *known: str) -> dict[str, str]:
        """Take options (``name=value``) as long as there are any.

        Raises:
            Refused: One is not known.
        """
        made: dict[str, str] = {}
        while self.is_option():
            name = self.next().text
            if name not in known:
                raise Refused(f"option {name} in {self.text!r}")
            self.sign("=")
            made[name] = self.next().text
        return made

    def is_option(self) -> bool:
        name, equals = self.peek(), self.peek(1)
        return (
            name is not None
            and name.kind == "word"
            and equals is not None
            and (equals.kind, equals.text) == ("sign", "=")
        )

    def inside(self) -> str:
        """Take what stands in the parentheses that open here; return it as written."""
        opened = self.next()
        if opened.text != "(":
            raise Unreadable(f"a parenthesis is expected: {self.text!r}")
        depth, start = 1, opened.end
        while depth:
            word = self.next()
            if word.kind == "sign":
                depth += (word.text == "(") - (word.text == ")")
        return self.text[start : word.start]

    def end(self) -> None:
        """Nothing may stand here any more."""
        word = self.peek()
        if word is not None:
            raise Unreadable(f"not understood: {self.text[word.start :][:60]!r}")
