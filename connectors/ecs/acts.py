"""What a document tells besides its action: acts, and whether a person or a program signed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentwarrant.acts.agents import is_server
from agentwarrant.event import Event, text_of
from agentwarrant.runtimes import runtime_of, runtimes

from .documents import Document

_BY_PERSONS = frozenset({"2", "7", "10", "11", "interactive", "remoteinteractive", "unlock"})
_BY_PROGRAMS = frozenset({"3", "4", "5", "8", "network", "batch", "service", "networkcleartext"})
_LIBRARIES = ("registry.ollama.ai", "huggingface.co", "clawhub.ai", "clawhub.com")


def process_acts(event: Event, known: Iterable[str]) -> Iterator[str]:
    """Yield the acts of a process that started.

    A runtime that a person starts is there, but nobody deployed another agent.

    Args:
        event: The event, filled in.
        known: The acts of its command line.
    """
    own = _is_runtime(text_of(event, "process.name"), text_of(event, "process.command_line"))
    parent = text_of(event, "process.parent.name")
    by_agent = _is_runtime(parent, text_of(event, "process.parent.command_line"))
    if own:
        yield "agent_runtime"
    yield from (act for act in known if act != "deploy_agent" or by_agent)


def connection_acts(event: Event) -> Iterator[str]:
    """Yield the acts of a connection: a model server or an agent runtime that is called."""
    port = event.get("destination.port")
    asked = text_of(event, "dns.question.name") or text_of(event, "destination.domain")
    client = text_of(event, "warrant.client.kind")
    process = client == "agent" or _is_runtime(text_of(event, "process.name"), "")
    fetched = asked in _LIBRARIES and client != "browser"  # a person reads there
    if process or (isinstance(port, int) and is_server(port)) or fetched:
        yield "agent_runtime"


def _is_runtime(name: str, line: str) -> bool:
    base = name.rsplit("/", 1)[-1].lower().removesuffix(".exe")
    return bool(name) and (base in runtimes().servers or bool(runtime_of(name, line)))


def login_kind(document: Document) -> str:
    """Return whether a person signed in or a program, where Windows says it."""
    stated = document.text("winlog.logon.type", "winlog.event_data.LogonType").lower()
    if stated in _BY_PERSONS:
        return "interactive"
    return "service" if stated in _BY_PROGRAMS else "unknown"
