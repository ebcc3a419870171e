"""Where an action's values came from: words a person said, or content the agent read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import bare

_DISTINCT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # an address
    r"|https?://[^\s'\"<>\\)]{4,512}|www\.[\w.-]{4,120}(?:/[^\s'\"<>\\)]*)?"  # a link
    r"|(?:[\w-]{1,63}\.){1,4}(?:com|net|org|io|ai|dev|xyz|app|info|co|me|sh|ru|cn|top|site|example)\b"
    r"|[A-Za-z0-9]{8,64}"  # with a digit in it: an account, wallet, identifier
    r"|(?<!\w)[~./][\w./-]{3,200}"  # a path
)
_TARGET_KEY = re.compile(
    r"(?:^|_)(?:to|cc|bcc|recipients?|emails?|address(?:es)?|iban|account|payee|beneficiary|wallet"
    r"|urls?|uri|host|domain|endpoint|users?|username|channel|phone|number|guests?|guest_ids"
    r"|participants?|attendees?|repo|remote|destination|target|receiver|hotel|restaurant|member"
    r"|password|flight|merchant|agent|street|city)(?:$|_)"
)
AMOUNT_KEY = re.compile(r"(?:^|_)(?:amount|sum|total|price|value|quantity|nights?)(?:$|_)")
_COMMANDS = ("command", "cmd", "script", "code")
MIN_VALUE = 4
_MAX_VALUES = 24
_MAX_SCALARS = 200
_MAX_TEXT = 4_000
_ALL_TEXT = 12_000
_PIECE = 24
COMMON = frozenset(
    "true false none null read write list text json html utf-8 main master default name type "
    "http https post localhost 127.0.0.1 /dev/null ./ ../ /tmp .example".split()
)
# Kinds of target of which a person who names one means that one.
KINDS = (
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"),
    re.compile(r"\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b", re.IGNORECASE),
    re.compile(r"\b0x[0-9a-f]{40}\b", re.IGNORECASE),
)
ACCOUNTS = KINDS[1:]
_PHONE = re.compile(r"\+?\d[\d -]{6,18}\d")


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

    def pointed(self, said: str) -> bool:
        """Did people name what was read? Then its plain contents are what they meant."""
        words = {w for v in _values(self.arguments) for w in re.split(r"[\s:,;/]+", v.text)}
        return any(len(w) >= MIN_VALUE and w not in COMMON and says(w, said) for w in words)

    def places(self, value: Value) -> list[int]:
        """Return the first places where a value stands, whatever spaces stand within it."""
        found: list[int] = []
        place = self.text.find(value.text)
        while place >= 0 and len(found) < _PLACES:
            if not value.weak or _whole(self.text, place, place + len(value.text)):
                found.append(place)
            place = self.text.find(value.text, place + len(value.text))
        if not found and value.spaced:
            spread = re.search(r"[\s.-]{0,3}".join(map(re.escape, value.letters)), self.text)
            found = [spread.start()] if spread else []
        return found


_PLACES = 4


def _whole(text: str, start: int, end: int) -> bool:
    return not text[max(0, start - 1) : start].isalnum() and not text[end : end + 1].isalnum()


class Value(NamedTuple):
    """A value of a call.

    Attributes:
        text: Lower-cased.
        target: It says whom or what the act is aimed at.
        key: The argument's name.
        weak: A number: it stands by chance in much text.
    """

    text: str
    target: bool
    key: str = ""
    weak: bool = False

    @property
    def kind(self) -> bool:
        """Is it an address, account, wallet or link?"""
        return self.text.startswith(("http", "www.")) or any(k.fullmatch(self.text) for k in KINDS)

    @property
    def spaced(self) -> bool:
        """Is it often written with spaces in it: an account's or a telephone's number?"""
        return KINDS[1].fullmatch(self.text) is not None or bool(_PHONE.fullmatch(self.text))

    @property
    def letters(self) -> str:
        return re.sub(r"[\s.+-]", "", self.text)


def values_of(event: Event) -> list[Value]:
    """Return the values of a call that are distinct enough to have come from somewhere."""
    return _values(text_of(event, "warrant.arguments.text"))


def _values(text: str) -> list[Value]:
    found: dict[str, Value] = {}
    budget = _ALL_TEXT
    for key, value, number in _scalars(text):
        low = " ".join(value.lower().split()) if len(value) <= 400 else ""
        target = bool(_TARGET_KEY.search(key.lower()))
        if low and low not in COMMON and len(low) <= 200:
            weak = number or low.isdecimal()
            weak = weak or (target and 1 < len(low) < MIN_VALUE)
            if weak or len(low) >= MIN_VALUE:
                _keep(found, Value(low, target and not number, key, weak))
        if len(value) > _PIECE or " " in value or "?" in value:
            for part, distinct in _parts(value[: min(_MAX_TEXT, budget)]):
                aimed = distinct and (target or key in _COMMANDS)
                _keep(found, Value(part, aimed, key))
        budget -= min(len(value), _MAX_TEXT)
        if len(found) >= _MAX_VALUES or budget <= 0:
            break
    return list(found.values())[:_MAX_VALUES]


def _keep(found: dict[str, Value], value: Value) -> None:
    known = found.get(value.text)
    if known is None or (value.target and not known.target):
        found[value.text] = value


def _parts(value: str) -> Iterator[tuple[str, bool]]:
    """Yield what is distinct in a longer text, and its sentences: somebody may have dictated them.

    The second of each pair says whether it is a thing by itself (an address, a path …).
    """
    for part in _DISTINCT.finditer(value):
        token = part.group().rstrip(".,;:").lower()
        plain = token.isalnum() and not any(c.isdigit() for c in token)
        if len(token) >= MIN_VALUE and token not in COMMON and not plain:
            yield token, True
            if token.startswith("http") and "?" in token:
                start = token.split("?", 1)[0] if "=" not in token else token[: token.find("=") + 1]
                yield start, True  # a link out of content, with something put behind it
    for piece in re.split(r"[.!?;\n]\s", value[:_MAX_TEXT])[:6]:
        low = " ".join(piece.lower().split())
        if _PIECE <= len(low) <= 200:
            yield low, False


def _scalars(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield (name, text, is it a number) of everything in arguments; bounded."""
    try:
        stack: list[tuple[str, Any]] = [("", orjson.loads(text))]
    except orjson.JSONDecodeError:
        yield "", text[:_MAX_TEXT], False
        return
    budget = _MAX_SCALARS
    while stack and budget:
        budget -= 1
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(k), v) for k, v in reversed(list(value.items())[:_MAX_SCALARS]))
        elif isinstance(value, list):
            stack.extend((key, item) for item in reversed(value[:_MAX_SCALARS]))
        elif isinstance(value, str):
            yield key, value, False
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield key, f"{value:g}" if abs(value) < 1e6 else str(value), True


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
    for value in values:
        guess = explained(value.text, said)
        if guess and ("@" not in value.text or says(value.text, said)):
            continue
        whole = [
            Match(value, source, places, guess)
            for source in reversed(sources)
            if (places := source.places(value))
        ]
        found += whole if whole or guess else _pieced(value, sources)
    return found


def _pieced(value: Value, sources: list[Source]) -> list[Match]:
    """Return where the pieces of a value stand that was read in pieces."""
    if not value.target or len(value.text) < _SPLIT or " " in value.text:
        return []
    rest = value.text
    found: list[Match] = []
    while rest and len(found) < _PIECES:
        source, length = max(((s, _longest(rest, s.text)) for s in sources), key=lambda p: p[1])
        bare = rest[:length].removeprefix("https://").removeprefix("www.")
        if len(bare) < _MIN_PIECE and length < len(rest):
            return []
        if len(bare) < MIN_VALUE:
            return []
        found.append(Match(value, source, [source.text.find(rest[:length])]))
        rest = rest[length:]
    return found if not rest else []


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
    if says(value, said) or _named(value, said):
        return True
    host = _HOST.match(value)
    return host is not None and site_named(host.group(1), said)


_HOST = re.compile(r"(?:https?://|www\.)([\w.-]+)")


def site_named(host: str, said: str) -> bool:
    """Did people name this host's site, be it by another of its hosts?"""
    site = ".".join(host.split(".")[-2:])
    return "." in site and re.search(rf"(?<![\w-]){re.escape(site)}(?![\w-])", said) is not None


def says(value: str, said: str) -> bool:
    """Does a value stand in people's words? A plain word must be one there too."""
    if value not in said:
        number = Value(value, True)
        return number.spaced and number.letters in _SPACES.sub("", said)
    if not value.isalnum():
        return True
    return re.search(rf"(?<![\w/.-]){re.escape(value)}(?![\w/-])", said) is not None


_SPACES = re.compile(r"(?<=\w)[\s.-](?=\w)|\+")


def _named(value: str, said: str) -> bool:
    """Did people name who is behind an address? "Alice" explains ``alice.b@corp.example``."""
    if "@" not in value:
        return False
    words = bare(said)
    parts = re.split(r"[.+_-]", value.split("@", 1)[0])
    return any(len(part) > 2 and re.search(rf"\b{re.escape(part)}\b", words) for part in parts)
