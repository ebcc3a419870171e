"""What the judge remembers of one conversation; bounded in every direction."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from agentwarrant.event import Event, text_of
from agentwarrant.intent.provenance import Source

_MAX_SESSIONS = 20_000
_MAX_BYTES = 64 << 20
_MAX_SOURCES = 24
_MAX_SAID = 24_000
_MAX_CALLS = 256
_SOURCE_TEXT = 30_000
_OWN_TEXT = 8_000

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
    arguments: str


@dataclass(slots=True)
class Session:
    """State of one conversation.

    Attributes:
        instructor: The message that instructs the agent now.
        said: What people who may ask have said, lower case, newest kept.
        known: That, and what the application told the agent: it explains values, it asks nothing.
        sources: Content that the agent has read, from outside or from its own tools.
        networks: Hosts that turned out to be agent networks.
        calls: Calls whose answer has not come.
    """

    instructor: Event | None = None
    said: str = ""
    known: str = ""
    sources: list[Source] = field(default_factory=list)
    networks: set[str] = field(default_factory=set)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    size: int = 0
    counted: int = 0

    @property
    def outside(self) -> list[Source]:
        """Content written by somebody outside, or that talks to an agent."""
        return [source for source in self.sources if source.outside or source.instructs]

    def hear(self, text: str, *, person: bool = True) -> None:
        """Remember what someone who may ask said, or what the application told the agent."""
        low = text.lower()
        if person:
            self.said = f"{self.said}\n{low}"[-_MAX_SAID:]
        self.known = f"{self.known}\n{low}"[-_MAX_SAID:]

    def inherit(self, parent: Session) -> None:
        """Take over what the agent that delegates was told by people, and what it has read."""
        if parent.said not in self.said:
            self.hear(parent.said)
        known = {source.event for source in self.sources}
        for source in parent.sources:
            if source.event not in known:
                self.read(source)

    def read(self, source: Source) -> None:
        """Remember content."""
        limit = _SOURCE_TEXT if source.outside or source.instructs else _OWN_TEXT
        kept = source._replace(text=source.text[:limit].lower())
        self.sources.append(kept)
        self.size += len(kept.text)
        if len(self.sources) > _MAX_SOURCES:
            self.size -= len(self.sources.pop(self._least()).text)

    def _least(self) -> int:
        """Return which content to forget: an attacker must not wash out what talks to an agent."""
        plain = (i for i, s in enumerate(self.sources) if not (s.outside or s.instructs))
        quiet = (i for i, s in enumerate(self.sources) if not s.instructs)
        return next(plain, next(quiet, 0))

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
        self._bytes = 0
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
        else:
            self._open.move_to_end(key)
        self._bytes += session.size - session.counted
        session.counted = session.size
        while len(self._open) > self._limit or (self._bytes > _MAX_BYTES and len(self._open) > 1):
            self._bytes -= self._open.popitem(last=False)[1].counted
            self.evicted += 1
        return session

    def delegator(self, event: Event) -> Session | None:
        """Return the conversation of the agent that wrote this message, where it is known."""
        if text_of(event, "warrant.principal.kind") != "agent":
            return None
        return self._open.get(
            (
                text_of(event, "organization.id"),
                text_of(event, "warrant.principal.id"),
                text_of(event, "gen_ai.conversation.id"),
            )
        )
