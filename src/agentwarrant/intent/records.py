"""Which of the records of a text a place belongs to, and whether a call is about that one.

Much is read as a list of records, each behind the same label with another number or name: "Email
2:", ``"id": 7``. Whatever a record asks for "this" is asked for that one, and for no other.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.values import Value, leaves_of

_LABEL = re.compile(
    r"(?:^|[\n,{;|(\[])\s*(?P<label>[-*]?\s?[\"']?[a-z][\w .-]{0,20}[\"']?\s?[:=#]?\s?[\"']?)$"
)
_BEFORE, _LONGEST, _PLACES = 32, 64, 4
_OF_ALL = re.compile(r"\b(?:all|every\w*|each|any|both|whatever|whichever)\b")


def of_another(act: Act, value: Value, text: str, start: int, place: int) -> bool:
    """Does what a sentence asks for stand in the record of something else than a call is about?

    Args:
        act: The call.
        value: What the sentence asks for.
        text: What was read, lower case.
        start: Where the sentence begins.
        place: Where in it the value stands.
    """
    if _OF_ALL.search(text, start, place + _BEFORE):
        return False
    for key, given in leaves_of(act.arguments):
        low = given.lower().strip()
        if not low or low == value.text or len(low) > _LONGEST or TEXT_KEY.search(key.lower()):
            continue
        whose = _record_at(text, low, place)
        if (
            whose
            and whose != low
            and not re.search(rf"(?<!\w){re.escape(low)}(?!\w)", text[start:place])
        ):
            return True
    return False


def _record_at(text: str, name: str, place: int) -> str:
    """Return what the record at a place is called, by the label that ``name`` has; '' for none."""
    for found in list(re.finditer(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text))[:_PLACES]:
        label = _LABEL.search(text[max(0, found.start() - _BEFORE) : found.start()])
        if label is None:
            continue
        same = re.compile(
            rf"(?:^|[\n,{{;|(\[])\s*{re.escape(label['label'])}([\w.@-]{{1,{_LONGEST}}})"
        )
        before = [one[1] for one in same.finditer(text, 0, place)]
        if before:
            return before[-1].rstrip(".-")
    return ""
