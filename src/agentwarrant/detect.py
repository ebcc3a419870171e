"""Events to findings: rules matched in the stream, bursts folded, cases assigned.

A burst within one group is one finding, however long it lasts: its first match opens it, later
ones are counted into it, and it leaves when the group has been quiet for the rule's ``suppress``.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agentwarrant.event import Event, digest, epoch_ms, text_of
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.correlate import Group, Operator, group_of
from agentwarrant.rules.finding_event import finding_event
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import DEFAULT_GROUP, Rule

_MAX_EVIDENCE = 200
_MAX_KEPT = 60
_MAX_OPEN = 20_000
_CONTEXT = 14
_MAX_CONVERSATIONS = 1_000
_CONTEXT_ACTIONS = frozenset({"message_received", "tool_call", "tool_result", "schedule_created"})


@dataclass(slots=True)
class _Burst:
    """An open finding: what matched, and how often since."""

    rule: Rule
    case: str
    trigger: Event
    events: list[Event]
    ids: dict[str, None]
    context: tuple[Event, ...]
    last: int
    count: int = 1
    extra: list[Event] = field(default_factory=list)


class Detector:
    """Matches rules against a stream of judged events, in order of time.

    Args:
        rules: From ``rules.load``.

    Attributes:
        matched: Matches before folding.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        listed = list(rules)
        by_name = {name: rule for rule in listed for name in (rule.id, rule.name)}
        self._operators = [
            (rule, Operator(rule.correlation), [by_name[n] for n in rule.correlation.rules])
            for rule in listed
            if rule.correlation and rule.alerts
        ]
        needed = {base.id for _, _, bases in self._operators for base in bases}
        single = [r for r in listed if r.predicate and (r.alerts or r.id in needed)]
        self._matcher = Matcher(single)
        self._open: OrderedDict[tuple[str, Group], _Burst] = OrderedDict()
        self._recent: OrderedDict[Group, deque[Event]] = OrderedDict()
        self._cases = CaseBook()
        self.matched = 0

    def run(self, events: Iterable[Event]) -> Iterator[Finding]:
        """Yield findings as they close; those still open close with the stream."""
        for event in events:
            yield from self.feed(event)
        yield from self.close()

    def feed(self, event: Event) -> Iterator[Finding]:
        """Take one event; yield the findings that it closes."""
        action = text_of(event, "event.action")
        self._remember(action, event)
        hits = self._matcher.hits(event)
        if not hits:
            return
        time = epoch_ms(text_of(event, "@timestamp"))
        for rule in hits:
            if rule.alerts:
                yield from self._match(rule, [event], event, time)
        names = {rule.id for rule in hits}
        for rule, operator, bases in self._operators:
            steps = [i for i, base in enumerate(bases) if base.id in names]
            evidence = operator.feed(steps, event, time) if steps else None
            if evidence:
                yield from self._match(rule, evidence, event, time)

    def close(self) -> Iterator[Finding]:
        """Yield every finding still open."""
        while self._open:
            _, burst = self._open.popitem(last=False)
            yield _close(burst)

    def _remember(self, action: str, event: Event) -> None:
        key = group_of(event, DEFAULT_GROUP)  # a conversation's id may come twice, in two tenants
        if action not in _CONTEXT_ACTIONS or key is None:
            return
        recent = self._recent.get(key)
        if recent is None:
            recent = self._recent[key] = deque(maxlen=_CONTEXT)
            if len(self._recent) > _MAX_CONVERSATIONS:
                self._recent.popitem(last=False)
        recent.append(event)

    def _match(
        self, rule: Rule, evidence: list[Event], event: Event, time: int
    ) -> Iterator[Finding]:
        self.matched += 1
        group = group_of(event, rule.group_by) or (text_of(event, "event.id"),)
        key = (rule.id, (text_of(event, "organization.id"), *group))
        burst = self._open.get(key)
        if burst is not None and time - burst.last <= rule.suppress_ms:
            _extend(burst, evidence, time)
            self._open.move_to_end(key)
            return
        if burst is not None:
            yield _close(self._open.pop(key))
        context = tuple(self._recent.get(group_of(event, DEFAULT_GROUP) or (), ()))
        case = self._cases.case_id(event)
        ids = {text_of(e, "event.id"): None for e in evidence}
        kept = evidence if len(evidence) <= _MAX_KEPT else _sample(evidence)
        self._open[key] = _Burst(rule, case, event, kept, ids, context, time)
        if len(self._open) > _MAX_OPEN:
            yield _close(self._open.popitem(last=False)[1])


def _sample(events: list[Event]) -> list[Event]:
    half = _MAX_KEPT // 2
    return [*events[:half], *events[-half:]]


def _extend(burst: _Burst, evidence: list[Event], time: int) -> None:
    burst.last = max(burst.last, time)
    burst.count += 1
    for event in evidence:
        key = text_of(event, "event.id")
        if key in burst.ids or len(burst.ids) >= _MAX_EVIDENCE:
            continue
        burst.ids[key] = None
        if len(burst.events) < _MAX_KEPT:
            burst.events.append(event)


_REASON_VALUE = 160
_PLACEHOLDER = re.compile(r"\{([\w.@]+)\}")


def _close(burst: _Burst) -> Finding:
    rule, trigger = burst.rule, burst.trigger
    reasons = [_fill(str(rule.meta.get("reason", rule.title)), trigger)]
    for reason in _listed(trigger, "warrant.intent.reasons"):
        if reason not in reasons:
            reasons.append(reason)
    if burst.count > 1:
        seconds = max(0, burst.last - epoch_ms(text_of(burst.events[0], "@timestamp"))) / 1000
        shown = f"{seconds:,.1f}" if seconds < 10 else f"{seconds:,.0f}"
        reasons.append(f"matched {burst.count:,} times within {shown} s")
    events = sorted(burst.events, key=lambda e: text_of(e, "@timestamp"))
    identity = digest(
        "finding", rule.id, text_of(burst.events[0], "event.id"), text_of(trigger, "event.id")
    )
    event = finding_event(
        rule, trigger, events, list(burst.ids), reasons, burst.case, identity, burst.count
    )
    return Finding(event, tuple(events), burst.context)


def _listed(event: Event, name: str) -> list[str]:
    value = event.get(name)
    return [str(part) for part in value] if isinstance(value, list) else []


def _fill(template: str, event: Event) -> str:
    """Fill a reason's placeholders with the event's values."""

    def value(match: re.Match[str]) -> str:
        text = text_of(event, match.group(1), "unknown")
        text = " ".join(text.split())
        return text if len(text) <= _REASON_VALUE else f"{text[:_REASON_VALUE].rstrip()}…"

    return _PLACEHOLDER.sub(value, template)
