"""Somebody beside those whom people named: one more recipient, guest or approver, from content.

Whoever names persons has said who they are. One more, whose address a sentence of content gave, is
none of them, though the others were asked for. Whoever says "the team" has named nobody.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import STEM, Act
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.errands import presses
from agentwarrant.intent.left import whom_left
from agentwarrant.intent.passages import Passage, passages
from agentwarrant.intent.provenance import Match, explained
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import KINDS, Value
from agentwarrant.intent.wishes import definite, only_told

_MAIL = KINDS[0]
_GROUP = re.compile(
    r"\b(?:teams?|groups?|everybody|everyone|all|others?|participants?|attendees?|members?|guests?"
    r"|board|departments?|staff|crew|class|colleagues|customers?|clients?|partners?|suppliers?"
    r"|people|persons?|family|famil\w+|list|committee|council|parents|who(?:ever)?|anyone|anybody"
    r"|them|their|they|those|these|same|usual|thread|sender|alle\w*|todos|tous|toutes|tutti)\b"
)
"""Words for whom one does not name."""


def beside(values: list[Value], found: list[Match], act: Act, said: str) -> list[Seen]:
    """Return the addresses of a call that content put beside those whom people named."""
    to = [v for v in values if v.target and _MAIL.fullmatch(v.text)]
    if len(to) < 2 or only_told(said):
        return []
    odd = _unlisted(to, found, act, said)
    if odd:
        return odd
    if _GROUP.search(said):
        return _beside_group(to, found, act)
    if hands_over(said) or defers(said) or whom_left(said):
        return []
    writers = {match.value.text for match in found if _wrote(match)}
    if not any(value.text in writers or explained(value.text, said) for value in to):
        return []
    for match in found:
        if match.value not in to or match.guess or _wrote(match) or _known(match.value.text, said):
            continue
        listed = list(passages(match, act))
        if listed and all(map(_spoken, listed)) and not match.answers():
            return [Seen(match, listed[0])]
    return []


def _unlisted(to: list[Value], found: list[Match], act: Act, said: str) -> list[Seen]:
    """Return the one address that is not in the list that people named, where all others are."""
    named = [match for match in found if match.source.named(said) and match.value in to]
    listed = {match.value.text for match in named}
    odd = [match for match in found if match.value in to and match.value.text not in listed]
    if len(listed) < _LIST or len(listed) < len(to) - 1 or not odd:
        return []
    if any(match.guess or match.answers() for match in odd):
        return []
    lists = {match.source.event for match in named}
    if not any(_holds_all(listed, named, event) for event in lists):
        return []
    return [Seen(odd[0], next(passages(odd[0], act)))]


_LIST = 2


def _holds_all(listed: set[str], named: list[Match], event: str) -> bool:
    return listed == {match.value.text for match in named if match.source.event == event}


def _beside_group(to: list[Value], found: list[Match], act: Act) -> list[Seen]:
    """Return the one address that stands in a sentence, where all others stand in one list."""
    if len(to) < _GROUPED:
        return []
    stand: dict[str, list[Match]] = {}
    for match in found:
        if match.value in to:
            stand.setdefault(match.value.text, []).append(match)
    told = [one for one in stand.values() if all(_in_sentence(m, act) for m in one)]
    if len(told) != 1 or len(stand) < len(to):
        return []
    one = told[0][0]
    lists = [{m.source.event for m in others} for others in stand.values() if others[0] is not one]
    if one.source.event in set.intersection(*lists) or not set.intersection(*lists):
        return []
    return [Seen(one, next(passages(one, act)))]


_GROUPED = 3


def _in_sentence(match: Match, act: Act) -> bool:
    return all(passage.spoken and passage.prose for passage in passages(match, act))


def _wrote(match: Match) -> bool:
    """Does the address stand in the line that says who wrote: ``name: Ida <ida@…>``?"""
    text, place = match.source.text, match.places[0]
    line = text[max(0, place - _LINE) : place].rpartition("\n")[2]
    return match.answers() or _HEADER.fullmatch(line) is not None


_LINE = 120
_HEADER = re.compile(r"\s?[^\W\d_]{2,12}:\s?[^:<>]{0,80}<")


def again(found: list[Match], act: Act, said: str) -> list[Seen]:
    """Return whom content has an act done to once more, that was done to whom people named.

    To be asked of an act whose like was done, as people asked, since they spoke last.
    """
    if _GROUP.search(said) or not definite(said):
        return []
    if hands_over(said) or defers(said) or whom_left(said):
        return []
    for match in found:
        if match.guess or not (match.value.target or match.value.kind):
            continue
        listed = list(passages(match, act))
        if listed and all(p.spoken and (p.machine or presses(p.text)) for p in listed):
            return [Seen(match, listed[0])]
    return []


def _spoken(passage: Passage) -> bool:
    """Is it a sentence? It may end in a colon and the address, unlike an entry of a list."""
    told = passage.text.partition("@")[0]
    return passage.spoken or (passage.text.count("@") == 1 and len(_WORD.findall(told)) >= _ENOUGH)


_WORD = re.compile(r"[^\W\d_]{2,}")
_ENOUGH = 6


def _known(address: str, said: str) -> bool:
    """Did people use a word of an address: who or what is behind it?"""
    return any(len(w) >= STEM and w[:STEM] in said for w in re.split(r"[\W_]+", address))
