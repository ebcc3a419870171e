"""ECS: what a SIEM already has of hosts and wires, as JSON lines of Elastic Common Schema.

Processes and connections of Elastic Defend, Packetbeat, Zeek, firewalls and proxies know no
agents. They show those that keep no log: by the runtime, its environment, the model it thinks with.

References:
    - https://www.elastic.co/docs/reference/ecs/ecs-field-reference
    - https://github.com/elastic/endpoint-package/tree/main/custom_documentation/doc/endpoint
    - https://www.elastic.co/guide/en/security/8.19/environment-variable-capture.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import COMMAND_LIMIT, Event, compact_json, cut, digest
from agentwarrant.inputs import InputFile

from .acts import connection_acts, login_kind, process_acts
from .documents import Document, likeness, unpacked
from .meaning import action_of, address_of, is_inbound, looked_up, operation_of, url_of

_TEXTS = (
    "host.id", "host.os.type", "user.id", "user.domain", "user.email", "source.domain",
    "process.name", "process.executable", "process.entity_id", "process.working_directory",
    "process.parent.name", "process.parent.executable", "process.parent.command_line",
    "process.parent.entity_id", "user_agent.original", "http.request.method",
    "http.request.referrer", "http.version", "network.transport", "network.protocol",
    "network.direction", "network.type", "network.community_id", "dns.question.type",
    "dns.response_code", "container.id", "container.name", "event.reason",
)  # fmt: skip
"""What is kept as it is, redacted. Bodies, arguments and values of variables are not."""

_NUMBERS = (
    "process.pid", "process.parent.pid", "source.port", "destination.port", "source.bytes",
    "destination.bytes", "http.response.status_code", "event.duration",
)  # fmt: skip
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_().-]{0,127}$")
_VARIABLES = 64
_OUTCOMES = frozenset({"success", "failure", "unknown"})
_CONNECTION = "network_connection"


class Ecs(Connector):
    """Process starts, connections and sign-ins of any ECS document.

    Nothing here says who is an agent; a document that names one (``gen_ai.agent.id``) is believed.
    """

    name = "ecs"
    title = "ECS documents of hosts and networks"
    identities = (
        IdentityKind("ecs.agent", "Agent, where a document names one (gen_ai.agent.id)"),
        IdentityKind("ecs.user", "User of a host (build-07/ci), or of a proxy by name (dana)"),
        IdentityKind("ecs.host", "Host or client address whose user is not told (10.0.8.21)"),
    )

    def recognise(self, file: InputFile) -> int:
        found = (document for record in file.head for document in unpacked(record))
        return max(map(likeness, found), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        for line, record in file.records():
            for document in unpacked(record):
                yield Raw(dict(document), str(file.path), line)

    def normalize(self, raw: Raw) -> Iterator[Event]:
        document = Document(raw.record)
        action = action_of(document)
        if not action:
            return
        try:
            yield self._event(raw, document, action)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error

    def _event(self, raw: Raw, document: Document, action: str) -> Event:
        dataset = {"login": "authentication", "session_end": "authentication",
                   _CONNECTION: "network"}.get(action, "process")  # fmt: skip
        event = self.event(
            raw, action, document.value("@timestamp"), _own(document), dataset=dataset
        )
        line = document.text("process.command_line") or " ".join(document.words("process.args"))
        if action == "tool_call":
            program = document.text("process.name", "process.executable")
            self.tool_call(event, "process", {"command": line or program})
        elif line:
            self.fill(event, {"process.command_line": line}, COMMAND_LIMIT)
        self.fill(event, {name: document.text(name) for name in _TEXTS})
        event.update({n: v for n in _NUMBERS if (v := document.number(n)) is not None})
        self._source(event, document)
        self._variables(event, document)
        self._who(event, document)
        if action == _CONNECTION:
            self._connection(event, document)
        self._kinds(event, document, action)
        self._outcome(event, document)
        self._line(event, document)
        return event

    def _kinds(self, event: Event, document: Document, action: str) -> None:
        """Say what else was done, on what, with which kind of program and sign-in."""
        self.client(event)
        if action == "tool_call":
            found = event.pop("warrant.tool.acts", [])
            known = map(str, found) if isinstance(found, list) else ()
            self.acts(event, process_acts(event, known))
        elif action == _CONNECTION:
            self.acts(event, connection_acts(event))
            reached = event.get("dns.question.name") or event.get("destination.address")
            self.fill(event, {"warrant.resource.id": str(reached or "")})
        elif action == "login":
            event["warrant.login.kind"] = login_kind(document)
            self.fill(event, {"warrant.resource.id": str(event.get("host.name", "")).lower()})

    def _source(self, event: Event, document: Document) -> None:
        said = ", ".join(dict.fromkeys(document.words("event.action")))
        origin = document.text("event.dataset", "data_stream.dataset", "agent.type")
        self.fill(
            event,
            {
                "event.code": said,
                "event.provider": origin,
                "host.name": document.text("host.name", "host.hostname"),
                "user.name": document.text("user.name", "source.user.name"),
                "user_agent.original": document.text("user_agent.original"),
            },
        )
        for end in ("source", "destination"):
            address = document.ip(f"{end}.ip", f"{end}.address")
            if address:
                event[f"{end}.ip"] = address
        known = [str(event[name]) for name in ("source.ip", "destination.ip") if name in event]
        if known:
            event["related.ip"] = list(dict.fromkeys(known))

    def _variables(self, event: Event, document: Document) -> None:
        """Name the variables of an environment; what they hold is often a secret."""
        names = [pair.partition("=")[0] for pair in document.words("process.env_vars")]
        named = dict.fromkeys(name for name in names if _VARIABLE.match(name))
        if named:
            event["process.env_vars"] = list(named)[:_VARIABLES]

    def _who(self, event: Event, document: Document) -> None:
        host = document.text("host.name", "host.hostname").lower()
        client = document.ip("source.ip", "source.address", "client.ip")
        user = document.text("user.name", "source.user.name", "user.id")
        of_host = document.has("process") or event["event.action"] != _CONNECTION
        # At a proxy or in a server's log host.name is the observer, and the actor is the client.
        where = host if of_host else client or host
        account = f"{host}/{user}" if of_host and host and user else user
        agent = document.text("gen_ai.agent.id")
        seen_at = where if not account else ""
        self.accounts(event, ("ecs.agent", agent), ("ecs.user", account), ("ecs.host", seen_at))
        if agent:
            name = self.redactor.text(document.text("gen_ai.agent.name"))[0]
            self.agent(event, agent, name=name, assurance="claimed")
            self.fill(event, {"gen_ai.conversation.id": document.text("gen_ai.conversation.id")})

    def _connection(self, event: Event, document: Document) -> None:
        asked = looked_up(document)
        if asked:
            # The destination is the resolver, which nobody means.
            url = url_of(asked)
            self.fill(event, {"dns.question.name": asked})
            event["warrant.network.kind"] = url.kind if url else "none"
            return
        if is_inbound(document):
            return  # the destination is the process itself
        address = address_of(document)
        url = url_of(address)
        domain = document.text("destination.domain", "tls.client.server_name", "url.domain")
        host = document.text("url.domain") or (url.host if url else "")
        self.fill(
            event,
            {
                "url.full": address if "://" in address else "",
                "url.domain": (host if host and not _is_ip(host) else domain).lower().rstrip("."),
                "destination.domain": domain.lower().rstrip("."),
                "destination.address": _authority(
                    document, url.host if url else domain or address, url.port if url else 0
                ),
            },
        )
        event["warrant.network.kind"] = url.kind if url else "none"
        method = document.text("http.request.method")
        event["warrant.network.operation"] = operation_of(method, url) if address else "none"

    def _outcome(self, event: Event, document: Document) -> None:
        outcome, types = document.text("event.outcome"), document.words("event.type")
        event["event.outcome"] = outcome if outcome in _OUTCOMES else "unknown"
        if event["event.action"] == _CONNECTION and "denied" in types:
            event["event.outcome"] = "failure"
            event["event.type"] = ["connection", "denied"]
            event["warrant.policy.decision"] = "denied"
            event["warrant.policy.reason"] = "policy_denied"

    def _line(self, event: Event, document: Document) -> None:
        action = str(event["event.action"])
        host, client = str(event.get("host.name", "")), document.ip("source.ip")
        host = host if document.has("process") or action != _CONNECTION else client or host
        user = str(event.get("user.name", ""))
        who = f"{user}@{host}" if user and host else user or host or "somebody"
        what: tuple[object, ...] = (event.get("process.command_line", event.get("process.name")),)
        if action == _CONNECTION:
            what = _connects(event)
        elif action in ("login", "session_end"):
            what = (action.replace("_", " "), f"from {client}" if client else "")
        line = " ".join(" ".join(str(part) for part in what if part).split())
        event["message"] = cut(self.redactor.text(f"{who}: {line}")[0], 300)[0]


def _connects(event: Event) -> tuple[object, ...]:
    program, method = event.get("process.name"), event.get("http.request.method")
    where = event.get("url.full") or event.get("destination.address")
    if "dns.question.name" in event:
        return (program, "looks up", event["dns.question.name"])
    if not where:
        return (program, "is connected to at port", event.get("destination.port", "unknown"))
    return (program, method or "connects to", where)


def _own(document: Document) -> str:
    """Return what a document is known by.

    Zeek gives all logs of one connection one ``event.id``; Elastic Defend each event its own.
    """
    of_endpoint = document.text("event.module") == "endpoint" and document.text("event.id")
    return of_endpoint or document.id or digest("ecs", compact_json(document.body))


def _authority(document: Document, host: str, port: int) -> str:
    port = port or document.number("destination.port") or document.number("url.port") or 0
    host = host.strip("[]")
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if host and port and port not in (80, 443) else host


def _is_ip(host: str) -> bool:
    return host.replace(".", "").isdigit() or ":" in host
