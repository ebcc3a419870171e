"""Threat lists: what is known, with source and date, and how a feed adds to it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant import feed, threatlists
from agentwarrant.errors import AgentWarrantError, ContentError, PathNotFound, UsageError
from agentwarrant.event import Event
from agentwarrant.redact import Redactor
from agentwarrant.schema import load
from agentwarrant.threatlists import ThreatLists

TODAY = "2026-11-28"
KEY = "acmesecret_sk_A1b2C3d4E5f6G7h8I9j0"


def entry(value: str, **more: str) -> dict[str, str]:
    return {"value": value, "name": "Bad", "source": "a test", "date": "2026-11-01", **more}


def document(**lists: Any) -> dict[str, Any]:
    return {"form": 1, "updated": TODAY, **lists}


def lists_of(**lists: Any) -> ThreatLists:
    made = ThreatLists()
    made.add(document(**lists), TODAY)
    return made


def matched(lists: ThreatLists, **event: Any) -> list[str]:
    made: Event = {name.replace("__", "."): value for name, value in event.items()}
    lists.mark(made)
    found = made.get("warrant.threat.matched", [])
    assert isinstance(found, list)
    return [str(one) for one in found]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "kept" / "lists.json"
    monkeypatch.setenv(threatlists.PLACE_VARIABLE, str(path))
    threatlists.current.cache_clear()
    yield path
    monkeypatch.undo()
    threatlists.current.cache_clear()


def test_the_shipped_lists_are_of_the_form_that_a_feed_must_have() -> None:
    shipped = load("threat_lists.json")
    assert feed.checked(orjson.dumps(shipped), "shipped") == shipped


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("evil.example", True),
        ("a.b.evil.example", True),
        ("EVIL.example:8443", True),
        ("notevil.example", False),
        ("evil.example.org", False),
        ("example", False),
    ],
)
def test_a_host_is_listed_with_all_below_it_and_nothing_beside_it(host: str, found: bool) -> None:
    lists = lists_of(hosts=[entry("evil.example")])
    assert bool(matched(lists, destination__address=host)) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("badskill", ["packages:badskill"]),
        ("someone/badskill@1.2.0", ["packages:badskill"]),
        ("badguy/anything", ["publishers:badguy"]),
        ("@badguy/anything@2", ["publishers:badguy"]),
        ("goodguy/badguy", []),
        ("badskill-tools", []),
    ],
)
def test_packages_and_publishers_are_told_by_their_whole_name(name: str, found: list[str]) -> None:
    lists = lists_of(packages=[entry("badskill")], publishers=[entry("badguy")])
    assert matched(lists, package__name=name) == found


def test_an_entry_that_has_run_out_does_not_count() -> None:
    over = [entry("evil.example", until="2026-11-28")]
    assert matched(lists_of(hosts=over), url__domain="evil.example") == []


def test_a_feed_may_let_a_shipped_entry_run_out() -> None:
    lists = lists_of(hosts=[entry("evil.example")])
    lists.add(document(hosts=[entry("evil.example", until="2026-11-01")]), TODAY)
    assert matched(lists, url__domain="evil.example") == []


def test_a_match_says_what_it_is_who_says_so_and_since_when() -> None:
    made: Event = {"url.domain": "evil.example"}
    lists_of(hosts=[entry("evil.example")]).mark(made)
    assert made["warrant.threat.name"] == ["Bad (a test, 2026-11-01)"]


def test_an_event_that_meets_nothing_is_left_as_it_was() -> None:
    made: Event = {"url.domain": "good.example", "destination.address": "good.example"}
    lists_of(hosts=[entry("evil.example")]).mark(made)
    assert set(made) == {"url.domain", "destination.address"}


def test_a_feed_is_put_into_place_and_counts_with_what_is_shipped(
    place: Path, tmp_path: Path
) -> None:
    source = tmp_path / "feed.json"
    source.write_bytes(orjson.dumps(document(hosts=[entry("evil.example")])))
    assert feed.refresh(str(source))["hosts"] == 1
    lists = threatlists.current()
    assert matched(lists, url__domain="evil.example") == ["hosts:evil.example"]
    assert lists.host("agent_networks", "www.moltbook.com") is not None


def test_a_burned_key_is_told_by_its_hash_and_never_kept(place: Path, tmp_path: Path) -> None:
    source = tmp_path / "feed.json"
    burned = [entry(sha256(KEY.encode()).hexdigest())]
    source.write_bytes(orjson.dumps(document(burned_keys=burned)))
    feed.refresh(str(source))
    text, kinds = Redactor(b"k").text(f"Authorization: {KEY}")
    assert "burned_key" in kinds
    assert KEY not in text
    found = matched(threatlists.current(), warrant__secret__types=sorted(kinds))
    assert found == ["burned_keys:key"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"form": 2, "updated": "2026-11-28"}',
        b'{"form": 1, "updated": "yesterday"}',
        orjson.dumps(document(hosts=[entry("com")])),
        orjson.dumps(document(hosts=[entry("*.example")])),
        orjson.dumps(document(hosts=[{"value": "evil.example"}])),
        orjson.dumps(document(burned_keys=[entry("AKIAIOSFODNN7EXAMPLE")])),
        orjson.dumps(document(unknown=[])),
    ],
)
def test_a_broken_feed_is_refused_whole_and_what_was_there_stays(
    place: Path, tmp_path: Path, body: bytes
) -> None:
    source = tmp_path / "feed.json"
    source.write_bytes(orjson.dumps(document(hosts=[entry("evil.example")])))
    feed.refresh(str(source))
    before = place.read_bytes()
    source.write_bytes(body)
    with pytest.raises(ContentError):
        feed.refresh(str(source))
    assert place.read_bytes() == before
    assert [one.name for one in place.parent.iterdir()] == [place.name]


def test_a_feed_of_another_hash_is_refused(place: Path, tmp_path: Path) -> None:
    source = tmp_path / "feed.json"
    source.write_bytes(orjson.dumps(document()))
    with pytest.raises(ContentError, match="SHA-256"):
        feed.refresh(str(source), "0" * 64)
    feed.refresh(str(source), sha256(source.read_bytes()).hexdigest())


def test_a_feed_comes_over_https_or_from_a_file_that_is_there(place: Path) -> None:
    with pytest.raises(UsageError):
        feed.refresh("http://feeds.example/lists.json")
    with pytest.raises(PathNotFound):
        feed.refresh("nowhere.json")
    with pytest.raises(AgentWarrantError, match="cannot be fetched"):
        feed.refresh("https://127.0.0.1:1/lists.json")


def test_lists_that_cannot_be_read_leave_the_shipped_ones(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(b"\x00garbage")
    assert threatlists.current().host("agent_networks", "moltbook.com") is not None


@given(st.text(max_size=300), st.text(max_size=300))
def test_hostile_names_and_hosts_match_nothing_and_stop_nothing(host: str, name: str) -> None:
    lists = lists_of(hosts=[entry("evil.example")], packages=[entry("badskill")])
    found = matched(lists, url__domain=host, package__name=name)
    assert not found or "evil.example" in host.casefold() or "badskill" in name.casefold()
