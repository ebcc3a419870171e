"""Errands: calls that a sentence of content dictates, whatever they are called and do.

Whose class is known is held against the words that ask for it. Of a tool nobody has seen only what
it is given says what it does: where that stands in one sentence that asks for something, and people
spoke neither of it nor left anything to what was read, the sentence is what sent the agent.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from agentwarrant.intent.act import STEM, Act
from agentwarrant.intent.aims import TEXT_KEY
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.left import left_to_text, whom_left
from agentwarrant.intent.machines import gives_rule, machines
from agentwarrant.intent.passages import Passage, passages, sentence_at
from agentwarrant.intent.provenance import Match, Source, explained
from agentwarrant.intent.sums import number_of, numbers_in
from agentwarrant.intent.taken import LONG, Seen, in_a_row
from agentwarrant.intent.telling import TELL
from agentwarrant.intent.values import MIN_VALUE, Value, leaves_of
from agentwarrant.intent.wishes import commands, definite, only_told, ordering, requests
from agentwarrant.tools.english import companions
from agentwarrant.tools.words import words_of

_LOOKS = frozenset({"read", "discovery", "exec", "execute"})
_PLAIN = frozenset({"write", "other"})
"""Classes of acts of which nothing is known but what they are given."""
_LONGEST = 64
_MOST = 24
_AFTER = 160
_STRONG = 2
"""One name, or two numbers: they do not stand in one sentence by chance."""
_FREE = frozenset({"content", "contents", "new", "old", "code", "reason"})


class _Given(NamedTuple):
    """What a call is given that people did not say.

    Attributes:
        things: Whole arguments, lower case: names, addresses, numbers.
        texts: Arguments that are texts of their own.
    """

    things: list[str]
    texts: list[str]


def may_be_sent(act: Act, sources: list[Source]) -> bool:
    """Is it an act that a sentence may have dictated, and no word of people asks for?"""
    if act.tool_class == "message" and act.asked:
        texts = (
            " ".join(v.lower().split()) for k, v in leaves_of(act.arguments) if _is_text(k, " ")
        )
        return any(len(t) >= LONG and any(t in s.text for s in sources) for t in texts)
    return act.tool_class in _PLAIN or not (act.asked or act.tool_class in _LOOKS)


def errand(act: Act, found: list[Match], said: str, known: str) -> list[Seen]:
    """Return the values of a call that one sentence of content dictates; [] when none does.

    Args:
        act: The call.
        found: The values of it that stand in content and in nobody's words.
        said: What people said.
        known: That, and what the application told the agent.
    """
    told = only_told(said)
    given = _given(act.arguments, known)
    stand = {match.value.text for match in found}
    own = frozenset() if told else _of_records(found, act)
    for match in found:
        if match.guess or match.hidden or _is_text(match.value.key, match.value.text):
            continue
        if act.tool_class == "write" and match.value.text[:1] in "~./":
            continue  # where something is written is the agent's own affair
        listed = list(passages(match, act))
        plain = not told and not all(map(_spoken, listed))
        for place, passage in zip(match.places, listed, strict=True):
            if plain and not _bidden(passage, act):
                continue  # it stands there as plain data, too
            window = _window(match.source, place, len(match.value.text))
            if own and _only_there(window, passage, act, given, own):
                continue
            if _spoken(passage) and _sends(match, passage, window, act, given, stand, said):
                return [Seen(match, passage)]
    return []


def _of_records(found: list[Match], act: Act) -> frozenset[str]:
    """Return the names of a call that stand in one's own records, as what one looks up does."""
    return frozenset(
        match.value.text
        for match in found
        if not (match.source.outside or match.value.weak)
        and any(in_a_row(Seen(match, passage)) for passage in passages(match, act))
    )


def _only_there(
    window: str, passage: Passage, act: Act, given: _Given, own: frozenset[str]
) -> bool:
    """Does a sentence ask for another act, and name but things that stand in one's own records?

    That an order names the customer's own account, too, says nothing of what is done to it.
    """
    held = [thing for thing in given.things if _holds(window, thing)]
    if any(thing not in own for thing in held) or any(text in window for text in given.texts):
        return False
    return bool(_verbs(passage.text)) and not _bidden(passage, act)


def _bidden(passage: Passage, act: Act) -> bool:
    """Does a sentence ask for what the tool is called after, and not only speak of its object?"""
    if act.called(passage.text):
        return True
    words = words_of(act.tool.rpartition("__")[2])
    stems = {word[:STEM] for word in companions(frozenset(words))}
    if any(verb[:STEM] in stems for verb in _verbs(passage.text)):
        return True
    first = words[0][:STEM] if len(words) > 1 else ""
    return passage.machine and len(first) > 3 and f" {first}" in passage.text


def answers_order(act: Act, sources: list[Source], said: str) -> list[Seen]:
    """Return the order to a machine that a call answers, in the place where it was read.

    Such an order needs no value: "bot, put the key in here". Where people only wanted to be told
    something, whatever is then said in that room, or below that ticket, is said because of it.
    """
    if act.tool_class not in _ANSWERS or not only_told(said):
        return []
    leaves = [(key.lower(), value.lower()) for key, value in leaves_of(act.arguments)]
    where = {value for key, value in leaves if value and not TEXT_KEY.search(key)}
    if not where or not any(TEXT_KEY.search(key) for key, _ in leaves):
        return []
    for source in reversed(sources[-_RECENT:]):
        asked = {value.lower() for _, value in leaves_of(source.arguments)}
        if source.who == act.tool or not where & asked:
            continue
        for place in machines(source.text):
            start, stop = sentence_at(source.text, place, place + 1)
            sentence = source.text[start:stop]
            if presses(sentence) or gives_rule(sentence):
                passage = Passage(sentence, False, True, True, True, True, False)
                return [Seen(Match(Value("", False), source, [start]), passage)]
    return []


_ANSWERS = _PLAIN | {"message"}
_RECENT = 8


def _spoken(passage: Passage) -> bool:
    """Is it a sentence? One that gives programs a rule may end in a colon and what they put."""
    return passage.spoken or gives_rule(passage.text)


def _left(said: str) -> bool:
    """Do people leave anything to a text?"""
    return hands_over(said) or defers(said) or whom_left(said)


def _sends(
    match: Match, passage: Passage, window: str, act: Act, given: _Given, stand: set[str], said: str
) -> bool:
    """Does a sentence ask for the call, with all that it is given, and not for what people asked?

    One that has a machine do it need not have all: the rest may stand where people meant.
    """
    urged = presses(passage.text)
    ordered = passage.machine and (urged or gives_rule(passage.text))
    if not (urged or passage.machine):
        return False
    looked = match.source.arguments.lower()
    things = [thing for thing in given.things if not _holds(looked, thing)]
    held = [thing for thing in things if _holds(window, thing)]
    if act.asked and act.tool_class not in _PLAIN:
        # Somebody is to be written to, if not this one: only whoever dictates the words, too.
        dictated = bool(given.texts) and all(text in window for text in given.texts)
        if not (urged and dictated and match.value.kind) or _left(said):
            return False
    rest = [t for t in things if t not in held and t.replace("_", " ") not in window]
    told = only_told(said)
    texts = [text for text in given.texts if _pieced(text, window)]
    worded = told and urged and bool(texts) and len(texts) == len(given.texts)
    weight = sum(1 if _weak(thing) else _STRONG for thing in held) + _STRONG * len(texts)
    # whose a thing is that a sentence names, stands in the records it is kept in
    most = urged and weight > _STRONG and any(map(_NUMBERED_SO.fullmatch, held))
    if rest and not ((ordered or worded or most) and all(_weak(t) or t in stand for t in rest)):
        return False
    if weight < _STRONG:
        return False
    if not told and _left(said):
        return ordered and not left_to_text(said)
    if passage.machine:
        return True
    alone = act.tool_class == "other" and len(held) == 1 and not (texts or match.value.kind)
    if alone and not act.meant(_unlabelled(window, held[0])):
        return False  # a name alone, and no word of what the tool does
    if told:
        # a page shows its pictures
        return worded or not all(thing.startswith("http") for thing in held)
    if act.asked and act.tool_class not in _PLAIN:
        return True
    return definite(said) and not _spoke_of(act, window, said)


def presses(sentence: str) -> bool:
    """Does a sentence ask for something, and not only tell when or in which order?"""
    bare = _NUMBERED.sub(" ", _WHEN.sub(" ", sentence))
    return requests(bare) or commands(bare) or _URGES.search(bare) is not None


_WHEN = re.compile(
    r"\b(?:before|first|still)\b"
    r"|\b(?:please|kindly|should|must|bitte) (?:also )?(?:see|note|find|read|refer|look|compare|be"
    r"|feel|consider|remember|not|do not|don't)\b"
)
"""What asks for no act but to look, or only says when."""
_NUMBERED = re.compile(
    r"(?:^|[,:;(] ?)[a-z]+ [\d\W]+(?=$|[,;.)])"
    r"|(?<!\w)(?:urls?|uri|links?|sites?|pages?|web|sources?|homepage) https?:\S*"
)
"""A label and its number ("fax 040 555 11") begins like an order, and is none."""


def asks_to_look(sentence: str) -> bool:
    """Is all that a sentence asks for to look at something, or to be told it?"""
    verbs = _verbs(sentence)
    return bool(verbs) and all(TELL.match(verb) for verb in verbs)


def _window(source: Source, place: int, length: int) -> str:
    start, stop = sentence_at(source.text, place, place + length)
    return source.text[start : stop + _AFTER]


def _unlabelled(window: str, thing: str) -> str:
    """Return a window without the words that say of a name what it names: "offer a-1190"."""
    return re.sub(rf"\b\w+ {re.escape(thing)}(?!\w)", " ", window)


def _pieced(text: str, window: str) -> bool:
    """Does a text stand in a sentence, whole or put together of its links and its words?"""
    if text in window:
        return True
    pieces = [piece.strip(" '\"“”:,.-") for piece in _LINK.split(text)]
    words = [piece for piece in pieces if len(piece) >= LONG]
    return bool(words) and all(p in window for p in pieces if p)


_LINK = re.compile(r"((?:https?://|www\.)\S+)")


def _holds(window: str, thing: str) -> bool:
    number = number_of(thing)
    if number and number in numbers_in(window):
        return True
    return re.search(rf"(?<![a-z0-9_]){re.escape(thing)}(?![a-z0-9_])", window) is not None


def _weak(thing: str) -> bool:
    return len(thing) < MIN_VALUE or (len(thing) < _LONG and _is_number(thing))


_NUMBERED_SO = re.compile(r"(?=.*\d)(?=.*[a-z])[\w#-]+")
_LONG = 5
"""A number of so many digits stands for something: a member, a code."""


def _is_number(thing: str) -> bool:
    return thing.replace(".", "", 1).isdecimal()


def _given(arguments: str, known: str) -> _Given:
    things: list[str] = []
    texts: list[str] = []
    for key, value in leaves_of(arguments):
        low = " ".join(value[:400].lower().split()).strip(".!:;, ")
        if not low or explained(low, known):
            continue
        free = _is_text(key, low)
        (texts if free else things).append(low)
        if len(things) + len(texts) >= _MOST:
            break
    return _Given(things, texts)


def _is_text(key: str, low: str) -> bool:
    """Is an argument a text of its own, and no name or number?"""
    free = key.lower() in _FREE or TEXT_KEY.search(key.lower()) is not None
    return (free and " " in low) or len(low) > _LONGEST


def _spoke_of(act: Act, sentence: str, said: str) -> bool:
    """Did people use a word of the tool's name, or the verb of the sentence that asks?"""
    if any(word[:STEM] in said for word in act.words):
        return True
    if any(_named_with(key, value, said) for key, value in leaves_of(act.arguments)):
        return True
    return any(verb[:STEM] in said for verb in _verbs(sentence))


def _named_with(key: str, value: str, said: str) -> bool:
    """Did people say how much, and of what: "20,000 of my miles"?"""
    number = number_of(value.lower())
    return len(key) >= MIN_VALUE and key.lower() in said and number in numbers_in(said)


def _verbs(sentence: str) -> list[str]:
    """Return the words with which a sentence may ask for something: what orders begin with."""
    return [*ordering(sentence), *_ASKED_FOR.findall(sentence)]


_URGES = re.compile(
    r"\b(?:need|want|wish|like|expect|trust|count on|require)s? (?:you|somebody|someone|it|them"
    r"|this|that|whoever)\b|\b(?:could|would|can) (?:you|somebody|someone|whoever|we)\b"
    r"|\b(?:to|will|shall) be [a-z]+(?:ed|en|t)\b|\blet (?:him|her|them|it|us)\b"
    r"|\b(?:somebody|someone|anybody|anyone) (?:please |kindly |quickly )?"
    r"(?!else\b|who\b|from\b|with\b|that\b|said\b|told\b|will\b|would\b|can\b|could\b|did\b|had\b"
    r"|wrote\b|was\b|and\b|on\b|in\b|at\b|of\b|to\b|or\b|new\b)(?![a-z]+(?:s|ed)\b)[a-z]{3,}"
    r" (?:him|her|them|us|it|this|that|the|a|an|[A-Za-z]+'s?)\b"
)
_ASKED_FOR = re.compile(
    r"\b(?:please|kindly|must|should|shall|could|can|(?:you|need|needs|have|has|system|be) to"
    r"|\w+ly) ([a-z]{3,})"
)
