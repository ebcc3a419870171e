"""What leaves for whom: nothing by default, and what others gave only as they let it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.test_intel_index import indicator

from agentwarrant.config import Config, load_config
from agentwarrant.errors import AgentWarrantError, ConfigError, ContentErrors
from agentwarrant.intel.bundle import whole
from agentwarrant.intel.feeds import feeds_of
from agentwarrant.intel.partners import may_go, partner_of, restricted_by, sharing_of
from agentwarrant.intel.push import faults_of, objects_in
from agentwarrant.intel.reading import Reader, Terms
from agentwarrant.intel.store import Store

INTEL = """\
  feeds:
    open: {path: a.json}
    closed: {path: b.json, tlp: amber}
  collections:
    sector: {url: "https://taxii.example/root/collections/1/", tlp: green}
    private: {url: "https://taxii.example/root/collections/2/", token: "env:T", definitions: true}
  sharing:
    acme: {tlp: green, collections: [sector, private]}
    globex: {tlp: amber, tell: case, victim: Globex, names: true, links: true,
             own: [globex.example], author: Group, collections: [sector]}
"""


def config(folder: Path, intel: str = INTEL) -> Config:
    path = folder / "agentwarrant.yml"
    path.write_text(
        "targets: {main: {kind: elastic, url: https://localhost:9200}}\n"
        f"tenants: {{acme: {{}}, globex: {{}}, initech: {{}}}}\nintel:\n{intel}"
    )
    return load_config(path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "intel.sqlite")
    yield made
    made.close()


def test_a_tenant_shares_nothing_until_its_policy_says_what(tmp_path: Path) -> None:
    read = config(tmp_path)
    sector = partner_of(read, "sector")
    assert sharing_of(read, "initech") is None
    assert sharing_of(config(tmp_path, "  feeds: {}\n"), "acme") is None
    assert may_go(read, "initech", sector) == "it shares nothing"
    assert may_go(read, "acme", sector) == ""
    assert may_go(read, "globex", sector) == "sector takes no TLP:AMBER"
    assert may_go(read, "globex", partner_of(read, "private")) == "its policy does not name private"


def test_a_policy_says_as_little_as_it_can_and_what_it_is_told_to(tmp_path: Path) -> None:
    read = config(tmp_path)
    least, most = sharing_of(read, "acme"), sharing_of(read, "globex")
    assert least
    assert (least.tell, least.author, least.victim, least.names, least.links) == (
        "infrastructure", "", "", False, False,
    )  # fmt: skip
    assert most
    assert (most.tell, most.author, most.victim, most.names, most.links, most.own) == (
        "case", "Group", "Globex", True, True, ("globex.example",),
    )  # fmt: skip


def test_a_collection_is_found_by_its_name_alone(tmp_path: Path, monkeypatch: Any) -> None:
    read = config(tmp_path)
    with pytest.raises(ConfigError, match="sector"):
        partner_of(read, "sectr")
    with pytest.raises(ConfigError, match="env:T"):
        partner_of(read, "private").access()
    monkeypatch.setenv("T", "a-secret-token")
    assert partner_of(read, "private").access().token == "a-secret-token"  # noqa: S105  # of the test
    assert "a-secret-token" not in repr(partner_of(read, "private"))


@pytest.mark.parametrize(
    ("intel", "what"),
    [
        ("  sharing: {nobody: {tlp: green}}\n", "no tenant is called 'nobody'"),
        ("  sharing: {acme: {tlp: green, collections: [x]}}\n", "no collection is called 'x'"),
        ("  sharing: {acme: {tlp: red}}\n", "red"),
        ("  sharing: {acme: {}}\n", "tlp"),
        ("  sharing: {acme: {tlp: green, names: true}}\n", "tell: case"),
        ("  sharing: {acme: {tlp: green, victim: Acme}}\n", "tell: case"),
        ("  collections: {c: {url: 'http://a.example/', token: 'env:T'}}\n", "unencrypted"),
        ("  collections: {c: {url: 'https://a.example/', token: clear}}\n", "no reference"),
        ("  collections: {c: {token: 'env:T'}}\n", "url"),
    ],
)
def test_a_faulty_policy_is_refused_with_its_place(tmp_path: Path, intel: str, what: str) -> None:
    with pytest.raises(ContentErrors, match=what):
        config(tmp_path, intel)


def test_the_configurations_in_the_manual_are_read(tmp_path: Path, monkeypatch: Any) -> None:
    page = Path(__file__).parents[2] / "docs/intel.md"
    if not page.is_file():
        pytest.skip("the tests run without a checkout beside them")
    blocks = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    texts = [block.replace("\u2026", "") for block in blocks]
    one, other = (re.sub(r"^(#.*\n)?intel:\n", "", text) for text in texts)
    read = config(tmp_path, one + other)
    assert len(list(feeds_of(read))) == 2
    monkeypatch.setenv("TAXII_PASSWORD", "x")
    assert partner_of(read, "sector").access().username == "soc"
    assert may_go(read, "acme", partner_of(read, "sector")) == ""


# What others gave -----------------------------------------------------------------------------

MARKS = {
    "clear": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "green": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "amber": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "amber+strict": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "red": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


@pytest.mark.parametrize(
    ("feed", "level", "told", "stays"),
    [
        ("open", "clear", "clear", False),
        ("open", "green", "green", False),
        ("open", "green", "amber", False),
        ("open", "green", "clear", True),
        ("open", "amber", "amber", True),
        ("open", "amber+strict", "amber+strict", True),
        ("closed", "clear", "amber", True),
        ("gone", "clear", "clear", False),
    ],
)
def test_what_others_gave_goes_on_only_as_they_let_it(
    tmp_path: Path, store: Store, feed: str, level: str, told: str, stays: bool
) -> None:
    item = indicator("[domain-name:value = 'a.example']", object_marking_refs=[MARKS[level]])
    Reader(store, Terms(feed)).take([item])
    assert restricted_by(config(tmp_path), store, told)(item["id"]) is stays


def test_the_strictest_of_all_who_gave_it_counts(tmp_path: Path, store: Store) -> None:
    item = indicator("[domain-name:value = 'a.example']")
    Reader(store, Terms("open")).take([item])
    assert not restricted_by(config(tmp_path), store, "green")(item["id"])
    Reader(store, Terms("closed")).take([item])
    assert restricted_by(config(tmp_path), store, "green")(item["id"])


def test_what_nobody_knows_any_more_stays(tmp_path: Path, store: Store) -> None:
    read = config(tmp_path)
    assert restricted_by(read, store, "amber")("indicator--gone")
    assert restricted_by(read, None, "amber")("indicator--gone")


# Before anything leaves -----------------------------------------------------------------------


def test_what_is_valid_and_marked_as_it_may_be_has_no_faults() -> None:
    item = indicator("[domain-name:value = 'a.example']", object_marking_refs=[MARKS["green"]])
    assert list(faults_of([item], "green")) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"pattern": "[a:b = "}, "is no STIX 2.1"),
        ({"pattern": None}, "is no STIX 2.1"),
        ({"id": "indicator--1"}, "is no STIX 2.1"),
        ({"valid_until": "2025-01-01T00:00:00.000Z"}, "is no STIX 2.1"),
        ({"object_marking_refs": [MARKS["amber"]]}, "is marked TLP:AMBER"),
        ({"object_marking_refs": [MARKS["red"]]}, "an object is marked TLP:RED"),
        ({"object_marking_refs": ["marking-definition--x"]}, "is marked TLP:AMBER"),
    ],
)
def test_what_may_not_leave_is_said_a_line_each(change: dict[str, Any], what: str) -> None:
    item = {**indicator("[domain-name:value = 'a.example']"), **change}
    lines = list(faults_of([item], "green"))
    assert any(what in line for line in lines), lines
    assert all("\n" not in line for line in lines)


@pytest.mark.parametrize("document", [None, [], {}, {"objects": [1]}, {"objects": [{}]}])
def test_what_is_no_bundle_is_refused(document: Any) -> None:
    with pytest.raises(AgentWarrantError, match=r"x\.json"):
        objects_in(document, "x.json")
    assert objects_in(whole([]), "x.json") == []
