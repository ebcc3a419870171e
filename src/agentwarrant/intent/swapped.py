"""What content puts in the place of what people meant: an account, a link, a turn of their own.

Beside it: what stands in one's own records, too, is what they meant, whoever else writes it.
"""

from __future__ import annotations

import re
from itertools import islice

from agentwarrant.intent.aims import TEXT_KEY, replaces, sum_fixed
from agentwarrant.intent.taken import Seen
from agentwarrant.intent.values import ACCOUNTS, Value


def in_own_records(one: Seen, seen: list[Seen], said: str) -> bool:
    """Does a value stand in records of one's own, too, beside a word that people used?"""
    return any(
        other.match.value == one.match.value
        and other.match.source is not one.match.source
        and not (other.match.source.outside or other.match.source.instructs)
        and other.match.recorded(said)
        for other in seen
    )


def forged(one: Seen) -> bool:
    """Does a value stand in a turn of a conversation that content forges by its markup?"""
    text, place = one.match.source.text, one.match.places[0]
    if "<|" not in text and "inst]" not in text and "sys>" not in text:
        return False
    around = text[max(0, place - _TURN) : place + _TURN]
    key = one.match.value.key
    if key == "" or TEXT_KEY.search(key) or not one.passage.spoken:
        return False
    return _MARKUP.search(around) is not None


_TURN = 400
_MARKUP = re.compile(
    r"<\|(?:im_(?:start|end)|user|assistant|system|end|eot_id|start_header_id)\|>|\[/?inst\]|<</?sys>>"
)


def relinked(one: Seen) -> bool:
    """Does a sentence put a link in the place of another, which the content has, too?"""
    value, text = one.match.value, one.match.source.text
    told = one.passage.text
    if not (linked(value) and one.passage.spoken and _INSTEAD.search(told)):
        return False
    return any(link not in value.text for link in islice(_LINKS.findall(text), _MOST))


_INSTEAD = re.compile(
    r"\b(?:instead|in (?:the )?place of|replac\w+|no longer|statt\w*|ersetzt\w*|remplac\w+"
    r"|sustitu\w+|substitu\w+|sostitu\w+|vervang\w*|zastąpi\w*|ersätt\w*|erstatt\w*)\b"
)
"""A new link may be just what people want passed on; one in the place of another is not."""
_LINKS = re.compile(r"(?:https?://|www\.)[\w.-]{4,120}")
_MOST = 16


def linked(value: Value) -> bool:
    """Is it a link?"""
    return value.text.startswith(("http", "www."))


def moved(one: Seen, said: str) -> bool:
    """Does a sentence put an account or a link in the place of another, or change a fixed sum?"""
    if one.match.guess or not one.passage.spoken:
        return False
    if sum_fixed(one.match.value, said):
        return True
    value, told = one.match.value, one.passage.text
    account = any(kind.fullmatch(value.text) for kind in ACCOUNTS)
    return relinked(one) or (account and replaces(told, said))
