"""What the judge remembers of one conversation; bounded in every direction."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agentwarrant.event import Event, text_of
from agentwarrant.intent.folded import joined
from agentwarrant.intent.numbered import unnumbered
from agentwarrant.intent.provenance import Source
from agentwarrant.intent.threads import NOWHERE, Key, key_above, key_of, restored, starts_thread
from agentwarrant.intent.unfolded import spoken, unfolded
from agentwarrant.signals import plain, readings

_MAX_SESSIONS = 20_000
_MAX_BYTES = 64 << 20
_MAX_SOURCES = 24
_MAX_SAID = 24_000
_MAX_CALLS = 256
_MAX_NETWORKS = 256
_MAX_ANSWERS = 512
_SOURCE_TEXT = 30_000
_OWN_TEXT = 16_000
_OVERHEAD = 2_000
_ORDERS = 160

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
_KEPT_OF_MESSAGE = (*INSTRUCTOR_FIELDS, "event.id", "warrant.origin")


@dataclass(slots=True)
class Call:
    """What the judge keeps of a tool call until its answer comes."""

    tool: str
    tool_class: str
    network_kind: str
    network_operation: str
    host: str
    arguments: str
    path: str = ""
    resource: str = ""
    through: str = ""
    approval: str = ""
    approval_id: str = ""


@dataclass(slots=True)
class Session:
    """State of one conversation, or of a sub-agent's thread within one.

    Attributes:
        instructor: The message that instructs the agent now, its text apart.
        orders: The beginning of that message, where its writer may not instruct.
        said: What people who may ask have said, lower case, newest kept.
        known: That, and what the application told the agent: it explains values, it asks nothing.
        sources: Content that the agent has read, from outside or from its own tools.
        networks: Hosts that turned out to be agent networks.
        calls: Calls whose answer has not come.
        blind: Answers whose text the source did not record.
        above: The conversation of the agent that delegated to this one, where it is known.
        answers: What tainted agents answered to this one, who delegated to them: mark -> whose.
        key: Its own place among ``Sessions``.
        done: Classes of acts done to whom people named, since they spoke last.
        outside: Of the content, what somebody outside wrote, or what talks to an agent.
    """

    instructor: Event | None = None
    orders: str = ""
    said: str = ""
    known: str = ""
    sources: list[Source] = field(default_factory=list)
    networks: set[str] = field(default_factory=set)
    calls: OrderedDict[str, Call] = field(default_factory=OrderedDict)
    blind: int = 0
    above: Key | None = None
    answers: OrderedDict[str, Key] = field(default_factory=OrderedDict)
    key: Key = NOWHERE
    counted: int = 0
    done: set[str] = field(default_factory=set)
    outside: list[Source] = field(init=False)
    _kept: int = field(init=False)

    def __post_init__(self) -> None:
        self.outside = [source for source in self.sources if source.outside or source.instructs]
        self._kept = sum(map(_length, self.sources))

    @property
    def size(self) -> int:
        """Return about how many bytes are kept."""
        waiting = len(self.calls) * 400 + len(self.answers) * 120
        return _OVERHEAD + self._kept + len(self.said) + len(self.known) + waiting

    def instruct(self, message: Event, orders: str = "") -> None:
        """Remember who instructs the agent from now on."""
        self.instructor = {name: message[name] for name in _KEPT_OF_MESSAGE if name in message}
        self.orders = " ".join(orders.split())[:_ORDERS]

    def hear(self, text: str, *, person: bool = True) -> None:
        """Remember what someone who may ask said, or what the application told the agent."""
        low = plain(text[-_MAX_SAID:]).lower()
        if person:
            self.done.clear()
            self.said = f"{self.said}\n{low}"[-_MAX_SAID:]
        self.known = f"{self.known}\n{low}"[-_MAX_SAID:]

    def begin(self, parent: Session) -> None:
        """Stand as the thread stands that this one was started by: asked by whom, and what."""
        self.follow(parent)
        if not self.known:
            self.said, self.known = parent.said, parent.known
        self.networks |= parent.networks
        self.inherit(parent)

    def follow(self, parent: Session) -> None:
        """Be instructed by who instructs the agent that delegates."""
        self.instructor, self.orders = parent.instructor, parent.orders

    def inherit(self, parent: Session) -> None:
        """Take over what the agent that delegates was told by people, and what it has read."""
        self.above = parent.key
        if parent.said not in self.said:
            self.hear(parent.said)
        self.take(parent.sources)

    def take(self, sources: list[Source]) -> None:
        """Take over content that somebody else has read."""
        known = {source.event for source in self.sources}
        for source in sources:
            if source.event not in known:
                known.add(source.event)
                self._keep(source)

    def read(self, source: Source) -> None:
        """Remember content: what it shows, and behind that what is hidden in it."""
        limit = _SOURCE_TEXT if source.outside or source.instructs else _OWN_TEXT
        raw = source.text[:limit]
        shown = joined(unnumbered(plain(raw)))
        names = unfolded(shown)
        shown = (f"{shown}\n\n{names}" if names else shown).lower()
        hidden = "\n\n".join(plain(one).lower() for one in readings(raw))[:limit]
        text = f"{shown}\n\n{hidden}" if hidden else shown
        cut = source.cut or len(source.text) > limit
        self._keep(source._replace(text=text, shown=len(shown) if hidden else -1, cut=cut))

    def _keep(self, source: Source) -> None:
        self.sources.append(source)
        self._kept += _length(source)
        if source.outside or source.instructs:
            self.outside.append(source)
        if len(self.sources) > _MAX_SOURCES:
            gone = self.sources.pop(self._least())
            self._kept -= _length(gone)
            if gone.outside or gone.instructs:
                self.outside = [s for s in self.sources if s.outside or s.instructs]

    def _least(self) -> int:
        """Return which content to forget: an attacker must not wash out what talks to an agent.

        Nor with page after page what a sentence said before: of the older half that goes first
        which has the shortest lines, as rows of figures have.
        """
        plainly = [i for i, s in enumerate(self.sources) if not (s.outside or s.instructs)]
        kept = plainly or [i for i, s in enumerate(self.sources) if not s.instructs] or [0]
        older = kept[: len(kept) // 2 + 1]
        return min(older, key=lambda i: spoken(self.sources[i].text))

    def call(self, key: str, call: Call) -> None:
        """Remember a call until it is answered."""
        self.calls[key] = call
        if len(self.calls) > _MAX_CALLS:
            self.calls.popitem(last=False)

    def expect(self, marks: list[str], child: Session) -> None:
        """Remember what an agent said that this one started: it may come back as an answer."""
        for mark in marks:
            self.answers[mark] = child.key
            self.answers.move_to_end(mark)
        while len(self.answers) > _MAX_ANSWERS:
            self.answers.popitem(last=False)

    def network(self, host: str) -> None:
        """Remember a host that turned out to be an agent network."""
        if len(self.networks) < _MAX_NETWORKS:
            self.networks.add(host)

    def state(self) -> list[Any]:
        """Return what ``of_state`` makes this conversation of again, as plain JSON values."""
        calls = [[key, *_fields(call)] for key, call in self.calls.items()]
        sources = [list(source) for source in self.sources]
        return [
            self.instructor, self.orders, self.said, self.known, sources, sorted(self.networks),
            calls, self.blind, self.above, list(self.answers.items()),
            sorted(self.done),
        ]  # fmt: skip

    @classmethod
    def of_state(cls, state: list[Any]) -> Session:
        """Return the conversation that ``state`` was taken of."""
        instructor, orders, said, known, sources, networks, calls, blind, above, answers, done = (
            state
        )
        waiting = OrderedDict((call[0], Call(*call[1:])) for call in calls)
        kept = [Source(*source) for source in sources]
        place = restored(above) if above else None
        heard = OrderedDict((mark, restored(child)) for mark, child in answers)
        return cls(
            instructor, orders, said, known, kept, set(networks), waiting, blind, place, heard,
            done=set(done),
        )  # fmt: skip


def _length(source: Source) -> int:
    return len(source.text) + len(source.arguments)


def _fields(call: Call) -> list[str]:
    return [getattr(call, name) for name in Call.__slots__]


class Sessions:
    """The conversations and threads being judged, by ``Key``; the oldest are let go.

    Attributes:
        evicted: How many were let go while perhaps still running.
    """

    def __init__(self, limit: int = _MAX_SESSIONS, limit_bytes: int = _MAX_BYTES) -> None:
        self._limit, self._limit_bytes = limit, limit_bytes
        self._open: OrderedDict[Key, Session] = OrderedDict()
        self._bytes = 0
        self._last: Key = NOWHERE
        self.evicted = 0

    def of(self, event: Event) -> Session:
        """Return the conversation or thread an event belongs to.

        One that another started begins as that one stands.
        """
        key = key_of(event)
        last = self._open.get(self._last)
        if last is not None:
            self._count(last)  # it has grown since it was given out
        session = self._open.get(key)
        parent = self._parent(event, key)
        if session is None:
            session = self._open[key] = Session(key=key)
            if parent:
                session.begin(parent)
        else:
            self._open.move_to_end(key)
        self._last = key
        while len(self._open) > self._limit or (
            self._bytes > self._limit_bytes and len(self._open) > 1
        ):
            self._bytes -= self._open.popitem(last=False)[1].counted
            self.evicted += 1
        return session

    def _count(self, session: Session) -> None:
        size = session.size
        self._bytes += size - session.counted
        session.counted = size

    def _parent(self, event: Event, key: Key) -> Session | None:
        """Return what started a thread or conversation; it is not let go while that goes on."""
        above = key_above(event, key)
        parent = self.get(above)
        if above and parent is not None:
            self._open.move_to_end(above)
        return parent

    def get(self, key: Key | None) -> Session | None:
        """Return a conversation that is still known."""
        return self._open.get(key) if key else None

    def expect(self, parent: Session, marks: list[str], child: Session) -> None:
        """Remember in ``parent`` what an agent said that it started."""
        parent.expect(marks, child)
        self._count(parent)

    def delegator(self, event: Event) -> Session | None:
        """Return the conversation of the agent that wrote this message, where it is known."""
        if text_of(event, "warrant.principal.kind") != "agent":
            return None
        tenant, _, conversation, _ = key = key_of(event)
        if starts_thread(event, key):
            return self.get(key_above(event, key))
        return self._open.get((tenant, text_of(event, "warrant.principal.id"), conversation, ""))

    def state(self) -> Iterator[list[Any]]:
        """Yield every conversation as plain JSON values, the one longest unused first."""
        for key, session in self._open.items():
            yield [list(key), session.state()]

    def restore(self, states: list[list[Any]], evicted: int) -> None:
        """Become what ``state`` was taken of."""
        self._open.clear()
        self._bytes, self.evicted = 0, evicted
        for names, state in states:
            session = Session.of_state(state)
            session.key = restored(names)
            self._open[session.key] = session
            self._count(session)
