"""Works: wishes whose steps are acts of other classes than their words say.

To rotate a key is to make one, store it and delete the old one; to run a payroll is to pay; to
make room is to delete. A work is known by its verb and what the verb is done to, in one sentence,
and reaches as far as its steps: who asks for an open port has not asked for a new administrator.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from agentwarrant.intent.wishes import only_told
from agentwarrant.intent.worktable import VERBS, WORKS, Work, word_set

_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
_TOKEN = re.compile(r"[^\s,;()\"“”]+")
_LONGEST, _WORDS, _SENTENCES = 1_000, 120, 200
_REACH, _FAR = 7, 14


_ENDS_OBJECT = word_set(
    "of about for from with in at by to into onto and or that which who if because than then as "
    "but is are was were"
)
_PRONOUNS = word_set("it them this these those that one ones both all")
_AFTER_ALL = word_set("please now today instead again all up off out over down back away")
_ON = "on"
_NOT = word_set("not don't never without no cannot can't shouldn't mustn't nobody")
_POLITE = re.compile(r"^\W*(?:please )?(?:can|could|would|will) (?:you|we|somebody|someone)\b")


_SWITCHED = re.compile(
    r"\b(?:turn|switch)(?: [\w'-]+){0,5} (?:on|off|up|down)\b"
    r"|\b(?:turn|switch) (?:on|off|up|down) \w"
)
_SET = re.compile(r"\b(?:set|make|put|bring|raise|lower|turn|dim)(?: [\w'-]+){1,5} (\d+)")


def part_of_work(tool_class: str, step: str, words: str) -> bool:
    """Is an act of this class a step of a work that people asked for?

    Args:
        tool_class: The act's class.
        step: What the act speaks of, lower case: its tool's name and its arguments.
        words: What people said, lower case.
    """
    asked = frozenset[int]().union(*(wish.works for wish in orders_of(words)))
    return is_step(tool_class, step, asked) or (
        tool_class == "config_change" and _sets(step, words)
    )


def is_step(tool_class: str, step: str, works: frozenset[int]) -> bool:
    """Is an act of this class a step of one of these works?"""
    return any(
        tool_class in WORKS[at].classes and (by is None or by.search(step) is not None)
        for at in works
        for by in (WORKS[at].by,)
    )


def _sets(step: str, words: str) -> bool:
    """Do people ask for a setting: to switch something, or to put it to this number?"""
    for sentence, _ in orders_of(words):
        number = _SET.search(sentence)
        if number and re.search(rf"(?<![\d.]){number.group(1)}(?![\d.])", step):
            return True
        if number is None and _SWITCHED.search(sentence):
            return True
    return False


class Order(NamedTuple):
    """A sentence that does not only want to be told something.

    Attributes:
        text: The sentence, lower case.
        works: Places of the works that it asks for.
    """

    text: str
    works: frozenset[int]


@lru_cache(maxsize=256)
def orders_of(words: str) -> tuple[Order, ...]:
    """Return the sentences of people's words that do not only want to be told something."""
    found: list[Order] = []
    before = ""
    for sentence in [s[:_LONGEST] for s in _SENTENCE.split(words) if s.strip()][-_SENTENCES:]:
        question = sentence.rstrip().endswith("?") and not _POLITE.match(sentence)
        if not question and not only_told(sentence):
            places = (at for at, work in enumerate(WORKS) if _asks(work, sentence, before))
            found.append(Order(sentence, frozenset(places)))
        before = sentence
    return tuple(found)


def of_no_work(words: str) -> str:
    """Return the sentences that do not only want to be told something, nor ask for a known work."""
    return "\n".join(order.text for order in orders_of(words) if not order.works)


@lru_cache(maxsize=256)
def ordered(words: str) -> bool:
    """Does a sentence begin with the verb of a work: "Retire vm-7"?"""
    tokens = (_tokens(_LED_IN.sub("", sentence.strip())) for sentence in _SENTENCE.split(words))
    return any(found and found[0] in VERBS for found in tokens)


_LED_IN = re.compile(r"^(?:(?:please|now|just|then|ok|so|(?:can|could|would|will) you)[,\s]+)+")


def _asks(work: Work, sentence: str, before: str) -> bool:
    tokens = _tokens(sentence)
    found = work.state.search(sentence) if work.state else None
    if found and any(_is(work, token) for token in tokens):
        return True
    return any(
        _does(work, tokens, at, before)
        for at, token in enumerate(tokens)
        if _verb(work, token) and not _NOT.intersection(tokens[max(0, at - 3) : at])
    )


def _tokens(sentence: str) -> list[str]:
    found = [token.strip(".!?:'[]") for token in _TOKEN.findall(sentence)]
    return [token for token in found if token][:_WORDS]


def _verb(work: Work, token: str) -> bool:
    """Is a word this work's verb, as it is or with -ing?"""
    if token in work.verbs:
        return True
    root = token.removesuffix("ing")
    return root != token and any(r in work.verbs for r in (root, root + "e", root[:-1]))


def _is(work: Work, token: str) -> bool:
    return token in work.nouns or (work.thing is not None and bool(work.thing.fullmatch(token)))


def _does(work: Work, tokens: list[str], at: int, before: str) -> bool:
    """Is the verb at this place done to one of the work's nouns?"""
    if not work.nouns:
        return True
    if work.into:
        return _goes_to(work, tokens[at + 1 : at + 1 + _FAR])
    for number, token in enumerate(tokens[at + 1 : at + 1 + _REACH]):
        if _is(work, token):
            return True
        if token in _PRONOUNS and _ends(tokens, at + 2 + number):
            return any(_is(work, one) for one in (*tokens[:at], *_tokens(before)))
        # A verb may have a word of its own: "catch up on", "work through", "let … to reach".
        if token in _ENDS_OBJECT or (token == _ON and number > 1):
            break
    else:
        number = _REACH
    rest = tokens[at + 1 + number : at + 3 + number]
    if len(rest) == 2 and rest[0] == "to" and rest[1] in work.nouns:
        return True
    return at > 0 and _is(work, tokens[at - 1]) and _ends(tokens, at + 1)


def _ends(tokens: list[str], at: int) -> bool:
    """Does the object end here: "the payroll run of May", not "the payroll run report"?"""
    return at >= len(tokens) or tokens[at] in _ENDS_OBJECT or tokens[at] in _AFTER_ALL


def _goes_to(work: Work, tokens: list[str]) -> bool:
    to = next((i for i, t in enumerate(tokens) if t in ("to", "into", "onto", "in")), -1)
    return to >= 0 and any(_is(work, token) for token in tokens[to + 1 : to + 6])
