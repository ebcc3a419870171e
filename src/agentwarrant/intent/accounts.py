"""Whether content, or people, have another account than the one that money is sent to."""

from __future__ import annotations

import re
from itertools import islice

from agentwarrant.intent.left import KEPT, whom_place
from agentwarrant.intent.passages import LABEL, Passage
from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.speech import talks_at
from agentwarrant.intent.values import ACCOUNTS, same_account
from agentwarrant.tools.words import words_of


def elsewhere(match: Match, sources: list[Source], said: str) -> bool:
    """Did people say where the account stands, and it stands there, but was taken from here?"""
    kind = next((k for k in ACCOUNTS if k.fullmatch(match.value.text)), None)
    if kind is None:
        return False
    place = whom_place(said)
    if not place or place <= _words_about(match.source):
        return False
    others = (s for s in sources if s is not match.source)
    return any(
        LABEL.search(s.text[max(0, m.start() - 40) : m.start()])
        and (place == KEPT or place <= _words_about(s))
        for s in others
        for m in islice(kind.finditer(s.text), 8)
        if not same_account(m.group(), match.value.text)
    )


def _words_about(source: Source) -> frozenset[str]:
    return frozenset(words_of(source.who)) | frozenset(re.findall(r"\w+", source.arguments.lower()))


def rivals(match: Match, passage: Passage) -> bool:
    """Does the same content hold another value of this kind as plain data?

    An invoice names its account; a sentence in it that names a second one is no part of that.
    """
    kind = next((k for k in ACCOUNTS if k.fullmatch(match.value.text)), None)
    if kind is None or not passage.prose:
        return False
    text, speech = match.source.text, match.source.instructs
    return any(
        LABEL.search(text[max(0, m.start() - 40) : m.start()])
        and not (speech and talks_at(text, m.start(), m.end()))
        for m in islice(kind.finditer(text), 8)
        if not same_account(m.group(), match.value.text)
    )
