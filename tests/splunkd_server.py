"""A stand-in for splunkd, written from Splunk's documentation: no Splunk can be installed here.

What it does is what the REST API Reference Manual says of the endpoints that we use, each named
where it is answered, over TLS and with a token. It keeps what a Splunk would keep: what an app
brings (``default``), what was written over it (``local``), documents of the KV store, events that
the collector was given. What it answers to a search is the test's to say (``searcher``). It is not
a Splunk, and nothing that passes here was seen to work on one.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .certificates import (  # type: ignore[import-not-found]  # no package to mypy
    server_context,
)

TOKEN = "the-token-of-the-tests"  # noqa: S105  # a stand-in's
_CONFS = "data/indexes", "data/inputs/http", "configs/conf-macros", "saved/searches"
Answer = tuple[int, Any]
Row = Mapping[str, str | list[str]]
Searcher = Callable[[str, str, str], list[Row]]
"""Answers a search: its text, earliest and latest time, as they were sent."""


class SearchFailed(Exception):
    """A searcher cannot run a search; the message is what splunkd says of it."""


@dataclass
class Conf:
    """The stanzas of one conf file: what apps bring, and what was written in ``local``."""

    brought: dict[str, dict[str, Any]] = field(default_factory=dict)
    local: dict[str, dict[str, Any]] = field(default_factory=dict)

    def merged(self) -> dict[str, dict[str, Any]]:
        names = [*self.brought, *(name for name in self.local if name not in self.brought)]
        return {n: {**self.brought.get(n, {}), **self.local.get(n, {})} for n in names}


def _no_searcher(text: str, earliest: str, latest: str) -> list[Row]:
    raise SearchFailed(f"no searcher for {text!r} from {earliest!r} to {latest!r}")


@dataclass
class Splunk:
    """What the stand-in keeps.

    Attributes:
        info: Of ``server/info``.
        app: Of ``apps/local``; empty where our app is not installed.
        apps: Of ``apps/local``, other apps by name.
        fired: Of ``alerts/fired_alerts``: triggered alerts by name.
        jobs: Results of finished searches by their id.
        confs: By endpoint; tokens as ``http://NAME``.
        collections: Documents by collection and key; a collection that is missing is not defined.
        events: What the collector was given: envelopes, in order.
        updates: Forms that ``notable_update`` was given.
        requests: Method and path of each request, in order.
        broken: Answers instead of everything else, each once.
        forbidden: Paths that the token may not use.
        deaf: A path at which a change is taken and comes to nothing.
        searcher: Answers searches.
    """

    info: dict[str, Any] = field(
        default_factory=lambda: {"version": "9.4.1", "server_roles": ["indexer", "kv_store"]}
    )
    app: dict[str, Any] = field(default_factory=dict)
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    fired: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, list[Row]] = field(default_factory=dict)
    confs: dict[str, Conf] = field(
        default_factory=lambda: {
            name: Conf()
            for name in (
                "data/indexes",
                "data/inputs/http",
                "configs/conf-macros",
                "saved/searches",
            )
        }
    )
    collections: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    updates: list[dict[str, list[str]]] = field(default_factory=list)
    passwords: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[tuple[str, str]] = field(default_factory=list)
    broken: list[Answer] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    deaf: str = ""
    searcher: Searcher = _no_searcher
    has_security: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)

    def brings(self, endpoint: str, name: str, **fields: Any) -> None:
        """Say what an installed app brings."""
        self.confs[endpoint].brought[name] = fields

    # Requests -----------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        """Answer a request of splunkd's port."""
        with self.lock:
            self.requests.append((method, path))
            if self.broken:
                return self.broken.pop(0)
            where = _inner(path)
            if where == self.deaf and method == "POST":
                return 200, _entries({})
            if where in self.forbidden:
                return 403, _said("ERROR", "insufficient permission to access this resource")
            if where == "search/jobs" and method == "POST":
                return self._search({name: values[-1] for name, values in query.items()})
            for begin, handle in (
                ("storage/collections/data/", self._documents),
                ("storage/collections/config", self._collections),
            ):
                if where.startswith(begin):
                    return handle(method, where.removeprefix(begin).strip("/"), query, body)
            return self._object(method, where, {n: v[-1] for n, v in query.items()}, query)

    def _object(
        self, method: str, where: str, form: dict[str, str], many: dict[str, list[str]]
    ) -> Answer:
        if where == "server/info":  # "Introspection endpoint descriptions"
            return 200, _entries({"server-info": self.info})
        if where.startswith("apps/local/"):  # "Application endpoint descriptions"
            name = where.removeprefix("apps/local/")
            found = self.app if name == "agentwarrant" else self.apps.get(name)
            return (200, _entries({name: found})) if found else _absent(where)
        if where == "alerts/fired_alerts/-":  # "Search endpoint descriptions"
            return 200, _entries(self.fired)
        if job := re.fullmatch(r"search/v2/jobs/([^/]+)/results", where):  # the same
            rows = self.jobs.get(unquote(job[1]))
            return (200, {"messages": [], "results": rows}) if rows else _absent(where)
        if where == "notable_update" and method == "POST":  # ES "Notable Event API reference"
            return self._notable_update(many)
        if where.startswith("storage/passwords"):  # "Access endpoint descriptions"
            self.passwords.setdefault(form.get("name", ""), form)
            return 201, _entries({form.get("name", ""): {}})
        for endpoint, conf in self.confs.items():
            if where == endpoint or where.startswith(f"{endpoint}/"):
                name = unquote(where.removeprefix(endpoint).strip("/"))
                return self._stanza(method, endpoint, conf, name, form)
        return _absent(where)

    def _stanza(
        self, method: str, endpoint: str, conf: Conf, name: str, form: dict[str, str]
    ) -> Answer:
        """Answer for one object, as "Using the REST API reference" says of all endpoints."""
        there = conf.merged()
        fields = {n: v for n, v in form.items() if n not in ("name", "output_mode", "count")}
        if method == "GET":
            if name and name not in there:
                return _absent(name)
            return 200, _entries({name: there[name]} if name else there, conf.local)
        if method == "POST" and not name:
            made = form["name"]
            if endpoint == "data/inputs/http":
                made = f"http://{made}"
                fields.setdefault("token", str(uuid.uuid4()))
            if made in there:
                return 409, _said("ERROR", f"An object with name={made} already exists")
            if endpoint == "data/indexes" and not re.fullmatch(r"[a-z0-9_][a-z0-9_-]*", made):
                return 400, _said("ERROR", "Index name must consist of only numbers, letters …")
            conf.local[made] = fields
            return 201, _entries({made: fields})
        if name not in there:
            return _absent(name)
        if method == "POST":
            conf.local.setdefault(name, {}).update(fields)
            return 200, _entries({name: conf.merged()[name]})
        if conf.local.pop(name, None) is None:
            return 403, _said("ERROR", f"Object id={name} cannot be deleted")
        if endpoint == "data/indexes":  # its events go with it
            self.events = [one for one in self.events if one.get("index") != name]
        return 200, _entries({})

    def _search(self, form: dict[str, str]) -> Answer:
        """Answer a job of ``exec_mode=oneshot`` ("Search endpoint descriptions")."""
        assert form["exec_mode"] == "oneshot"
        assert form["count"] == "0"
        try:
            found = self.searcher(
                form["search"], form.get("earliest_time", ""), form.get("latest_time", "")
            )
        except SearchFailed as error:
            return 400, _said("FATAL", str(error))
        return 200, {"preview": False, "init_offset": 0, "messages": [], "results": found}

    def _notable_update(self, form: dict[str, list[str]]) -> Answer:
        if not self.has_security:
            return _absent("notable_update")
        if not form.get("ruleUIDs") and not form.get("searchID"):
            said = {"success": False, "message": "ValueError: Either a searchID or ruleUIDs …"}
            return 400, said
        self.updates.append(form)
        count = len(form["ruleUIDs"])
        said = {"success": True, "success_count": count, "failure_count": 0, "warning_count": 0}
        return 200, {**said, "message": f"{count} events updated successfully", "details": {}}

    # The KV store ("KV store endpoint descriptions") ----------------------------------------------

    def _collections(
        self, method: str, name: str, query: dict[str, list[str]], body: bytes
    ) -> Answer:
        if method == "POST":
            made = query["name"][-1]
            if made in self.collections:
                return 409, _said("ERROR", f"A collection {made} already exists")
            self.collections[made] = {}
            return 201, _entries({made: {}})
        if name not in self.collections:
            return _absent(name)
        if method == "DELETE":
            del self.collections[name]
            return 200, _entries({})
        return 200, _entries({name: {"disabled": False}})

    def _documents(
        self, method: str, where: str, query: dict[str, list[str]], body: bytes
    ) -> Answer:
        name, _, key = where.partition("/")
        documents = self.collections.get(unquote(name))
        if documents is None:
            return 404, _said("ERROR", f"Could not find object id={name}")
        if key == "batch_save":
            given = json.loads(body)
            if len(given) > 1000:
                return 400, _said("ERROR", "Request exceeds API limits")
            made = [{"_user": "nobody", "_key": uuid.uuid4().hex, **one} for one in given]
            documents.update({one["_key"]: one for one in made})
            return 200, [one["_key"] for one in made]
        if method == "GET":
            return self._found(documents, key, query)
        if method == "DELETE" and key:
            gone = documents.pop(unquote(key), None)
            return (200, {}) if gone else (404, _said("ERROR", "Could not find object."))
        if method == "DELETE":
            documents.clear()
            return 200, {}
        raise AssertionError(f"nobody asks the KV store for {method} {where}")

    def _found(
        self, documents: dict[str, dict[str, Any]], key: str, query: dict[str, list[str]]
    ) -> Answer:
        if key:
            found = documents.get(unquote(key))
            return (200, found) if found else (404, _said("ERROR", "Could not find object."))
        skip, limit = (int(query.get(name, ["0"])[-1]) for name in ("skip", "limit"))
        wanted = json.loads(query.get("query", ["{}"])[-1])
        fitting = [
            documents[one]
            for one in sorted(documents)
            if all(documents[one].get(name) == value for name, value in wanted.items())
        ]
        return 200, fitting[skip : skip + limit] if limit else fitting[skip:]

    # The collector (Getting Data In, "Format events for HTTP Event Collector") --------------------

    def collect(self, token: str, body: bytes) -> Answer:
        """Answer ``services/collector/event``."""
        known = {one.get("token"): one for one in self.confs["data/inputs/http"].merged().values()}
        found = known.get(token)
        if found is None:
            return 403, {"text": "Invalid token", "code": 4}
        reader, text, at = json.JSONDecoder(), body.decode(), 0
        given = []
        while at < len(text):
            one, at = reader.raw_decode(text, at)
            given.append(one)
            at = len(text) - len(text[at:].lstrip())
        allowed = str(found.get("indexes", "")).split(",")
        for one in given:
            if one.get("index", found.get("index")) not in allowed:
                return 400, {"text": "Incorrect index", "code": 7, "invalid-event-number": 0}
        with self.lock:
            self.events += given
        return 200, {"text": "Success", "code": 0}


def _inner(path: str) -> str:
    """Return a path without its namespace."""
    return re.sub(r"^/(services|servicesNS/[^/]+/[^/]+)/", "", path)


def _entries(found: Mapping[str, Mapping[str, Any]], local: Any = ()) -> dict[str, Any]:
    entry = [
        {"name": name, "acl": {"removable": name in local}, "content": dict(content)}
        for name, content in found.items()
    ]
    return {"links": {}, "entry": entry, "paging": {"total": len(entry)}, "messages": []}


def _said(kind: str, text: str) -> dict[str, Any]:
    return {"messages": [{"type": kind, "text": text}]}


def _absent(name: str) -> Answer:
    return 404, _said("ERROR", f"Could not find object id={name}")


class _Handler(BaseHTTPRequestHandler):
    splunk: Splunk

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if parts.path.startswith("/services/collector"):
            token = (self.headers.get("authorization") or "").removeprefix("Splunk ")
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            self._send(*self.splunk.collect(token, body))
            return
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            self._send(401, _said("WARN", "call not properly authenticated"))
            return
        query = parse_qs(parts.query, keep_blank_values=True)
        if "json" not in (self.headers.get("content-type") or ""):
            query |= parse_qs(body.decode(), keep_blank_values=True)
        self._send(*self.splunk.answer(self.command, parts.path, query, body))

    do_POST = do_DELETE = do_GET  # noqa: N815  # the names that the base looks for

    def _send(self, status: int, said: Any) -> None:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running(splunk: Splunk) -> Iterator[str]:
    """Run the stand-in on a port of this host; yield its address."""
    handler = type("Handler", (_Handler,), {"splunk": splunk})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = server_context().wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
