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
from agentwarrant.intel.anchors import anchors_of, canonical
from agentwarrant.intel.evaluate import unanswerable
from agentwarrant.intel.markings import RED, definition, level_of
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
_MOST_ANCHORS = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a feed is taken.

    Attributes:
        feed: Its name in the configuration.
        tenant: For whose events alone; empty for all.
        least: Confidence at least, 0 to 100.
        longest: Days after which an indicator without an end no longer counts; 0: never.
    """

    feed: str
    tenant: str = ""
    least: int = 0
    longest: int = 0


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


class Refused(Exception):
    """An object is not taken: ``args[0]`` is the kind of reason, ``args[1]`` the particulars."""


class Reader:
    """Takes the objects of one feed into a store, in batches that are durable by themselves."""

    def __init__(self, store: Store, terms: Terms) -> None:
        self._store = store
        self._terms = terms
        self._levels: dict[str, str] = {}
        self.report = Report()

    def take(self, objects: Iterable[Any], added: str = "") -> None:
        """Take some objects: those of a page, a bundle or a file.

        Args:
            objects: As they came.
            added: Up to when all objects of the feed have come with them; empty: as before.
        """
        listed = [one for one in objects if isinstance(one, dict)]
        for one in listed:
            if one.get("type") == "marking-definition":
                self._levels[str(one.get("id"))] = definition(one)
        self._levels = {key: level for key, level in self._levels.items() if level}
        with self._store.batch():
            for one in listed:
                self._one(one)
            if added:
                self._store.advance(self._terms.feed, added)

    def _one(self, item: Mapping[str, Any]) -> None:
        report = self.report
        if item.get("type") != "indicator":
            report.others += 1
            return
        try:
            if item.get("revoked") is True:
                report.revoked += self._store.remove(self._terms.feed, str(item.get("id")))
                return
            indicator, tree = self._read(item)
            anchors = anchors_of(tree)
            if not anchors or len(anchors) > _MOST_ANCHORS:
                raise Refused("nothing to look it up by", "it has no value that an event must have")
            taken = self._store.put(indicator, anchors)
        except Refused as error:
            self._refuse(item, *error.args)
            return
        report.taken += taken
        report.known += not taken

    def _refuse(self, item: Mapping[str, Any], kind: str, why: str) -> None:
        self.report.refused[kind] += 1
        if len(self.report.why) < KEPT_REASONS:
            identity = str(item.get("id"))[:60] if kind != RED else "an object"
            self.report.why.append(f"{identity}: {why}")

    def _read(self, item: Mapping[str, Any]) -> tuple[Indicator, Node]:
        level = level_of(item, self._levels)
        if level == RED:  # of which not even the id is told
            raise Refused(RED, "TLP:RED is for the people it was given to")
        identity = item.get("id")
        if not isinstance(identity, str) or not _ID.fullmatch(identity):
            raise Refused("no id", "its id is none of an indicator")
        if item.get("pattern_type", "stix") != "stix":
            raise Refused("another language", f"its pattern is {str(item['pattern_type'])[:40]}")
        tree = self._pattern(item.get("pattern"))
        confidence = self._confidence(item.get("confidence"))
        since, until = _time(item, "valid_from"), _time(item, "valid_until")
        modified = _time(item, "modified") or since
        until = until or self._end(since)
        if until and until <= datetime.now(UTC).isoformat():
            raise Refused("run out", f"it counted until {until[:19]}")
        name = " ".join(str(item.get("name") or item.get("description") or "").split())[:_NAME]
        made = Indicator(
            feed=self._terms.feed,
            id=identity,
            modified=modified,
            name=name,
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
        end = datetime.fromisoformat(since) + timedelta(days=self._terms.longest)
        return iso_time(end.isoformat())

    def _pattern(self, text: Any) -> Node:
        if not isinstance(text, str):
            raise Refused("no pattern", "it has no pattern")
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
        return iso_time(str(given))
    except (ValueError, OverflowError) as error:
        raise Refused("no time", f"{name} is no time") from error
