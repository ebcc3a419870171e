"""The block list as others read it: plain text, STIX 2.1, and a TAXII 2.1 collection to poll.

A WSGI application (``Feed``); whoever starts it gives it a server and TLS. It only reads.

==============================================  ==============================================
``/lists/<tenant>/domains.txt``                 one a line (also ``addresses.txt``, ``urls.txt``)
``/lists/<tenant>/stix.json``                   the list as a bundle
``/taxii2/``                                    discovery (TAXII 2.1, section 4.1)
``/taxii2/blocklist/``                          the API root; a collection for each tenant
``…/collections/<id>/objects/`` (``manifest/``) ``added_after``, ``limit``, ``next``, ``match[…]``
==============================================  ==============================================

Who reads shows a token: ``Authorization: Bearer``, or as the password of Basic, which is what
firewalls can do. A token opens the lists of its own tenants, and others are not there for it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote

import orjson

from agentwarrant.errors import AgentWarrantError
from agentwarrant.event import iso_from_ms
from agentwarrant.respond.block.blocklist import Blocklist, Entry
from agentwarrant.respond.block.stix import bundle_of, collection_of, indicator_of
from agentwarrant.secretrefs import Secret

TAXII = "application/taxii+json;version=2.1"
PAGE = 1000
_ROOT = "/taxii2/blocklist/"
_FILES = {"domains.txt": "domain", "addresses.txt": "address", "urls.txt": "url"}
_STATUS = {
    200: "200 OK",
    304: "304 Not Modified",
    400: "400 Bad Request",
    401: "401 Unauthorized",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    406: "406 Not Acceptable",
    503: "503 Service Unavailable",
}
StartResponse = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who may read: a token, and the tenants whose lists it opens."""

    token: Secret
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


class _Bad(Exception):  # an answer on its way out, no error of anybody's
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Feed:
    """The application.

    Args:
        blocklist: What is read.
        readers: Who may read it.
        tell: Told when the list or a token cannot be read.
    """

    def __init__(
        self,
        blocklist: Blocklist,
        readers: Sequence[Reader],
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._list = blocklist
        self._readers = readers
        self._tell = tell

    def __call__(self, environ: Mapping[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI has it."""
        try:
            reply = self._reply(environ)
        except _Bad as bad:
            reply = _Reply(bad.status, f"{bad}\n".encode())
        except AgentWarrantError as error:
            self._tell(f"the block list was not read: {error}")
            reply = _Reply(503, b"not now\n", headers=(("retry-after", "30"),))
        etag = f'"{sha256(reply.body).hexdigest()[:32]}"'
        if reply.status == 200 and environ.get("HTTP_IF_NONE_MATCH") == etag:
            reply = _Reply(304)
        headers = [("content-type", reply.kind), ("content-length", str(len(reply.body)))]
        headers += [("cache-control", "no-cache"), ("etag", etag), *reply.headers]
        if reply.status == 401:
            headers.append(("www-authenticate", 'Basic realm="block list"'))
        start(_STATUS[reply.status], headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [reply.body]

    def _reply(self, environ: Mapping[str, Any]) -> _Reply:
        if environ.get("REQUEST_METHOD") not in ("GET", "HEAD"):
            raise _Bad(405, "this list is only read")
        tenants = self._tenants(str(environ.get("HTTP_AUTHORIZATION", "")))
        place = str(environ.get("PATH_INFO", ""))
        if place.startswith("/lists/"):
            return self._file(place.removeprefix("/lists/"), tenants)
        if place.startswith("/taxii2/"):
            accept = str(environ.get("HTTP_ACCEPT", "*/*")).replace(" ", "")
            if not any(one in accept for one in ("application/taxii+json", "*/*")):
                raise _Bad(406, f"accept {TAXII}")
            asked = parse_qs(str(environ.get("QUERY_STRING", "")))
            query = {name: values[-1] for name, values in asked.items()}
            found, more = self._taxii(place, tenants, query)
            return _Reply(200, orjson.dumps(found), TAXII, tuple(more))
        raise _Bad(404, "no such list")

    def _tenants(self, header: str) -> tuple[str, ...]:
        said = _token(header)
        opened: list[str] = []
        for reader in self._readers:
            if said and hmac.compare_digest(said.encode(), reader.token.value().encode()):
                opened += reader.tenants
        if not opened:
            raise _Bad(401, "a token is needed")
        return tuple(dict.fromkeys(opened))

    def _file(self, place: str, tenants: tuple[str, ...]) -> _Reply:
        tenant, _, name = place.partition("/")
        tenant = unquote(tenant)
        if tenant not in tenants or (name not in _FILES and name != "stix.json"):
            raise _Bad(404, "no such list")
        entries = self._list.entries(tenant)
        if name == "stix.json":
            return _Reply(200, orjson.dumps(bundle_of(entries)), "application/stix+json")
        return _Reply(200, text_of_kind(entries, _FILES[name]).encode())

    def _taxii(
        self, place: str, tenants: tuple[str, ...], query: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if place == "/taxii2/":
            return {"title": "Agent Warrant", "api_roots": [_ROOT], "default": _ROOT}, []
        if not place.startswith(_ROOT):
            raise _Bad(404, "no such API root")
        parts = place.removeprefix(_ROOT).strip("/").split("/")
        if parts == [""]:
            return {"title": "Block lists", "versions": [TAXII], "max_content_length": 1}, []
        ids = {collection_of(tenant)["id"]: tenant for tenant in tenants}
        if parts == ["collections"]:
            return {"collections": [collection_of(tenant) for tenant in tenants]}, []
        if parts[0] != "collections" or parts[1] not in ids:
            raise _Bad(404, "no such collection")
        return self._collection(ids[parts[1]], parts[2:], query)

    def _collection(
        self, tenant: str, parts: list[str], query: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        if not parts:
            return collection_of(tenant), []
        if parts[0] not in ("objects", "manifest") or len(parts) > 2:
            raise _Bad(404, "no such thing in a collection")
        wanted = {**query, "match[id]": parts[1]} if len(parts) == 2 else query
        page, more = _page(list(self._matching(tenant, wanted)), wanted)
        headers = [
            (f"x-taxii-date-added-{which}", iso_from_ms(entry.changed_ms))
            for which, entry in zip(("first", "last"), (page[:1] + page[-1:]), strict=False)
        ]
        make = _manifest if parts[0] == "manifest" else indicator_of
        envelope: dict[str, Any] = {"objects": [make(entry) for entry in page]} if page else {}
        if more:
            envelope |= {"more": True, "next": more}
        return envelope, headers

    def _matching(self, tenant: str, query: Mapping[str, str]) -> Iterator[Entry]:
        after = _moment(query["added_after"]) if "added_after" in query else -1
        ids = query["match[id]"].split(",") if "match[id]" in query else None
        kinds = query.get("match[type]", "indicator").split(",")
        for entry in self._list.entries(tenant, after_ms=after, gone=True):
            if "indicator" in kinds and (ids is None or indicator_of(entry)["id"] in ids):
                yield entry


def text_of_kind(entries: Iterable[Entry], kind: str) -> str:
    """Return the values of one kind, one a line, as firewalls read external lists.

    URLs stand without their scheme: that is how such lists match.
    """
    values = sorted(entry.value for entry in entries if entry.kind == kind and not entry.gone_ms)
    if kind == "url":
        values = [value.partition("://")[2] for value in values]
    return "".join(f"{value}\n" for value in values)


def _page(entries: list[Entry], query: Mapping[str, str]) -> tuple[list[Entry], str]:
    """Return a page, and where the next one begins; empty when this is the last.

    The cursor names the last entry of a page and not its number: what comes or goes meanwhile
    moves nothing.
    """
    limit = query.get("limit", str(PAGE))
    if not limit.isascii() or not limit.isdigit() or int(limit[:9]) == 0:
        raise _Bad(400, "limit is a number above 0")
    size = min(int(limit[:9]), PAGE)
    left = sorted((one for one in entries if _cursor(one) > query.get("next", "")), key=_cursor)
    page = left[:size]
    return page, _cursor(page[-1]) if len(left) > size else ""


def _cursor(entry: Entry) -> str:
    order = sha256(f"{entry.kind}\x1f{entry.value}".encode()).hexdigest()[:16]
    return f"{entry.changed_ms:016d}-{order}"


def _manifest(entry: Entry) -> dict[str, Any]:
    one = indicator_of(entry)
    return {
        "id": one["id"],
        "date_added": iso_from_ms(entry.changed_ms),
        "version": one["modified"],
        "media_type": "application/stix+json;version=2.1",
    }


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(400, "added_after is a time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def _token(header: str) -> str:
    """Return the token of a header: a bearer's, or the password of Basic."""
    kind, _, value = header.partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
