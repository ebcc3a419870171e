"""Indicators are taken on the feed's terms, kept, and found in events as their patterns say."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.stix_draws import patterns, quoted

from agentwarrant.errors import ConfigError
from agentwarrant.intel.anchors import anchors_of, canonical
from agentwarrant.intel.evaluate import matches
from agentwarrant.intel.index import Index
from agentwarrant.intel.marking import marking
from agentwarrant.intel.observe import objects_of
from agentwarrant.intel.patterns import parse
from agentwarrant.intel.reading import Reader, Report, Terms
from agentwarrant.intel.store import PLACE_VARIABLE, Store

TERMS = Terms("feed")
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "intel.sqlite")
    yield made
    made.close()


def indicator(pattern: str, **other: Any) -> dict[str, Any]:
    """Return an indicator; the same pattern has the same id."""
    seed = uuid.UUID("11111111-1111-4111-8111-111111111111")
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.uuid5(seed, pattern)}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "valid_from": "2026-01-01T00:00:00Z",
        "pattern_type": "stix",
        "pattern": pattern,
        **other,
    }


def take(store: Store, *items: Any, terms: Terms = TERMS) -> Report:
    reader = Reader(store, terms)
    reader.take(items)
    return reader.report


def event(**fields: Any) -> dict[str, Any]:
    made = {"@timestamp": "2026-06-01T00:00:00.000Z", "organization.id": "acme"}
    return {**made, **{name.replace("__", "."): value for name, value in fields.items()}}


def found(store: Store, **fields: Any) -> list[str]:
    """Return the patterns of the indicators that an event is of."""
    return [one.pattern for one in Index(store).of(event(**fields))]


SEEN = [
    ("[domain-name:value = 'evil.example']", {"url__domain": "evil.example"}),
    ("[domain-name:value = 'Evil.EXAMPLE']", {"destination__address": "evil.example:443"}),
    ("[ipv4-addr:value ISSUBSET '91.92.0.0/16']", {"destination__ip": "91.92.242.30"}),
    ("[ipv4-addr:value = '91.92.242.30']", {"destination__address": "91.92.242.30:80"}),
    ("[ipv6-addr:value = '2001:db8::1']", {"source__ip": "2001:db8::1"}),
    ("[url:value LIKE 'https://evil.example/%.sh']", {"url__full": "https://evil.example/a/b.sh"}),
    ("[url:value MATCHES 'glot[.]io/snippets']", {"url__full": "https://glot.io/snippets/x"}),
    (
        "[software:name = 'clawhub1' AND software:version = '1.2']",
        {"package__name": "clawhub1@1.2"},
    ),
    ("[email-addr:value = 'x@evil.example']", {"user__email": "X@evil.example"}),
    (
        "[x-agentwarrant-wallet:value = '0xabc']",
        {"warrant__payment__beneficiary": "0xabc"},
    ),
    ("[x-agentwarrant-agent-card:hash = 'c4f3']", {"warrant__peer__card_hash": "c4f3"}),
    ("[file:name = 'openclaw-agent.zip']", {"file__path": "/srv/dl/openclaw-agent.zip"}),
    (
        "[domain-name:value = 'a.example' OR ipv4-addr:value IN ('1.2.3.4', '1.2.3.5')]",
        {"destination__ip": "1.2.3.5"},
    ),
]


@pytest.mark.parametrize(("pattern", "fields"), SEEN, ids=[pattern for pattern, _ in SEEN])
def test_an_event_is_of_the_indicator_that_describes_it(
    store: Store, pattern: str, fields: dict[str, Any]
) -> None:
    others = [indicator(other) for other, _ in SEEN if other != pattern]
    take(store, indicator(pattern), *others)
    assert pattern in found(store, **fields)
    assert found(store, url__domain="good.example", package__name="left-pad") == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(patterns, min_size=1, max_size=6, unique=True),
    st.sampled_from(["a.example", "evil", "axe.example"]),
    st.sampled_from(["AB", "b.example"]),
    st.sampled_from(["10.0.0.1", "11.0.0.1"]),
)
def test_what_is_looked_up_is_what_asking_every_pattern_finds(
    tmp_path: Path, listed: list[str], host: str, package: str, address: str
) -> None:
    fields = {"url__domain": host, "package__name": package, "destination__ip": address}
    trees = {one: canonical(parse(one)) for one in listed}
    known = {one for one, tree in trees.items() if anchors_of(tree)}
    expected = {one for one in known if matches(trees[one], objects_of(event(**fields)))}
    store = Store(tmp_path / f"{uuid.uuid4()}.sqlite")
    try:
        report = take(store, *map(indicator, listed))
        assert report.taken == len(known)
        assert set(found(store, **fields)) == expected
    finally:
        store.close()


def test_what_is_sent_again_is_there_once_and_a_newer_version_replaces_it(store: Store) -> None:
    old = indicator("[domain-name:value = 'a.example']")
    new = {
        **old,
        "modified": "2026-02-01T00:00:00Z",
        "pattern": "[domain-name:value = 'b.example']",
    }
    assert take(store, old, old).known == 1
    assert take(store, new).taken == 1
    assert take(store, old).known == 1
    assert found(store, url__domain="a.example") == []
    assert found(store, url__domain="b.example") == [new["pattern"]]


def test_what_is_revoked_is_forgotten(store: Store) -> None:
    item = indicator("[domain-name:value = 'a.example']")
    take(store, item)
    assert take(store, {**item, "revoked": True}).revoked == 1
    assert found(store, url__domain="a.example") == []


def test_an_indicator_counts_only_in_its_time(store: Store) -> None:
    pattern = "[domain-name:value = 'a.example']"
    take(store, indicator(pattern, valid_until="2099-01-01T00:00:00Z"))
    take(store, indicator(f"{pattern} ", valid_from="2026-07-01T00:00:00Z"))
    assert found(store, url__domain="a.example") == [pattern]


def test_the_terms_end_what_says_no_end_itself(store: Store) -> None:
    item = indicator("[domain-name:value = 'a.example']")
    assert take(store, item, terms=Terms("feed", longest=30)).refused == {"run out": 1}
    assert take(store, item, terms=Terms("feed", longest=36_500)).taken == 1
    assert found(store, url__domain="a.example") == [item["pattern"]]
    assert (store.expire("2125-01-01"), store.expire("2126-01-01")) == (0, 1)
    assert found(store, url__domain="a.example") == []


def test_an_indicator_of_one_tenant_says_nothing_of_another(store: Store) -> None:
    pattern = "[domain-name:value = 'a.example']"
    take(store, indicator(pattern), terms=Terms("feed", tenant="globex"))
    assert found(store, url__domain="a.example") == []
    assert found(store, url__domain="a.example", organization__id="globex") == [pattern]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"pattern": "[a:b = "}, "no pattern"),
    ({"pattern": None}, "no pattern"),
    ({"pattern": "[a:b != 'x']"}, "nothing to look it up by"),
    ({"pattern": "[a:b = 'x'] FOLLOWEDBY [a:b = 'y']"}, "cannot be told"),
    ({"pattern_type": "snort"}, "another language"),
    ({"id": "indicator--1"}, "no id"),
    ({"confidence": 10}, "too unsure"),
    ({"valid_until": "2026-02-01T00:00:00Z"}, "run out"),
    ({"valid_from": "yesterday"}, "no time"),
]


@pytest.mark.parametrize(("fault", "kind"), REFUSED, ids=[kind for _, kind in REFUSED])
def test_what_is_not_taken_is_counted_with_its_reason(
    store: Store, fault: dict[str, Any], kind: str
) -> None:
    item = {**indicator("[domain-name:value = 'a.example']"), **fault}
    report = take(store, item, 7, None, {"type": "malware"}, terms=Terms("feed", least=20))
    assert (report.taken, dict(report.refused), report.others) == (0, {kind: 1}, 1)
    assert len(report.why) == 1


@pytest.mark.parametrize(
    "marks",
    [
        {"object_marking_refs": [RED]},
        {"granular_markings": [{"marking_ref": RED, "selectors": ["pattern"]}]},
        {"object_marking_refs": ["marking-definition--00000000-0000-4000-8000-000000000001"]},
    ],
)
def test_of_what_is_marked_red_nothing_is_kept_or_told(
    tmp_path: Path, marks: dict[str, Any]
) -> None:
    own = {
        "type": "marking-definition",
        "id": "marking-definition--00000000-0000-4000-8000-000000000001",
        "definition_type": "tlp",
        "definition": {"tlp": "red"},
    }
    item = indicator("[domain-name:value = 'secret-host.example']", name="secret name", **marks)
    path = tmp_path / "intel.sqlite"
    store = Store(path)
    report = take(store, own, item)
    store.close()
    assert report.refused == {"red": 1}
    written = repr(report).encode() + b"".join(p.read_bytes() for p in tmp_path.iterdir())
    for secret in (b"secret-host", b"secret name", item["id"].encode()):
        assert secret not in written


def test_sightings_add_up_by_tenant(store: Store) -> None:
    take(store, indicator("[domain-name:value = 'a.example']"))
    (one,) = Index(store).of(event(url__domain="a.example"))
    store.saw(one, "acme", 2, "2026-06-02", "2026-06-03")
    store.saw(one, "acme", 3, "2026-06-01", "2026-06-02")
    (seen,) = store.sightings()
    assert seen == ("feed", one.id, "acme", 5, "2026-06-01", "2026-06-03")


def test_sightings_are_kept_though_nobody_wants_the_rest_of_the_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "seen.sqlite"
    monkeypatch.setenv(PLACE_VARIABLE, str(path))
    store = Store(path)
    take(store, indicator("[domain-name:value = 'a.example']"))

    def marked() -> Iterator[dict[str, Any]]:
        with marking() as marker:
            for one in (event(url__domain="a.example"), event(url__domain="a.example")):
                if marker:
                    marker.mark(one)
                yield one

    events = marked()
    next(events)
    del events  # closed where it stands
    assert [seen.times for seen in store.sightings()] == [1]
    store.close()


def test_a_file_that_cannot_be_written_is_one_clear_error(store: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "intel.sqlite") as other:
        other.execute("DROP TABLE keys")
    with pytest.raises(ConfigError, match="cannot be written"):
        take(store, indicator("[domain-name:value = 'a.example']"))
    assert store.counts() == {}


def test_a_file_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "intel.sqlite"
    path.write_text("these are no indicators, and long enough to be read as a header" * 9)
    with pytest.raises(ConfigError):
        Store(path)


@given(st.text(max_size=40))
def test_any_text_can_be_the_value_of_a_pattern(text: str) -> None:
    found = anchors_of(parse(f"[software:name = {quoted(text)}]"))
    assert [anchor.text for anchor in found or ()] == [text]
