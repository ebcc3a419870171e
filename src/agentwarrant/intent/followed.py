"""Whether a call followed a passage that talks to agents, and does not only quote what is near it.

People who asked for such an act may have meant a value that stands beside such a passage. Then only
whom or what it is aimed at counts, and only where the passage asks for such an act.
"""

from __future__ import annotations

import re

from agentwarrant.intent.act import Act
from agentwarrant.intent.dates import is_day
from agentwarrant.intent.passages import passages
from agentwarrant.intent.swapped import linked
from agentwarrant.intent.taken import LONG, Seen, in_a_row, keyed, pressed
from agentwarrant.intent.values import AMOUNT_KEY, Value
from agentwarrant.intent.wishes import requests


def tells(one: Seen, act: Act, said: str) -> bool:
    """Does a value beside a passage that talks to agents tell that it was followed?

    What people asked for may quote what was read; then only whom it is aimed at counts, and only
    when that passage asks for such an act: to block a host is not to send to it.
    """
    value = one.match.value
    if not act.sensitive:
        return len(value.text) >= LONG and not value.weak
    if not act.asked:
        return not value.weak or one.passage.meant
    if one.passage.called:
        if is_day(value.text):  # many calls are of one day
            return act.strange(one.match.source.text, said)
        return aimed(value, said) or not value.weak
    if linked(value) and one.passage.meant and "link" not in said:
        return not _plain_too(one, act)
    if not aimed(value, said) or one.passage.labelled:
        return False
    if value.weak and _ID_KEY.search(value.key) and not by_number(one):
        return False
    if pressed(one) and act.strange(one.passage.text, said) and not in_a_row(one):
        return True  # people did not speak of what the tool does
    if keyed(one.match):
        return False
    return not _plain_too(one, act) and (
        value.kind
        or one.passage.meant
        or not one.passage.readable
        or (value.key in one.passage.text and requests(one.passage.text))
    )


def by_number(one: Seen) -> bool:
    """Is a thing called by its number, and not only by chance: "the file with ID '13'"?"""
    number = re.escape(one.match.value.text)
    return (
        re.search(rf"(?:\b(?:id|number|no|nr)\b|#)\W{{0,4}}{number}(?!\w)", one.passage.text)
        is not None
    )


def _plain_too(one: Seen, act: Act) -> bool:
    """Does a value stand in the same content as plain data, too?"""
    return any(not passage.sign and not passage.meant for passage in passages(one.match, act))


def aimed(value: Value, said: str) -> bool:
    """Does a value say whom or what the act is aimed at, or change a sum that people named?"""
    if value.target or _ID_KEY.search(value.key):
        return True
    return AMOUNT_KEY.search(value.key) is not None and any(c.isdigit() for c in said)


_ID_KEY = re.compile(r"(?:^|_)ids?_?$")
