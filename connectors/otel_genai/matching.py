"""Matching of calls and answers with those already known of their conversation.

A call's id alone does not do: weak producers number calls from zero in every trace, turn or even
response, so two calls with one id are one only if their tool and their arguments agree as far as
both are known. An execution whose content was not captured has an id but no arguments, a Gemini
call has arguments but no id: what is missing agrees with anything, and each call is taken at most
once by one array of messages, by one model output, and by one execution. An id that is long and
random is trusted more: there, an execution may have arguments that its framework completed after
the model wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .items import HISTORY, RUN, Item
from .known import Array, Conversation, Key, Known, Teller
from .values import arguments_mark, fingerprint

LOOK = 64
"""Calls looked at in one list of likely ones."""
_WEAK = re.compile(r"[A-Za-z_.:/ -]{0,24}\d{0,4}\Z")
"""Words and a small number: an id that may be used again."""


def match_call(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
    mark = "" if item.content is None else arguments_mark(item.content)
    scope = f"{item.told}:{teller.scope}" if item.told != HISTORY and teller.scope else ""
    fits = [
        (_distance(one, item, mark), i, one)
        for i, one in enumerate(_candidates(talk, array, item, mark, scope))
        if id(one) not in array.used and _free(one, item, scope)
    ]
    near = min((fit for fit in fits if fit[0] is not None), key=_nearness, default=None)
    found = near[2] if near else _new_call(talk, item, mark, teller)
    if item.told == RUN:
        found.ran = found.ran or mark
        found.rich = found.rich or bool(mark)
    else:
        found.said = found.said or mark
    array.used.add(id(found))
    array.calls.append(found)
    if scope:
        found.scopes.add(scope)
        found.taken.add(item.told)
    if item.told != HISTORY and (not found.agent or found.agent[-1] == "inferred"):
        found.agent = teller.agent
    return found


def _nearness(fit: tuple[int | None, int, Known]) -> tuple[int, int]:
    return fit[0] or 0, fit[1]


def _candidates(
    talk: Conversation, array: Array, item: Item, mark: str, scope: str
) -> Iterator[Known]:
    """Yield calls that may be this one, the likeliest lists first; each list is bounded."""
    keys: list[Key] = [("id", item.call_id, item.tool, mark), ("id", item.call_id)]
    if not item.call_id:
        keys = [("tool", item.tool, mark), ("tool", item.tool, "")]
        keys += [] if mark else [("tool", item.tool)]
    else:
        keys += [("anonymous", item.tool, mark), ("anonymous", item.tool, "")]
        keys += [] if mark else [("anonymous", item.tool)]
    for key in keys:
        listed = talk.index.get(key, [])
        yield from listed[_start(talk, array, item, key, scope) :][:LOOK]


def _start(talk: Conversation, array: Array, item: Item, key: Key, scope: str) -> int:
    """Return where in a list the calls begin that this array, output or execution can take."""
    listed = talk.index.get(key, [])
    place = (item.told, *key)
    counts = array.counts if item.told == HISTORY else talk.counts
    start = counts.get(place, 0)
    while start < len(listed) and _passed(listed[start], array, item, scope):
        start += 1
    if start:
        counts[place] = start
    return start


def _passed(known: Known, array: Array, item: Item, scope: str) -> bool:
    if item.told == HISTORY:
        return id(known) in array.used
    return not _free(known, item, scope)


def _distance(known: Known, item: Item, mark: str) -> int | None:
    """Return how well an item agrees with a call, 0 best; None when it is another call."""
    unnamed = ("", "unknown")
    if known.tool != item.tool and known.tool not in unnamed and item.tool not in unnamed:
        return None
    same, other = (known.ran, known.said) if item.told == RUN else (known.said, known.ran)
    if not mark or not (same or other):
        return 1
    if mark in (same, other) and (not same or mark == same):
        return 0
    strong = known.call_id == item.call_id and is_strong(item.call_id)
    return 2 if strong and not same else None


def _free(known: Known, item: Item, scope: str) -> bool:
    """Is a call not yet another model output's, or another execution's?"""
    if not scope or scope in known.scopes or item.told not in known.taken:
        return True
    return known.call_id == item.call_id and is_strong(item.call_id)


def is_strong(call_id: str) -> bool:
    """Is an id random enough to be used only once?"""
    return len(call_id) > 5 and not _WEAK.match(call_id)


def _new_call(talk: Conversation, item: Item, mark: str, teller: Teller) -> Known:
    # With a strong id the arguments stay out of the identity: another file may know the same
    # call without them, and there is nothing there to match it with.
    content, mark = mark, "" if is_strong(item.call_id) else mark
    base = (teller.conversation, item.call_id, item.tool, mark)
    nth = talk.counts.get(base, 0)
    talk.counts[base] = nth + 1
    made = Known((*base, str(nth)), item.call_id, item.tool)
    talk.size += 1
    keys: list[Key] = [("tool", item.tool, content), ("tool", item.tool)]
    if item.call_id:
        keys += [("id", item.call_id, item.tool, content), ("id", item.call_id)]
    if not item.call_id:
        keys += [("anonymous", item.tool, content), ("anonymous", item.tool)]
    for key in keys:
        talk.index.setdefault(key, []).append(made)
    return made


# Answers ---------------------------------------------------------------------------------


def match_result(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
    found = _answered(array.calls, array, item) or _answered(_asked(talk, item), array, item)
    if found is None:
        base = (teller.conversation, "answer", item.call_id, item.tool, fingerprint(item.content))
        nth = array.counts.get(base, 0)
        array.counts[base] = nth + 1
        found = talk.loose.setdefault((*base, str(nth)), Known((*base, str(nth)), tool=item.tool))
        talk.size += 1
    array.answered.add(id(found))
    found.answer = found.answer or (item.told == RUN and item.content is not None)
    return found


def _asked(talk: Conversation, item: Item) -> list[Known]:
    if item.call_id:  # an id used again means its last use
        return talk.index.get(("id", item.call_id), [])[: -LOOK - 1 : -1]
    return talk.index.get(("tool", item.tool), [])[-LOOK:]


def _answered(calls: list[Known], array: Array, item: Item) -> Known | None:
    """Return the first call of these that the answer can be to and that has none yet here."""
    for one in calls:
        if id(one) in array.answered:
            continue
        same_tool = item.tool in (one.tool, "") or one.tool == "unknown"
        by_id = item.call_id and one.call_id == item.call_id and same_tool
        by_tool = not (item.call_id and one.call_id) and same_tool
        if by_id or by_tool:
            return one
    return None
