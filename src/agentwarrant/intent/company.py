"""Somebody beside those whom people named: one more recipient, guest or approver, from content.

Whoever names persons has said who they are. One more, whose address a sentence of content gave, is
none of them, though the others were asked for. Whoever says "the team" has named nobody.
"""

from __future__ import annotations

import re

from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.errands import presses
from agentwarrant.intent.passages import STEM, Act, Passage, passages
from agentwarrant.intent.provenance import Match, explained
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import KINDS, Value
from agentwarrant.intent.wishes import definite, only_told, whom_left

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
    if len(to) < 2 or only_told(said) or _GROUP.search(said):
        return []
    if hands_over(said) or defers(said) or whom_left(said):
        return []
    if not any(explained(value.text, said) for value in to):
        return []
    for match in found:
        if match.value not in to or match.guess or _known(match.value.text, said):
            continue
        listed = list(passages(match, act))
        if listed and all(map(_spoken, listed)) and not match.answers():
            return [Seen(match, listed[0])]
    return []


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
