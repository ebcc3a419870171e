"""Simulators of systems that people are told through."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .base import Answer, Call, Simulator, route


class PagerDuty(Simulator):
    """Events with the same key are one alert."""

    @route("POST /v2/enqueue")
    def enqueue(self, call: Call) -> Answer:
        if call.body["routing_key"] != "good":
            return Answer(400, {"status": "invalid event", "errors": ["routing_key"]})
        self.state["alerts"][call.body["dedup_key"]] = call.body["payload"]
        return Answer(202, {"status": "success", "dedup_key": call.body["dedup_key"]})


class Slack(Simulator):
    """Refuses with status 200."""

    @route("POST /api/chat.postMessage")
    def post(self, call: Call) -> Answer:
        if call.headers.get("authorization") != "Bearer good":
            return Answer(200, {"ok": False, "error": "invalid_auth"})
        if call.body["channel"] not in self.state:
            return Answer(200, {"ok": False, "error": "channel_not_found"})
        self.state[call.body["channel"]].append(call.body)
        return Answer(200, {"ok": True, "ts": "1.2"})


class Hook(Simulator):
    """Takes whatever is posted, at any path of two parts."""

    @route("POST /{}/{}")
    @route("POST /{}")
    def take(self, call: Call, *parts: str) -> Answer:
        self.state["taken"].append({"path": call.path, "query": dict(call.query)})
        return Answer(202)


class Jira(Simulator):
    """Finds issues by their labels."""

    @route("GET /rest/api/3/search/jql")
    def search(self, call: Call) -> Answer:
        label = call.query["jql"].rpartition('labels = "')[2].rstrip('"')
        found = [{"id": str(n)} for n, f in enumerate(self.state["issues"]) if label in f["labels"]]
        return Answer(200, {"issues": found, "isLast": True})

    @route("POST /rest/api/3/issue")
    def create(self, call: Call) -> Answer:
        self.state["issues"].append(call.body["fields"])
        return Answer(201, {"id": "1", "key": "SEC-1"})


class ServiceNow(Simulator):
    """Finds incidents by their correlation id."""

    @route("GET /api/now/table/incident")
    def search(self, call: Call) -> Answer:
        mark = call.query["sysparm_query"].partition("=")[2]
        found = [row for row in self.state["rows"] if row["correlation_id"] == mark]
        return Answer(200, {"result": found})

    @route("POST /api/now/table/incident")
    def create(self, call: Call) -> Answer:
        self.state["rows"].append(call.body)
        return Answer(201, {"result": {"number": "INC1"}})


class _Smtp(socketserver.StreamRequestHandler):
    """As much of SMTP as a message needs (RFC 5321)."""

    server: Mail

    def handle(self) -> None:
        self._say("220 test")
        for raw in self.rfile:
            verb = raw.strip().upper()[:4]
            if verb == b"DATA":
                self._say("354 go on")
                lines = []
                for line in self.rfile:
                    if line == b".\r\n":
                        break
                    lines.append(line)
                if self.server.answer is None:
                    return  # gone before it answered
                if self.server.answer.startswith("250"):
                    self.server.messages.append(b"".join(lines))
                self._say(self.server.answer)
            elif verb == b"RCPT" and b"nobody" in raw:
                self._say("550 no such user")
            elif verb == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Mail(socketserver.ThreadingTCPServer):
    """A mail server on loopback that keeps what it is given."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.messages: list[bytes] = []
        self.answer: str | None = "250 taken"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Run it; yield its address."""
        thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"smtp://127.0.0.1:{self.server_address[1]}"
        finally:
            self.shutdown()
            self.server_close()
            thread.join()
