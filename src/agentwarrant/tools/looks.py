"""Tools whose names have no verb: what they are called after is what they answer with.

``room_rates``, ``addressOf`` and ``today`` look something up, given names, days or nothing;
``hotel_booking`` with a hotel and two days books.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from agentwarrant.tools.acts import changes
from agentwarrant.tools.words import LIST, READ

_FACTS = frozenset(
    "info information detail profile identity name id nickname address addr location position "
    "coordinates route map distance phone telephone contact hours schedule timetable calendar "
    "agenda availability price pricing cost fare rate fee tariff quote rating score feedback "
    "cuisine menu diet fuel type kind model size weather forecast temperature balance statement "
    "ledger history log journal record account summary overview outline report state health "
    "version total today now time date day week month year clock me myself self directory roster "
    "catalog index listing inventory text transcript preview feed timeline inbox outbox iban "
    "holder traveler traveller customer guest owner sender author stock level unread unseen "
    "unopened pending outstanding open upcoming incoming outgoing received recent latest available "
    "drafts particulars whereabouts html body content contents raw source attachment thread".split()
)
_NOMINALS = frozenset("booking reservation order purchase payment transfer invitation".split())
_COSTS = frozenset("booking reservation purchase".split())
_KEPT = frozenset("account record profile status state level name address note contact".split())
"""What is kept of somebody is changed by calls of the same name that are given more."""
_BEHIND = frozenset("by for of in at on from with per all and".split())
"""What follows says how it is looked for: ``contact_by_name``."""
_ENDING = re.compile(r"(?:sion|tion|ness|ity|ance|ence|ship|ology|graphy)$")
_ALSO = ("list", "info", "log")
_LOOKING = (
    READ
    | LIST
    | frozenset(
        "state states balance balances detail details of history overview offers positions profile "
        "summary log logs begin card cards record entry info who what which".split()
    )
)
_SETS = frozenset("set value new to state status mode role".split())
_NAME = re.compile(r"\S{1,64}")
_LONGEST = 400
_GIVEN, _MOST = 3, 16


def looks_up(words: Sequence[str], pairs: Sequence[tuple[str, object]]) -> bool:
    """Does a tool that no word of its name says what it does only look something up?

    Args:
        words: Of the tool's name.
        pairs: The arguments' names and scalar values.
    """
    if not words:
        return False
    if changes(words):
        return False
    head = next((w for w, after in pairwise(words) if after in _BEHIND), "")
    head = head or words[-1]
    given = len({key for key, _ in pairs})
    if given > _GIVEN or len(pairs) > _MOST:
        return False
    if any(isinstance(value, str) and len(value) > _LONGEST for _, value in pairs):
        return False
    if any(value is True or head in key.lower() for key, value in pairs):
        return False  # it is confirmed, or what the tool is called after is set
    if _singular(head) in _NOMINALS or head in _KEPT:
        return given <= 1
    named = head in _FACTS or head.endswith(_ALSO) or _ENDING.search(head) is not None
    return named or _singular(head) != head


def looks_at_one(words: Sequence[str], pairs: Sequence[tuple[str, str]]) -> bool:
    """Does a tool of no known class look something up by its last word, given a name at most?

    To follow up what a listing had is no influence, whatever else the listing says.

    Args:
        words, pairs: As ``looks_up`` has them, values as text.
    """
    if not words or words[-1] not in _LOOKING or changes(words) or len(pairs) > 1:
        return False
    return all(_NAME.fullmatch(value) and key.lower() not in _SETS for key, value in pairs)


def nominal(words: Sequence[str]) -> bool:
    """Is a tool called after an act that costs something, once it is done?"""
    return bool(words) and words[-1] in _COSTS


def _singular(word: str) -> str:
    many = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if many else word
