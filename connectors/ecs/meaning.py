"""What a document tells of: a process that started, a connection, a sign-in, or nothing of ours."""

from __future__ import annotations

from agentwarrant.network import Url, parse_url

from .documents import Document

_SIGN_IN = ("logon", "login", "log_on", "logged-in", "authentication", "ssh_", "sign-in", "signin")
_SIGN_OUT = ("logoff", "logout", "log_off", "logged-out", "session_end", "sign-out")
_RUNNING = frozenset({"already_running", "existing_process"})
_STARTS = frozenset({"exec", "start", "start_type", "process_started", "creation_event"})
_INBOUND = frozenset({"ingress", "inbound"})
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def action_of(document: Document) -> str:
    """Return the action of ``vocabulary.ACTIONS`` that a document tells of; or ''."""
    categories, types = set(document.words("event.category")), set(document.words("event.type"))
    said = {word.lower() for word in document.words("event.action")}
    if "authentication" in categories:
        return _signing(types, said)
    if document.text("event.kind") not in ("", "event", "alert", "signal"):
        return ""
    if categories & {"network", "network_traffic", "web"} or (not categories and _goes(document)):
        ended = said & {"disconnect_received"} and not said & {"connection_attempted"}
        return "" if ended else "network_connection"
    if "process" in categories or (not categories and document.text("process.command_line")):
        return _process(types, said)
    return ""


def _signing(types: set[str], said: set[str]) -> str:
    words = " ".join(said)
    if any(word in words for word in _SIGN_OUT):
        return "session_end"
    if "start" in types or any(word in words for word in _SIGN_IN):
        return "login"
    return "session_end" if "end" in types else ""


def _process(types: set[str], said: set[str]) -> str:
    if said & _RUNNING:
        return "heartbeat"  # it has been there before the sensor was
    if said == {"fork"}:
        return ""  # a copy of its parent that has run nothing yet
    return "tool_call" if types & {"start", "creation"} or said & _STARTS else ""


def _goes(document: Document) -> bool:
    return any(document.has(name) for name in ("destination", "url", "dns.question"))


def is_inbound(document: Document) -> bool:
    """Does somebody connect to the process of this document?"""
    said = document.words("event.action")
    accepted = "connection_accepted" in said and "connection_attempted" not in said
    return accepted or (
        document.text("network.direction").lower() in _INBOUND and document.has("process")
    )


def looked_up(document: Document) -> str:
    """Return the name that a DNS document asks for; or ''."""
    return document.text("dns.question.name").lower().rstrip(".")


def address_of(document: Document) -> str:
    """Return the URL or the host that a connection goes to, as fully as it is told."""
    whole = document.text("url.full")
    if whole:
        return whole
    original = document.text("url.original")
    host = document.text("url.domain", "destination.domain", "tls.client.server_name")
    if "://" in original:
        return original
    host = host or document.text("destination.address", "destination.ip", "server.ip")
    if not host:
        return original
    if not document.has("url"):
        return host
    scheme = document.text("url.scheme", "network.protocol").lower()
    scheme = scheme if scheme in ("http", "https", "ws", "wss") else "http"
    path = original if original.startswith("/") else document.text("url.path")
    query = document.text("url.query")
    path += f"?{query}" if query and "?" not in path else ""
    host = f"[{host}]" if ":" in host else host
    port = document.number("url.port")
    return f"{scheme}://{host}{f':{port}' if port else ''}{path}"


def operation_of(method: str, url: Url | None) -> str:
    """Return ``warrant.network.operation`` of a request."""
    if url is None or method.upper() not in _WRITES:
        return "read"
    if url.registers:
        return "register"
    return "post" if url.posts else "write"


def url_of(address: str) -> Url | None:
    """Take apart where a connection goes; also a bare IPv6 address."""
    bare = "://" not in address and address.count(":") > 1
    return parse_url(f"http://[{address}]/" if bare else address)
