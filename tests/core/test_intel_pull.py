"""Files of others: STIX in its shapes, MISP's events, and what is neither."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.test_intel_index import event, indicator

from agentwarrant.errors import UnreadableFile
from agentwarrant.intel.index import Index
from agentwarrant.intel.pull import pull_file
from agentwarrant.intel.reading import Terms
from agentwarrant.intel.store import Store

TERMS = Terms("files")
ONE = indicator("[domain-name:value = 'a.example']")
TWO = indicator("[domain-name:value = 'b.example']")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "intel.sqlite")
    yield made
    made.close()


SHAPES = {
    "a bundle": json.dumps({"type": "bundle", "id": "bundle--1", "objects": [ONE, TWO]}),
    "an envelope": json.dumps({"more": False, "objects": [ONE, TWO]}),
    "a list": json.dumps([ONE, TWO]),
    "a line each": f"{json.dumps(ONE)}\n\n{json.dumps(TWO)}\n",
    "bundles, a line each": "\n".join(json.dumps({"objects": [one]}) for one in (ONE, TWO)),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
def test_stix_is_taken_in_any_shape(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed.json"
    path.write_text(text)
    assert pull_file(path, store, TERMS).taken == 2
    assert pull_file(path, store, TERMS).known == 2


def misp(**changes: Any) -> dict[str, Any]:
    attributes: list[dict[str, Any]] = [
        {"type": "domain", "value": "Evil.example"},
        {"type": "ip-dst", "value": "91.92.242.30"},
        {"type": "ip-src", "value": "10.9.0.0/16"},
        {"type": "domain|ip", "value": "c2.example|203.0.113.9"},
        {"type": "filename|sha256", "value": f"it's.zip|{'ab' * 32}"},
        {"type": "btc", "value": "bc1qexample"},
        {"type": "url", "value": "https://evil.example/x.sh"},
        {"type": "comment", "value": "only a comment"},
        {"type": "domain", "value": "no-ids.example", "to_ids": False},
    ]
    listed = [
        {
            "uuid": f"5f0e5c0e-9d55-4f3c-8d9f-{n:012d}",
            "to_ids": True,
            "timestamp": "1770000000",
            **one,
        }
        for n, one in enumerate(attributes)
    ]
    made = {
        "info": "a campaign",
        "published": True,
        "threat_level_id": "1",
        "Tag": [{"name": "tlp:amber"}],
        "Attribute": listed[:5],
        "Object": [{"name": "wallet", "Attribute": listed[5:]}],
        **changes,
    }
    return {"response": [{"Event": made}]}


def test_what_misp_hands_to_detection_is_taken(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "misp.json"
    path.write_text(json.dumps(misp()))
    assert pull_file(path, store, TERMS).taken == 7
    index = Index(store)
    for fields in (
        {"url__domain": "evil.example"},
        {"destination__ip": "91.92.242.30"},
        {"source__ip": "10.9.8.7"},
        {"destination__ip": "203.0.113.9"},
        {"file__path": "/srv/it's.zip"},
        {"warrant__payment__beneficiary": "bc1qexample"},
    ):
        (found,) = index.of(event(**fields))
        assert (found.tlp, found.confidence) == ("amber", 85)
    assert index.of(event(url__domain="no-ids.example")) == []


@pytest.mark.parametrize(
    ("changes", "taken", "refused"),
    [
        ({"published": False}, 0, {}),
        ({"Tag": [{"name": "tlp:red"}]}, 0, {"red": 7}),
        ({"Attribute": None, "Object": "x", "Tag": 7}, 0, {}),
    ],
)
def test_what_misp_does_not_publish_or_marks_red_is_not(
    store: Store, tmp_path: Path, changes: dict[str, Any], taken: int, refused: dict[str, int]
) -> None:
    path = tmp_path / "misp.json"
    path.write_text(json.dumps(misp(**changes)))
    report = pull_file(path, store, TERMS)
    assert (report.taken, dict(report.refused)) == (taken, refused)


@pytest.mark.parametrize("text", ["no json", '{"type": "indicator"', "\x00\x01", "[" * 100_000])
def test_what_is_no_json_is_refused_with_its_name(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=r"feed\.json"):
        pull_file(path, store, TERMS)


@pytest.mark.parametrize("text", ["7", '"text"', "null", "[]", "{}", '{"objects": [[[]], {}, 1]}'])
def test_json_without_objects_takes_nothing(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "feed.json"
    path.write_text(text)
    assert pull_file(path, store, TERMS).taken == 0


def test_a_file_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.json"):
        pull_file(tmp_path / "gone.json", store, TERMS)
