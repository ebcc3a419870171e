"""Alerts of Splunk taken into our triage (``siem.inbox``), polled through splunkd.

With Enterprise Security: notable events, which version 8 calls findings, by its macro ``notable``
("There is no GET method for notable events"; ES 7.3 and 8.0, "Notable Event API reference"), and
risk events, which it calls intermediate findings, in the index ``risk``. Without it: the results of
triggered alerts (REST API Reference, ``alerts/fired_alerts`` and ``search/v2/jobs/{id}/results``).
The events that a match rests on are then read from the tenant's index by their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from agentwarrant.config import Tenant
from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alertcursor import Cursor
from agentwarrant.siem.splunk.matches import Match, finding_from, match_of
from agentwarrant.siem.splunk.names import sourcetype
from agentwarrant.siem.splunk.outgoing import index_of
from agentwarrant.siem.splunk.saved import PREFIX as PREFIX
from agentwarrant.siem.splunk.spl import string
from agentwarrant.siem.splunk.splunkd import Row, Splunkd, part
from agentwarrant.siem.taken import BadAlert, cleaned, flat

PAGE = 1_000
_MOST_PAGE = 50_000
"""Rows that one search returns at most (limits.conf, ``[restapi] maxresultrows``)."""
_AT_ONCE = 300
"""Ids in one search."""
_MOST_EVENTS = 60
_MOST_LETTERS = 1_000
_CLOSED = "5"
_SECURITY = "SplunkEnterpriseSecuritySuite"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/#=+-]{0,255}")
"""Ids that can be asked for: nothing in them means something to a search."""
_DAY_MS = 86_400_000
_BACK_MS = 40 * _DAY_MS
"""How long before its first match an event of a match may be: longer than any window."""


class AlertSource:
    """Reads the alerts of one tenant.

    Args:
        splunkd: Where they are.
        tenant: Whose.
        is_only: No other tenant ships there: what names none is this one's.
        rules: By the id that findings carry.
        cases: Gives findings their cases.
        every: Take the alerts of all rules, not only of ours.

    Attributes:
        letters: Ids of alerts that could not be taken, each with its reason.
    """

    def __init__(
        self,
        splunkd: Splunkd,
        tenant: Tenant,
        *,
        is_only: bool,
        rules: Mapping[str, Rule],
        cases: CaseBook,
        every: bool = False,
    ) -> None:
        self._splunkd = splunkd
        self._tenant = tenant
        self._is_only = is_only
        self._rules = rules
        self._cases = cases
        self._every = every
        self.letters: list[tuple[str, str]] = []

    def pages(self, cursor: Cursor) -> Iterator[list[Match]]:
        """Yield the matches since a cursor that it has not had, in order of time, page by page.

        Raises:
            TargetError: splunkd refused, or did not answer.
        """
        if not has_security(self._splunkd):
            yield from self._new(self._triggered(epoch_ms(cursor.begin)), cursor)
            return
        found = [*self._listed("`notable`", cursor), *self._listed("index=risk", cursor)]
        yield from self._new(found, cursor)

    def findings(self, alerts: Sequence[Match]) -> list[Finding]:
        """Return the findings of some matches, with the events that they rest on."""
        events = self._events(alerts)
        made: list[Finding] = []
        for match in alerts:
            if not self._is_mine(match):
                self._letter(match.id, "it is of a tenant that does not ship there, or of none")
                continue
            evidence = [events[one] for one in match.events if one in events][:_MOST_EVENTS]
            made.append(
                finding_from(
                    match,
                    evidence,
                    tenant=self._tenant.id,
                    rules=self._rules,
                    cases=self._cases,
                )
            )
        return made

    def _new(self, rows: Sequence[Row], cursor: Cursor) -> Iterator[list[Match]]:
        matches = [one for one in map(self._read, rows) if one and one.id not in cursor.seen]
        matches.sort(key=lambda one: one.time)
        pending = iter(matches)
        while page := list(islice(pending, PAGE)):
            yield page

    def _listed(self, begin: str, cursor: Cursor) -> list[Row]:
        """Return all rows of a search since a cursor; in portions, each from where one ended."""
        since, size, found = epoch_ms(cursor.begin), PAGE, []
        while True:
            text = f"search {begin}{self._filter()} | sort 0 _time | head {size}"
            rows = self._splunkd.search(text, earliest=f"{since / 1000:.3f}", latest="now")
            found += rows
            if len(rows) < size:
                return found
            last = _time_ms(rows[-1])
            size = PAGE if last > since else min(size * 10, _MOST_PAGE)
            if last <= since and len(rows) >= _MOST_PAGE:
                return found  # so many at one moment: more cannot be asked for
            since = last

    def _filter(self) -> str:
        ours = "" if self._every else f'source="{PREFIX}*" '
        return f" | search {ours}NOT status={_CLOSED}" + whose(self._tenant.id, self._is_only)

    def _triggered(self, since_ms: int) -> list[Row]:
        """Return the rows of alerts that were triggered since a moment, each job's once."""
        listed = self._splunkd.entries("alerts/fired_alerts/-", allow=frozenset({404})) or {}
        jobs: dict[str, Mapping[str, Any]] = {}
        for one in listed.values():
            name = str(one.get("savedsearch_name", ""))
            fired = float(one.get("trigger_time") or 0) * 1000
            if fired >= since_ms and (self._every or name.startswith(PREFIX)) and one.get("sid"):
                jobs.setdefault(str(one["sid"]), {"source": name, "fired": iso_from_ms(int(fired))})
        return [row for sid, about in jobs.items() for row in self._rows(sid, about)]

    def _rows(self, sid: str, about: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the rows of a job; none where it has expired."""
        query = {"count": 0}
        path = f"search/v2/jobs/{part(sid)}/results"
        said = self._splunkd.ask("GET", path, query, allow=frozenset({404})) or {}
        for row in said.get("results", ()):
            whose = row.get("aw_tenant") or ""
            if whose == self._tenant.id or (self._is_only and not whose):
                last = row.get("aw_last") or row.get("_time")
                yield {**row, "aw_last": last, "_time": about["fired"], "source": about["source"]}

    def _read(self, row: Row) -> Match | None:
        try:
            return match_of(row)
        except BadAlert as error:
            self._letter(str(row.get("event_id", "")), str(error))
            return None

    def _events(self, matches: Sequence[Match]) -> dict[str, Event]:
        """Return the events that matches rest on, by their ids, as far as they are there."""
        ids = dict.fromkeys(
            one for match in matches for one in match.events[:_MOST_EVENTS] if _ID.fullmatch(one)
        )
        if not ids:
            return {}
        begin = min(match.moment("aw_first") or epoch_ms(match.time) for match in matches)
        found: dict[str, Event] = {}
        pending = iter(ids)
        while portion := list(islice(pending, _AT_ONCE)):
            for row in self._splunkd.search(
                self._by_ids(portion),
                earliest=f"{max(0, begin - _BACK_MS) / 1000:.3f}",
                latest="now",
            ):
                if event := _event(row):
                    found[text_of(event, "event.id")] = event
        return {one: event for one, event in found.items() if one in ids}

    def _by_ids(self, ids: Sequence[str]) -> str:
        wanted = " OR ".join(f"aw_id={string(one)}" for one in ids)
        kind = f"index={string(index_of(self._tenant))} sourcetype={sourcetype('events')}"
        return f"search {kind} ({wanted}) | dedup aw_id | table _raw"

    def _is_mine(self, match: Match) -> bool:
        return match.tenant == self._tenant.id or (self._is_only and not match.tenant)

    def _letter(self, alert: str, reason: str) -> None:
        if len(self.letters) < _MOST_LETTERS:
            self.letters.append((alert, reason))


def whose(tenant: str, or_nobody: bool = False) -> str:
    """Return the part of a search that keeps the rows of a tenant.

    The field is asked by another name. Where it is ours it is indexed, and Splunk would ask the
    index alone for it, also after a pipe that it does away with (Search Manual, "Built-in
    optimization"): in the indexes of Enterprise Security it is not indexed.
    """
    wanted = f"aw_whose={string(tenant)}" + (' OR aw_whose=""' if or_nobody else "")
    return f' | eval aw_whose=coalesce(aw_tenant,"") | where {wanted}'


def has_security(splunkd: Splunkd) -> bool:
    """Is Enterprise Security installed there?"""
    path = f"/services/apps/local/{_SECURITY}"
    return splunkd.entries(path, allow=frozenset({404})) is not None


def _time_ms(row: Row) -> int:
    try:
        return epoch_ms(match_of(row).time)
    except BadAlert:
        return 0


def _event(row: Row) -> Event:
    """Return the event of a row as it was shipped; nothing where it cannot be one."""
    try:
        made = orjson.loads(str(row.get("_raw", "")))
    except orjson.JSONDecodeError:
        return {}
    event = cleaned(flat(made)) if isinstance(made, dict) else {}
    return event if text_of(event, "event.id") and text_of(event, "@timestamp") else {}


def rules_by_id(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Return the rules that alert, by the id that rows carry."""
    return {rule.public_id: rule for rule in rules if rule.alerts}
