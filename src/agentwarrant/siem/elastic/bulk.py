"""Sends documents to data streams of Elasticsearch or OpenSearch, and asks which are there.

The body of a request is what the spool holds, compressed; elasticsearch-py's transport carries
it, with its authentication, choice of nodes and certificates, but repeats nothing by itself: it
would send a batch again whose fate nobody knows.

One request gives the outcome of each document (``filter_path``). It is never sent again for
details: once a stream has rolled over, it takes an id a second time, since an id is unique in
one backing index only. For the same reason a conflict (409) proves that a document is there, and
its absence proves nothing: ``present`` looks through all backing indices.

What is left: a request that the server received and had not begun when we asked. ``present``
refuses to answer while the server works on a request with our mark (``X-Opaque-Id``; needs the
cluster privilege ``monitor``, and is left out without it), the server gives up on a shard that
is not there before we give up on the server, and we ask only after a pause. Then a request would
have to lie unread longer than that, be executed after all, and a rollover fall between it and
ours: then, and only then, its documents are there twice.

Rights on the stream: ``create_doc`` and ``auto_configure`` to send, ``read`` and ``maintenance``
(for the refresh) to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from elasticsearch import ApiError, SerializationError, TransportError, UnsupportedProductError

from agentwarrant.errors import TargetRefused, WrongTarget
from agentwarrant.siem.elastic.client import reason_of
from agentwarrant.siem.elastic.outcomes import AllTaken
from agentwarrant.siem.packing import packer
from agentwarrant.siem.receiver import Answer, Doubt, Refusal, TooLarge

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

TIMEOUT = 90.0
"""Seconds for a request. The server gives up before: see ``_SHARD_TIMEOUT``."""
_SHARD_TIMEOUT = "60s"
_HITS = 10_000
"""``index.max_result_window``: one search returns no more."""
_JSON = {"accept": "application/json", "content-type": "application/json"}
_PACKED = {**_JSON, "content-encoding": "gzip"}
_OUTCOMES = "errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.failure_store"
_NOT_NOW = frozenset({408, 429, 500, 502, 503, 504})
_CLOSED = frozenset(
    {
        # No fault of a document: a block (disk full, write block), a closed index, no shard left.
        "cluster_block_exception",
        "index_closed_exception",
        "validation_exception",
    }
)
_RIGHTS = "the role needs create_doc, auto_configure, read and maintenance on the stream"
_INSTALL = "install the templates: agentwarrant install elastic"


class Bulk:
    """Elasticsearch or OpenSearch as documents are sent to it; a ``Receiver``.

    Args:
        client: How it is reached.
        timeout: Seconds for a request.
        opensearch: It is OpenSearch, which knows no ``require_data_stream``: without it, a stream
            whose template is not installed becomes a plain index.
    """

    def __init__(
        self, client: Elasticsearch, *, timeout: float = TIMEOUT, opensearch: bool = False
    ) -> None:
        self._client = client
        self._timeout = timeout
        self._marked: dict[str, Elasticsearch] = {}
        self._pack = packer()
        self._may_ask_tasks = True
        self._params = {"filter_path": _OUTCOMES, "timeout": _SHARD_TIMEOUT}
        if not opensearch:
            self._params["require_data_stream"] = "true"

    def send(self, stream: str, body: bytes, count: int, mark: str) -> Answer:
        """Send pairs of lines, once.

        Raises:
            Doubt: Nobody knows what became of them.
            TargetRefused: All such requests are refused.
            TooLarge: They are too many bytes.
            WrongTarget: What answers is not Elasticsearch.
        """
        path = f"/{stream}/_bulk"
        reply = self._ask(stream, "POST", path, mark, self._params, _PACKED, self._pack(body))
        if reply == AllTaken(count):
            return Answer(count)
        items = reply.get("items") if isinstance(reply, dict) else None
        if not isinstance(items, list) or len(items) != count:
            raise Doubt("its answer does not name each document")
        try:
            return _answer(stream, [item["create"] for item in items])
        except (AttributeError, KeyError, TypeError) as error:
            raise Doubt("its answer cannot be read") from error

    def present(self, stream: str, ids: Sequence[str], mark: str) -> set[str]:
        """Return which documents a stream has, in whichever of its backing indices.

        Raises:
            Doubt: It cannot say so now, or still works on a request with this mark.
            TargetRefused: It may not be asked.
            WrongTarget: What answers is not Elasticsearch.
        """
        self._idle(stream, mark)
        refreshed = self._ask(stream, "POST", f"/{stream}/_refresh", mark, {}, _JSON, missing={})
        if refreshed.get("_shards", {}).get("failed"):
            raise Doubt("some shards cannot be refreshed")
        return self._search(stream, list(ids), mark) if refreshed else set()

    def _search(self, stream: str, ids: list[str], mark: str) -> set[str]:
        query = {"query": {"ids": {"values": ids}}, "_source": False, "size": _HITS}
        params = {
            "allow_partial_search_results": "false",
            "filter_path": "timed_out,_shards.failed,hits.hits._id",
        }
        reply = self._ask(stream, "POST", f"/{stream}/_search", mark, params, _JSON, query)
        if reply.get("timed_out") or reply.get("_shards", {}).get("failed"):
            raise Doubt("some shards cannot be searched")
        hits = reply.get("hits", {}).get("hits", [])
        if len(hits) == _HITS and len(ids) > 1:  # more than once each: from other times
            middle = len(ids) // 2
            halves = ids[:middle], ids[middle:]
            return set().union(*(self._search(stream, half, mark) for half in halves))
        return {hit["_id"] for hit in hits}

    def _idle(self, stream: str, mark: str) -> None:
        """See that the server works on no request of ours any more.

        Raises:
            Doubt: It does.
        """
        if not self._may_ask_tasks:
            return
        params = {"actions": "indices:data/write/bulk*", "filter_path": "nodes.*.tasks.*.headers"}
        try:
            reply = self._ask(stream, "GET", "/_tasks", mark, params, {})
        except TargetRefused:  # no such right, or no such API (Serverless)
            self._may_ask_tasks = False
            return
        for node in reply.get("nodes", {}).values():
            for task in node.get("tasks", {}).values():
                if task.get("headers", {}).get("X-Opaque-Id") == mark:
                    raise Doubt("it still works on what was sent")

    def _ask(
        self,
        stream: str,
        method: str,
        path: str,
        mark: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any = None,
        missing: Any = None,
    ) -> Any:
        """Make one request, once; ``missing`` is the answer where there is no such stream."""
        try:
            reply = self._as(mark).perform_request(
                method, path, params=params, headers=headers, body=body
            )
        except UnsupportedProductError:
            what, mend = "what answers is not Elasticsearch", "check the url; OpenSearch is a kind"
            raise WrongTarget(what, where=stream, mend=mend) from None
        except ApiError as error:
            if error.status_code == 404 and missing is not None:
                return missing
            raise _refusal(stream, error.status_code, error.body) from error
        except (TransportError, SerializationError) as error:
            raise Doubt(f"no answer: {reason_of(error)}") from error
        return reply.body

    def _as(self, mark: str) -> Elasticsearch:
        """Return the client that marks its requests and repeats none."""
        if mark not in self._marked:
            self._marked[mark] = self._client.options(
                opaque_id=mark,
                request_timeout=self._timeout,
                max_retries=0,
                retry_on_status=(),
                retry_on_timeout=False,
            )
        return self._marked[mark]


def _answer(stream: str, outcomes: Sequence[Mapping[str, Any]]) -> Answer:
    """Return what became of documents of which not all were taken."""
    taken, there, later, refused, why = 0, 0, [], [], ""
    for position, outcome in enumerate(outcomes):
        status, error = outcome["status"], outcome.get("error", {})
        kind, reason = str(error.get("type", "")), str(error.get("reason", ""))
        if status in (401, 403, 404) and kind not in _CLOSED:
            raise _refusal(stream, status, {"error": error})
        if status == 409:
            there += 1
        elif status in (429, 503) or kind in _CLOSED:
            later.append(position)
            why = why or f"{status} {reason}"
        elif status >= 500:
            refused.append(Refusal(position, status, kind, reason, lasting=False))
        elif status >= 300:
            refused.append(Refusal(position, status, kind, reason))
        elif outcome.get("failure_store") == "used":  # Elastic's docs: a success with a flag
            reason = "the failure store of the stream has it, the stream has not"
            refused.append(Refusal(position, status, "failure_store", reason))
        else:
            taken += 1
    return Answer(taken, there, later or (), why, refused or ())


def _refusal(stream: str, status: int, body: Any) -> Exception:
    """Return what a refusal of a whole request means."""
    error = body.get("error", {}) if isinstance(body, dict) else {}
    kind, reason = (error.get("type"), error.get("reason")) if isinstance(error, dict) else ("", "")
    if status == 413:
        return TooLarge(reason)
    if status in _NOT_NOW or kind in _CLOSED:
        return Doubt(f"{status} {reason or ''}".strip())
    what, mend = f"it answered {status} {kind or ''}: {str(reason or '')[:200]}", ""
    if status == 401:
        what, mend = "the key or the password is not known there", "make a new key"
    elif status == 403:
        mend = _RIGHTS
    elif status == 404:
        mend = _INSTALL
    return TargetRefused(what, where=stream, mend=mend, status=status)
