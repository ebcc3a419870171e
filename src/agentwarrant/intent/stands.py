"""Numbers that stand for somebody: the 31 of a call is whoever wrote number 31 of a list.

A sentence may speak of them by name, and the call by their number.
"""

from __future__ import annotations

import re
from itertools import islice

from agentwarrant.intent.provenance import Match, Source
from agentwarrant.intent.values import KINDS, Value

_ADDRESS = KINDS[0]
_RECENT, _MOST, _ROW = 8, 8, 200


def stood_for(values: list[Value], sources: list[Source]) -> list[Match]:
    """Return where content has, outside its row, an address that a number stands for."""
    numbers = [value for value in values if value.weak and value.text.isdecimal()][:_MOST]
    found: list[Match] = []
    for source in sources[-_RECENT:] if numbers else ():
        for value in numbers:
            start, stop = _row(source.text, value.text)
            for address in islice(_ADDRESS.finditer(source.text, start, stop), _MOST):
                alias = Value(address.group(), True, value.key)
                found += _elsewhere(alias, sources, source, (start, stop))
    return found


def _elsewhere(
    alias: Value, sources: list[Source], listed: Source, row: tuple[int, int]
) -> list[Match]:
    found = []
    for source in sources[-_RECENT:]:
        places = source.places(alias)
        if source is listed:
            places = [place for place in places if not row[0] <= place < row[1]]
        if places:
            found.append(Match(alias, source, places))
    return found


def _row(text: str, number: str) -> tuple[int, int]:
    """Return where the row that begins with a number goes on and ends; it is empty without one."""
    begins = re.compile(
        rf"(?:^|\n)[\s*#(-]{{0,4}}(?:id|no\.?|nr\.?)?[\s:#]{{0,2}}{number}(?![\d.])"
    )
    found = begins.search(text) if number in text else None
    if found is None:
        return 0, 0
    end = text.find("\n", found.end(), found.end() + _ROW)
    return found.end(), end if end >= 0 else min(len(text), found.end() + _ROW)
