"""Changes of which people did not speak at all, made because a sentence of content asks for them.

Changes that reach nobody need no asking: whoever wants one thing may imply another. But whoever
asked for a reservation, in many words and none about a calendar, has not asked for the entry that
a review wants.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import own_site
from agentwarrant.intent.asks import readable
from agentwarrant.intent.taken import LONG, Seen, pressed
from agentwarrant.intent.wishes import definite

_CLASSES = frozenset({"write", "other"})


def unheard(one: Seen, act: Act, said: str) -> bool:
    """Does a sentence from outside ask for a change, and give its text, that nobody spoke of?"""
    match, passage = one
    value = match.value
    if act.tool_class not in _CLASSES or not match.source.outside or match.guess:
        return False
    if value.weak or len(value.text) < LONG or " " not in value.text or value.text in said:
        return False
    if not (passage.spoken and pressed(one) and act.strange(passage.text, said)):
        return False
    if not readable(said):
        return False
    return definite(_HELP.sub("", said)) and not own_site(value.text, said)


_HELP = re.compile(r"\bhelp (?:me|us) (?:with |to |in )?(?=\w)")
"""Whom is helped "with booking a flight" has said which act it is."""
