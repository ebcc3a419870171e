"""What is looked at because content says so: places that it names, and private things it is after.

Looking something up needs no asking, so most look-ups are nobody's order. Two are: one that is
given what a passage to agents names, and one that reads what is private to somebody right after a
text asked for just that to be told on.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from agentwarrant.event import Event, text_of
from agentwarrant.intent.act import LOOKS, STEM, Act
from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.cues import mentions
from agentwarrant.intent.dates import is_day
from agentwarrant.intent.named import object_of
from agentwarrant.intent.passages import quote, sentence_at
from agentwarrant.intent.provenance import Match, Source, matches
from agentwarrant.intent.session import Session
from agentwarrant.intent.taken import row_of_own
from agentwarrant.intent.values import Value, values_of
from agentwarrant.intent.visits import may_send, speaks_of_pages
from agentwarrant.intent.wishes import asks, only_told
from agentwarrant.tools.words import LIST, READ, words_of


def looked_for(event: Event, act: Act, session: Session) -> list[Match]:
    """Return what is looked at because content that talks to agents says so.

    Whoever only wants to be told something leaves to the agent where it looks, but not to a text:
    which table, whose mailbox. On its own site a page may lead on; rows are there to be looked up,
    and so are days, and who is called as people said.
    """
    if session.sources and LINK.search(text_of(event, "warrant.arguments.text")):
        links = [value for value in values_of(event) if LINK.match(value.text)]
        sent = [source for source in session.sources if may_send(source)]
        found = matches(links, sent, session.known) if links and sent else []
        if found and not speaks_of_pages(session.said):
            return found
    if not session.outside:
        return []
    if not only_told(session.said):
        if LINK.search(text_of(event, "warrant.arguments.text")) is None:
            return []
        links = [value for value in values_of(event) if LINK.match(value.text)]
        return matches(links, session.outside, session.known) if links else []
    sources = [source for source in session.outside if source.instructs]
    if not sources:
        return []
    listed = [value for value in values_of(event) if not (value.weak or is_day(value.text))]
    names = {name for name in object_of(event).names if len(name) >= DISTINCT}
    host = text_of(event, "url.domain").lower()
    listed += [Value(name, False) for name in sorted({*names, host}) if PARTS.search(name)]
    found = [m for m in matches(listed, sources, session.known) if not m.guess]
    found = [m for m in found if not (host and host in (m.source.who, *_hosts(m.source.arguments)))]
    return [m for m in found if m.value.kind or not row_of_own(m.value.text, session.sources, act)]


def _hosts(arguments: str) -> list[str]:
    return re.findall(r"https?://([\w.-]+)", arguments[:ARGUMENTS])


LINK = re.compile(r"https?://|www\.")
DISTINCT, ARGUMENTS = 8, 2_000
PARTS = re.compile(r"[a-z0-9][.:_-][a-z0-9]")


_PRIVATE = frozenset(
    "password passwords credential credentials secret secrets passcode pin card cards payment "
    "payments payee payees beneficiaries bank balance holdings portfolio salary payslip payroll "
    "tax account accounts statement statements transaction transactions orders address addresses "
    "location whereabouts contacts friends phone patient patients medical health prescription "
    "prescriptions diagnosis genetic dna insurance passport identity personal private confidential "
    "history reservations bookings shipments mailbox inbox calls voicemail recordings "
    "photos".split()
)
"""Words for what is somebody's own, and worth something to others."""
_RECENT, _PLACES, _BEHIND = 8, 4, 240


def fetched(act: Act, session: Session) -> tuple[Match, str] | None:
    """Return the content, and its sentence, that wants just what a look-up reads told to somebody.

    None where people spoke of such a thing, or had a text followed.
    """
    said = session.said
    looks = act.tool_class in (*LOOKS, "credential_read")
    private = _private_in(act.tool) if looks else ()
    if not private or not only_told(said) or hands_over(said) or defers(said):
        return None
    if any(_word(word).search(said) for word in private):
        return None
    about = _about(act.tool)
    for source in reversed(session.sources[-_RECENT:]):
        for word in private:
            told = _wants_told(source, word, about)
            if told:
                return Match(Value("", False), source, [0]), quote(told)
    return None


def _wants_told(source: Source, word: str, about: frozenset[str]) -> str:
    """Return the sentence of a source that asks for a private thing, to be told to somebody."""
    for place in islice(_word(word).finditer(source.text), _PLACES):
        start, stop = sentence_at(source.text, *place.span())
        sentence = source.text[start:stop]
        spoken = sum(_word(one).search(sentence) is not None for one in about)
        if spoken < min(2, len(about)) or not asks(sentence):
            continue
        rest = source.text[start : stop + _BEHIND]
        tells = _TELLS.search(rest) or mentions("message", rest) or mentions("egress", rest)
        if tells and _ON.search(rest):
            return sentence
    return ""


_TELLS = re.compile(
    r"\b(?:send|e?-?mail|forward|post|share|upload|publish|text|dm|transmit|deliver|report|paste"
    r"|pass|give|hand|tell)\b"
)
_ON = re.compile(
    r"\b(?:to|with|at) (?:[\w'-]+ ){0,6}?(?:[\"'<(]{0,2}[\w.+-]+@[\w-]+\.|https?://|\+\d|[#@]\w)"
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.\w"
)
"""To whom, or where, something is to be told: an address, a link, a number, a channel."""


@lru_cache(maxsize=1024)
def _word(word: str) -> re.Pattern[str]:
    """Return a pattern of a word and of its other forms."""
    form = re.escape(word) + r"(?:e?s)?(?!\w)" if len(word) <= STEM else re.escape(word[:STEM])
    return re.compile(rf"(?<![\w./@-]){form}")


@lru_cache(maxsize=1024)
def _about(tool: str) -> frozenset[str]:
    """Return the words for what a look-up is about: those behind its verb, if it has one."""
    own = words_of(tool)
    verb = next((at for at, word in enumerate(own[:-1]) if word in READ or word in LIST), -1)
    looks = (READ | LIST) - _PRIVATE
    return frozenset(word for word in own[verb + 1 :] if len(word) > 2 and word not in looks)


@lru_cache(maxsize=1024)
def _private_in(tool: str) -> tuple[str, ...]:
    return tuple(sorted(_about(tool) & _PRIVATE))
