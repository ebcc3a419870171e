"""From a scan to spools: each tenant's documents in its own stream, nothing lost, nothing more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from agentwarrant.config import Config, Content, Privacy, Shipped, Target, Tenant
from agentwarrant.errors import SpoolFull
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.redact import Redactor
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.siem import outbox as module
from agentwarrant.siem.elastic.outgoing import route
from agentwarrant.siem.outbox import Outbox, spools_in
from agentwarrant.siem.outlet import shipping
from agentwarrant.siem.spool import Spool

MAIN = Target("main", "elastic", ("http://127.0.0.1:9200",))
SAMPLE = (
    Path(__file__).parents[2]
    / "connectors/openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl"
)


def config(state: Path, *tenants: Tenant) -> Config:
    return Config(Path("agentwarrant.yml"), state, {"main": MAIN}, {t.id: t for t in tenants})


def tenant(name: str, events: Shipped = Shipped.ALL, *targets: str) -> Tenant:
    return Tenant(name, targets or ("main",), privacy=Privacy(Content.FULL, events))


def outbox(state: Path, *tenants: Tenant) -> Outbox:
    return Outbox(config(state, *tenants), MAIN, route, Redactor(b"key"))


def event(name: str, tenant: str = "acme") -> Event:
    return {"@timestamp": "2026-11-23T00:00:00.000Z", "event.id": name, "organization.id": tenant}


def finding(name: str, *evidence: Event, context: tuple[Event, ...] = ()) -> Finding:
    return Finding({**event(name), "message": "m", "rule.name": "m"}, evidence, context)


def waiting(state: Path) -> dict[str, list[str]]:
    """Return the ids that wait, by stream."""
    found: dict[str, list[str]] = {}
    for spool in spools_in(state, "main"):
        for segment in spool.segments():
            heads = segment.path.read_bytes().splitlines()[::2]
            ids = [orjson.loads(head)["create"]["_id"] for head in heads]
            found.setdefault(spool.stream, []).extend(ids)
    return found


def test_each_tenant_and_kind_has_a_stream_of_its_own(tmp_path: Path) -> None:
    box = outbox(tmp_path, tenant("acme"), tenant("Umbrella Corp"))
    for item in (event("a"), event("b", "Umbrella Corp"), finding("f", event("a"))):
        box.take(item)
    assert waiting(tmp_path) == {}, "a batch is not together yet"
    assert box.flush() > 0
    assert waiting(tmp_path) == {
        "logs-agentwarrant.events-acme": ["a"],
        "logs-agentwarrant.events-umbrella_corp": ["b"],
        "logs-agentwarrant.findings-acme": ["f"],
    }
    assert box.put == {"events": 2, "findings": 1}


def test_what_belongs_to_nobody_who_ships_there_stays(tmp_path: Path) -> None:
    box = outbox(tmp_path, tenant("acme"), tenant("other", Shipped.ALL, "elsewhere"))
    for item in (event("a"), event("b", "stranger"), event("c", "other")):
        box.take(item)
    box.flush()
    assert waiting(tmp_path) == {"logs-agentwarrant.events-acme": ["a"]}
    assert box.foreign == {"stranger": 1, "other": 1}


@pytest.mark.parametrize(
    ("events", "left", "kept"),
    [(Shipped.ALL, ["a", "b", "c", "d"], 0), (Shipped.EVIDENCE, ["a", "b"], 2),
     (Shipped.FINDINGS, [], 4)],
)  # fmt: skip
def test_the_events_that_leave_are_those_that_the_tenant_wants(
    tmp_path: Path, events: Shipped, left: list[str], kept: int
) -> None:
    box = outbox(tmp_path, tenant("acme", events))
    a, b = event("a"), event("b")
    for item in (a, b, event("c"), finding("f", b, context=(a,)), event("d"), finding("g", b, a)):
        box.take(item)
    box.flush()
    found = waiting(tmp_path)
    assert found.get("logs-agentwarrant.events-acme", []) == left
    assert found["logs-agentwarrant.findings-acme"] == ["f", "g"]
    assert box.kept == kept


def test_evidence_of_another_tenant_does_not_leave_with_a_finding(tmp_path: Path) -> None:
    box = outbox(tmp_path, tenant("acme", Shipped.EVIDENCE), tenant("other"))
    box.take(finding("f", event("a", "other"), event("b")))
    box.flush()
    assert waiting(tmp_path)["logs-agentwarrant.events-acme"] == ["b"]


def test_only_the_first_time_is_without_doubt(tmp_path: Path) -> None:
    def doubts() -> list[bool]:
        box = outbox(tmp_path, tenant("acme"))
        box.take(event("a"))
        box.flush()
        return [segment.doubtful for segment in box.spools[0].segments()]

    assert doubts() == [False]
    assert doubts() == [False, True]
    with shipping(spools_in(tmp_path, "main")[0]) as outlet:
        while batch := outlet.take(10, 1 << 20):
            outlet.settle(batch)
    assert spools_in(tmp_path, "main")[0].segments() == []
    assert doubts() == [True], "what is shipped and gone may be read again"


def test_a_full_batch_goes_to_disk_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    box = outbox(tmp_path, tenant("acme"))
    sizes = [box.take(event(name)) for name in "abcd"]
    assert [bool(size) for size in sizes] == [False, False, True, False]
    assert waiting(tmp_path)["logs-agentwarrant.events-acme"] == ["a", "b", "c"]


def test_nothing_is_lost_or_doubled_where_a_spool_has_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(module, "Spool", lambda folder: Spool(folder, limit=250))
    box = outbox(tmp_path, tenant("acme", Shipped.EVIDENCE))
    ids = [str(number) for number in range(9)]
    taken: list[str] = []

    def drain() -> None:
        for spool in spools_in(tmp_path, "main"):
            taken.extend(waiting(tmp_path).get(spool.stream, []))
            with shipping(spool) as outlet:
                while batch := outlet.take(10, 1 << 20):
                    outlet.settle(batch)

    full = 0
    for first in range(0, 9, 3):
        try:
            box.take(finding(f"f{first}", *(event(name) for name in ids[first : first + 3])))
        except SpoolFull:
            full += 1
            drain()
            box.flush()
    drain()
    box.flush()
    drain()
    assert full > 0
    assert sorted(taken) == sorted([*ids, "f0", "f3", "f6"])


def test_a_real_log_is_put_in_whole_and_each_document_says_when(tmp_path: Path) -> None:
    if not SAMPLE.is_file():
        pytest.skip("the tests run without a checkout beside them")
    rules = [rule for rule in load_rules((), pack=True) if is_for_agents(rule)]
    run = Scan.over(rules, tenant="acme")
    box = Outbox(config(tmp_path, tenant("acme")), MAIN, route, run.redactor)
    seen: list[Event] = []
    for item in run.events_and_findings([SAMPLE]):
        if not isinstance(item, Finding):
            seen.append(item)
        box.take(item)
    box.flush()
    (events, *_) = spools_in(tmp_path, "main")
    lines = b"".join(segment.path.read_bytes() for segment in events.segments()).splitlines()
    documents: list[dict[str, Any]] = [orjson.loads(line) for line in lines[1::2]]
    assert [document["event.id"] for document in documents] == [one["event.id"] for one in seen]
    assert all("event.ingested" in document for document in documents)
    assert all(document["data_stream.namespace"] == "acme" for document in documents)
    assert box.put["findings"] > 3
