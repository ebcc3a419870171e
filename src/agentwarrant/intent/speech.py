"""Which parts of content talk to an agent: the whole of each such speech, and nothing beside it.

A page, a mailbox or a bill may hold one such speech among much that is plain. It ends where its
paragraph, its record or its element ends, and begins with what makes it one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from agentwarrant.intent.wishes import asks
from agentwarrant.signals import strength

_BREAK = re.compile(
    r"\n\s{0,8}\n|\n\s{0,12}(?:- )?[\w-]{2,24}:\s|\"\s{0,2}[,}\]]|\\n\\n"
    r"|'\]{0,3}(?:\s{0,2}\}|, ['\"][\w -]{1,40}['\"]:)"
)
"""Where a paragraph or a field ends, one of Python's dictionaries, too: an apostrophe ends none."""
_OPENING = re.compile(r"<{1,2}([a-z_]{2,20})>{1,2}")
_SENTENCE = re.compile(r"[.!?]\s|\n")
_SEGMENTS, _SENTENCES, _BLOCKS = 200, 16, 24
_LONGEST = 4_000
_ENOUGH = 3
_NEIGHBOURS = 6
_ONE_SIGN = 2
_NEW_LINES = "\n" * (_LONGEST + 100)

Span = tuple[int, int]


@lru_cache(maxsize=256)
def speeches(text: str) -> tuple[Span, ...]:
    """Return where a text (lower case) talks to an agent; () when no part of it does by itself."""
    found: list[Span] = []
    for start, end in _blocks(text):
        inside = any(a <= start and end <= b for a, b in found)
        if not inside and strength(text[start:end]) >= _ENOUGH:
            found.append((start, end))
    for start, end in found:
        text = f"{text[:start]}{_NEW_LINES[: end - start]}{text[end:]}"
    apart = [(start, end, strength(text[start:end])) for start, end in _paragraphs(text)]
    for start, end, weight in (
        apart if any(w >= _ENOUGH for *_, w in apart) else _joined(text, apart)
    ):
        if weight >= _ENOUGH:
            found.append((_beginning(text, start, end, weight), end))
    return tuple(found)


def _joined(text: str, apart: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield neighbours that talk to an agent together: a form, a list, the members of an object.

    What follows a sign is tried first, then what stands before it, which alone may say nothing.
    """
    at = free = 0
    while at < len(apart):
        last = at
        for first, last in _around(at, free, len(apart)) if apart[at][2] else ():
            start, end = apart[first][0], apart[last][1]
            weight = strength(text[start:end]) if end - start <= _LONGEST else 0
            if weight >= _ENOUGH:
                yield start, end, weight
                free = last + 1
                break
        at = max(at + 1, free)


def _around(at: int, free: int, count: int) -> Iterator[Span]:
    """Yield the neighbourhoods of a paragraph, as the first and the last of each."""
    for last in range(at, min(at + _NEIGHBOURS, count)):
        yield at, last
    for first in range(at - 1, max(free, at - _NEIGHBOURS) - 1, -1):
        yield first, at


def _blocks(text: str) -> Iterator[Span]:
    """Yield the elements that a made-up tag opens and closes."""
    for tag in islice(_OPENING.finditer(text), _BLOCKS):
        close = text.find(f"/{tag.group(1)}>", tag.end(), tag.end() + _LONGEST)
        if close >= 0:
            yield tag.start(), close + len(tag.group(1)) + 2


def _paragraphs(text: str) -> Iterator[Span]:
    """Yield paragraphs and records; one that ends with a colon goes on in the next."""
    start = 0
    for mark in islice(_BREAK.finditer(text), _SEGMENTS):
        if text[start : mark.start()].rstrip().endswith(":") and mark.start() - start < _LONGEST:
            continue
        yield start, mark.start()
        start = mark.start()
    yield start, len(text)


def _beginning(text: str, start: int, end: int, weight: int) -> int:
    """Return the last beginning of a sentence from which on a part still talks as strongly.

    What comes before and asks for nothing is no part of it, though it has an address or a sum.
    """
    begin = start
    for mark in islice(_SENTENCE.finditer(text, start, min(end, start + _LONGEST)), _SENTENCES):
        left = strength(text[mark.end() : end])
        if left < weight and (
            left < max(_ONE_SIGN, weight - 1) or asks(text[begin : mark.start()])
        ):
            break
        begin = mark.end()
    return begin


def talks_at(text: str, place: int, end: int) -> bool:
    """Does a text that talks to agents do so at a place?"""
    spans = speeches(text)
    if spans:
        return any(start <= place < stop for start, stop in spans)
    return near_sign(text, text[place:end], place)


def near_sign(text: str, value: str, place: int = -1, distance: int = 600) -> bool:
    """Does a value stand close to a passage that talks to an agent?

    A long page may quote one poisoned comment; what stands far from it is not part of it.
    ``place`` says where to look; without it, every place is tried, as far as that is bounded.
    """
    tries = 1 if place >= 0 else 8
    place = place if place >= 0 else text.find(value)
    while place >= 0 and tries:
        if strength(text[max(0, place - distance) : place + len(value) + distance]) >= _ENOUGH:
            return True
        place = text.find(value, place + len(value))
        tries -= 1
    return False
