"""Gives every event its instructor, origin and taint, and every action an intent verdict."""

from __future__ import annotations

import re
from typing import Any

import orjson

from agentwarrant.cards import asks_for_card, card_fields
from agentwarrant.event import Event, text_of
from agentwarrant.intent.carried import Carried, behind_text, marks
from agentwarrant.intent.links import grown_link, known_network
from agentwarrant.intent.provenance import Source, explained, values_of
from agentwarrant.intent.session import INSTRUCTOR_FIELDS, Call, Session, Sessions
from agentwarrant.intent.threads import starts_thread
from agentwarrant.intent.verdict import may_instruct as may_instruct
from agentwarrant.intent.verdict import verdict_of
from agentwarrant.messages import body_of, repeats
from agentwarrant.tools.arguments import parse_arguments
from agentwarrant.tools.origin import result_origin
from agentwarrant.traits.links import carriers
from agentwarrant.vocabulary import SENSITIVE_CLASSES, UNTRUSTED_ORIGINS

_SAYS_NOTHING = 12
"""An answer of so few characters ("(no output)", "ok") carries nothing on."""
_ARGUMENTS = 600
_ANSWER_PIECES = 8
"""Of so many pieces of what a sub-agent says its answer is known again."""

_APPROVALS = {
    "approval_requested": "requested",
    "approval_granted": "granted",
    "approval_denied": "denied",
}
"""What an answered question makes of its call. One that nobody answered in time was a no."""

_NETWORK_ORIGIN = {"agent_network": "peer", "internet": "web", "private": "web"}


class Judge:
    """Judges events in order of time. State is by tenant, agent and conversation only."""

    def __init__(self) -> None:
        self.sessions = Sessions()
        self.carried = Carried()

    def judge(self, event: Event) -> Event:
        """Return the event with instructor, origin, taint and verdict."""
        step = _STEPS.get(text_of(event, "event.action"))
        if step is None or not event.get("gen_ai.conversation.id"):
            return event
        return step(self, dict(event), self.sessions.of(event))

    def snapshot(self) -> bytes:
        """Return everything that is remembered, for ``restore``."""
        state = {
            "form": _FORM,
            "evicted": self.sessions.evicted,
            "sessions": list(self.sessions.state()),
            "carried": self.carried.state(),
            "vouched": self.carried.vouched.state(),
        }
        return orjson.dumps(state)

    def restore(self, snapshot: bytes) -> None:
        """Become the judge that ``snapshot`` was taken of: it judges what follows the same.

        Raises:
            ValueError: It is no snapshot, or one of another form.
        """
        state: dict[str, Any] = orjson.loads(snapshot)
        if not isinstance(state, dict) or state.get("form") != _FORM:
            raise ValueError("no snapshot of this form of judge")
        self.sessions.restore(state["sessions"], state["evicted"])
        self.carried.restore(state["carried"])
        self.carried.vouched.restore(state["vouched"])


_FORM = 6


def _received(judge: Judge, event: Event, session: Session) -> Event:
    text = text_of(event, "warrant.content.text")
    if not text and text_of(event, "warrant.principal.kind") == "unknown":
        return event  # a log line about a message, not the message
    event["warrant.taint.state"] = "tainted" if session.outside else "clean"
    behind = judge.carried.read(event, "", text)
    if text_of(event, "warrant.origin") in ("system", "memory"):
        _loaded(event, session, text, [*behind, *_returned(judge, session, text)])
        return event
    if starts_thread(event, session.key):
        _begun(event, session, text, judge.sessions.delegator(event), behind)
        return event
    if may_instruct(event):
        session.instruct(event)
        _heard(event, session, text, judge.sessions.delegator(event), behind)
        return event
    session.instruct(event, text)
    who = text_of(event, "warrant.principal.name") or text_of(event, "warrant.principal.id")
    origin = text_of(event, "warrant.origin")
    session.read(
        Source(text_of(event, "event.id"), origin, who, text, _talks(event), cut=_cut(event))
    )
    session.take(behind)
    _taint(event, session)
    return event


def _loaded(event: Event, session: Session, text: str, behind: list[Source]) -> None:
    """The harness's own words instruct nobody anew; but memory may hold what content put there."""
    if behind:
        session.read(Source(text_of(event, "event.id"), "memory", "memory", text, _talks(event)))
        session.take(behind)
        _taint(event, session)
    else:
        session.hear(text, person=False)


def _begun(
    event: Event, session: Session, text: str, parent: Session | None, behind: list[Source]
) -> None:
    """A sub-agent is asked what its parent was asked, by the same; its task is the parent's words.

    Where it was not seen what the parent was asked, the task explains values and asks nothing.
    """
    if parent:
        session.begin(parent)
    else:
        session.hear(_without(text, behind), person=False)
    session.take(behind)
    _taint(event, session)


def _heard(
    event: Event, session: Session, text: str, delegator: Session | None, behind: list[Source]
) -> None:
    """Hear who may instruct. An agent may have been talked into what it asks for."""
    asked_by = delegator.instructor if delegator else None
    stranger = asked_by is not None and not may_instruct(asked_by)
    if delegator and delegator is not session and (delegator.said or stranger):
        session.inherit(delegator)
        if stranger:
            session.follow(delegator)  # who may not ask the one gains nothing by the other
    elif behind and text_of(event, "warrant.principal.kind") == "agent":
        session.hear(_without(text, behind))
        session.take(behind)
    else:
        session.hear(text)
        return
    _taint(event, session)


def _without(text: str, behind: list[Source]) -> str:
    """Return a message without the values that came from content: they are not its writer's."""
    values = values_of({"warrant.arguments.text": text})
    for value in sorted(values, key=lambda value: -len(value.text)):
        if not value.weak and any(value.text in source.text for source in behind):
            text = re.sub(re.escape(value.text), "…", text, flags=re.IGNORECASE)
    return text


def _cut(event: Event) -> bool:
    return text_of(event, "warrant.content.truncated") == "yes"


def _talks(event: Event) -> bool:
    return text_of(event, "warrant.content.signal") == "instruction_like"


def _taint(event: Event, session: Session) -> None:
    outside = session.outside
    if outside:
        event["warrant.taint.state"] = "tainted"
        origins = {source.origin for source in outside}
        event["warrant.taint.sources"] = sorted(origins)


def _called(judge: Judge, event: Event, session: Session) -> Event:
    known_network(event, session)
    grown_link(event, session)
    call = Call(
        text_of(event, "gen_ai.tool.name"),
        text_of(event, "warrant.tool.class"),
        text_of(event, "warrant.network.kind"),
        text_of(event, "warrant.network.operation"),
        text_of(event, "destination.address"),
        text_of(event, "warrant.arguments.text")[:_ARGUMENTS],
        text_of(event, "file.path"),
        text_of(event, "warrant.resource.id"),
        text_of(event, "warrant.tool.through"),
    )
    session.call(_call_key(event), call)
    _instructor(event, session)
    if text_of(event, "warrant.taint.state") != "tainted":
        _taint(event, session)
    verdict = verdict_of(event, session)
    event["warrant.intent.verdict"] = verdict.verdict
    if verdict.reasons:
        event["warrant.intent.reasons"] = verdict.reasons
    if verdict.evidence:
        event["warrant.intent.evidence"] = verdict.evidence
    event["warrant.origin"] = verdict.origin
    if verdict.verdict == "intended" and _as_named(event, call, session):
        session.done.add(call.tool_class)
    judge.carried.write(event, session)
    return _told(event, session, text_of(event, "warrant.arguments.text"))


def _as_named(event: Event, call: Call, session: Session) -> bool:
    """Is it an act that reaches somebody, and whom it reaches did people name?"""
    if call.tool_class not in SENSITIVE_CLASSES or call.tool_class in session.done:
        return False
    return any(v.target and explained(v.text, session.said) for v in values_of(event))


def _said(judge: Judge, event: Event, session: Session) -> Event:
    text = text_of(event, "warrant.content.text")
    parent = judge.sessions.get(session.above) if session.outside else None
    if parent:
        judge.sessions.expect(parent, marks(text, _ANSWER_PIECES), session)
    return _told(event, session, text)


def _returned(judge: Judge, session: Session, text: str) -> list[Source]:
    """Return the content behind an answer of an agent that this one started."""
    if not session.answers:
        return []
    found: list[Source] = []
    for key in dict.fromkeys(session.answers.get(mark) for mark in marks(text)):
        child = judge.sessions.get(key)
        if child:
            talking = [source for source in child.outside if source.instructs]
            found += behind_text(text, child) or (talking or child.outside)[-1:]
    return found


def _told(event: Event, session: Session, written: str) -> Event:
    """What an agent tells others may be another's words, and a link in it another's link."""
    if "warrant.content.link" in event:
        links = [link.url.lower() for link in carriers(written)]
        if links and all(any(one in s.text for s in session.sources) for one in links):
            del event["warrant.content.link"]  # it is quoted: nothing was put into its address
    if "warrant.message.hash" in event:
        parsed = parse_arguments(written)
        body = parsed if isinstance(parsed, str) else body_of(parsed)
        outside = [source.text for source in session.sources if source.outside]
        event["warrant.message.copied"] = "yes" if repeats(body, outside) else "no"
    return event


def _call_key(event: Event) -> str:
    """An answer names the tool that was asked, not the one that this called."""
    names = ("gen_ai.tool.call.id", "warrant.tool.through", "gen_ai.tool.name")
    return next((found for name in names if (found := text_of(event, name))), "")


def _instructor(event: Event, session: Session) -> None:
    if session.instructor is not None:
        for name in INSTRUCTOR_FIELDS:
            if name in session.instructor:
                event[name] = session.instructor[name]


def _asked(judge: Judge, event: Event, session: Session) -> Event:
    """Remember how the question about a call stands, for when the call is carried out."""
    call = session.calls.get(text_of(event, "gen_ai.tool.call.id"))
    if call:
        call.approval = _APPROVALS[text_of(event, "event.action")]
        call.approval_id = text_of(event, "warrant.approval.id")
    return event


def _answered(judge: Judge, event: Event, session: Session) -> Event:
    call = session.calls.pop(_call_key(event), None)
    _instructor(event, session)
    if call:
        if call.through:
            event["gen_ai.tool.name"], event["warrant.tool.through"] = call.tool, call.through
            event["warrant.origin"] = result_origin(call.tool)
        event.setdefault("gen_ai.tool.name", call.tool)
        event["warrant.tool.class"] = call.tool_class
        if call.resource:
            event.setdefault("warrant.resource.id", call.resource)
        if call.approval and text_of(event, "warrant.approval.state") == "none":
            event["warrant.approval.state"] = call.approval
            event["warrant.approval.id"] = call.approval_id
        if call.network_operation != "none":
            event["warrant.network.kind"] = call.network_kind
            event["warrant.network.operation"] = call.network_operation
            event["warrant.origin"] = _NETWORK_ORIGIN.get(call.network_kind, "web")
            if call.host:
                event.setdefault("destination.address", call.host)
    text = text_of(event, "warrant.content.text")
    origin = text_of(event, "warrant.origin")
    denied = text_of(event, "warrant.policy.decision") == "denied"
    outside = origin in UNTRUSTED_ORIGINS
    if call and asks_for_card(call.arguments):
        failed = text_of(event, "event.outcome") == "failure"
        event.update(card_fields(text, call.host, failed=failed))
    if not text and not denied:
        session.blind += 1
    if len(text) > _SAYS_NOTHING and not denied:
        behind = judge.carried.read(event, call.path if call else "", text)
        behind += _returned(judge, session, text)
        own = judge.carried.own(event, text) if not behind else []
        if own:
            session.hear(" ".join(own), person=False)
        who = text_of(event, "destination.address") or text_of(event, "gen_ai.tool.name") or origin
        identity, talks = text_of(event, "event.id"), _talks(event)
        arguments = call.arguments if call else ""
        source = Source(identity, origin, who, text, talks, outside or bool(behind), arguments)
        session.read(source._replace(cut=_cut(event)))
        session.take(behind)
    _taint(event, session)
    return event


_STEPS = {
    "message_received": _received,
    "message_sent": _said,
    "tool_call": _called,
    "tool_result": _answered,
    **dict.fromkeys(_APPROVALS, _asked),
}
