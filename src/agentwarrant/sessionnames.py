"""One session, one agent: what several logs of a session call its agent, made one name.

A session file knows the folder an agent works in, telemetry the host or the name that somebody
gave it, a stream neither. Each is right, and each alone would make an agent of its own. The surest
name is the session's; the others stay with its events as accounts, so that a warrant that declares
one of them still holds.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from agentwarrant.event import Event, Value, text_of

UNKNOWN_AGENT = "unknown"
_SESSIONS = 50_000
_VOICES = 16
_GIVEN = ("claimed", "verified")
_ASSURANCE = ("none", "inferred", *_GIVEN)
_FOLDERS = ("/", "~", "\\\\")
_DRIVES = (":\\", ":/")

Rank = tuple[int, bool]
"""How sure a name is: its assurance, and whether it says the folder that an agent works in."""


def native_refs(module: str, agent: str, host: str = "") -> list[str]:
    """Return the accounts of an agent that has none but its name, the most specific first."""
    refs = [f"{module}.agent:{agent}"]
    if host:  # every gateway has a "main"
        refs.insert(0, f"{module}.agent:{host}/{agent}")
    return refs


def rank_of(event: Event) -> Rank:
    """Return how sure an event's name for its agent is."""
    agent = text_of(event, "gen_ai.agent.id", UNKNOWN_AGENT)
    if agent == UNKNOWN_AGENT:
        return -1, False
    stated = text_of(event, "warrant.agent.assurance", "none")
    sure = _ASSURANCE.index(stated) if stated in _ASSURANCE else 0
    place = agent.partition(":")[2]
    # A folder is one project's; a host and a person have many.
    return sure, place.startswith(_FOLDERS) or place[1:3] in _DRIVES


class _Voice(NamedTuple):
    """What a log calls a session's agent, with the accounts it names beside, perhaps none."""

    rank: Rank
    agent: str
    name: str
    assurance: str
    native: tuple[str, ...]
    accounts: tuple[str, ...]

    @property
    def is_given(self) -> bool:
        """Did somebody give the agent this name, or was it made of where the agent works?"""
        return self.assurance in _GIVEN and self.agent != UNKNOWN_AGENT


class _Settled(NamedTuple):
    """What a session's logs come to.

    Attributes:
        voice: The name that others give way to; None: they stay as they are.
        yielding: The other names.
        refs: Accounts that the names stand for, the surest first.
        tenant: Of events whose log names none.
    """

    voice: _Voice | None = None
    yielding: frozenset[str] = frozenset()
    refs: tuple[str, ...] = ()
    tenant: str = ""


class _Session:
    __slots__ = ("agent", "logs", "said", "settled", "tenants", "voices")

    def __init__(self) -> None:
        self.said: set[tuple[object, ...]] = set()
        self.voices: set[_Voice] = set()
        self.logs: dict[str, set[str]] = {}  # which logs call the agent so
        self.tenants: set[str] = set()
        self.settled: _Settled | None = None
        self.agent = ""  # what its first event left as

    def hear(self, event: Event) -> None:
        """Take in what an event says that was not said before."""
        agent = text_of(event, "gen_ai.agent.id", UNKNOWN_AGENT)
        accounts = event.get("warrant.identity.accounts")
        voice = _Voice(
            rank_of(event),
            agent,
            text_of(event, "gen_ai.agent.name", agent),
            text_of(event, "warrant.agent.assurance", "none"),
            tuple(native_refs(text_of(event, "event.module"), agent, text_of(event, "host.name"))),
            tuple(map(str, accounts)) if isinstance(accounts, list) else (),
        )
        self.voices.add(voice)
        self.logs.setdefault(agent, set()).add(text_of(event, "event.dataset"))
        if "organization.id" in event:
            self.tenants.add(text_of(event, "organization.id"))
        self.settled = None

    def settle(self) -> _Settled:
        """Return what the logs come to, as far as they were heard."""
        if len(self.tenants) > 1:  # a tenant is a wall: what one says is not told to another
            return _Settled()
        tenant = next(iter(self.tenants), "")
        voices = sorted(self.voices, key=lambda one: (-one.rank[0], not one.rank[1], one))
        surest = {one.agent for one in voices if one.rank == voices[0].rank}
        first = next((one for one in voices if one.agent == self.agent), voices[0])
        if len(surest) > 1 or (first.is_given and first.agent not in surest):
            return _Settled(tenant=tenant)  # several agents talk here, and each says who it is
        others = [
            one
            for one in voices
            if one.agent != first.agent
            and (one.agent in surest or not one.is_given)
            and self.logs[one.agent].isdisjoint(self.logs[first.agent])
        ]  # a log that has both names tells two agents apart
        refs = [*first.accounts, *first.native] + [ref for one in others for ref in one.native]
        yielding = frozenset(one.agent for one in others)
        return _Settled(first, yielding, tuple(dict.fromkeys(refs)), tenant)


class SessionNames:
    """Notes what events say of their sessions as they come, and settles it as they leave.

    An event leaves long after it came, so what other logs say of its session is mostly known.
    What has left stays: later events of its session get the name that it left with.
    """

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[Value, Value], _Session] = OrderedDict()

    def note(self, event: Event) -> None:
        """Take in what an event says of its session."""
        conversation = event.get("gen_ai.conversation.id")
        if not conversation:
            return
        key = event.get("event.module", ""), text_of(event, "gen_ai.conversation.id")
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = _Session()
            if len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        accounts = event.get("warrant.identity.accounts")
        said = (
            event.get("event.dataset"),
            event.get("gen_ai.agent.id"),
            event.get("warrant.agent.assurance"),
            event.get("organization.id"),
            tuple(accounts) if isinstance(accounts, list) else accounts,
        )
        if said not in session.said and len(session.said) < _VOICES:
            session.said.add(said)
            session.hear(event)

    def settle(self, event: Event) -> None:
        """Give an event what the other logs of its session say; it is changed in place."""
        key = event.get("event.module", ""), text_of(event, "gen_ai.conversation.id")
        session = self._sessions.get(key)
        if session is None:
            return
        if len(session.said) > 1:
            if session.settled is None:
                session.settled = session.settle()
            _tell(event, session.settled)
        if not session.agent:
            session.agent = text_of(event, "gen_ai.agent.id", UNKNOWN_AGENT)


def _tell(event: Event, settled: _Settled) -> None:
    if settled.tenant:
        event.setdefault("organization.id", settled.tenant)
    voice, agent = settled.voice, text_of(event, "gen_ai.agent.id", UNKNOWN_AGENT)
    if voice is None or (agent != voice.agent and agent not in settled.yielding):
        return
    own = event.get("warrant.identity.accounts")
    if settled.yielding or (voice.accounts and not isinstance(own, list)):
        listed = [str(ref) for ref in own] if isinstance(own, list) else []
        event["warrant.identity.accounts"] = list(dict.fromkeys([*settled.refs, *listed]))
    if agent != voice.agent:
        event["gen_ai.agent.id"], event["gen_ai.agent.name"] = voice.agent, voice.name
        event["warrant.agent.assurance"] = voice.assurance
