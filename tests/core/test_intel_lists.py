"""The shipped threat lists as a bundle: valid, the same each time, with who says so since when."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stix2patterns.validator import run_validator
from stix2validator import ValidationOptions, validate_string
from tests.core.test_intel_index import event

from agentwarrant.intel.index import Index
from agentwarrant.intel.lists import lists_bundle
from agentwarrant.intel.reading import Reader, Terms
from agentwarrant.intel.store import Store
from agentwarrant.schema import load
from agentwarrant.threatlists import LISTS


def indicators(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in bundle["objects"] if one["type"] == "indicator"]


def test_every_entry_is_an_indicator_with_its_source_and_date() -> None:
    shipped = load("threat_lists.json")
    entries = [one for name in LISTS for one in shipped[name]]
    made = indicators(lists_bundle())
    assert len(made) == len(entries) > 10
    for entry, one in zip(entries, made, strict=True):
        assert one["name"] == entry["name"]
        assert one["external_references"][0]["source_name"] == entry["source"]
        assert one["valid_from"][:10] == one["created"][:10] == entry["date"]
        assert entry["value"] in one["pattern"]


def test_it_is_valid_to_oasis_and_so_are_its_patterns() -> None:
    bundle = lists_bundle()
    options = ValidationOptions(strict=True, version="2.1", enforce_refs=True)
    result = validate_string(json.dumps(bundle), options)
    assert [str(error) for error in result.errors] == []
    for one in indicators(bundle):
        assert run_validator(one["pattern"], stix_version="2.1") == [], one["pattern"]


def test_the_same_lists_are_the_same_bytes_and_an_entry_keeps_its_id() -> None:
    assert json.dumps(lists_bundle()) == json.dumps(lists_bundle())
    shipped = load("threat_lists.json")
    fewer = {**shipped, "hosts": [], "agent_networks": shipped["agent_networks"][1:]}
    known = {one["id"] for one in indicators(lists_bundle())}
    left = {one["id"] for one in indicators(lists_bundle(fewer))}
    assert left < known
    assert len(known - left) == 1 + len(shipped["hosts"])


OWN = {
    "agent_networks": [{"value": "net.example", "until": "2027-01-01"}],
    "hosts": [{"value": "198.51.100.7"}, {"value": "2001:db8::7"}, {"value": "c2.example"}],
    "packages": [{"value": "it's-bad"}, {"value": "kit.zip"}],
    "publishers": [{"value": "mallory"}],
    "burned_keys": [{"value": "ab" * 32}],
    "skill_registries": [{"value": "skills.example"}],
}
LISTED: dict[str, Any] = {
    name: [{"name": "x", "source": "s", "date": "2026-02-01", **one} for one in entries]
    for name, entries in OWN.items()
}


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"url__domain": "net.example"}, 1),
        ({"url__domain": "a.net.example"}, 1),
        ({"url__domain": "anet.example"}, 0),
        ({"destination__ip": "198.51.100.7"}, 1),
        ({"destination__ip": "2001:db8::7"}, 1),
        ({"destination__address": "c2.example:443"}, 1),
        ({"package__name": "it's-bad@1.2"}, 1),
        ({"file__path": "/srv/kit.zip"}, 1),
        ({"package__name": "mallory/tool"}, 1),
        ({"package__name": "@mallory/tool@2"}, 1),
        ({"package__name": "tool/mallory"}, 0),
        ({"url__domain": "skills.example"}, 0),
    ],
)
def test_whoever_takes_it_in_finds_what_is_on_the_lists(
    tmp_path: Any, fields: dict[str, Any], count: int
) -> None:
    store = Store(tmp_path / "intel.sqlite")
    reader = Reader(store, Terms("others"))
    reader.take(lists_bundle(LISTED)["objects"])
    assert dict(reader.report.refused) == {"benign": 1}
    assert len(Index(store).of(event(**fields))) == count
    store.close()


def test_an_entry_that_runs_out_says_so() -> None:
    ends = [one.get("valid_until") for one in indicators(lists_bundle(LISTED))]
    assert ends[0] == "2027-01-01T00:00:00.000Z"
    assert set(ends[1:]) == {None}
