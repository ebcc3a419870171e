"""Texts that people have worked off: whoever does so has asked for what such a text asks for.

"Work off the ticket", "clear her requests": no verb of an act, and for its object a text that
others write to have something done. Whoever says "answer" or "delete" has named the act.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.intent.telling import TELL
from agentwarrant.intent.wishes import orders_in
from agentwarrant.tools.words import DELETE, LIST, MOVE, PAY, READ, SEND, WRITE

_ACTS = DELETE | SEND | PAY | MOVE | WRITE | READ | LIST | frozenset(
    "answer archive book buy call cancel close collect count copy draft export file flag format "
    "invite keep label leave mark merge order pin print proofread remind repeat report reserve "
    "schedule sign sort star subscribe tag tell translate unsubscribe upload use".split()
)  # fmt: skip
_TEXT = re.compile(
    r"(?:tickets?|requests?|to-?dos?|wish(?:es)?|instructions?|orders|runbook|playbook|checklist"
    r"|action items|tasks?|errands?|work orders?|complaints?|enquir(?:y|ies)|applications?)"
)
_CHANGES = re.compile(r"changes|corrections?|edits|amendments?|updates|decisions")
"""What others have decided on: to make it is to do what they wrote."""
_NO_CHANGE = (
    DELETE | READ | LIST | SEND | frozenset("undo revert reject list explain check".split())
)
_WHATEVER = frozenset({"what", "whatever", "everything"})
_SOMEBODYS = re.compile(
    r"\b(?:what(?:ever)?|everything(?: that)?) (?:(?:the|her|his|their|our|my) )?[a-z]+ "
    r"(?:[a-z]+(?:ed|s)|left|said|wrote|began)\b"
)
"""What somebody started, wants, left: not what fails."""
_MINDS = frozenset("remember learn know note guess imagine understand mind say quote".split())
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_REACH = 6
_PLACES = frozenset("in on at from for about with by to into that which who and or but".split())


@lru_cache(maxsize=256)
def worked_off(words: str) -> bool:
    """Do people have a text worked off that others write to have something done?"""
    return any(_works(clause) for clause in orders_in(words))


def _works(clause: str) -> bool:
    tokens = _WORD.findall(clause)[: _REACH + 2]
    if not tokens or TELL.match(clause) or _DO_TELL.match(clause):
        return False
    for token in tokens[1:]:
        if token in _PLACES and token not in _PARTICLES:
            return False
        if token in _OF_MONEY:
            return False
        if _TEXT.fullmatch(token) or (token in _WHATEVER and _SOMEBODYS.search(clause)):
            return tokens[0] not in _ACTS and tokens[0] not in _MINDS
        if _CHANGES.fullmatch(token):
            return tokens[0] not in _NO_CHANGE
    return False


_DO_TELL = re.compile(r"do (?:tell|let|say|give|show|look|check|read|find)\b")
_OF_MONEY = frozenset({"standing", "scheduled", "recurring", "payment"})
"""Orders of a bank are no text."""
_PARTICLES = frozenset({"on", "to", "with", "by", "for"})
"""They may belong to the verb: "act on", "see to", "deal with"."""
