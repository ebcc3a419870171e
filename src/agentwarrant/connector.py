"""What a source is: it recognises its files, reads records, and makes events of them.

A leaf in ``connectors/<name>/`` says only what is peculiar to its vendor. Opening files,
decompression, limits, dead letters, redaction, tool classes, order and joining are done by the
engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar, NamedTuple

from agentwarrant import messages
from agentwarrant.acts.judged import in_order
from agentwarrant.event import (
    CLOCK,
    Event,
    Value,
    compact_json,
    cut,
    digest,
    event_id,
    head_of,
    iso_time,
    json_text,
    text_of,
)
from agentwarrant.inputs import InputFile, Record
from agentwarrant.redact import Redactor, is_clear
from agentwarrant.tools import calls, inner
from agentwarrant.tools.arguments import Arguments
from agentwarrant.traits.links import carriers
from agentwarrant.traits.texts import read_of
from agentwarrant.useragents import client_kind
from agentwarrant.vocabulary import DEFAULTS, category_of

_NONE: frozenset[str] = frozenset()
_FLAT = 40
_OUR_WORDS = ("warrant.data.sensitivity", "warrant.network.kind", "warrant.network.operation")
_NOTHING_AROUND: Mapping[str, Any] = {}


@cache
def _blank(module: str, action: str, dataset: str) -> Event:
    """Return what all events of one kind have in common. It is shared: copy it."""
    category, kind = category_of(action)
    return {
        "@timestamp": "",
        **DEFAULTS,
        "event.id": "",
        "event.action": action,
        "event.category": category,
        "event.type": kind,
        "event.module": module,
        "event.dataset": f"{module}.{dataset}",
    }


def _is_flat(text: str) -> bool:
    """Is a value, by its JSON, surely not nested deeper than what the redactor keeps?"""
    return text.count("{") + text.count("[") <= _FLAT


FIELD_LIMIT = 1024
HEADLINE_LIMIT = 300
"""Characters kept of a field that names something, and of the line that a person reads."""


class IdentityKind(NamedTuple):
    """One kind of account or credential that a source names, as warrants write it.

    Attributes:
        kind: ``<system>.<noun>``, for example ``okta.app``.
        title: What a person calls it, with an example of its id.
        credential: Is it a key or a token? A credential that serves two agents is reported.
        fold: Does the vendor ignore case in its ids?
    """

    kind: str
    title: str
    credential: bool = False
    fold: bool = False


class Raw(NamedTuple):
    """One record as the vendor wrote it, with what its reader knew around it.

    Attributes:
        record: The vendor's object, untouched.
        path: File it came from.
        line: 1-based line or row; 0 when there is none.
        context: What stands elsewhere in the file (session id, agent id …), small and plain.
    """

    record: Record
    path: str = ""
    line: int = 0
    context: Mapping[str, Any] = _NOTHING_AROUND


class Connector(ABC):
    """One log source.

    Class attributes:
        name: Folder name, ``event.module`` and the value of ``--source``.
        title: What a person calls it.
        places: Globs, relative to the home folder (or absolute), where it keeps its logs.
        identities: The kinds of accounts and credentials that its events name.
        has_twins: Do its logs give one action ids that have nothing in common?
    """

    name: ClassVar[str]
    title: ClassVar[str]
    places: ClassVar[tuple[str, ...]] = ()
    identities: ClassVar[tuple[IdentityKind, ...]] = ()
    has_twins: ClassVar[bool] = False

    def __init__(self, redactor: Redactor) -> None:
        self.redactor = redactor

    @abstractmethod
    def recognise(self, file: InputFile) -> int:
        """Return how sure this source is that the file is its own: 0 (not) to 100."""

    def read(self, file: InputFile) -> Iterator[Raw]:
        """Yield the file's records; override to add context or to read a database."""
        for line, record in file.records():
            yield Raw(record, str(file.path), line)

    @abstractmethod
    def normalize(self, raw: Raw) -> Iterator[Event]:
        """Yield the events of one record, possibly none.

        Pure: no clock, no network, no state; the same record gives the same events.

        Raises:
            BadRecord: The record is this source's but broken; it goes to the dead letters.
        """

    def twin(self, _event: Event) -> str:
        """Return what an event is, in the same words for all logs of a session; '': not known."""
        return ""

    # What every leaf needs, said once -----------------------------------------------------

    def event(self, raw: Raw, action: str, time: object, *identity: str, **more: Any) -> Event:
        """Return a new event with everything that is the same for all sources.

        Args:
            raw: The record it comes from.
            action: One of ``vocabulary.ACTIONS``.
            time: Whatever the source wrote as its time.
            identity: What identifies the record at the vendor (never its path).
            more: ``dataset`` (default: the connector's name); ``clock``, where ``time`` is not
                the record's own: ``file`` or ``session``; and nothing else.

        Raises:
            ValueError: ``time`` is not a time; the engine turns this into a dead letter.
        """
        made = dict(_blank(self.name, action, more.get("dataset", "events")))
        made["@timestamp"] = iso_time(time)
        made["event.id"] = event_id(self.name, action, *identity)
        if raw.path:
            made["log.file.path"] = raw.path
        if more.get("clock"):
            made[CLOCK] = more["clock"]
        return made

    def agent(self, event: Event, agent_id: str, *, name: str = "", assurance: str) -> None:
        """Say which agent acted, and how sure that is (verified, claimed, inferred, none)."""
        event["gen_ai.agent.id"] = agent_id
        event["gen_ai.agent.name"] = name or agent_id
        event["warrant.agent.assurance"] = assurance

    def fill(self, event: Event, fields: Mapping[str, str], limit: int = FIELD_LIMIT) -> None:
        """Set fields to text without the secrets in it, cut; those that are empty are left out."""
        for name, text in fields.items():
            if text:
                event[name] = cut(self.redactor.text(text)[0], limit)[0]

    def headline(self, event: Event, parts: Iterable[str]) -> None:
        """Set ``message``, the one line that a person reads, without secrets, cut."""
        line = " ".join(" ".join(parts).split())
        event["message"] = cut(self.redactor.text(line)[0], HEADLINE_LIMIT)[0]

    def accounts(self, event: Event, *accounts: tuple[str, object], agentic: str = "") -> None:
        """Name the accounts and credentials that acted; which agent holds them is found later.

        Args:
            event: Changed in place.
            accounts: (kind, id) pairs, the most specific first; kinds are of ``identities``.
                Pairs whose id is empty or no text are passed over. Ids are never secret: of a
                token only a hash or the vendor's id of it.
            agentic: ``yes`` where the source itself says that the actor is an AI agent, ``no``
                where it says that it is a person or a plain service.
        """
        named = [f"{kind}:{text}" for kind, text in accounts if text and isinstance(text, str)]
        if named:
            event["warrant.identity.accounts"] = list(dict.fromkeys(named))
        if agentic:
            event["warrant.identity.agentic"] = agentic

    def acts(self, event: Event, acts: Iterable[str]) -> None:
        """Say what was done besides its class (``vocabulary.TOOL_ACTS``); nothing of none."""
        known = in_order(acts)
        if known:
            event["warrant.tool.acts"] = known

    def client(self, event: Event) -> None:
        """Say what kind of program it was, once ``user_agent.original`` is filled in."""
        said = event.get("user_agent.original")
        if isinstance(said, str):
            event["warrant.client.kind"] = client_kind(said)

    def tool_call(self, event: Event, tool: str, arguments: object, call_id: str = "") -> None:
        """Fill in a tool call: name, redacted arguments, class, target, sensitivity.

        Args:
            event: A ``tool_call`` event; changed in place.
            tool: The name as the source writes it; it may call another (``tools/inner.py``).
            arguments: A mapping, or JSON text of one, or any text.
            call_id: The source's id of the call.
        """
        tool, parsed, facts = inner.called(tool, calls.parse_arguments(arguments))
        if facts.through:  # the names were arguments
            tool, *facts.also = [self.redactor.text(one)[0] for one in (tool, *facts.also)]
        whole, is_json = json_text(parsed)
        clear = whole if is_json and is_clear(whole) and _is_flat(whole) else ""
        clean, kinds = (parsed, _NONE) if clear else self.redactor.value(parsed)
        text = clean if isinstance(clean, str) else whole if clear else compact_json(clean)
        event["gen_ai.operation.name"] = "execute_tool"
        event["gen_ai.tool.name"] = tool
        event["warrant.arguments.text"] = cut(text)[0]
        event["warrant.arguments.hash"] = digest("arguments", tool, whole)
        if call_id:
            event["gen_ai.tool.call.id"] = call_id
        event["warrant.tool.class"] = facts.tool_class
        event["event.category"], event["event.type"] = category_of("tool_call", facts.tool_class)
        event.update(self._facts(facts, clear))
        if facts.tool_class == "message":
            self._message(event, parsed, clean, facts.command)
        if kinds:
            event["warrant.secret.types"] = sorted(kinds)
        if facts.payload and self.redactor.text(facts.payload)[1]:
            event["warrant.data.sensitivity"] = "secret"  # a key is in what leaves
            if facts.network_operation == "read" and facts.tool_class in ("read", "exec", "other"):
                facts.tool_class = "egress"
                event["warrant.tool.class"] = "egress"
        event["message"] = f"{tool}: {self.summary(facts, text, clear)}"

    def _message(self, event: Event, given: Arguments, clean: Any, command: str) -> None:
        """Say whom a call's message goes to, and follow its body, without keeping either's secrets.

        Args:
            event: Changed in place.
            given: The arguments as the agent gave them.
            clean: The same without secrets.
            command: The shell command that sends it, or ''.
        """
        to = [self.redactor.text(one)[0] for one in messages.recipients_of(given, command)]
        if to:
            event["warrant.message.recipients"] = to
        body = command or messages.body_of(given)
        if body:
            event["warrant.message.hash"] = self.redactor.mark(messages.folded(body))
        said = self.redactor.text(command)[0] if command else messages.body_of(clean)
        if carriers(said):
            event["warrant.content.link"] = "data_bearing"

    def _facts(self, facts: calls.Facts, clear: str) -> dict[str, Value]:
        """Return the fields of some facts, redacted.

        Args:
            facts: What was found out about a call.
            clear: A text known to be clear (``redact.is_clear``), and so are its parts.
        """
        fields = facts.fields()
        for name, value in fields.items():
            if name not in _OUR_WORDS and isinstance(value, str) and value not in clear:
                fields[name] = self.redactor.text(value)[0]
        return fields

    def summary(self, facts: calls.Facts, text: str, clear: str = "") -> str:
        """Return one redacted line that says what a call does; ``clear`` as for ``_facts``."""
        told = facts.command or facts.url or facts.path
        shown = told if told in clear else self.redactor.text(told)[0]
        return head_of(shown or text, 300)

    def tool_result(
        self, event: Event, tool: str, content: object, *, failed: bool | None, call_id: str = ""
    ) -> None:
        """Fill in a tool result: redacted content, origin, outcome, denial.

        Args:
            event: A ``tool_result`` event; changed in place.
            tool: Name of the tool that answered; empty when the source does not say.
            content: Text, or any JSON value.
            failed: True, False, or None when the source does not say.
            call_id: The source's id of the call.
        """
        text = self.content(event, content)
        event["gen_ai.operation.name"] = "execute_tool"
        if tool:
            event["gen_ai.tool.name"] = tool
        if call_id:
            event["gen_ai.tool.call.id"] = call_id
        if failed is not None:
            event["event.outcome"] = "failure" if failed else "success"
        denial = calls.denial_of(text) if failed else ""
        if denial:
            self.denied(event, denial)
        event["warrant.origin"] = calls.result_origin(tool)
        if event["warrant.origin"] in ("email", "peer") and text:
            whole = content if isinstance(content, str) else compact_json(content)
            event["warrant.message.hash"] = self.redactor.mark(messages.folded(whole))
        event["message"] = f"{tool or 'tool'} answered: {head_of(text, 200)}"

    def denied(self, event: Event, reason: str) -> None:
        """Say that the runtime refused the call.

        ``reason`` is one of: not_available, user_denied, policy_denied, approval_unavailable.
        """
        event["event.outcome"] = "failure"
        event["event.type"] = ["denied"]
        event["event.category"] = ["api"]
        event["warrant.policy.decision"] = "denied"
        event["warrant.policy.reason"] = reason

    def content(self, event: Event, content: object) -> str:
        """Keep the redacted text of a message or result; return it.

        The hash is of the text as the source wrote it, keyed, so that equal messages can be
        followed without keeping them.
        """
        whole = content if isinstance(content, str) else compact_json(content)
        text, kinds = self.redactor.text(whole)
        kept, truncated = cut(text)
        event["warrant.content.text"] = kept
        event["warrant.content.hash"] = self.redactor.mark(whole)
        action = text_of(event, "event.action")
        event.update(read_of(kept, action))
        if action in ("message_received", "message_sent") and whole:
            event["warrant.message.hash"] = self.redactor.mark(messages.folded(whole))
        if truncated == "yes":
            event["warrant.content.truncated"] = truncated
        if kinds:
            event["warrant.secret.types"] = sorted(kinds)
        return kept
