"""A stand-in for Kibana: the calls of its API that an install makes, as its documentation says.

Not Kibana: it checks no rule and draws no dashboard. It adds to what it is sent what Kibana adds
(ids, times, revisions, defaults), refuses calls without ``kbn-xsrf``, keeps spaces apart, and can
stop answering after some calls.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

_DEFAULTS: dict[str, Any] = {
    "max_signals": 100, "to": "now", "exceptions_list": [], "false_positives": [],
    "references": [], "tags": [], "threat": [], "immutable": False, "setup": "",
}  # fmt: skip


class KibanaStandIn:
    """What the stand-in holds.

    Attributes:
        url: Where it answers.
        rules: Rule objects by space and ``rule_id``.
        objects: Saved objects by space and ``type/id``.
        left: How many calls are answered before it is busy for good; None: all.
        calls: What it was asked, in order.
    """

    def __init__(self) -> None:
        self.url = ""
        self.rules: dict[str, dict[str, dict[str, Any]]] = {"default": {}}
        self.objects: dict[str, dict[str, dict[str, Any]]] = {"default": {}}
        self.left: int | None = None
        self.calls: list[str] = []

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Return status and document (bytes: as they are) for one call."""
        self.calls.append(f"{method} {path}")
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                return 503, {"message": "busy"}
        space = "default"
        if path.startswith("/s/"):
            _, _, space, path = path.split("/", 3)
            path = f"/{path}"
            if space not in self.rules:
                return 404, {"message": "Not Found"}
        name = f"{method} {path}"
        if path.startswith("/api/spaces/space"):
            return self._space(method, path.removeprefix("/api/spaces/space").strip("/"), body)
        if name == "POST /api/detection_engine/rules/_import":
            return self._import_rules(self.rules[space], body, query.get("overwrite") == "true")
        if name == "POST /api/detection_engine/rules/_export":
            ids = [one["rule_id"] for one in body["objects"]]
            return 200, _lines([self.rules[space][i] for i in ids if i in self.rules[space]])
        if name == "DELETE /api/detection_engine/rules":
            gone = self.rules[space].pop(query["rule_id"], None)
            return (200, gone) if gone else (404, {"message": "not found"})
        if name == "POST /api/saved_objects/_import":
            for one in body:
                made = self._of_space(space, one)
                self.objects[space][f"{made['type']}/{made['id']}"] = {**made, "version": "WzFd"}
            return 200, {"success": True, "successCount": len(body)}
        if name == "POST /api/saved_objects/_export":
            found = [o for o in self.objects[space].values() if o["type"] in body["type"]]
            return 200, _lines(found)
        if method == "DELETE" and path.startswith("/api/saved_objects/"):
            gone = self.objects[space].pop(path.removeprefix("/api/saved_objects/"), None)
            return (200, {}) if gone else (404, {"message": "not found"})
        return 404, {"message": f"the stand-in does not know {name}"}

    def _of_space(self, space: str, one: dict[str, Any]) -> dict[str, Any]:
        """Give an object that another space has a new id, as ids are unique over all spaces."""
        key = f"{one['type']}/{one['id']}"
        elsewhere = any(key in held for name, held in self.objects.items() if name != space)
        return {**one, "id": str(uuid.uuid4()), "originId": one["id"]} if elsewhere else one

    def _space(self, method: str, name: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            if body["id"] in self.rules:
                return 409, {"message": "a space of that id exists"}
            self.rules[body["id"]], self.objects[body["id"]] = {}, {}
            return 200, body
        return (200, {"id": name}) if name in self.rules else (404, {"message": "Not Found"})

    def _import_rules(
        self, there: dict[str, dict[str, Any]], bodies: list[dict[str, Any]], overwrite: bool
    ) -> tuple[int, Any]:
        errors = []
        for body in bodies:
            key = body["rule_id"]
            wrong = "Required: query" if not body.get("query") else ""
            if key in there and not overwrite:
                wrong = f'rule_id: "{key}" already exists'
            if wrong:
                errors.append({"rule_id": key, "error": {"status_code": 400, "message": wrong}})
                continue
            old = there.get(key, {"id": str(uuid.uuid4()), "revision": -1})
            fields = [{**one, "ecs": False} for one in body.get("required_fields", ())]
            made = {**_DEFAULTS, **body, "id": old["id"], "revision": old["revision"] + 1}
            there[key] = {**made, "required_fields": fields, "updated_at": "now"}
        return 200, {
            "success": not errors,
            "success_count": len(bodies) - len(errors),
            "rules_count": len(bodies),
            "errors": errors,
            "exceptions_errors": [],
            "exceptions_success": True,
        }


def _lines(documents: list[dict[str, Any]]) -> bytes:
    return b"\n".join(orjson.dumps(one) for one in documents)


@contextmanager
def kibana_standin() -> Iterator[KibanaStandIn]:
    """Run a stand-in on loopback."""
    standin = KibanaStandIn()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            body = _body(self.headers.get("content-type", ""), raw)
            status, said = standin.answer(self.command, parts.path, query, body)
            if not self.headers.get("kbn-xsrf"):
                status, said = 400, {"message": "Request must contain a kbn-xsrf header."}
            answer = said if isinstance(said, bytes) else orjson.dumps(said)
            self.send_response(status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815  # http.server's own names

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    standin.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield standin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _body(kind: str, raw: bytes) -> Any:
    """Return a JSON body, or the lines of the file of a form."""
    if not kind.startswith("multipart/form-data"):
        return orjson.loads(raw) if raw else None
    head = f"content-type: {kind}\r\n\r\n".encode()
    for part in BytesParser(policy=HTTP).parsebytes(head + raw).iter_parts():
        name = str(part.get_filename())
        if part.get_param("name", header="content-disposition") == "file":
            assert name.endswith(".ndjson"), "Kibana takes no other"
            lines = part.get_payload(decode=True)
            assert isinstance(lines, bytes)
            return [orjson.loads(line) for line in lines.splitlines()]
    raise AssertionError("the form has no file")
