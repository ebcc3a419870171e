"""Runs rendered rules on a real Elasticsearch, and the same events through the embedded engine.

A rule about single events is asked about every event of all rules, and the answers are compared
event by event. A correlation is asked about cases, each a few events under a tenant of its own:
tenants are walls, so many cases are one query; groups and moments are compared.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch

from agentwarrant.event import Event, epoch_ms, iso_from_ms, text_of
from agentwarrant.rules.check import with_parts
from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.siem.elastic.habits import RECENT_MS
from agentwarrant.siem.elastic.mapping import fields
from agentwarrant.siem.elastic.names import pattern, stream
from agentwarrant.siem.elastic.plan import COMPONENT
from agentwarrant.siem.elastic.query import ESQL, Query
from agentwarrant.siem.elastic.templates import streams

TENANT = "organization.id"
REMEMBERING = ("new_value", "rate_baseline")
Group = tuple[str, ...]
Moments = dict[Group, tuple[int, int, int]]
"""By group: the first moment that matches, the last, and how many there are."""
_CHUNK = 5_000
_MOST = 9_999


@dataclass(frozen=True, slots=True)
class Case:
    """Some events in order of time, under a tenant of their own."""

    name: str
    events: tuple[Event, ...]


@contextmanager
def connected(url: str) -> Iterator[Elasticsearch]:
    """Yield a client of a server that has our templates.

    The server warns of what it leaves out of an answer; each comparison asks for that itself.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client = Elasticsearch(url, request_timeout=120)
        install(client)
        yield client
        client.close()


def install(client: Elasticsearch) -> None:
    """Put the templates of the streams in place; the server knows no lifecycles."""
    for item in streams(fields(), ()):
        body = dict(item.body)
        if item.kind == COMPONENT:
            template = {k: v for k, v in body["template"].items() if k != "data_stream_options"}
            client.cluster.put_component_template(name=item.name, template=template)
        else:
            body["template"] = {}
            client.indices.put_index_template(name=item.name, **body)


def store(client: Elasticsearch, place: str, events: Sequence[Event]) -> None:
    """Store events in the stream of a place, and make them searchable."""
    target = stream("events", place)
    for start in range(0, len(events), _CHUNK):
        lines: list[Any] = []
        for event in events[start : start + _CHUNK]:
            lines += [{"create": {"_id": event["event.id"]}}, event]
        answer = client.bulk(index=target, operations=lines, refresh=True)
        failed = [one["create"]["error"] for one in answer["items"] if "error" in one["create"]]
        assert not failed, failed[:3]


def asked(
    client: Elasticsearch, query: str, place: str, span: tuple[int, int] | None = None
) -> Any:
    """Run ES|QL over the stream of a place, and return the whole answer.

    Args:
        span: The range of times that a run looks at, which Kibana adds as a filter.
    """
    text = query.replace(f"FROM {pattern('events')}", f"FROM {stream('events', place)}")
    assert text != query, "the query names another source"
    body: dict[str, Any] = {"query": f"{text}\n| LIMIT 10000"}
    if span is not None:
        limits = {"gte": span[0], "lte": span[1], "format": "epoch_millis"}
        body["filter"] = {"range": {"@timestamp": limits}}
    answer = client.perform_request(
        "POST",
        "/_query",
        headers={"accept": "application/json", "content-type": "application/json"},
        body=body,
    ).body
    assert not answer.get("is_partial"), answer
    assert len(answer["values"]) < _MOST, "more rows than an answer holds"
    return answer


def rows(answer: Any) -> Iterator[dict[str, Any]]:
    names = [column["name"] for column in answer["columns"]]
    for values in answer["values"]:
        yield dict(zip(names, values, strict=True))


def found_single(client: Elasticsearch, query: Query, place: str, lead: str = "") -> set[str]:
    """Return the ids of the events that a rendered rule about single events finds.

    Args:
        lead: What the ids of the events asked about begin with.
    """
    if query.language == ESQL:
        text = f'{query.text}\n| WHERE STARTS_WITH(event.id, "{lead}")\n| KEEP _id'
        return {row["_id"] for row in rows(asked(client, text, place))}
    asks = [{"kql": {"query": query.text}}, {"prefix": {"event.id": lead}}]
    answer = client.search(
        index=stream("events", place), query={"bool": {"filter": asks}}, size=_MOST, source=False
    )
    hits = answer["hits"]["hits"]
    assert len(hits) < _MOST
    return {hit["_id"] for hit in hits}


def matched_single(rule: Rule, events: Iterable[Event]) -> set[str]:
    """Return the ids of the events that the embedded engine finds."""
    hits = Matcher([rule]).hits
    return {text_of(event, "event.id") for event in events if hits(event)}


def found_groups(
    client: Elasticsearch, query: Query, correlation: Correlation, place: str, now: int
) -> Moments:
    """Return what a rendered correlation finds at a moment."""
    span = None if correlation.kind not in REMEMBERING else (begun(correlation, now), now)
    answer = asked(client, at_moment(query.text, now), place, span)
    made = {}
    for row in rows(answer):
        group = (row[TENANT], *(plain(row[name]) for name in correlation.group_by))
        made[group] = (epoch_ms(row["first_match"]), epoch_ms(row["last_match"]), row["matches"])
    return made


def at_moment(text: str, now: int) -> str:
    """Return a query as it is at a moment: there is no other clock to set."""
    return text.replace("NOW()", f'TO_DATETIME("{iso_from_ms(now)}")')


def plain(value: Any) -> str:
    return str(value).casefold()


def begun(correlation: Correlation, now: int) -> int:
    """Return from when on a run at a moment sees events."""
    window = correlation.window_ms
    if correlation.kind == "new_value":
        return now - correlation.history_ms - RECENT_MS
    slots = max(3, correlation.history_ms // window)
    return (now // window - slots) * window


def matched_groups(rule: Rule, rules: Sequence[Rule], cases: Iterable[Case], now: int) -> Moments:
    """Return what the embedded engine finds in cases, each fed to an engine of its own."""
    made = every_moment(rule, rules, cases, now)
    return {group: (min(found), max(found), len(found)) for group, found in made.items()}


def every_moment(
    rule: Rule,
    rules: Sequence[Rule],
    cases: Iterable[Case],
    now: int | None,
    until: int | None = None,
) -> dict[Group, set[int]]:
    """Return the moments at which the embedded engine matches, by group.

    Args:
        rule: The rule.
        rules: All rules.
        cases: Each is fed to an engine of its own.
        now: When what remembers is asked, for what is recent then; None: for all.
        until: To what moment time goes on after the events; None: it ends with them.
    """
    parts = [replace(one, alerts=one.id == rule.id) for one in with_parts(rule, rules)]
    made: dict[Group, set[int]] = {}
    for case in cases:
        for group, moment in _matches(rule, parts, case.events, now, until):
            made.setdefault(group, set()).add(moment)
    return made


def _matches(
    rule: Rule,
    parts: Sequence[Rule],
    events: Sequence[Event],
    now: int | None,
    until: int | None = None,
) -> Iterator[tuple[Group, int]]:
    correlation = rule.correlation
    assert correlation is not None
    remembers = correlation.kind in REMEMBERING
    matcher, correlator = Matcher(parts), Correlator(parts)
    found = []
    for event in events:
        time = epoch_ms(text_of(event, "@timestamp"))
        if remembers and now is not None and not begun(correlation, now) <= time <= now:
            continue
        found += correlator.feed(event, [hit.id for hit in matcher.hits(event)], time)
    ended = correlator.close() if until is None else correlator.feed({}, [], until)
    for match in (*found, *ended):
        moment = last = match.time_ms
        if correlation.kind == "rate_baseline":
            moment = moment // correlation.window_ms * correlation.window_ms
            last = moment + correlation.window_ms - 1
        if remembers and now is not None and last < now - RECENT_MS:
            continue
        yield (str(match.key[0]), *map(plain, match.key[1:])), moment


def found_chained(
    client: Elasticsearch, query: Query, names: Sequence[str], place: str, now: int
) -> set[Group]:
    """Return the groups that a chain of correlations finds at a moment."""
    answer = asked(client, at_moment(query.text, now), place)
    return {(row[TENANT], *(plain(row[name]) for name in names)) for row in rows(answer)}


def matched_chained(
    rule: Rule, rules: Sequence[Rule], cases: Iterable[Case], now: int
) -> set[Group]:
    """Return the groups that the embedded engine finds, once time has gone on to a moment."""
    parts = [replace(one, alerts=one.id == rule.id) for one in with_parts(rule, rules)]
    made = set()
    for case in cases:
        matcher, correlator = Matcher(parts), Correlator(parts)
        found = []
        for event in case.events:
            time = epoch_ms(text_of(event, "@timestamp"))
            found += correlator.feed(event, [hit.id for hit in matcher.hits(event)], time)
        found += correlator.feed({}, [], now)
        made |= {(str(match.key[0]), *map(plain, match.key[1:])) for match in found}
    return made


def first_difference(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> str:
    """Return what one side says and the other does not, for a message."""
    for key in sorted({*ours, *theirs}, key=str):
        if ours.get(key) != theirs.get(key):
            return f"{key}: engine {ours.get(key)}, Elasticsearch {theirs.get(key)}"
    return ""
