"""One event of a case as a reader meets it: who did what, and what is odd about it.

Texts stay as they were recorded; the page and the terminal make them visible (``safe``) at the
moment of showing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from agentwarrant.event import Event, text_of
from agentwarrant.finding import Case
from agentwarrant.report import words
from agentwarrant.vocabulary import DEFAULTS


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a timeline.

    Attributes:
        event: The event itself.
        offset: Time since the case began, as text.
        who: Who did it.
        did: What, in words.
        text: What was said, called or answered.
        detected: Names of the rules whose finding rests on this event.
        flags: Short remarks that belong beside origin and verdict.
        times: How often it came again in the same words, counted into this one.
    """

    event: Event
    offset: str
    who: str
    did: str
    text: str
    detected: tuple[str, ...]
    flags: tuple[str, ...]
    times: int = 1

    @property
    def id(self) -> str:
        return text_of(self.event, "event.id")

    @property
    def time(self) -> str:
        return text_of(self.event, "@timestamp")

    @property
    def tool(self) -> str:
        return text_of(self.event, "gen_ai.tool.name")

    @property
    def is_answer(self) -> bool:
        return text_of(self.event, "event.action") == "tool_result"

    @property
    def tool_does(self) -> str:
        return words.TOOL_CLASSES.get(text_of(self.event, "warrant.tool.class"), "")

    @property
    def origin(self) -> str:
        return text_of(self.event, "warrant.origin", "unknown")

    @property
    def verdict(self) -> str:
        return verdict_of(self.event)

    @property
    def reasons(self) -> list[str]:
        return texts(self.event, "warrant.intent.reasons")

    @property
    def weight(self) -> int:
        """How much a reader would miss this step."""
        if self.detected:
            return 3
        if self.verdict in words.BAD_VERDICTS or self.flags:
            return 2
        return 1 if text_of(self.event, "event.action") == "message_received" else 0


def texts(event: Event, name: str) -> list[str]:
    """Return a field as a list of texts, empty when it is not there."""
    value = event.get(name, [])
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def verdict_of(event: Event) -> str:
    """Return the intent verdict of an event."""
    return text_of(event, "warrant.intent.verdict", "unknown")


def steps(case: Case) -> list[Step]:
    """Return the case's timeline as steps."""
    rules: dict[str, dict[str, None]] = {}
    for finding in case.findings:
        for event_id in texts(finding.event, "warrant.finding.events"):
            rules.setdefault(event_id, {})[text_of(finding.event, "rule.name")] = None
    start = case.start
    return [
        _step(event, start, tuple(rules.get(text_of(event, "event.id"), ())))
        for event in case.timeline
    ]


def _step(event: Event, start: str, detected: tuple[str, ...]) -> Step:
    action = text_of(event, "event.action")
    apart = words.span_ms(start, text_of(event, "@timestamp"))
    return Step(
        event=event,
        offset=f"+{words.duration(apart)}" if apart else "start",
        who=agent_name(event) or "an agent",
        did=_did(event, action),
        text=_text(event),
        detected=detected,
        flags=tuple(_flags(event)),
    )


def _did(event: Event, action: str) -> str:
    did = words.ACTIONS.get(action, action.replace("_", " "))
    tool = text_of(event, "gen_ai.tool.name")
    if action == "message_received" and (speaker := speaker_name(event)):
        return f"{did} by {speaker}"
    if action == "tool_call" and tool:
        return f"used {tool}"
    if action == "tool_result" and tool:
        return f"{did} from {tool}"
    return did


def _text(event: Event) -> str:
    """What was said, called or answered, without the tool's name that stands beside it."""
    tool = text_of(event, "gen_ai.tool.name")
    message = text_of(event, "message").removeprefix(f"{tool}: " if tool else "")
    return text_of(event, "warrant.content.text") or message


_FLAGS = (
    ("warrant.taint.state", "tainted", "tainted context"),
    ("warrant.content.signal", "instruction_like", "text that gives orders"),
    ("warrant.data.sensitivity", "secret", "secret data"),
    ("warrant.scope.decision", "out_of_scope", "out of scope"),
    ("warrant.policy.decision", "denied", "denied by policy"),
    ("warrant.approval.state", "denied", "approval denied"),
    ("warrant.approval.state", "mismatched", "approval does not match"),
    ("warrant.approval.state", "expired", "approval expired"),
    ("event.outcome", "failure", "failed"),
)


def _flags(event: Event) -> Iterable[str]:
    return (shown for name, value, shown in _FLAGS if event.get(name) == value)


def fold(found: list[Step]) -> list[Step]:
    """Count what came again in the same words into its first: a loop is one line, not a page."""
    kept: dict[tuple[str, ...], Step] = {}
    for step in found:
        action = text_of(step.event, "event.action")
        key = (action, step.tool, step.text, step.who, step.verdict)
        known = kept.get(key)
        if known is None:
            kept[key] = step
            continue
        detected = tuple(dict.fromkeys((*known.detected, *step.detected)))
        kept[key] = replace(known, times=known.times + step.times, detected=detected)
    return list(kept.values())


def select(found: list[Step], limit: int) -> list[Step]:
    """Return the steps a reader would miss most, at most ``limit``, in order of time."""
    if len(found) <= limit:
        return found
    ranked = sorted(range(len(found)), key=lambda place: (-found[place].weight, place))
    return [found[place] for place in sorted(ranked[:limit])]


def agent_name(event: Event) -> str:
    """Return the agent as people call it."""
    return text_of(event, "gen_ai.agent.name") or text_of(event, "gen_ai.agent.id")


def principal_name(event: Event) -> str:
    """Return the principal as people call it, empty when none was recorded."""
    return text_of(event, "warrant.principal.name") or text_of(event, "warrant.principal.id")


def speaker_name(event: Event) -> str:
    """Return who spoke to the agent: the peer where it was one, else the principal."""
    peer = text_of(event, "warrant.peer.id") if is_speaking_peer(event) else ""
    return peer or principal_name(event)


def described(event: Event) -> str:
    """Return the principal with what is known of it: ``Mallory (stranger, human, telegram)``."""
    known = [
        words.AUTHORITIES.get(text_of(event, "warrant.principal.authority"), ""),
        text_of(event, "warrant.principal.kind").replace("unknown", ""),
        text_of(event, "warrant.channel"),
    ]
    remarks = ", ".join(part for part in known if part)
    return f"{principal_name(event)} ({remarks})" if remarks else principal_name(event)


def is_speaking_peer(event: Event) -> bool:
    """Did another agent cause this event by speaking?"""
    return bool(text_of(event, "warrant.peer.id")) and text_of(event, "warrant.origin") == "peer"


def recorded(event: Event) -> list[tuple[str, str]]:
    """Return every field that says more than its default and is not the step's text, by name."""
    shown = "warrant.content.text" if "warrant.content.text" in event else "message"
    return [
        (name, ", ".join(texts(event, name)))
        for name in sorted(event)
        if event[name] != DEFAULTS.get(name) and name != shown
    ]
