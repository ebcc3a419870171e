"""What the judge remembers of one conversation; bounded in every direction."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from agentwarrant.event import Event, text_of
from agentwarrant.intent.provenance import Source

_MAX_SESSIONS = 20_000
_MAX_SOURCES = 24
_MAX_SAID = 24_000
_MAX_CALLS = 256
_SOURCE_TEXT = 30_000

INSTRUCTOR_FIELDS = (
    "warrant.principal.id",
    "warrant.principal.name",
    "warrant.principal.kind",
    "warrant.principal.authority",
    "warrant.peer.id",
    "warrant.peer.verified",
    "warrant.peer.trust",
    "warrant.channel",
)


@dataclass(slots=True)
class Call:
    """What the judge keeps of a tool call until its answer comes."""

    tool: str
    tool_class: str
    network_kind: str
    network_operation: str
    host: str
    command: bool


@dataclass(slots=True)
class Session:
    """State of one conversation.

    Attributes:
        instructor: The message that instructs the agent now.
        said: What people who may ask have said, lower case, newest kept.
        sources: Content from outside that the agent has read.
        networks: Hosts that turned out to be agent networks.
        calls: Calls whose answer has not come.
    """

    instructor: Event | None = None
    said: str = ""
    sources: list[Source] = field(default_factory=list)
    networks: set[str] = field(default_factory=set)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)

    def hear(self, text: str) -> None:
        """Remember what someone who may ask said."""
        self.said = f"{self.said}\n{text.lower()}"[-_MAX_SAID:]

    def read(self, source: Source) -> None:
        """Remember content from outside."""
        kept = source._replace(text=source.text[:_SOURCE_TEXT].lower())
        self.sources.append(kept)
        if len(self.sources) > _MAX_SOURCES:
            # What talks to an agent is kept longest: an attacker must not wash it out.
            drop = next((i for i, s in enumerate(self.sources) if not s.instructs), 0)
            del self.sources[drop]

    def call(self, key: str, call: Call) -> None:
        """Remember a call until it is answered."""
        self.calls[key] = call
        if len(self.calls) > _MAX_CALLS:
            self.calls.popitem(last=False)


class Sessions:
    """The conversations being judged, by tenant, agent and conversation; the oldest are let go.

    Attributes:
        evicted: How many were let go while perhaps still running.
    """

    def __init__(self, limit: int = _MAX_SESSIONS) -> None:
        self._limit = limit
        self._open: OrderedDict[tuple[str, str, str], Session] = OrderedDict()
        self.evicted = 0

    def of(self, event: Event) -> Session:
        """Return the conversation an event belongs to."""
        key = (
            text_of(event, "organization.id"),
            text_of(event, "gen_ai.agent.id"),
            text_of(event, "gen_ai.conversation.id"),
        )
        session = self._open.get(key)
        if session is None:
            session = self._open[key] = Session()
            if len(self._open) > self._limit:
                self._open.popitem(last=False)
                self.evicted += 1
        else:
            self._open.move_to_end(key)
        return session
