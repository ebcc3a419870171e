"""Proposes filters from findings that an analyst closed as benign, and says what each would hide.

A filter is proposed for one rule of one tenant. It asks for fields that say who acted on what
(never for text that an agent or an outsider chose), as few as keep apart what was closed as benign
and everything else. A filter that would have hidden a finding that nobody closed as benign says
so; one that would have hidden a finding closed as malicious is not proposed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from agentwarrant.errors import UsageError
from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.rules.model import Rule

FIELDS = (
    "gen_ai.agent.id",
    "entity.id",
    "user.id",
    "host.name",
    "warrant.principal.id",
    "warrant.peer.id",
    "warrant.channel",
    "gen_ai.tool.name",
    "warrant.tool.class",
    "warrant.origin",
    "event.module",
)
"""What a filter may ask for, in the order of preference; all are on events and on findings.

Who and where come first: a tool or a class would exempt everybody who uses it.
"""

MOST_VALUES = 5
MOST_FIELDS = 3
_BENIGN, _MALICIOUS = "benign", "malicious"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A filter for one rule of one tenant.

    Attributes:
        rule: The rule.
        tenant: ``organization.id``.
        asked: Values by field; an event with one of each is filtered.
        benign: Findings closed as benign that it would have hidden, of how many.
        others: Ids of findings that nobody closed as benign and that it would have hidden.
        parts: Names of the documents that the filter is for: the rule, or what it correlates.
        also: Short ids of further rules that read these parts, and so are filtered as well.
    """

    rule: Rule
    tenant: str
    asked: Mapping[str, tuple[str, ...]]
    benign: tuple[int, int]
    others: tuple[str, ...]
    parts: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same proposal has the same id."""
        asked = json.dumps(sorted((k, list(v)) for k, v in self.asked.items()))
        return str(uuid5(NAMESPACE_URL, f"{self.rule.public_id} {self.tenant} {asked}"))

    def text(self) -> str:
        """Return the filter as a Sigma document, what it would have hidden as comments."""
        hidden, closed = self.benign
        lines = [
            f"# Would have hidden {hidden} of {closed} findings of {self.rule.short_id}"
            " that were closed as benign,",
            f"# and {len(self.others)} that were not"
            + (f": {', '.join(self.others[:5])}" if self.others else "."),
            *([f"# It also holds for {', '.join(self.also)}."] if self.also else []),
            *(["# It rests on one finding: is this what always happens?"] if closed == 1 else []),
            f"title: {_quoted(f'{self.rule.short_id} for {self.tenant}: what was found benign')}",
            f"id: {self.id}",
            "logsource: {product: ai_agent}",
            "filter:",
            f"  rules: [{', '.join(self.parts)}]",
            "  benign:",
        ]
        for name, values in self.asked.items():
            lines.append(f"    {name}|cased: [{', '.join(_quoted(_plain(v)) for v in values)}]")
        lines += [
            "  condition: not benign",
            "agentwarrant:",
            f"  tenants: [{_quoted(self.tenant)}]",
        ]
        return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)  # any JSON text is YAML


def _plain(text: str) -> str:
    """Escape what Sigma would read as a pattern."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")


def propose(
    findings: Sequence[Event], rules: Sequence[Rule], benign: frozenset[str] = frozenset()
) -> Iterator[Proposal]:
    """Yield the filters that findings closed as benign suggest, one for each rule and tenant.

    Args:
        findings: Findings as events; ``warrant.finding.disposition`` says how one was closed.
        rules: The rules that they are of; findings of other rules are passed over.
        benign: ``event.id`` of findings that were closed as benign.
    """
    known = {rule.public_id: rule for rule in rules if rule.alerts}
    names = {rule.id: rule for rule in rules}
    grouped: dict[tuple[str, str], list[Event]] = {}
    for one in findings:
        key = (text_of(one, "rule.id"), text_of(one, "organization.id"))
        if key[0] in known:
            grouped.setdefault(key, []).append(one)
    for (identity, tenant), listed in grouped.items():
        rule = known[identity]
        asked = _best(listed, benign)
        if asked:
            parts = _parts(rule, names)
            also = tuple(
                other.short_id
                for other in known.values()
                if other is not rule and set(parts) & _read_by(other, names)
            )
            yield replace(_proposal(rule, tenant, asked, listed, benign, parts), also=also)


def named(findings: Sequence[Event], given: Sequence[str]) -> frozenset[str]:
    """Return the ids of the findings that some beginnings of ids name.

    Raises:
        UsageError: One names no finding, or several.
    """
    ids = [text_of(one, "event.id") for one in findings]
    found = set()
    for word in given:
        fitting = {one for one in ids if one.startswith(word)} if word else set()
        if len(fitting) != 1:
            what = f"{len(fitting)} findings have an event.id that begins so"
            mend = "name it by more of its event.id" if fitting else "rules tune FILE lists them"
            raise UsageError(what, where=word, mend=mend)
        found |= fitting
    return frozenset(found)


def untold(
    findings: Sequence[Event], proposals: Sequence[Proposal], benign: frozenset[str]
) -> list[tuple[str, str]]:
    """Return rule and tenant of what was closed as benign and no filter is proposed for."""
    closed = [one for one in findings if _closed(one, benign) == _BENIGN]
    done = {(one.rule.public_id, one.tenant) for one in proposals}
    left = {(text_of(one, "rule.id"), text_of(one, "organization.id")) for one in closed} - done
    titles = {text_of(one, "rule.id"): text_of(one, "rule.name") for one in closed}
    return sorted((titles[rule], tenant) for rule, tenant in left)


def _parts(rule: Rule, names: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return what a filter must name: of a correlation the last rule about single events."""
    if rule.correlation is None:
        return (rule.name,)
    last = names.get(rule.correlation.rules[-1])
    return _parts(last, names) if last else ()


def _read_by(rule: Rule, names: Mapping[str, Rule]) -> set[str]:
    """Return the names of all that a rule correlates, however deep."""
    parts = [names[one] for one in rule.correlation.rules] if rule.correlation else []
    return {name for part in parts for name in (part.name, *_read_by(part, names))}


def _closed(finding: Event, benign: frozenset[str]) -> str:
    if text_of(finding, "event.id") in benign:
        return _BENIGN
    return text_of(finding, "warrant.finding.disposition")


def _best(listed: Sequence[Event], benign: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return the fewest fields that part the benign from the rest best; none when none may."""
    good = [one for one in listed if _closed(one, benign) == _BENIGN]
    bad = [one for one in listed if _closed(one, benign) == _MALICIOUS]
    rest = [one for one in listed if _closed(one, benign) != _BENIGN]
    values = {name: _shared(good, name) for name in FIELDS} if good else {}
    usable = [name for name in FIELDS if values.get(name)]
    best: tuple[int, dict[str, tuple[str, ...]]] | None = None
    for size in range(1, MOST_FIELDS + 1):
        for chosen in combinations(usable, size):
            asked = {name: values[name] for name in chosen}
            if any(_holds(asked, one) for one in bad):
                continue
            hidden = sum(_holds(asked, one) for one in rest)
            if best is None or hidden < best[0]:
                best = (hidden, asked)
        if best is not None and best[0] == 0:
            break
    return best[1] if best else {}


def _shared(good: Sequence[Event], name: str) -> tuple[str, ...]:
    """Return the values that all benign findings have in a field; none when one lacks it."""
    values = dict.fromkeys(text_of(one, name) for one in good)
    fitting = "" not in values and "unknown" not in values and len(values) <= MOST_VALUES
    return tuple(sorted(values)) if fitting else ()


def _holds(asked: Mapping[str, tuple[str, ...]], finding: Event) -> bool:
    return all(text_of(finding, name) in values for name, values in asked.items())


def _proposal(
    rule: Rule,
    tenant: str,
    asked: Mapping[str, tuple[str, ...]],
    listed: Sequence[Event],
    benign: frozenset[str],
    parts: tuple[str, ...],
) -> Proposal:
    closed = [one for one in listed if _closed(one, benign) == _BENIGN]
    hidden = [one for one in listed if _holds(asked, one)]
    others = sorted(
        (one for one in hidden if _closed(one, benign) != _BENIGN),
        key=lambda one: epoch_ms(text_of(one, "@timestamp")),
    )
    return Proposal(
        rule,
        tenant,
        asked,
        (len(hidden) - len(others), len(closed)),
        tuple(text_of(one, "event.id") for one in others),
        parts,
    )


def read_findings(lines: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return the findings among JSON lines; what is no finding is passed over."""
    found = []
    for line in lines:
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and one.get("event.kind") == "alert" and "rule.id" in one:
            found.append(one)
    return found


def listed(findings: Sequence[Event], rules: Sequence[Rule], most: int = 40) -> Iterator[str]:
    """Yield a line for each finding: how its id begins, when, which rule, who.

    Args:
        findings: As ``read_findings`` returns them.
        rules: Whose short ids are shown.
        most: So many are shown; the rest is counted.
    """
    short = {rule.public_id: rule.short_id for rule in rules if rule.alerts}
    for one in findings[:most]:
        agent = text_of(one, "gen_ai.agent.id")
        who = agent if agent not in ("", "unknown") else text_of(one, "entity.name", "unknown")
        rule = short.get(text_of(one, "rule.id"), text_of(one, "rule.name"))
        when = text_of(one, "@timestamp")[:16].replace("T", " ")
        yield f"{text_of(one, 'event.id')[:_SHORT_ID]}  {when}  {rule:11.40}  {who:.60}"
    if len(findings) > most:
        yield f"and {len(findings) - most:,} more"


_SHORT_ID = 8
