"""Events to findings: rules matched in the stream, bursts folded, cases assigned.

A burst within one group is one finding, however long it lasts: its first match opens it, later
ones are counted into it, and it leaves when the group has been quiet for the rule's ``suppress``.
A rule without ``suppress`` gives a finding for every match.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from agentwarrant.burst import MAX_EVIDENCE, Burst, burst_of, kept_burst, sample
from agentwarrant.event import Event, digest, epoch_ms, iso_from_ms, text_of
from agentwarrant.finding import CaseBook, Finding
from agentwarrant.rules.correlation.codec import decode, encode
from agentwarrant.rules.correlation.correlator import Correlator
from agentwarrant.rules.correlation.shapes import Limits, Match
from agentwarrant.rules.explain import Matched
from agentwarrant.rules.finding_event import finding_of
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import DEFAULT_GROUP, Rule

_MAX_OPEN = 20_000
_CONTEXT = 14
_MAX_CONVERSATIONS = 1_000
_SWEEP_MS = 60_000
_JUMP_MS = 366 * 86_400_000
_CONFIRMED = 10
_NAMED_RULES = 3
"""So many rules are named one by one when they let events go."""
_MISSED = (
    "a burst or sequence with them may be missed: run over the events again sorted by time,"
    " or with a longer --lateness (rules run)"
)
_CONTEXT_ACTIONS = frozenset({"message_received", "tool_call", "tool_result", "schedule_created"})

AGENT = "gen_ai.agent.id"
Group = tuple[Any, ...]


def _late(late: Mapping[str, int]) -> Iterator[str]:
    """Yield what to say of events that came too late, by the name of the rule they matched."""
    most = sorted(late, key=lambda name: (-late[name], name))
    if len(most) > _NAMED_RULES:
        named = ", ".join(f"{name} {late[name]:,}" for name in most[:_NAMED_RULES])
        rest = f"{named} and {len(most) - _NAMED_RULES} more rules"
        yield f"{sum(late.values()):,} matches came too late to be correlated: {rest}; {_MISSED}"
        return
    for name in most:
        which = f"{late[name]:,} {'event' if late[name] == 1 else 'events'} of the rule {name}"
        yield f"{which} came too late to be correlated; {_MISSED}"


class Detector:
    """Matches rules against a stream of events.

    Args:
        rules: From ``rules.load``.
        lateness_ms: How much later than the latest an event may come and still be correlated in
            its place.
        limits: How much correlations keep.
        redact: Takes secrets out of the values that a finding quotes; for events that no connector
            has made, whose secrets are still in them.
        matcher: That of another detector of the same rules, which need not be compiled again.

    Attributes:
        matcher: Of the rules about single events.
        correlator: Of the others.
        matched: Matches before folding.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        lateness_ms: int = 0,
        limits: Limits | None = None,
        redact: Callable[[str], str] = str,
        matcher: Matcher | None = None,
    ) -> None:
        listed = list(rules)
        self.correlator = Correlator(listed, limits=limits, lateness_ms=lateness_ms)
        needed = self.correlator.needed
        asked = (r for r in listed if r.tree and (r.alerts or r.id in needed))
        self.matcher = matcher or Matcher(list(asked))
        self._rules = {rule.id: rule for rule in listed}
        self._explained = Matched(listed)
        self._redact = redact
        self._open: OrderedDict[tuple[str, Group], Burst] = OrderedDict()
        self._recent: OrderedDict[Group, deque[Event]] = OrderedDict()
        self._fresh: deque[tuple[str, Group]] = deque(maxlen=_MAX_OPEN)
        self._cases = CaseBook()
        self._swept = 0
        self._latest = 0
        self._ahead = 0
        self.matched = 0

    @property
    def counters(self) -> dict[str, int]:
        """What was let go, by name: see ``Correlator.counters``; and slow regular expressions."""
        slow = sum(self.matcher.program.slow.values())
        return {**self.correlator.counters, "slow_regex": slow}

    def notes(self) -> Iterator[str]:
        """Yield one sentence for everything that the operator should know was let go."""
        late = {self._rules[one].name: count for one, count in self.correlator.late.items()}
        yield from _late(late)
        for counter, said in _SAID.items():
            if self.correlator.counters.get(counter):
                yield f"{self.correlator.counters[counter]:,} {said}"
        for pattern, count in self.matcher.program.slow.items():
            yield f"the regular expression {pattern} took too long for {count:,} values"

    def run(self, events: Iterable[Event]) -> Iterator[Finding]:
        """Yield findings as they close; those still open close with the stream."""
        for event in events:
            yield from self.feed(event)
        yield from self.close()

    def feed(self, event: Event) -> Iterator[Finding]:
        """Take one event; yield the findings that it closes."""
        self._remember(event)
        hits = self.matcher.hits(event)
        if hits or self.correlator.scoped:
            yield from self.take(event, hits, epoch_ms(text_of(event, "@timestamp")))

    def take(
        self, event: Event, hits: Sequence[Rule], time: int, *, timed: bool = True
    ) -> Iterator[Finding]:
        """Take an event that matched some rules; yield the findings that it closes.

        Args:
            event: The event.
            hits: The rules about single events that it matched.
            time: Its time in milliseconds.
            timed: Whether the time is the event's own; without one it is not correlated.
        """
        if time - self._swept > _SWEEP_MS:
            self._swept = time
            yield from self._expired(time)
        for rule in hits:
            if rule.alerts:
                yield from self._match(rule, [event], event, time)
        if timed and (hits or self.correlator.scoped) and self._is_credible(time):
            for match in self.correlator.feed(event, [rule.id for rule in hits], time):
                yield from self._correlated(match)

    def _is_credible(self, time: int) -> bool:
        """Return False for a time years ahead of all others, until more events say the same.

        One event with a forged time would otherwise make everything after it too late.
        """
        if self._latest and time - self._latest > _JUMP_MS and self._ahead < _CONFIRMED:
            self._ahead += 1
            self.correlator.counters["bad_time"] += 1
            return False
        self._ahead = 0
        self._latest = max(self._latest, time)
        return True

    def close(self) -> Iterator[Finding]:
        """Yield every finding still open."""
        for match in self.correlator.close():
            yield from self._correlated(match)
        while self._open:
            _, burst = self._open.popitem(last=False)
            yield self._closed(burst)

    def opened(self) -> Iterator[Finding]:
        """Yield what is open since this was last asked, as it is now; it closes later all the same.

        For whoever cannot wait until a burst is over: both have the same ``event.id``.
        """
        while self._fresh:
            burst = self._open.get(self._fresh.popleft())
            if burst is not None:
                yield self._closed(burst)

    def snapshot(self) -> dict[str, Any]:
        """Return all that is open as plain JSON values: correlations, bursts, cases."""
        return {
            "correlator": self.correlator.snapshot(),
            "bursts": [[encode(key), encode(kept_burst(b))] for key, b in self._open.items()],
            "recent": encode(self._recent),
            "cases": self._cases.snapshot(),
            "clock": [self._swept, self._latest, self._ahead, self.matched],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on where a snapshot was taken, also in another process.

        Raises:
            ValueError: It was made by other rules.
        """
        try:
            self.correlator.restore(state["correlator"])
            self._open.clear()
            for key, burst in state["bursts"]:
                self._open[decode(key)] = burst_of(decode(burst), self._rules)
            self._recent = decode(state["recent"])
            self._cases.restore(state["cases"])
            self._swept, self._latest, self._ahead, self.matched = state["clock"]
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"no state of these rules: {error!r}") from error

    def _correlated(self, match: Match) -> Iterator[Finding]:
        events = [event for event in match.events if isinstance(event, dict)]
        trigger = match.trigger if isinstance(match.trigger, dict) else {}
        if "event.id" not in trigger:
            trigger = events[-1] if events else _stand_in(match)
        about = _about(match, trigger)
        yield from self._match(match.rule, events or [trigger], about, match.time_ms, match)

    def _remember(self, event: Event) -> None:
        # A conversation's id may come twice, in two tenants.
        key = _values(event, DEFAULT_GROUP)
        if key is None or text_of(event, "event.action") not in _CONTEXT_ACTIONS:
            return
        recent = self._recent.get(key)
        if recent is None:
            recent = self._recent[key] = deque(maxlen=_CONTEXT)
            if len(self._recent) > _MAX_CONVERSATIONS:
                self._recent.popitem(last=False)
        recent.append(event)

    def _match(
        self,
        rule: Rule,
        evidence: list[Event],
        event: Event,
        time: int,
        match: Match | None = None,
    ) -> Iterator[Finding]:
        self.matched += 1
        key = (rule.id, _group(rule, event, match))
        burst = self._open.get(key)
        if burst is not None and rule.suppress_ms is not None:
            if abs(time - burst.last) <= rule.suppress_ms:
                burst.extend(evidence, time)
                self._open.move_to_end(key)
                return
            yield self._closed(self._open.pop(key))
        context = tuple(self._recent.get(_values(event, DEFAULT_GROUP) or (), ()))
        case = self._cases.case_id(event)
        ids = {text_of(e, "event.id"): None for e in evidence[:MAX_EVIDENCE]}
        burst = Burst(rule, case, event, sample(evidence), ids, context, time)
        if match is not None:
            burst.steps, burst.metric = match.steps, match.metric
        if rule.suppress_ms is None:
            yield self._closed(burst)
            return
        self._open[key] = burst
        self._fresh.append(key)
        if len(self._open) > _MAX_OPEN:
            yield self._closed(self._open.popitem(last=False)[1])

    def _expired(self, now: int) -> Iterator[Finding]:
        """Yield the findings whose group has been quiet for long enough."""
        lateness = self.correlator.lateness_ms
        over = [
            key
            for key, burst in self._open.items()
            if now - lateness - burst.last > (burst.rule.suppress_ms or 0)
        ]
        for key in over:
            yield self._closed(self._open.pop(key))

    def _closed(self, burst: Burst) -> Finding:
        rule, trigger = burst.rule, burst.trigger
        events = sorted(burst.events, key=lambda e: text_of(e, "@timestamp"))
        matched = [self._redact(line) for line in self._explained.said(rule, trigger, burst.steps)]
        event = finding_of(
            rule, trigger, events, list(burst.ids), burst.case, burst.count, burst.last, matched
        )
        return Finding(event, tuple(events), burst.context)


_SAID = {
    "bad_time": "events were not correlated: their time is far from all others",
    "evicted": "groups were let go because there were too many; a slow burst in one may be missed",
    "without_key": "matches lacked a field that a correlation groups by",
    "over_limit": "values or windows were let go because there were too many",
    "released_early": "events could not be held back for as long as they may come late",
}


def _stand_in(match: Match) -> Event:
    """Return an event for a match none of whose evidence is held any more."""
    key = [str(part) for part in match.key]
    made: Event = {
        "@timestamp": iso_from_ms(match.time_ms),
        "event.id": digest("match", match.rule.id, str(match.time_ms), *key),
        "log.file.path": "unknown",
    }
    if match.key and match.key[0] is not None:
        made["organization.id"] = key[0]
    return made


def _about(match: Match, trigger: Event) -> Event:
    """Return the trigger as an event of the agent that the match is about.

    Where aliases say so that is not who acted: an administrator stops an agent.
    """
    correlation = match.rule.correlation
    if correlation is None or AGENT not in correlation.aliases:
        return trigger
    named = dict(zip(correlation.group_by, match.key[1:], strict=False))
    agent = named.get(AGENT)
    if not isinstance(agent, str) or agent == text_of(trigger, AGENT):
        return trigger
    others = {name: value for name, value in trigger.items() if not name.startswith("entity.")}
    return {**others, AGENT: agent, "gen_ai.agent.name": agent}


def _values(event: Mapping[str, Any], names: Sequence[str]) -> Group | None:
    """Return an event's values of some fields; None when one is absent."""
    values: list[Any] = []
    for name in names:
        value = _value(event, name)
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def _value(event: Mapping[str, Any], name: str) -> Any:
    value = event.get(name)
    return tuple(value) if isinstance(value, list) else value


def _group(rule: Rule, event: Event, match: Match | None) -> Group:
    """Return what makes a match part of a burst; a tenant is a wall whatever a rule groups by.

    What lacks a field belongs with all else that lacks it: logs of clouds have no conversations,
    and their bursts are bursts, too. What lacks all of them stands alone.
    """
    if match is not None and rule.correlation and rule.group_by == rule.correlation.group_by:
        return match.key
    named = [_value(event, name) for name in rule.group_by]
    if all(value is None for value in named):
        named = [text_of(event, "event.id")]
    return (text_of(event, "organization.id"), *named)
