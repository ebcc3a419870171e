"""The base of all simulators: a small HTTP server that keeps state and can be nasty.

A simulator is a class with one method for each call of the vendor::

    class Okta(Simulator):
        contract = "okta"  # contracts/okta.openapi.json: requests and answers are held to it

        def admits(self, call: Call) -> Answer | None:
            if call.headers.get("authorization") != "SSWS good":
                return Answer(401, {"errorCode": "E0000011"})
            return None

        @route("POST /api/v1/users/{}/lifecycle/suspend")
        def suspend(self, call: Call, user: str) -> Answer:
            self.state["users"][user]["status"] = "SUSPENDED"
            return Answer(200, {})

    okta = Okta({"users": {"00u1": {"status": "ACTIVE"}}})
    with okta.running() as url:
        ...
    assert okta.did("POST /api/v1/users/{}/lifecycle/suspend") == 1

``state`` is plain data (dicts, lists, text, numbers): it is copied for the reads that still show
the old one. Handlers run one at a time. Of several routes that fit, the one with the fewest ``{}``
answers. A handler that leaves the state alone although it is no GET says
``route(..., reads=True)``.

What can go wrong is switched on by the test:

=========================================  ====================================================
``sim.busy(2, retry_after=1)``             the next 2 requests: 429 with ``Retry-After``; nothing
                                           is done
``sim.hang_up(1)``                         the next change is done, then the connection drops
``sim.stumble(1)``                         the next change is done and answered with 500
``sim.repeats_fail = True``                a change that was done before answers 500, undone
``sim.lag = 3``                            the next 3 reads after a change show the old state
``sim.slow = 0.2``                         every answer takes 0.2 s
``sim.polls = 2``                          what ``later`` was given happens at the 2nd read after
                                           it: for handlers that answer 202
``sim.tokens_outlive = True``              for handlers: tokens work on after a disable
=========================================  ====================================================

``busy``, ``hang_up`` and ``stumble`` take ``on="POST /x/{}"`` to wait for such requests only.

At the end of ``running`` these fail the test: a request that no route takes (``strays``), a
request or answer that the contract does not allow (``violations``), an error in a handler. A test
that sends such requests on purpose clears the list.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from agentwarrant.respond.connection import Connection
from agentwarrant.secretrefs import Secret

from .wire import Answer, Call, Handler, compiled, parsed, payload, route

__all__ = ["Answer", "Call", "Simulator", "connection_to", "route"]


@dataclass
class _Knob:
    kind: str
    left: int
    on: str
    retry_after: float = 0.0

    def takes(self, call: Call) -> bool:
        fits = not self.on or compiled(self.on).fullmatch(str(call)) is not None
        if not fits or self.left <= 0:
            return False
        self.left -= 1
        return True


class Simulator:
    """Answers requests on a port of this host; see the module.

    Class attributes:
        contract: Name of the OpenAPI subset in ``contracts/``; empty: none is published.

    Attributes:
        state: What it keeps.
        calls: Every request, in order, with the status that was answered (0: none was).
        violations, strays, errors: What fails the test at the end of ``running``.
        unchecked: Requests that the contract does not speak of, as ``VERB /path``.
    """

    contract: ClassVar[str] = ""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        self.state: dict[str, Any] = state or {}
        self.calls: list[tuple[Call, int]] = []
        self.violations: list[str] = []
        self.strays: list[str] = []
        self.errors: list[str] = []
        self.unchecked: list[str] = []
        self.repeats_fail = False
        self.tokens_outlive = False
        self.lag = 0
        self.slow = 0.0
        self.polls = 1
        self._knobs: list[_Knob] = []
        self._waiting: list[tuple[int, Callable[[], None]]] = []
        self._did: list[str] = []
        self._done: set[tuple[str, bytes]] = set()
        self._old: tuple[int, dict[str, Any]] = (0, {})
        self._lock = threading.RLock()
        self._routes = sorted(_routes(type(self)), key=lambda row: row[0].groups)
        self._contract: Any = None
        if self.contract:
            from .contract import contract_of  # needs openapi-core: without it this must fail

            self._contract = contract_of(self.contract)

    # Knobs ---------------------------------------------------------------------------------------

    def busy(self, times: int, *, retry_after: float = 0.0, on: str = "") -> None:
        """Answer 429 and do nothing."""
        self._knobs.append(_Knob("busy", times, on, retry_after))

    def hang_up(self, times: int, *, on: str = "") -> None:
        """Do what is asked and drop the connection."""
        self._knobs.append(_Knob("hang_up", times, on))

    def stumble(self, times: int, *, on: str = "") -> None:
        """Do what is asked and answer 500."""
        self._knobs.append(_Knob("stumble", times, on))

    def later(self, change: Callable[[], None]) -> None:
        """Let something happen at the ``polls``-th read from now; for handlers."""
        self._waiting.append((self.polls, change))

    # For subclasses ------------------------------------------------------------------------------

    def admits(self, call: Call) -> Answer | None:
        """Return the refusal of a request that proves no one's identity; None: it may enter."""
        return None

    # What a test asks ----------------------------------------------------------------------------

    def did(self, pattern: str) -> int:
        """Return how often requests of a pattern were done, whether or not anyone heard of it.

        A request that was refused (4xx, or 500 for a repeat) was not done.
        """
        fits = compiled(pattern).fullmatch
        return sum(1 for done in self._did if fits(done))

    def asked(self, pattern: str) -> list[Call]:
        """Return all requests of a pattern, whatever came of them."""
        return [call for call, _ in self.calls if compiled(pattern).fullmatch(str(call))]

    @contextmanager
    def running(self) -> Iterator[str]:
        """Run on a free port; yield the address. Fails at the end as the module says."""
        handler = type("Handler", (_Http,), {"simulator": self})
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            server.daemon_threads = True
            server.block_on_close = False
            thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()
        faults = [*self.errors, *self.violations, *(f"no route takes {s}" for s in self.strays)]
        assert not faults, "\n".join(faults)

    # How a request is answered -------------------------------------------------------------------

    def answer(self, call: Call) -> Answer | None:
        """Answer a request; None: drop the connection."""
        if self.slow:
            time.sleep(self.slow)  # what the knob is for
        with self._lock:
            try:
                answer, dropped = self._answered(call)
            except Exception as error:  # a mistake here must not look like the vendor's 500
                self.errors.append(f"{call}: the simulator failed: {error!r}")
                answer, dropped = Answer(500, {"error": "the simulator failed"}), False
            self.calls.append((call, 0 if dropped else answer.status))
            return None if dropped else answer

    def _answered(self, call: Call) -> tuple[Answer, bool]:
        for knob in self._knobs:
            if knob.kind == "busy" and knob.takes(call):
                wait = {"Retry-After": f"{knob.retry_after:g}"} if knob.retry_after else {}
                return Answer(429, {"error": "too many requests"}, wait), False
        found = self._handler(call)
        if found is None:
            self.strays.append(str(call))
            return Answer(404, {"error": "no such route"}), False
        handler, parts = found
        if (refusal := self.admits(call)) is not None:
            return self._checked(call, refusal), False
        if handler.only_reads:  # type: ignore[attr-defined]  # ``route`` set it
            answer = self._checked(call, self._read(handler, call, parts))
            self._did += [str(call)] if answer.status < 400 else []
            return answer, False
        return self._change(handler, call, parts)

    def _handler(self, call: Call) -> tuple[Handler, list[str]] | None:
        for pattern, name in self._routes:
            if match := pattern.fullmatch(str(call)):
                return getattr(self, name), [unquote(part) for part in match.groups()]
        return None

    def _read(self, handler: Handler, call: Call, parts: list[str]) -> Answer:
        due = [change for left, change in self._waiting if left <= 1]
        self._waiting = [(left - 1, change) for left, change in self._waiting if left > 1]
        for change in due:
            change()
        left, old = self._old
        if not left:
            return handler(call, *parts)
        self._old = (left - 1, old)
        now, self.state = self.state, copy.deepcopy(old)
        try:
            return handler(call, *parts)
        finally:
            self.state = now

    def _change(self, handler: Handler, call: Call, parts: list[str]) -> tuple[Answer, bool]:
        key = (str(call), call.raw)
        if self.repeats_fail and key in self._done:
            return Answer(500, {"error": "internal error"}), False
        before = copy.deepcopy(self.state) if self.lag else {}
        answer = self._checked(call, handler(call, *parts))
        if answer.status < 400:
            self._did.append(str(call))
            self._done.add(key)
            if self.lag:
                self._old = (self.lag, before)
        for knob in self._knobs:
            if knob.kind != "busy" and knob.takes(call):
                dropped = knob.kind == "hang_up"
                return Answer(500, {"error": "internal error"}), dropped
        return answer, False

    def _checked(self, call: Call, answer: Answer) -> Answer:
        if self._contract is not None:
            faults = self._contract.faults(call, answer)
            if faults is None:
                self.unchecked.append(str(call))
            self.violations += faults or ()
        return answer


def _routes(kind: type) -> Iterator[tuple[re.Pattern[str], str]]:
    for name in dir(kind):
        for pattern in getattr(getattr(kind, name), "patterns", ()):
            yield compiled(pattern), name


def connection_to(
    url: str, vendor: str, folder: Path, secrets: Mapping[str, str], **options: Any
) -> Connection:
    """Return a connection whose secrets stand in files of a folder (``tmp_path``)."""
    references = {}
    for name, value in secrets.items():
        (folder / name).write_text(value, encoding="utf-8")
        references[name] = Secret(f"file:{name}", folder)
    return Connection(
        name=f"test-{vendor}", vendor=vendor, url=url, secrets=references, options=options
    )


class _Http(BaseHTTPRequestHandler):
    simulator: ClassVar[Simulator]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgement

    def _take(self) -> None:
        where = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = {name: values[-1] for name, values in parse_qs(where.query, True).items()}
        body = parsed(raw, headers.get("content-type", ""))
        call = Call(self.command, where.path, query, headers, body, raw)
        answer = self.simulator.answer(call)
        if answer is None:
            self.close_connection = True
            return
        with suppress(OSError):  # whoever asked may have gone
            self._give(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _take  # noqa: N815  # http.server's names

    def _give(self, answer: Answer) -> None:
        content = payload(answer.body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if content and not any(name.lower() == "content-type" for name in answer.headers):
            self.send_header("Content-Type", "application/json")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if answer.status != 204 and self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
        pass
