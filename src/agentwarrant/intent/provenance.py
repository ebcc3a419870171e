"""Where an argument's values came from: words a person said, or content the agent read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

from agentwarrant.event import Event, text_of
from agentwarrant.intent.asks import mentions
from agentwarrant.signals import near_sign

_DISTINCT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"  # an address
    r"|https?://[^\s'\"<>\\)]{4,512}|www\.[\w.-]{4,120}(?:/[^\s'\"<>\\)]*)?"  # a link
    r"|(?:[\w-]{1,63}\.){1,4}(?:com|net|org|io|ai|dev|xyz|app|info|co|me|sh|ru|cn|top|site|example)\b"
    r"|(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{8,64}"  # an account, wallet, identifier
    r"|(?<!\w)[~./][\w./-]{3,200}"  # a path
)
_TARGET_KEY = re.compile(
    r"(?:^|_)(?:to|cc|bcc|recipients?|emails?|address(?:es)?|iban|account|payee|beneficiary|wallet"
    r"|urls?|uri|host|domain|endpoint|users?|username|channel|phone|number|guests?|guest_ids"
    r"|participants?|attendees?|repo|remote|destination|target|receiver|hotel|restaurant|member)(?:$|_)"
)
_MIN_VALUE = 4
_MAX_VALUES = 24
_COMMON = frozenset(
    "true false none null read write list text json html utf-8 main master default name type "
    "http https post localhost 127.0.0.1 /dev/null ./ ../ /tmp .example".split()
)
# Kinds of target of which a person who names one means that one.
_KINDS = (
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}"),
    re.compile(r"\b[a-z]{2}\d{2}[a-z0-9]{10,30}\b", re.IGNORECASE),
    re.compile(r"\b0x[0-9a-f]{40}\b", re.IGNORECASE),
)


class Source(NamedTuple):
    """A piece of content the agent read that its instructor did not write.

    Attributes:
        event: The event's id.
        origin: Where it came from.
        who: A few words for a person: the tool, host or sender.
        text: Lower-cased, bounded.
        instructs: It seems to talk to an agent.
        outside: It was written by somebody outside.
        arguments: What was asked for to read it, as JSON text.
    """

    event: str
    origin: str
    who: str
    text: str
    instructs: bool
    outside: bool = True
    arguments: str = ""

    def pointed(self, said: str) -> bool:
        """Did people name what was read? Then its plain contents are what they meant."""
        words = {w for v in _values(self.arguments) for w in re.split(r"[\s:,;/]+", v.text)}
        return any(len(w) >= _MIN_VALUE and w not in _COMMON and _said(w, said) for w in words)


class Value(NamedTuple):
    """A value of a call, and whether it says whom or what the act is aimed at."""

    text: str
    target: bool


class Match(NamedTuple):
    """A value of an action that stands in content and not in what people said.

    Attributes:
        near: It stands close to text that talks to an agent.
    """

    value: Value
    source: Source
    near: bool

    @property
    def kind(self) -> bool:
        """Is it an address, account, wallet or link?"""
        text = self.value.text
        return text.startswith(("http", "www.")) or any(k.fullmatch(text) for k in _KINDS)

    def answers(self) -> bool:
        """Is it who wrote the content? To answer somebody is not to follow them."""
        place = self.source.text.find(self.value.text)
        return _WRITER.search(self.source.text[max(0, place - 24) : place]) is not None

    def recorded(self, said: str) -> bool:
        """Does it stand in a record (a line, an object) beside a word that people used?"""
        text, place = self.source.text, self.source.text.find(self.value.text)
        start = max(text.rfind(end, 0, place) for end in "\n{};")
        beside = _WORD.findall(text[max(start, place - 80, 0) : place])
        return any(len(w) > 2 and w not in _RECORD and _said(w, said) for w in beside)

    def wanted(self, tool_class: str) -> bool:
        """Does it stand in a sentence that asks for an act of this class?

        A label and a value ("IBAN: DE75 …") are data; a sentence around it is a wish.
        """
        text, value = self.source.text, self.value.text
        places = [m.start() for m in islice(re.finditer(re.escape(value), text), 20)]
        if any(_LABEL.search(text[max(0, place - 40) : place]) for place in places):
            return False
        place = places[0] if places else 0
        start = max(_ENDS.end_before(text, place), place - 300)
        sentence = text[start : place + len(value) + 160]
        words = _WORD.findall(sentence)
        return len(words) >= _SENTENCE and mentions(tool_class, sentence)


_LABEL = re.compile(r"[\w-]{2,24}[\"']?\s?[:=]\s{0,2}[\"'\[<(]{0,2}$|^\s*$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SENTENCE = 7


_WRITER = re.compile(r"(?:from|sender|author|reply[-_ ]?to|von|de)[\"']?\s{0,3}[:=]\s{0,3}[\"']?$")
_RECORD = frozenset(
    "the and for from with iban account name mail email address amount total sender "
    "recipient".split()
)


class _Ends:
    """Finds where the sentence around a place begins."""

    _pattern = re.compile(r"[.!?;|\n](?=\s)|\\n")

    def end_before(self, text: str, place: int) -> int:
        last = 0
        for match in self._pattern.finditer(text, max(0, place - 300), place):
            last = match.end()
        return last


_ENDS = _Ends()


def values_of(event: Event) -> list[Value]:
    """Return the values of a call that are distinct enough to have come from somewhere."""
    return _values(text_of(event, "warrant.arguments.text"))


def _values(text: str) -> list[Value]:
    found: dict[str, bool] = {}
    for key, value in _scalars(text):
        target = bool(_TARGET_KEY.search(key.lower()))
        low = value.strip().lower()
        if _MIN_VALUE <= len(low) <= 200 and low not in _COMMON and not low.isdecimal():
            found[low] = found.get(low, False) or target
        if len(low) > 24 or " " in low:
            for part in _DISTINCT.finditer(value[:4000]):
                token = part.group().rstrip(".,;:").lower()
                if len(token) >= _MIN_VALUE and token not in _COMMON:
                    commanded = key in ("command", "cmd", "script", "code")
                    found[token] = found.get(token, False) or target or commanded
        if len(found) >= _MAX_VALUES:
            break
    return [Value(value, target) for value, target in found.items()][:_MAX_VALUES]


def _scalars(text: str) -> Iterator[tuple[str, str]]:
    try:
        stack: list[tuple[str, Any]] = [("", orjson.loads(text))]
    except orjson.JSONDecodeError:
        yield "", text[:4000]
        return
    budget = 200
    while stack and budget:
        budget -= 1
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(k), v) for k, v in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend((key, item) for item in reversed(value))
        elif isinstance(value, str):
            yield key, value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield key, str(value)


def matches(values: list[Value], sources: list[Source], said: str) -> list[Match]:
    """Return the values that content explains and people's words do not.

    Args:
        values: From ``values_of``.
        sources: Content read, newest last.
        said: Everything people said in the conversation, lower case.
    """
    found: list[Match] = []
    for value in values:
        if explained(value.text, said):
            continue
        for source in reversed(sources):
            if value.text in source.text:
                near = source.instructs and near_sign(source.text, value.text)
                found.append(Match(value, source, near))
                if near:
                    break
    return found


def another_named(match: Match, said: str) -> bool:
    """Did people name a target of the same kind, and this is not it?"""
    for kind in _KINDS:
        if kind.fullmatch(match.value.text):
            return kind.search(said) is not None
    return False


def explained(value: str, said: str) -> bool:
    """Did people say this value, or name who or what is behind it?"""
    if _said(value, said) or _named(value, said):
        return True
    host = _HOST.match(value)
    return host is not None and site_named(host.group(1), said)


_HOST = re.compile(r"(?:https?://|www\.)([\w.-]+)")


def site_named(host: str, said: str) -> bool:
    """Did people name this host's site, be it by another of its hosts?"""
    site = ".".join(host.split(".")[-2:])
    return "." in site and re.search(rf"(?<![\w-]){re.escape(site)}(?![\w-])", said) is not None


def _said(value: str, said: str) -> bool:
    """Does a value stand in people's words? A plain word must be one there too."""
    if value not in said:
        return False
    if not value.isalnum():
        return True
    return re.search(rf"(?<![\w/.-]){re.escape(value)}(?![\w/-])", said) is not None


def _named(value: str, said: str) -> bool:
    """Did people name who is behind an address? "Alice" explains ``alice.b@corp.example``."""
    if "@" not in value:
        return False
    parts = re.split(r"[.+_-]", value.split("@", 1)[0])
    return any(len(part) > 2 and re.search(rf"\b{re.escape(part)}\b", said) for part in parts)
