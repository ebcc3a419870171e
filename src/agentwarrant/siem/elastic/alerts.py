"""Alerts of Kibana taken into our triage (``siem.inbox``).

Polled from ``.alerts-security.alerts-<space>`` with a point in time and ``search_after``; an alert
is known by its ``kibana.alert.uuid``.

Needs the extra ``elastic``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentwarrant.event import Event, text_of
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.model import Rule
from agentwarrant.siem import inbox
from agentwarrant.siem.alertcursor import Cursor
from agentwarrant.siem.elastic import names
from agentwarrant.siem.elastic.alertdoc import (
    RULE_TAG,
    TENANT,
    Alert,
    BadAlert,
    alert_of,
    event_of,
    finding_from,
)
from agentwarrant.siem.elastic.gathering import MOST, Gatherer

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

PAGE = 200
_MOST_EVENTS = 60
_MOST_LETTERS = 1_000
_KEEP_ALIVE = "2m"

Asking = Callable[[], AbstractContextManager[None]]
"""Turns what the client raises into errors of ours (``client.asking`` with its target)."""


class AlertSource:
    """Reads the alerts of one Kibana space.

    Args:
        client: Of the cluster; its user may read the alerts and our data streams.
        asking: Around every call of the client.
        space: The space.
        tenants: Whose alerts may stand in it; an alert of another one is not taken.
        rules: By ``rule_id`` (``alertdoc.rules_by_id``).
        known: All rules, those that others read among them.
        cases: Gives findings their cases.
        every: Take the alerts of all rules, not only of ours.

    Attributes:
        letters: Ids of alerts that could not be taken, each with its reason.
    """

    def __init__(
        self,
        client: Elasticsearch,
        asking: Asking,
        *,
        space: str = "default",
        tenants: AbstractSet[str] = frozenset({"default"}),
        rules: Mapping[str, Rule] | None = None,
        known: Sequence[Rule] = (),
        cases: CaseBook | None = None,
        every: bool = False,
    ) -> None:
        self._client = client
        self._asking = asking
        self._space = space
        self._tenants = tenants
        self._rules = rules or {}
        self._gatherer = Gatherer(known)
        self._cases = cases or CaseBook()
        self._every = every
        self.letters: list[tuple[str, str]] = []

    @property
    def index(self) -> str:
        """The alias of the space's alerts."""
        return f".alerts-security.alerts-{self._space}"

    def pages(self, cursor: Cursor) -> Iterator[list[Alert]]:
        """Yield the alerts since a cursor that it has not had, in order of time, page by page.

        Raises:
            TargetRefused: The user may not read them.
            TargetUnreachable: The cluster did not answer, or not with all of them.
        """
        since: dict[str, Any] = {"range": {"@timestamp": {"gte": cursor.begin}}}
        must_not = [
            {"exists": {"field": "kibana.alert.building_block_type"}},
            {"term": {"kibana.alert.workflow_status": "closed"}},
        ]
        for hits in self._searched(
            {"bool": {"filter": [since, *self._ours()], "must_not": must_not}}
        ):
            found = [one for one in map(self._read, hits) if one and one.id not in cursor.seen]
            if found:
                yield found

    def named(self, ids: Sequence[str]) -> list[Alert]:
        """Return the alerts of some ids that there are; see ``pages`` for what is raised."""
        wanted: dict[str, Any] = {"terms": {"kibana.alert.uuid": list(ids)}}
        pages = self._searched({"bool": {"filter": [wanted, *self._ours()]}})
        return [one for hits in pages for one in map(self._read, hits) if one]

    def findings(self, alerts: Sequence[Alert]) -> list[Finding]:
        """Return the findings of some alerts, with the events that they rest on.

        An alert that cannot be one is named in ``letters``.
        """
        events = self._events(alerts)
        made: list[Finding] = []
        for alert in alerts:
            evidence = [events[one] for one in alert.ancestors if one in events][:_MOST_EVENTS]
            try:
                tenant = self._tenant(alert, evidence)
                evidence = evidence or self._gathered(alert, tenant)
                made.append(
                    finding_from(
                        alert, evidence, tenant=tenant, rules=self._rules, cases=self._cases
                    )
                )
            except BadAlert as error:
                self._letter(alert.id, str(error))
        return made

    def _ours(self) -> list[dict[str, Any]]:
        return [] if self._every else [{"term": {"kibana.alert.rule.tags": RULE_TAG}}]

    def _searched(self, query: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        """Yield the hits of a query, oldest first, from one point in time."""
        with self._asking():
            if not self._client.indices.exists(index=self.index):
                return  # no rule of this space has run yet
            point = self._client.open_point_in_time(index=self.index, keep_alive=_KEEP_ALIVE)["id"]
        try:
            after: list[Any] | None = None
            while True:
                with self._asking():
                    answer = self._client.search(
                        pit={"id": point, "keep_alive": _KEEP_ALIVE},
                        query=query,
                        sort=[{"@timestamp": "asc"}, {"_shard_doc": "asc"}],
                        search_after=after,
                        size=PAGE,
                        allow_partial_search_results=False,
                        track_total_hits=False,
                    )
                point = answer.get("pit_id", point)
                hits = answer["hits"]["hits"]
                if not hits:
                    return
                yield hits
                after = hits[-1]["sort"]
        finally:
            with self._asking():
                self._client.close_point_in_time(id=point)

    def _read(self, hit: Mapping[str, Any]) -> Alert | None:
        try:
            return alert_of(hit.get("_source") or {}, self._space)
        except BadAlert as error:
            self._letter(str(hit.get("_id")), str(error))
            return None

    def _events(self, alerts: Sequence[Alert]) -> dict[tuple[str, str], Event]:
        """Return the events that alerts rest on, by index and id, as far as they are there."""
        wanted = dict.fromkeys(
            one for alert in alerts for one in alert.ancestors[:_MOST_EVENTS] if all(one)
        )
        found: dict[tuple[str, str], Event] = {}
        listed = list(wanted)
        for start in range(0, len(listed), PAGE):
            docs = [{"_index": index, "_id": one} for index, one in listed[start : start + PAGE]]
            with self._asking():
                answer = self._client.mget(docs=docs)
            for doc in answer["docs"]:
                event = event_of(doc["_source"]) if doc.get("found") else {}
                if "@timestamp" in event:
                    event.setdefault("event.id", doc["_id"])
                    found[doc["_index"], doc["_id"]] = event
        return found

    def _gathered(self, alert: Alert, tenant: str) -> list[Event]:
        """Return the events behind an alert that names none, as far as they can be told."""
        rule = self._rules.get(alert.text("rule.rule_id"))
        query = self._gatherer.query(alert, rule, tenant) if rule else None
        if rule is None or query is None:
            return []
        with self._asking():
            answer = self._client.search(
                index=names.stream("events", tenant),
                query=query,
                sort=[{"@timestamp": "desc"}],
                size=MOST,
                ignore_unavailable=True,
                track_total_hits=False,
            )
        found = (hit["_source"] for hit in answer["hits"]["hits"])
        return list(self._gatherer.chosen(alert, rule, list(found)))[:_MOST_EVENTS]

    def _tenant(self, alert: Alert, evidence: Sequence[Event]) -> str:
        """Return whose an alert is.

        Raises:
            BadAlert: It is another tenant's, of several ones', or of none where there are many.
        """
        named = {text_of(event, TENANT) for event in (alert.fields, *evidence)} - {""}
        if not named and len(self._tenants) == 1:
            return next(iter(self._tenants))
        if len(named) != 1:
            raise BadAlert("it names several tenants" if named else "it names no tenant")
        (tenant,) = named
        if tenant not in self._tenants:
            raise BadAlert("it is of a tenant that has no part in this space")
        return tenant

    def _letter(self, alert: str, reason: str) -> None:
        if len(self.letters) < _MOST_LETTERS:
            self.letters.append((alert, reason))


class Inbox(inbox.Inbox[Alert]):
    """Takes alerts into triage: polled ones, and those that a webhook names.

    Args:
        source: Where they are read.
        sink: Where their findings go.
        path: The file of the cursor.
        begin: Where to begin when there is no such file.

    Raises:
        ConfigError: The file is no cursor.
    """

    def __init__(self, source: AlertSource, sink: inbox.Sink, path: Path, begin: str) -> None:
        super().__init__(source, sink, path, begin)
        self._alerts = source

    def named(self, ids: Sequence[str]) -> int:
        """Take the alerts of some ids that were not taken yet; return how many."""
        unknown = [one for one in dict.fromkeys(ids) if not self.knows(one)]
        return self.bring(self._alerts.named(unknown)) if unknown else 0
