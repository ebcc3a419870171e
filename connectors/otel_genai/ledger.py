"""One event once: which of the many tellings of a message, call or answer is told as an event.

A chat span repeats the whole conversation; a call stands in the output of one chat, in the input
of all later ones, and has a span of its own. Every telling is matched with what is known of its
conversation, so that all of them have one identity, and only those that add something are told.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from .items import CALL, MESSAGE, OUTPUT, RUN, Item
from .known import Array, Conversation, Known, Teller
from .matching import LOOK, match_call, match_result
from .values import fingerprint

_MAX_CONVERSATIONS = 5_000
_MAX_KNOWN = 20_000


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
            return match_call(talk, array, item, teller)
        return match_result(talk, array, item, teller)


# Messages --------------------------------------------------------------------------------


def _message(talk: Conversation, array: Array, item: Item, teller: Teller) -> Known:
    # The agent belongs to the identity: who hands a conversation over makes another agent hear it.
    base = (teller.agent[0], item.role, fingerprint(item.content))
    known = talk.messages.setdefault(base, [])
    nth = array.counts.get(base, 0)
    array.counts[base] = nth + 1
    if item.told == OUTPUT and teller.scope:
        near = known[-LOOK:]
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


# What is told ----------------------------------------------------------------------------


def telling(claim: Claim) -> Known | None:
    """Return what an event is to be made of, or None where other records tell the same."""
    item, known = claim.item, claim.known
    told = known.told.get(item.kind)
    has = item.content is not None
    if item.kind == MESSAGE:
        wanted = told is None
    elif item.told == RUN:
        full = known.rich if item.kind == CALL else known.answer
        news = item.failed is True or (not full and f"{RUN}{item.kind}" not in known.told)
        wanted = not told if has else news
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
