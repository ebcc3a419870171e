"""Limits that people set: a sum beyond one is theirs no more, whatever content says it is for.

Whoever hands a payment over and says how far it may go has fixed that. Where content has the sum,
or the parts of it, content is what led beyond.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import combinations, islice

from agentwarrant.intent.act import Act
from agentwarrant.intent.passages import Passage, sentence_at
from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.sums import number_of, numbers_in, read
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import AMOUNT_KEY, Value, leaves_of

_NUMBER = r"(?:[$€£¥] ?)?(\d{1,3}(?:[., ']\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)"
_LIMIT = re.compile(
    r"(?:\bup to|\bat most|\bno more than|\bnot more than|\bunder|\bbelow|\bless than"
    r"|\bmax(?:imum)?"
    rf"|\bbis zu|\bhöchstens|\bcomo máximo|\bhasta|\bjusqu'à|\bfino a) {_NUMBER}(?! ?(?:%|percent))"
)
_EACH = re.compile(
    r"\b(?:each|per|apiece|a (?:night|day|head|piece|month)|je|cada|chaque|nights|days|weeks|months"
    r"|hours|people|persons|tickets|seats|rooms|adults|guests|children)\b"
)
_SPENT = re.compile(
    r"[$€£¥]|\b(?:euros?|eur|dollars?|usd|pounds?|gbp|chf|kr|spen[dt]\w*|costs?|pay\w*|prices?|budget"
    r"|stays?|amounts?|total|fees?|bills?)\b"
)
_NEAR, _FAR = 40, 300
_PARTS, _RECENT = 40, 8


@lru_cache(maxsize=256)
def limit_of(said: str) -> float | None:
    """Return the one limit that people set to what is spent; None for none, or several."""
    found = [
        m.group(1)
        for m in islice(_LIMIT.finditer(said), 3)
        if _SPENT.search(said, _beginning(said, m.start()), m.end() + _NEAR // 4)
    ]
    if len(found) != 1 or _EACH.search(said):
        return None
    numbers = [float(one) for one in read(found[0])]
    return max(numbers) if numbers else None


def _beginning(said: str, place: int) -> int:
    """Return where the sentence around a place begins; bounded."""
    start = max(0, place - _FAR)
    return start + max(said[start:place].rfind(end) + 1 for end in ".!?\n")


def overspent(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return where content has a sum that a payment gives and people's limit forbids."""
    limit = limit_of(said) if act.tool_class in ("payment", "other") else None
    if limit is None:
        return []
    for key, text in leaves_of(act.arguments):
        number = number_of(text.lower()) if AMOUNT_KEY.search(key.lower()) else ""
        if not number or float(number) <= limit:
            continue
        value = Value(number, False, key.lower(), True)
        for source in reversed(sources[-_RECENT:]):
            places = source.places(value) or _parts(number, source)
            if places:
                start, stop = sentence_at(source.text, places[0], places[0] + 1)
                passage = Passage(source.text[start:stop], False, True, False, True, True, False)
                return [Seen(Match(value, source, places), passage)]
    return []


def _parts(number: str, source: Source) -> list[int]:
    """Return where one of two numbers stands that together are the sum."""
    numbers = sorted(map(float, islice(sorted(numbers_in(source.text)), _PARTS)))
    for one, other in combinations(numbers, 2):
        if one > 0 and abs(one + other - float(number)) < _CENT:
            return source.places(Value(f"{other:.12g}", False, "", True))
    return []


_CENT = 0.005
