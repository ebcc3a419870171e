"""Whom a message goes to, and what it says, whatever its tool calls its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ahocorasick_rs import AhoCorasick

from agentwarrant.tools.arguments import Arguments, walk

_RECIPIENTS, _LONGEST = 64, 256
_COMMAND = 4_096
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+")
_TO = re.compile(
    r"^(?:\w+_)?(?:to|cc|bcc|recipients?|receivers?|participants?|attendees?|invitees?|guests?"
    r"|members?"
    r"|users?|usernames?|channels?|chats?|rooms?|conversations?|phones?|phone_numbers?|emails?"
    r"|e_?mail_address(?:es)?|addresse?s?|target|dest(?:ination)?|peer|handle|agents?|session_key"
    r"|jid"
    r"|group|mention)(?:_(?:ids?|names?|emails?|addresse?s?|list|keys?|numbers?|recipients?))?$"
)
_FROM = re.compile(
    r"(?:^|_)(?:from|sender|reply|self|bot|account|actor|in_reply|own|workspace|team)(?:_|$)"
)
_BODY = re.compile(
    r"^(?:\w+_)?(?:body|text|message|content|html|msg|comment|caption|markdown|note|reply|post"
    r"|tweet"
    r"|answer|prompt|description|messagebody|texts?)(?:_(?:text|html|body|content|plain))?$"
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_TRANSPORTS = frozenset(
    "telegram slack discord whatsapp signal email e-mail mail sms imessage matrix teams irc "
    "webchat "
    "a2a chat direct group channel default main line wechat".split()
)
"""Values that say by which way a message goes, not to whom."""


def body_of(arguments: Arguments) -> str:
    """Return the text of a message that a call sends, '' where it has none."""
    if isinstance(arguments, str):
        return arguments
    texts = [(_plain(k), v) for k, v in walk(arguments) if isinstance(v, str)]
    named = [value for key, value in texts if _BODY.match(key)]
    other = [v for key, v in texts if " " in v and not _TO.match(key)]
    return max(named or other, key=len, default="")


def recipients_of(arguments: Arguments, command: str = "") -> list[str]:
    """Return whom a call's message goes to, each once, in the order given.

    Args:
        arguments: The call's.
        command: The shell command that it runs, if it is one.
    """
    named = islice(_named(arguments, command), _RECIPIENTS)
    return list(dict.fromkeys(named))


def _named(arguments: Arguments, command: str) -> Iterator[str]:
    if command or isinstance(arguments, str):
        text = command or str(arguments)
        yield from (m.group().lower() for m in _ADDRESS.finditer(text[:_COMMAND]))
        return
    for key, value in walk(arguments):
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        name, text = _plain(key), str(value).strip()
        if _FROM.search(name) or not text or len(text) > _COMMAND:
            continue
        if _TO.match(name):
            yield from _split(text)
        elif _ADDRESS.fullmatch(text):
            yield text.lower()


def _split(text: str) -> Iterator[str]:
    addresses = _ADDRESS.findall(text)
    if addresses:
        yield from (one.lower() for one in addresses)
    elif len(text) <= _LONGEST and "\n" not in text and text.lower() not in _TRANSPORTS:
        yield text


def _plain(key: str) -> str:
    return _HUMP.sub("_", key[:64]).lower()


_VERBATIM = 200
_BLOCK = _VERBATIM // 2
"""Whatever repeats so much holds a whole block, wherever the blocks begin."""


def repeats(body: str, texts: Iterable[str]) -> bool:
    """Does a body repeat 200 characters or more of a text word for word, in linear time?

    White space and case make no difference.
    """
    said = folded(body).encode("utf-8", "replace").decode()
    if len(said) < _VERBATIM:
        return False
    starts: dict[str, list[int]] = {}
    for start in range(0, len(said) - _BLOCK + 1, _BLOCK):
        starts.setdefault(said[start : start + _BLOCK], []).append(start)
    finder = AhoCorasick(list(starts))
    blocks = list(starts.values())
    for text in texts:
        read = folded(text).encode("utf-8", "replace").decode()
        for block, place, _ in islice(finder.find_matches_as_indexes(read), _TRIES):
            if any(_alike(said, start, read, place) for start in blocks[block][:_PLACES]):
                return True
    return False


_TRIES, _PLACES = 512, 4


def _alike(said: str, start: int, read: str, place: int) -> bool:
    """Are there enough equal characters around a block that stands in both?"""
    length = _BLOCK
    while length < _VERBATIM and start > 0 and place > 0 and said[start - 1] == read[place - 1]:
        start, place, length = start - 1, place - 1, length + 1
    while (
        length < _VERBATIM
        and max(start + length - len(said), place + length - len(read)) < 0
        and said[start + length] == read[place + length]
    ):
        length += 1
    return length >= _VERBATIM


def folded(text: str) -> str:
    """Return a message's text as it is compared: white space and case make no difference."""
    return " ".join(text.split()).casefold()
