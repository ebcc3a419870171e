"""Acts of tools whose names have only common words, which half of all texts speak of.

That a text says "update" tells nothing of ``update_data``. What tells is a sentence that asks for
it and has several words of what the call is given, none of which people used.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import readable
from agentwarrant.intent.passages import Passage, sentence_at
from agentwarrant.intent.provenance import Source
from agentwarrant.intent.values import leaves_of
from agentwarrant.intent.wishes import asks
from agentwarrant.tools.words import DELETE, SEND, WRITE, words_of

_VERBS = WRITE | DELETE | SEND
_CHANGES = frozenset({"write", "other"})
_PLACES, _SEVERAL, _LONG, _LONGEST = 4, 2, 6, 200


def wished_in_common_words(source: Source, act: Act, said: str) -> Passage | None:
    """Return a sentence of a source that asks for such a change with what it is given; else None.

    Args:
        source: Content that was read.
        act: The act, where people only wanted to be told something.
        said: What they said, lower case.
    """
    if act.words or act.tool_class not in _CHANGES or not readable(said):
        return None
    verbs = [word for word in words_of(act.tool) if word in _VERBS and word not in said]
    given = [word for word in _given(act.arguments) if word not in said] if verbs else []
    for verb in verbs if len(given) >= _SEVERAL else ():
        for found in islice(re.finditer(rf"(?<![\w./@-]){verb}", source.text), _PLACES):
            start, stop = sentence_at(source.text, *found.span())
            sentence = source.text[start:stop]
            if sum(word in sentence for word in given) >= _SEVERAL and asks(sentence):
                return Passage(sentence, False, True, False, True, True, source.instructs)
    return None


@lru_cache(maxsize=256)
def _given(arguments: str) -> frozenset[str]:
    """Return how the longer words begin that a call is given, those of free texts apart."""
    told = (
        f"{key} {value}".lower()
        for key, value in leaves_of(arguments)
        if len(value) <= _LONGEST and not TEXT_KEY.search(key.lower())
    )
    words = {word for text in told for word in re.findall(r"[^\W\d_]+", text)}
    return frozenset(word[:_LONG] for word in words if len(word) >= _LONG)
