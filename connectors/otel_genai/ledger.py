"""One event once: which of the many tellings of a message, call or answer is told as an event.

A chat span repeats the whole conversation; a call stands in the output of one chat, in the input
of all later ones, and has a span of its own. Every telling is matched with what is known of its
conversation, so that all of them have one identity, and only those that add something are told.

How calls are matched. A call's id alone does not do: weak producers number calls from zero in
every trace, turn or even response, so two calls with one id are one only if their tool and their
arguments agree as far as both are known. An execution whose content was not captured has an id
but no arguments, a Gemini call has arguments but no id: what is missing agrees with anything,
and each call is taken at most once by one array of messages, by one model output, and by one
execution. An id that is long and random is trusted more: there, an execution may have arguments
that its framework completed after the model wrote them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from .messages import CALL, HISTORY, MESSAGE, OUTPUT, RESULT, RUN, Item
from .values import arguments_mark, fingerprint

_MAX_CONVERSATIONS = 5_000
_MAX_KNOWN = 20_000
_LOOK = 64
_WEAK = re.compile(r"[A-Za-z_.:/ -]{0,24}\d{0,4}\Z")
"""Words and a small number: an id that may be used again."""

Key = tuple[str, ...]


@dataclass(slots=True)
class Known:
    """A call or message that at least one record tells of.

    Attributes:
        key: What its ``event.id`` is made of.
        call_id, tool: Of a call.
        said, ran: Hash of its arguments as a model wrote them, as they were executed.
        scopes, taken: Model outputs and executions that told it; of which of the two kinds.
        agent: Who made it, from the telling that knows best.
        rich: An execution that tells it knows its content.
        answer: The same of the answer to it.
        told: ``call`` or ``result`` -> has an event left, and did that have content.
    """

    key: Key
    call_id: str = ""
    tool: str = ""
    said: str = ""
    ran: str = ""
    scopes: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    agent: tuple[str, ...] = ()
    rich: bool = False
    answer: bool = False
    told: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class Conversation:
    """What is known of one conversation."""

    index: dict[Key, list[Known]] = field(default_factory=dict)
    messages: dict[Key, list[Known]] = field(default_factory=dict)
    loose: dict[Key, Known] = field(default_factory=dict)
    counts: dict[Key, int] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    size: int = 0


@dataclass(slots=True)
class Array:
    """What one array of messages has told so far."""

    used: set[int] = field(default_factory=set)
    counts: dict[Key, int] = field(default_factory=dict)
    calls: list[Known] = field(default_factory=list)
    answered: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Teller:
    """Where an item stands.

    Attributes:
        conversation, agent: Whose it is; the agent as (id, name, description, assurance).
        scope: The model call or execution it belongs to; empty for a record that only repeats.
        array: Names what several records or parts tell together; empty for a whole span.
    """

    conversation: str
    agent: tuple[str, ...]
    scope: str
    array: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An item matched with what it tells of."""

    item: Item
    known: Known


class Ledger:
    """What is known of all conversations, bounded; the oldest are let go."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Conversation] = OrderedDict()

    def claim(self, items: list[Item], teller: Teller) -> list[Claim]:
        """Match the items of one record, in their order."""
        talk = self._of(teller.conversation)
        array = talk.arrays.get(teller.array) or Array()
        if teller.array and len(talk.arrays) < _MAX_KNOWN:
            talk.arrays[teller.array] = array
        return [Claim(item, self._known(talk, array, item, teller)) for item in items]

    def forget_arrays(self) -> None:
        """Let the arrays go; they matter only among the records of one batch."""
        for talk in self._open.values():
            talk.arrays.clear()

    def _of(self, conversation: str) -> Conversation:
        found = self._open.get(conversation)
        if found is None or found.size > _MAX_KNOWN:
            found = self._open[conversation] = Conversation()
            if len(self._open) > _MAX_CONVERSATIONS:
                self._open.popitem(last=False)
        self._open.move_to_end(conversation)
        return found

    def _known(self, talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
        if item.kind == MESSAGE:
            return _message(talk, array, item, teller)
        if item.kind == CALL:
            return _call(talk, array, item, teller)
        return _result(talk, array, item, teller)


# Messages --------------------------------------------------------------------------------


def _message(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
    # The agent belongs to the identity: who hands a conversation over makes another agent hear it.
    base = (teller.agent[0], item.role, fingerprint(item.content))
    known = talk.messages.setdefault(base, [])
    nth = array.counts.get(base, 0)
    array.counts[base] = nth + 1
    if item.told == OUTPUT and teller.scope:
        near = known[-_LOOK:]
        free = [one for one in near if not one.scopes or teller.scope in one.scopes]
        found = next((one for one in free if id(one) not in array.used), None)
    else:
        found = known[nth] if nth < len(known) else None
    if found is None:
        found = Known((teller.conversation, *base, str(len(known))))
        known.append(found)
        talk.size += 1
    array.used.add(id(found))
    if item.told == OUTPUT and teller.scope:
        found.scopes.add(teller.scope)
    return found


# Calls -----------------------------------------------------------------------------------


def _call(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
    mark = "" if item.content is None else arguments_mark(item.content)
    scope = f"{item.told}:{teller.scope}" if item.told != HISTORY and teller.scope else ""
    fits = [
        (_distance(one, item, mark), i, one)
        for i, one in enumerate(_candidates(talk, array, item, mark))
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


def _candidates(talk: Conversation, array: Array, item: Item, mark: str) -> Iterator[Known]:
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
        yield from listed[_start(talk, array, item, key, listed) :][:_LOOK]


def _start(talk: Conversation, array: Array, item: Item, key: Key, listed: list[Known]) -> int:
    """Return where in a list the calls begin that this array, output or execution can take."""
    place = (item.told, *key)
    counts = array.counts if item.told == HISTORY else talk.counts
    start = counts.get(place, 0)
    while start < len(listed) and (
        id(listed[start]) in array.used
        if item.told == HISTORY
        else item.told in listed[start].taken and not is_strong(listed[start].call_id)
    ):
        start += 1
    if start:
        counts[place] = start
    return start


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


def _result(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
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
        return talk.index.get(("id", item.call_id), [])[: -_LOOK - 1 : -1]
    return talk.index.get(("tool", item.tool), [])[-_LOOK:]


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


# What is told ----------------------------------------------------------------------------


def telling(claim: Claim) -> Known | None:
    """Return what an event is to be made of, or None where other records tell the same."""
    item, known = claim.item, claim.known
    told = known.told.get(item.kind)
    has = item.content is not None
    if item.kind == MESSAGE:
        wanted = told is None
    elif item.told == RUN:
        wanted = told is None or (has and not told) or f"{RUN}{item.kind}" not in known.told
    elif known.rich if item.kind == CALL else known.answer:
        wanted = False
    else:
        wanted = told is None or (has and not told)
    if not wanted:
        return None
    known.told[item.kind] = bool(told) or has
    if item.told == RUN:
        known.told[f"{RUN}{item.kind}"] = True
    return known


__all__ = ["RESULT", "Claim", "Known", "Ledger", "Teller", "is_strong", "telling"]
