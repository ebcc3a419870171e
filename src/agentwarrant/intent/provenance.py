"""Where an action's values came from: words a person said, or content the agent read."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from agentwarrant.intent.asks import bare
from agentwarrant.intent.dates import day_forms, is_day, says_day
from agentwarrant.intent.sums import numbers_in, other_forms
from agentwarrant.intent.values import COMMON, KINDS, MIN_VALUE, Value, leaves_of, values_in
from agentwarrant.intent.values import values_of as values_of
from agentwarrant.tools.words import LIST, READ, words_of


class Source(NamedTuple):
    """A piece of content the agent read that its instructor did not write.

    Attributes:
        event: The event's id.
        origin: Where it came from.
        who: A few words for a person: the tool, host or sender.
        text: Lower-cased, bounded: what it shows, then what is hidden in it.
        instructs: It seems to talk to an agent.
        outside: It was written by somebody outside.
        arguments: What was asked for to read it, as JSON text.
        shown: How much of ``text`` it shows; the rest was encoded or unseen. -1: all.
        cut: More of it was there than was kept.
        led: An agent wrote it down because content asked for that.
    """

    event: str
    origin: str
    who: str
    text: str
    instructs: bool
    outside: bool = True
    arguments: str = ""
    shown: int = -1
    cut: bool = False
    led: bool = False

    def pointed(self, said: str) -> bool:
        """Did people name what was read? Then its plain contents are what they meant."""
        if self.named(said):
            return True
        return any(says(word, said) for word in _asked_by_parts(self.arguments))

    def named(self, said: str) -> bool:
        """Did people name what was read as it is called, and not only by a part of its name?"""
        return any(says(word, said) for word in _asked_with(self.arguments))

    def called(self, said: str) -> bool:
        """Did people name what was read, or speak of such a thing: a mail, a ticket, a page?"""
        words = {w for w in words_of(self.who) if len(w) >= MIN_VALUE} - READ - LIST
        about = words | _CALLED.get(self.origin, _NOTHING)
        return self.pointed(said) or any(word[:_STEM] in said for word in about)

    def places(self, value: Value) -> list[int]:
        """Return the first places where a value stands, whatever spaces stand within it."""
        found: list[int] = []
        place = self.text.find(value.text)
        while place >= 0 and len(found) < _PLACES:
            part = value.weak and not _whole(self.text, place, place + len(value.text))
            if not part and not (value.text.isalpha() and _in_link(self.text, place)):
                found.append(place)
            place = self.text.find(value.text, place + len(value.text))
        if not found and value.weak:
            return self._number(value.text)
        if not found and _JOINED.search(value.text) and " " not in value.text:
            place = self.text.find(_JOINED.sub(" ", value.text))
            found = [place] if place >= 0 else []
        if not found and is_day(value.text):
            forms = day_forms(value.text)
            return [m.start() for m in islice(forms.finditer(self.text), _PLACES)] if forms else []
        if not found and value.spaced:
            spread = re.search(r"[\s.-]{0,3}".join(map(re.escape, value.letters)), self.text)
            found = [spread.start()] if spread else []
        return found

    def _number(self, number: str) -> list[int]:
        """Return the first places where a number stands in another form."""
        form = other_forms(number)
        if form is None or number.partition(".")[0][-3:] not in self.text:
            return []
        return [m.start() for m in islice(form.finditer(self.text), _PLACES)]


@lru_cache(maxsize=1024)
def _asked_with(arguments: str) -> frozenset[str]:
    """Return the words that a piece of content was asked for with."""
    words = {w for v in values_in(arguments) for w in re.split(r"[\s:,;/]+", v.text)}
    who = {v.lower() for k, v in leaves_of(arguments) if len(v) == _SHORT and _WHO.search(k)}
    return frozenset(w for w in words if len(w) >= MIN_VALUE and w not in COMMON) | who


@lru_cache(maxsize=1024)
def _asked_by_parts(arguments: str) -> frozenset[str]:
    """Return the parts of the names among those words: ``adeyemi`` of a file's name."""
    joined = (word for word in _asked_with(arguments) if _JOINS.search(word))
    return frozenset(part for word in joined for part in _JOINS.split(word) if len(part) > _STEM)


_JOINS = re.compile(r"[_.-]")
_SHORT = 3
_WHO = re.compile(r"(?i)(?:^|_)(?:who|from|by|sender|author|person|contact|with)(?:$|_)")
"""Arguments that name people, whose names may be as short: "Tom"."""
_PLACES = 4
_JOINED = re.compile(r"(?<=[a-z0-9])[_-](?=[a-z0-9])")
"""``ward-4`` is written "ward 4" in a sentence."""
_STEM = 5
_NOTHING: frozenset[str] = frozenset()
_CALLED = {
    "email": frozenset({"mail", "letter", "invoice", "bill"}),
    "web": frozenset({"page", "site", "link", "article"}),
    "peer": frozenset({"chat", "message", "channel", "thread"}),
}
"""What people call content of an origin, whatever the tool that read it is called."""


def _in_link(text: str, place: int) -> bool:
    """Does a word stand within an address of the web, of which it is no name of anything?"""
    if text[max(0, place - 1) : place] not in _JOINS_LINK:
        return False
    return _LINKING.search(text, max(0, place - _LONGEST_LINK), place) is not None


_JOINS_LINK = frozenset("/.-_=&?+%")
_LONGEST_LINK = 200
_LINKING = re.compile(r"(?:https?://|www\.)[^\s\"'<>]*\Z")


def _whole(text: str, start: int, end: int) -> bool:
    """Is it no part of a longer word, nor of another number: the 5 of 47.5?"""
    if text[max(0, start - 1) : start].isalnum() or text[end : end + 1].isalnum():
        return False
    return _OF_ANOTHER.match(text, max(0, start - 2), start) is None and (
        text[end : end + 1] not in _POINTS or _GOES_ON.match(text, end, end + 8) is None
    )


_OF_ANOTHER = re.compile(r"\d[.,/]$")
_POINTS = (".", ",", "/")
_GOES_ON = re.compile(r"[.,](?!0{1,2}(?!\d))\d|/\d")


class Match(NamedTuple):
    """A value of an action that stands in content and not in what people said.

    Attributes:
        guess: People named somebody of that name: it may be whom they meant.
    """

    value: Value
    source: Source
    places: list[int]
    guess: bool = False

    @property
    def hidden(self) -> bool:
        """Does it stand only where nobody sees it: encoded, or in letters without shape?"""
        return self.source.shown >= 0 and self.places[0] >= self.source.shown

    def answers(self) -> bool:
        """Is it who wrote the content? To answer somebody is not to follow them."""
        place = self.places[0]
        return _WRITER.search(self.source.text[max(0, place - 24) : place]) is not None

    def recorded(self, said: str) -> bool:
        """Does it stand in a record (a line, an object) beside a word that people used?"""
        text, place = self.source.text, self.places[0]
        start = max(text.rfind(end, 0, place) for end in "\n{};")
        beside = _WORD.findall(text[max(start, place - 80, 0) : place])
        return any(len(w) > 2 and w not in _RECORD and says(w, said) for w in beside)

    def beside(self, said: str) -> bool:
        """Does it stand near a word of some length that people used: whom they spoke of?"""
        near = self.source.text[max(0, self.places[0] - _NEAR) : self.places[0] + _NEAR]
        return any(
            len(w) > _STEM and w not in _RECORD and says(w, said) for w in _WORD.findall(near)
        )


_NEAR = 300
_WORD = re.compile(r"[^\W\d_]{2,}")
_WRITER = re.compile(r"(?:from|sender|author|reply[-_ ]?to|von|de)[\"']?\s{0,3}[:=]\s{0,3}[\"']?$")
_RECORD = frozenset(
    "the and for from with iban account name mail email address amount total sender "
    "recipient".split()
)


def matches(values: list[Value], sources: list[Source], said: str) -> list[Match]:
    """Return the values that content explains and people's words do not, newest content first.

    Args:
        values: From ``values_of``.
        sources: Content read, newest last.
        said: Everything people said in the conversation, lower case.
    """
    found: list[Match] = []
    for value in values if sources else ():
        guess = explained(value.text, said)
        if guess and ("@" not in value.text or says(value.text, said)):
            continue
        whole = standing(value, sources, guess=guess)
        found += whole if whole or guess else _pieced(value, sources)
    return found


def standing(value: Value, sources: list[Source], *, guess: bool = False) -> list[Match]:
    """Return where a value stands as a whole, newest content first."""
    text, varied = value.text, _varied(value)
    return [
        Match(value, source, places, guess)
        for source in reversed(sources)
        if (varied or text in source.text) and (places := source.places(value))
    ]


def _varied(value: Value) -> bool:
    """May a value be written in another way than it stands in the call?"""
    if value.weak or value.spaced or is_day(value.text):
        return True
    return _JOINED.search(value.text) is not None


def _pieced(value: Value, sources: list[Source]) -> list[Match]:
    """Return where the pieces of a value stand that was read in pieces."""
    if not value.target or len(value.text) < _SPLIT or " " in value.text:
        return []
    texts = [_SPACES.sub("", s.text) if value.spaced else s.text for s in sources]
    rest = value.text
    found: list[Match] = []
    while rest and len(found) < _PIECES:
        lengths = [_longest(rest, text) for text in texts]
        length = max(lengths)
        source = sources[lengths.index(length)]
        bare = rest[:length].removeprefix("https://").removeprefix("www.")
        if len(bare) < _MIN_PIECE and length < len(rest):
            return []
        if len(bare) < MIN_VALUE:
            return []
        found.append(Match(value, source, [_place(rest[:length], source.text)]))
        rest = rest[length:]
    return found if not rest else []


def _place(piece: str, text: str) -> int:
    """Return where a piece stands, whatever spaces stand within it."""
    place = text.find(piece)
    if place >= 0:
        return place
    spread = re.search(r"[\s.-]{0,3}".join(map(re.escape, piece)), text)
    return spread.start() if spread else 0


_SPLIT, _PIECES, _MIN_PIECE = 12, 4, 6


def _longest(value: str, text: str) -> int:
    """Return how much of the beginning of a value stands in a text."""
    low, high = 0, len(value)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if value[:middle] in text else (low, middle - 1)
    return low


def another_named(match: Match, said: str) -> bool:
    """Did people name a target of the same kind, and this is not it?"""
    for kind in KINDS:
        if kind.fullmatch(match.value.text):
            return kind.search(said) is not None
    return False


def explained(value: str, said: str) -> bool:
    """Did people say this value, or name who or what is behind it?"""
    if says(value, said) or _named(value, said) or says_day(value, said):
        return True
    company = _COMPANY.match(value)
    if company:
        return says(company.group(1), said)
    host = _HOST.match(value)
    return host is not None and site_named(host.group(1), said)


_COMPANY = re.compile(
    r"([^\W\d_][\w&' -]{3,60}),? (?:gmbh|ag|kg|og|ohg|ug|e\.v\.|ltd|limited|llc|llp|inc|plc|corp"
    r"|pty|sa|sarl|sas|srl|s\.r\.l\.|spa|bv|nv|oy|ab|as|aps|lda|s\.a\.|sl)\.?$"
)
"""A company with its legal form, which people leave out."""
_HOST = re.compile(r"(?:https?://|www\.)([\w.-]+)")


def site_named(host: str, said: str) -> bool:
    """Did people name this host's site, be it by another of its hosts?"""
    site = ".".join(host.split(".")[-2:])
    return "." in site and re.search(rf"(?<![\w-]){re.escape(site)}(?![\w-])", said) is not None


def says(value: str, said: str) -> bool:
    """Does a value stand in people's words? A plain word must be one there too."""
    if value not in said:
        plain = value[:1].isdigit() and value.replace(".", "", 1).isdecimal()
        if plain and value in numbers_in(said):
            return True
        number = Value(value, True)
        return number.spaced and number.letters in _SPACES.sub("", said)
    if not value.isalnum() or _UNSPACED.search(value):
        return True
    spelled = re.escape(value)
    if re.search(rf"(?<![\w/.-]){spelled}(?![\w/-])", said) is not None:
        return True
    # In such a script a particle follows the name at once: "Alice\u306b".
    unspaced = _UNSPACED.search(said) is not None
    return unspaced and re.search(rf"(?<![a-z0-9/.-]){spelled}(?![a-z0-9/-])", said) is not None


_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Scripts in which words stand without spaces between them."""
_SPACES = re.compile(r"(?<=\w)[\s.-](?=\w)|\+")


def _named(value: str, said: str) -> bool:
    """Did people name who is behind an address? "Alice" explains ``alice.b@corp.example``.

    A part with a hyphen is mostly the name of an office, of which one word says nothing.
    """
    if "@" not in value:
        return False
    words = bare(said)
    parts = re.split(r"[.+_]", value.split("@", 1)[0])
    return any(
        all(re.search(rf"\b{re.escape(name)}\b", words) for name in names)
        for part in parts
        if len(part) > 2 and (names := [name for name in part.split("-") if len(name) > 1])
    )
