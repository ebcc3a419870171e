"""A real TAXII 2.1 server: what it has is taken once, whatever breaks, and what is sent arrives."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from agentwarrant.errors import TargetRefused, TargetUnreachable
from agentwarrant.intel.pull import pull_taxii
from agentwarrant.intel.reading import Terms
from agentwarrant.intel.store import Store
from agentwarrant.intel.taxii import Access, envelope, opened

from .taxii_server import Server, indicators, taxii_server

pytestmark = pytest.mark.e2e
TERMS = Terms("group")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with taxii_server(tmp_path_factory.mktemp("taxii")) as made:
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "intel.sqlite")
    yield made
    made.close()


def access(server: Server, collection: str = "read_write") -> Access:
    url = server.collections[collection]
    return Access("group", url, server.user, server.password)


def test_what_is_added_is_taken_over_several_pages_and_never_twice(
    server: Server, store: Store
) -> None:
    with opened(access(server)) as collection:
        assert collection.add(envelope(indicators(55))).failed == 0
    first = pull_taxii(access(server), store, TERMS, patience=0.01)
    assert (first.taken, first.known) == (55, 0)
    again = pull_taxii(access(server), store, TERMS, patience=0.01)
    assert (again.taken, again.known) == (0, 0)
    with opened(access(server)) as collection:
        collection.add(envelope(indicators(3)))
    assert pull_taxii(access(server), store, TERMS, patience=0.01).taken == 3
    assert store.counts() == {"group": 58}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"password": "wrong"}, "not known there"),
        ({"url": "missing"}, "no such collection"),
        ({"url": "write_only"}, "may not be used so"),
    ],
)
def test_a_refusal_is_one_clear_line(
    server: Server, store: Store, change: dict[str, Any], what: str
) -> None:
    given = access(server)
    url = change.get("url")
    if url == "missing":
        change = {"url": given.url.replace("91a7b528", "00000000")}
    elif url:
        change = {"url": server.collections[url]}
    with pytest.raises(TargetRefused, match=what):
        pull_taxii(replace(given, **change), store, TERMS, patience=0.01)


def test_a_collection_that_may_only_be_read_takes_nothing(server: Server) -> None:
    with (
        opened(access(server, "read_only")) as collection,
        pytest.raises(TargetRefused, match="may not be used so"),
    ):
        collection.add(envelope(indicators(1)))


class Faulty(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the real server, but for what ``faults`` says of the next ones."""

    server: Any

    def do_GET(self) -> None:
        objects = "/objects/" in self.path
        fault = self.server.faults.pop(0) if objects and self.server.faults else ""
        if fault in ("503", "500", "429"):
            self.send_error(int(fault))
            return
        headers = {k: self.headers[k] for k in ("Accept", "Authorization") if k in self.headers}
        with urlopen(Request(self.server.behind + self.path, headers=headers)) as answer:  # noqa: S310  # a server of the test's own
            body, told = answer.read(), dict(answer.headers.items())
        if fault == "cut":
            body, told["Content-Length"] = body[: len(body) // 2], str(len(body))
        if fault == "html":
            body, told["Content-Type"] = b"<p>busy</p>", "text/html"
        told["Content-Length"] = told["Content-Length"] if fault == "cut" else str(len(body))
        self.send_response(200)
        for name, value in told.items():
            if name not in ("Server", "Date", "Connection"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def faulty(behind: str, faults: list[str]) -> Iterator[str]:
    """Run a server in front of the real one; yield its address."""
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Faulty)
    made.faults, made.behind = faults, behind
    thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}"
    finally:
        made.shutdown()
        made.server_close()


def test_a_page_that_ends_amid_one_moment_is_not_the_end_of_it(
    server: Server, store: Store
) -> None:
    """``added_after`` leaves out its own moment: a cursor there would lose what comes behind."""
    given = access(server)
    with opened(given) as collection:
        collection.add(envelope(indicators(45)))  # one moment, three pages
        first, *rest = collection.pages(store.cursor("group"))
    assert len(rest) >= 2
    assert first.added < rest[-1].added


def test_a_server_that_fails_for_a_while_is_asked_again(server: Server, store: Store) -> None:
    given = access(server)
    with opened(given) as collection:
        total = sum(len(page.objects) for page in collection.pages())
    behind = given.url.partition("/trustgroup1")[0]
    with faulty(behind, ["503", "", "429", "cut", "500"]) as url:
        report = pull_taxii(
            replace(given, url=given.url.replace(behind, url)), store, TERMS, patience=0.01
        )
    assert report.taken == total >= 55


def test_a_server_that_fails_half_way_is_read_on_from_there(server: Server, store: Store) -> None:
    given = access(server)
    with opened(given) as collection:
        total = sum(len(page.objects) for page in collection.pages())
    behind = given.url.partition("/trustgroup1")[0]
    with faulty(behind, ["", "", *["503"] * 9]) as url, pytest.raises(TargetUnreachable):
        pull_taxii(replace(given, url=given.url.replace(behind, url)), store, TERMS, patience=0.01)
    assert store.counts() == {"group": 40}
    rest = pull_taxii(given, store, TERMS, patience=0.01)
    assert (rest.taken, store.counts()) == (total - 40, {"group": total})


def test_what_is_no_taxii_is_refused(server: Server, store: Store) -> None:
    given = access(server)
    behind = given.url.partition("/trustgroup1")[0]
    with (
        faulty(behind, ["html"]) as url,
        pytest.raises(TargetRefused, match=r"no TAXII 2\.1"),
    ):
        pull_taxii(replace(given, url=given.url.replace(behind, url)), store, TERMS, patience=0.01)
