"""A feed is a stranger's text: whatever it holds, nothing breaks, hangs, or is told that may not.

The same feeds come from a file and from a server that speaks TAXII on loopback.
"""

from __future__ import annotations

import gc
import http.server
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.core.test_intel_index import RED, event, indicator

from agentwarrant.errors import AgentWarrantError, UnreadableFile
from agentwarrant.intel import reading
from agentwarrant.intel.evaluate import like
from agentwarrant.intel.index import Index
from agentwarrant.intel.marking import Marker
from agentwarrant.intel.markings import STRICT
from agentwarrant.intel.patterns import parse
from agentwarrant.intel.pull import pull_file, pull_taxii
from agentwarrant.intel.reading import Reader, Report, Terms
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import LARGEST, Access
from agentwarrant.intel.tokens import PatternError

TERMS = Terms("group")
GOOD = indicator("[domain-name:value = 'evil.example']", name="a kit")
COLLECTION = {"id": "91a7b528-80eb-42ed-a74d-c6fbd5a26116", "title": "x", "can_read": True,
              "can_write": False}  # fmt: skip
TAXII = "application/taxii+json;version=2.1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "intel.sqlite")
    yield made
    made.close()


class Stranger(http.server.BaseHTTPRequestHandler):
    """Answers with the collection, then with what the test gives, whatever it is."""

    server: Any

    def do_GET(self) -> None:
        body = self.server.body if "/objects/" in self.path else self.server.about
        if b"%d" in body:  # another page each time
            self.server.asked += 1
            body %= self.server.asked
        self.send_response(200)
        self.send_header("Content-Type", TAXII)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # whoever asked has had enough
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stranger(body: bytes, about: bytes = json.dumps(COLLECTION).encode()) -> Iterator[Access]:
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    made.body, made.about, made.asked = body, about, 0
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Access("group", f"http://127.0.0.1:{made.server_port}/c/{COLLECTION['id']}/")
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def pulled(way: str, body: bytes, store: Store, folder: Path, terms: Terms = TERMS) -> Report:
    """Take a feed in from a file or from a server."""
    if way == "file":
        path = folder / "feed.json"
        path.write_bytes(body)
        return pull_file(path, store, terms)
    with stranger(body) as access:
        return pull_taxii(access, store, terms, patience=0.001)


def outcome(way: str, body: bytes, store: Store, folder: Path) -> Report | str:
    """Take a feed in; return the report, or the line that says why it cannot be."""
    try:
        return pulled(way, body, store, folder)
    except AgentWarrantError as error:
        return str(error)


def envelope(*items: Any) -> bytes:
    return json.dumps({"objects": items}).encode()


def deep(count: int, inner: str = "1") -> str:
    return '{"a":' * count + inner + "}" * count


def spliced(field: str, value: str) -> bytes:
    """Return a feed with one good indicator and one with a field of any JSON."""
    bad = {**indicator("[domain-name:value = 'b.example']"), field: "HERE"}
    return envelope(bad, GOOD).replace(b'"HERE"', value.encode())


WAYS = pytest.mark.parametrize("way", ["file", "taxii"])
ONE_BAD = {
    "an id that is nested deeply": ("id", deep(400)),
    "an id that is a list": ("id", "[[]]"),
    "a name that is nested deeply": ("name", deep(400)),
    "a time that is a number": ("valid_from", "12345678901234567890123"),
    "a time at the end of the calendar": ("valid_from", '"9999-12-31T23:59:59Z"'),
    "a confidence beyond all numbers": ("confidence", "1" + "0" * 300),
    "a pattern that is an object": ("pattern", deep(3)),
    "a pattern with a number without an end": (
        "pattern",
        json.dumps(f"[file:size = {'9' * 5000} AND file:name = 'x']"),
    ),
    "a pattern of half a character": ("pattern", r'"[domain-name:value = '
                                      "'\\ud800x']\""),
    "a pattern of parentheses": ("pattern", json.dumps("[" + "(" * 5000 + "a:b = 'c'")),
    "a pattern that is too long": ("pattern", json.dumps(f"[a:b = '{'x' * 70_000}']")),
    "a language that is an object": ("pattern_type", deep(400)),
    "markings that are no list": ("object_marking_refs", '{"a": 1}'),
    "markings of any kind": ("granular_markings", '[1, {}, {"marking_ref": []}, null]'),
    "another type": ("type", '"malware"'),
    "a type that is none": ("type", "[]"),
}  # fmt: skip


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Let no garbage of other tests end where a parser has used up the stack."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@WAYS
@pytest.mark.parametrize(("field", "value"), ONE_BAD.values(), ids=ONE_BAD.keys())
def test_what_is_wrong_with_one_object_costs_no_other(
    store: Store, tmp_path: Path, way: str, field: str, value: str
) -> None:
    report = outcome(way, spliced(field, value), store, tmp_path)
    if isinstance(report, str):
        # JSON lets half a character and 300 digits pass, and not every reader of it does
        assert "\n" not in report
        assert field in ("pattern", "confidence")
        return
    assert report.taken + sum(report.refused.values()) + report.others == 2
    assert all(len(line) < 400 and "\n" not in line for line in report.why)
    assert Index(store).of(event(url__domain="evil.example"))


@WAYS
@pytest.mark.parametrize(
    "body",
    [
        "[" * 5000 + "]" * 5000,
        '{"objects": ' + "[" * 900 + "]" * 900 + "}",
        deep(5000),
        '{"objects": [' + deep(3000) + "]}",
        '{"objects": {}}',
        '{"objects": "x", "more": 7}',
        "1" * 10_000,
        "",
        "\ufeff",
    ],
    ids=range(9),
)
def test_json_of_any_shape_is_taken_or_refused_in_one_line(
    store: Store, tmp_path: Path, way: str, body: str, uncollected: None
) -> None:
    report = outcome(way, body.encode(), store, tmp_path)
    assert "\n" not in report if isinstance(report, str) else report.taken == 0
    assert store.counts() == {}


@pytest.mark.parametrize(
    ("encoding", "taken"),
    [("utf-8", 1), ("utf-8-sig", 1), ("utf-16", None), ("utf-32", None), ("latin-1", None)],
)
def test_text_of_another_encoding_is_refused_in_one_line(
    store: Store, tmp_path: Path, encoding: str, taken: int | None
) -> None:
    item = {**GOOD, "name": "caf\xe9"}
    path = tmp_path / "feed.json"
    path.write_bytes(json.dumps({"objects": [item]}, ensure_ascii=False).encode(encoding))
    if taken is None:
        with pytest.raises(UnreadableFile, match=r"feed\.json.* is no JSON"):
            pull_file(path, store, TERMS)
    else:
        assert pull_file(path, store, TERMS).taken == taken


@WAYS
def test_of_keys_that_come_twice_the_last_counts(store: Store, tmp_path: Path, way: str) -> None:
    body = envelope(GOOD).replace(b'"type"', b'"type": "malware", "type"', 1)
    assert pulled(way, body, store, tmp_path).taken == 1


@WAYS
def test_relationships_that_go_in_circles_are_not_followed(
    store: Store, tmp_path: Path, way: str
) -> None:
    ids = [f"relationship--00000000-0000-4000-8000-{n:012d}" for n in range(50)]
    ring = [
        {"type": "relationship", "id": one, "source_ref": one, "target_ref": ids[n - 1]}
        for n, one in enumerate(ids)
    ]
    mark = {"type": "marking-definition", "id": RED[:-1] + "2", "object_marking_refs": [RED]}
    mark["object_marking_refs"] = [mark["id"]]
    report = pulled(way, envelope(*ring, mark, GOOD), store, tmp_path)
    assert (report.taken, report.others) == (1, 51)


# TLP:RED ------------------------------------------------------------------------------------


OWN = "marking-definition--00000000-0000-4000-8000-000000000001"
SAID_RED = {
    "type": "marking-definition", "id": OWN, "definition_type": "tlp", "definition": {"tlp": "red"},
}  # fmt: skip
SECRET = indicator(
    "[domain-name:value = 'secret-host.example']", name="secret name", object_marking_refs=[OWN]
)


def kept_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("intel.sqlite*"))


@WAYS
@pytest.mark.parametrize("pulls", [((SECRET, SAID_RED),), ((SECRET,), (SAID_RED,))])
def test_red_that_is_only_said_after_what_it_marks_leaves_nothing(
    tmp_path: Path, way: str, pulls: tuple[tuple[Any, ...], ...]
) -> None:
    store = Store(tmp_path / "intel.sqlite")
    reports = [pulled(way, envelope(*items), store, tmp_path) for items in pulls]
    assert reports[-1].refused == {"red": 1}
    assert store.counts() == {}
    for secret in (b"secret-host", b"secret name", SECRET["id"].encode()):
        assert secret not in kept_in(tmp_path), secret
        assert secret not in repr(reports[-1]).encode()
    store.close()


def test_a_marking_that_nothing_is_known_of_is_held_strictly(store: Store) -> None:
    Reader(store, TERMS).take([SECRET])
    (found,) = Index(store).of(event(url__domain="secret-host.example"))
    assert found.tlp == STRICT
    reader = Reader(store, TERMS)
    statement = {**SAID_RED, "definition_type": "statement", "definition": {"statement": "(c)"}}
    reader.take([statement, {**SECRET, "modified": "2026-02-01T00:00:00Z"}])
    (found,) = Index(store).of(event(url__domain="secret-host.example"))
    assert found.tlp == "clear"


def test_a_later_word_does_not_loosen_a_marking(store: Store) -> None:
    reader = Reader(store, TERMS)
    reader.take([SAID_RED])
    reader.take([{**SAID_RED, "definition": {"tlp": "white"}}, SECRET])
    assert reader.report.refused == {"red": 1}


def test_the_terms_of_a_feed_make_its_marking_stricter_and_never_looser(store: Store) -> None:
    strict = Terms("group", tlp=STRICT)
    Reader(store, strict).take([GOOD, {**SECRET, "object_marking_refs": [RED]}])
    (found,) = Index(store).of(event(url__domain="evil.example"))
    assert found.tlp == STRICT
    assert store.count("group") == 1


# Size ---------------------------------------------------------------------------------------


def test_an_answer_that_does_not_end_is_cut(store: Store) -> None:
    tracemalloc.start()
    try:
        with (
            stranger(b" " * (LARGEST + 1)) as access,
            pytest.raises(AgentWarrantError, match="no answer: TooMuch"),
        ):
            pull_taxii(access, store, TERMS, patience=0.001)
        assert tracemalloc.get_traced_memory()[1] < 6 * LARGEST
    finally:
        tracemalloc.stop()


ENDLESS = (
    b'{"more": true, "next": "x", "objects": [{"type": "malware", "id": "%d"}, {"type": "tool"}]}'
)


@pytest.mark.parametrize(
    ("bound", "value", "what"),
    [("MOST_OBJECTS", 30, "more than 30 objects"), ("ALTOGETHER", 3_000, "no answer: TooMuch"),
     ("MOST_PAGES", 9, "more than 9 pages")],
)  # fmt: skip
def test_pages_without_an_end_come_to_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, what: str
) -> None:
    monkeypatch.setattr(f"agentwarrant.intel.taxii.{bound}", value)
    with (
        stranger(ENDLESS) as access,
        pytest.raises(AgentWarrantError, match=what),
    ):
        pull_taxii(access, store, TERMS, patience=0.001)


def test_a_feed_may_have_so_many_indicators_and_newer_versions_of_them(store: Store) -> None:
    items = [indicator(f"[domain-name:value = 'h{n}.example']") for n in range(12)]
    small = Terms("group", most=10)
    report = Reader(store, small)
    report.take(items)
    assert (report.report.taken, dict(report.report.refused)) == (10, {"too many": 2})
    later = Reader(store, small)
    later.take([{**items[0], "modified": "2026-03-01T00:00:00Z"}, items[11]])
    assert (later.report.taken, dict(later.report.refused)) == (1, {"too many": 1})
    other = Reader(store, Terms("other", most=10))
    other.take(items[:1])
    assert other.report.taken == 1


def test_a_file_of_one_object_a_line_may_be_larger_than_one_document(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "feed.jsonl"
    items = [indicator(f"[domain-name:value = 'h{n}.example']") for n in range(20)]
    path.write_text("".join(json.dumps(one) + "\n" for one in items))
    monkeypatch.setattr("agentwarrant.intel.pull.WHOLE", 1_000)
    assert pull_file(path, store, TERMS).taken == 20
    path.write_text(json.dumps(items))
    with pytest.raises(UnreadableFile, match="one object a line"):
        pull_file(path, store, TERMS)


# Patterns that explode ----------------------------------------------------------------------


def test_a_pattern_of_text_is_of_linear_time() -> None:
    pattern = like("%a" * 30 + "%b")
    begin = time.process_time()
    assert pattern.fullmatch("a" * 20_000) is None
    assert time.process_time() - begin < 2.0


@pytest.mark.parametrize(
    "pattern",
    [
        "[url:value MATCHES '(a+)+$']",
        "[url:value MATCHES '(abc|abd|ab.){500}']",
        "[url:value MATCHES '(((a{30}){30}){30}){30}']",
        "[url:value MATCHES '" + "a?" * 900 + "a{900}']",
        "[url:value LIKE '" + "%a" * 2000 + "']",
        "[url:value IN (" + ", ".join(f"'{n}'" for n in range(9_000)) + ")]",
        "[" + " OR ".join(f"url:value LIKE 'abc{n}%'" for n in range(2_000)) + "]",
        "[" + "/*" * 5_000 + "a:b = 'c']",
        "[a:b" + "[*]" * 5_000 + " = 'c']",
        "[a:b = '" + "\\'" * 10_000 + "']",
    ],
)
def test_a_pattern_is_taken_or_refused_in_time(store: Store, pattern: str) -> None:
    begin = time.process_time()
    reader = Reader(store, TERMS)
    reader.take([indicator(pattern)])
    index = Index(store)
    index.of(event(url__full="https://a.example/" + "a" * 4_000))
    assert time.process_time() - begin < 5.0
    assert reader.report.taken + sum(reader.report.refused.values()) == 1


def test_patterns_of_text_have_so_much_room_in_a_feed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_OF_TEXT", 1_000)
    items = [indicator(f"[url:value MATCHES 'x{n}[a-z]{{80}}y']") for n in range(30)]
    reader = Reader(store, TERMS)
    reader.take(items)
    assert reader.report.refused["too much text"] == 30 - reader.report.taken > 0
    again = Reader(store, TERMS)
    again.take(items)
    assert again.report.taken == 0
    assert again.report.known == reader.report.taken


def test_more_patterns_of_text_than_one_automaton_holds_are_all_found(store: Store) -> None:
    """RE2 refuses a set that is too large, and a set that is not compiled ends the process."""
    for feed in ("one", "two", "three"):
        reader = Reader(store, Terms(feed))
        patterns = (f"[url:value MATCHES '{feed}{n}[a-z]{{900}}']" for n in range(250))
        reader.take(map(indicator, patterns))
        assert reader.report.taken == 250
    index = Index(store)
    for feed in ("one", "two", "three"):
        assert len(index.of(event(url__full=f"https://a.example/{feed}7{'x' * 900}"))) == 1


@pytest.mark.parametrize(("digits", "fits"), [(40, True), (41, False), (5_000, False)])
def test_a_number_of_many_digits_is_no_pattern(digits: int, fits: bool) -> None:
    text = f"[file:size = {'9' * digits}]"
    if fits:
        assert parse(text)
        return
    with pytest.raises(PatternError, match="digits"):
        parse(text)


# Sightings ----------------------------------------------------------------------------------


def test_an_event_that_comes_again_is_not_sighted_again(store: Store) -> None:
    Reader(store, TERMS).take([GOOD])
    met = [event(url__domain="evil.example", event__id=f"e{n}") for n in range(3)]
    for run in (met, met, [*met, event(url__domain="evil.example", event__id="new")]):
        marker = Marker(store)
        for one in run:
            marker.mark(dict(one))
        marker.keep()
    (seen,) = store.sightings()
    assert seen.times == 4


def test_the_same_event_of_two_tenants_is_two_sightings(store: Store) -> None:
    Reader(store, TERMS).take([GOOD])
    marker = Marker(store)
    for tenant in ("acme", "globex"):
        made = event(url__domain="evil.example", event__id="e1", organization__id=tenant)
        marker.mark(made)
    marker.keep()
    assert [(one.tenant, one.times) for one in store.sightings()] == [("acme", 1), ("globex", 1)]


def test_what_is_remembered_of_sightings_is_bounded(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentwarrant.intel.store.REMEMBERED", 50)
    monkeypatch.setattr("agentwarrant.intel.marking._KEPT_AT", 20)
    Reader(store, TERMS).take([GOOD])
    marker = Marker(store)
    for n in range(300):
        marker.mark(event(url__domain="evil.example", event__id=f"e{n}"))
    marker.keep()
    assert store.sightings()[0].times == 300
    marker.mark(event(url__domain="evil.example", event__id="e299"))  # still known
    marker.mark(event(url__domain="evil.example", event__id="e0"))  # long forgotten
    marker.keep()
    assert store.sightings()[0].times == 301


def test_of_many_indicators_the_strictest_are_said(store: Store) -> None:
    plain = [indicator("[domain-name:value = 'evil.example']" + " " * n) for n in range(1, 12)]
    Reader(store, TERMS).take(plain)
    Reader(store, Terms("zz", tlp=STRICT)).take([GOOD])
    made = event(url__domain="evil.example", event__id="e1")
    Marker(store).mark(made)
    matched = made["warrant.threat.matched"]
    assert len(matched) == 8
    assert f"indicators:{GOOD['id']}" in matched
