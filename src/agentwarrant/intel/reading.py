"""What of a feed's STIX objects is taken in, and why the rest is not.

A feed is somebody else's text: nothing of it is believed but what the standard lets it say, nothing
of it is run, and of one that is marked ``TLP:RED`` nothing is kept at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agentwarrant.event import iso_time
from agentwarrant.intel.anchors import LIKE, MATCHES, Anchor, anchors_of, canonical
from agentwarrant.intel.evaluate import size, unanswerable
from agentwarrant.intel.markings import CLEAR, RED, definition, level_of, strictest, unknown_in
from agentwarrant.intel.patterns import Node, parse
from agentwarrant.intel.store import Indicator, Store
from agentwarrant.intel.tokens import PatternError

_ID = re.compile(
    r"indicator--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
_NAME = 200
_UNSURE = 50
"""The confidence of an indicator that says none."""
KEPT_REASONS = 200
MOST = 5_000_000
"""Indicators of one feed, at most."""
MOST_OF_TEXT = 250_000
"""How large all patterns of text of one feed may be together, in RE2's instructions: every event
is held against them one character after the other."""
_MOST_ANCHORS = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a feed is taken.

    Attributes:
        feed: Its name in the configuration.
        tenant: For whose events alone; empty for all.
        least: Confidence at least, 0 to 100.
        longest: Days after which an indicator without an end no longer counts; 0: never.
        tlp: As what its objects are marked at least, whatever they say themselves.
        most: Indicators, at most.
    """

    feed: str
    tenant: str = ""
    least: int = 0
    longest: int = 0
    tlp: str = CLEAR
    most: int = MOST


@dataclass(slots=True)
class Report:
    """What became of the objects of a feed.

    Attributes:
        taken: New, or in a new version.
        known: As they are here already.
        revoked: Taken back by their source, and forgotten.
        others: No indicators.
        refused: How many, by reason.
        why: The first of them, a line each: the id and what is wrong.
    """

    taken: int = 0
    known: int = 0
    revoked: int = 0
    others: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    why: list[str] = field(default_factory=list)


_RED = "TLP:RED is for the people it was given to"


class Refused(Exception):
    """An object is not taken: ``args[0]`` is the kind of reason, ``args[1]`` the particulars."""


class Reader:
    """Takes the objects of one feed into a store, in batches that are durable by themselves."""

    def __init__(self, store: Store, terms: Terms) -> None:
        self._store = store
        self._terms = terms
        self._levels = store.markings(terms.feed)
        self._held = store.count(terms.feed)
        self._text = _text_of(store, terms.feed)
        self._scrub = False
        self.report = Report()

    def take(self, objects: Iterable[Any], added: str = "") -> None:
        """Take some objects: those of a page, a bundle or a file.

        Args:
            objects: As they came.
            added: Up to when all objects of the feed have come with them; empty: as before.
        """
        listed = [one for one in objects if isinstance(one, dict)]
        with self._store.batch():
            for one in listed:
                if one.get("type") == "marking-definition":
                    self._marking(one)
            for one in listed:
                self._one(one)
            if added:
                self._store.advance(self._terms.feed, added)
        if self._scrub:
            self._store.scrub()
            self._scrub = False

    def _marking(self, item: Mapping[str, Any]) -> None:
        """Learn what a marking says; of what came before it and is red, nothing stays."""
        identity = item.get("id")
        if not isinstance(identity, str) or len(identity) > _NAME or identity in self._levels:
            return  # the first word on a marking counts: a later one cannot loosen it
        level = definition(item)
        self._levels[identity] = level
        self._store.mark(self._terms.feed, identity, level)
        for waiting in self._store.waiting(self._terms.feed, identity):
            if level == RED and self._store.remove(self._terms.feed, waiting):
                self._held -= 1
                self._scrub = True
                self._refuse({}, RED, _RED)

    def _one(self, item: Mapping[str, Any]) -> None:
        report = self.report
        if item.get("type") != "indicator":
            report.others += 1
            return
        try:
            if item.get("revoked") is True:
                gone = self._store.remove(self._terms.feed, _identity(item))
                report.revoked += gone
                self._held -= gone
                return
            taken = self._take(*self._read(item))
        except Refused as error:
            self._refuse(item, *error.args)
            return
        except RecursionError:
            self._refuse(item, "nested too deeply", "it is nested too deeply")
            return
        report.taken += taken
        report.known += not taken
        for mark in unknown_in(item, self._levels) if taken else ():
            self._store.wait(self._terms.feed, mark[:_NAME], str(item["id"]))

    def _take(self, indicator: Indicator, tree: Node) -> bool:
        """Keep an indicator; return whether it, or this version of it, is new."""
        anchors = anchors_of(tree)
        if not anchors or len(anchors) > _MOST_ANCHORS:
            raise Refused("nothing to look it up by", "it has no value that an event must have")
        feed, identity = indicator.feed, indicator.id
        if self._held >= self._terms.most and not self._store.has(feed, identity):
            raise Refused("too many", f"the feed has more than {self._terms.most:,} indicators")
        large = _text_in(anchors)
        if large and self._text + large > MOST_OF_TEXT and not self._store.has(feed, identity):
            raise Refused("too much text", "the feed has no room for more patterns of text")
        taken = self._store.put(indicator, anchors)
        self._held += taken
        self._text += large if taken else 0
        return taken

    def _refuse(self, item: Mapping[str, Any], kind: str, why: str) -> None:
        self.report.refused[kind] += 1
        if len(self.report.why) < KEPT_REASONS:
            identity = _identity(item)[:60] if kind != RED else ""
            self.report.why.append(f"{identity or 'an object'}: {why}")

    def _read(self, item: Mapping[str, Any]) -> tuple[Indicator, Node]:
        level = strictest((level_of(item, self._levels), self._terms.tlp))
        if level == RED:  # of which not even the id is told
            raise Refused(RED, _RED)
        identity = _identity(item)
        if not _ID.fullmatch(identity):
            raise Refused("no id", "its id is none of an indicator")
        kind = item.get("pattern_type", "stix")
        if kind != "stix":
            said = kind[:40] if isinstance(kind, str) else "of none that has a name"
            raise Refused("another language", f"its pattern is {said}")
        if item.get("indicator_types") == ["benign"]:
            raise Refused("benign", "it says of itself that it is no attack")
        tree = self._pattern(item.get("pattern"))
        confidence = self._confidence(item.get("confidence"))
        since, until = _time(item, "valid_from"), _time(item, "valid_until")
        modified = _time(item, "modified") or since
        until = until or self._end(since)
        if until and until <= datetime.now(UTC).isoformat():
            raise Refused("run out", f"it counted until {until[:19]}")
        made = Indicator(
            feed=self._terms.feed,
            id=identity,
            modified=modified,
            name=_name(item),
            pattern=str(item["pattern"]),
            confidence=confidence,
            since=since,
            until=until,
            tlp=level,
            tenant=self._terms.tenant,
        )
        return made, tree

    def _end(self, since: str) -> str:
        """Return when an indicator ends that does not say it itself."""
        if not self._terms.longest or not since:
            return ""
        try:
            end = datetime.fromisoformat(since) + timedelta(days=self._terms.longest)
        except OverflowError:  # it begins when the calendar ends
            return ""
        return iso_time(end.isoformat())

    def _pattern(self, text: Any) -> Node:
        if not isinstance(text, str):
            raise Refused("no pattern", "it has no pattern")
        if not _is_text(text):
            raise Refused("no pattern", "its pattern has half a character in it")
        try:
            tree = canonical(parse(text))
        except (PatternError, RecursionError) as error:
            raise Refused("no pattern", f"its pattern cannot be read: {error}") from error
        why = unanswerable(tree)
        if why:
            raise Refused("cannot be told", why)
        return tree

    def _confidence(self, given: Any) -> int:
        number = isinstance(given, int) and not isinstance(given, bool)
        found = min(100, max(0, int(given))) if number else _UNSURE
        if found < self._terms.least:
            raise Refused("too unsure", f"its confidence is {found}")
        return found


def _time(item: Mapping[str, Any], name: str) -> str:
    """Return a time in one form; '' where it is not given.

    Raises:
        Refused: It is none.
    """
    given = item.get(name)
    if given is None:
        return ""
    try:
        if not isinstance(given, str):
            raise ValueError(name)
        return iso_time(given)
    except (ValueError, OverflowError) as error:
        raise Refused("no time", f"{name} is no time") from error


def _identity(item: Mapping[str, Any]) -> str:
    given = item.get("id")
    return given if isinstance(given, str) else ""


def _name(item: Mapping[str, Any]) -> str:
    """Return what an indicator is called: one line, of characters that a reader sees."""
    named = (item.get("name"), item.get("description"))
    text = next((one for one in named if isinstance(one, str) and one), "")
    seen = "".join(one if one.isprintable() else " " for one in text[: 10 * _NAME])
    return " ".join(seen.split())[:_NAME]


def _is_text(text: str) -> bool:
    """Is it no half of a surrogate pair, which JSON lets pass and nothing else does?"""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_in(anchors: Iterable[Anchor]) -> int:
    """Return how large the patterns of text among anchors are."""
    return sum(size(one.how, one.text) for one in anchors if one.how in (LIKE, MATCHES))


def _text_of(store: Store, feed: str) -> int:
    """Return how large the patterns of text of a feed are already."""
    return _text_in(anchor for anchor in store.words_of(feed))
