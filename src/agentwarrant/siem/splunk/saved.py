"""The rules as saved searches: the stanzas of ``savedsearches.conf``.

**Names** hold the rule's short id and not its title: what a customer writes into ``local/`` is
found again by the stanza's name. ``- Rule`` is at the end, for Enterprise Security lists nothing
else as a detection.

**One burst, one finding.** Runs overlap, so the same match is found more than once. Within a run
the search itself leaves one row a group (``found``). Between runs Splunk suppresses: alerts are
triggered for each result (``alert.digest_mode = 0``), and a group that has alerted is quiet for
``alert.suppress.period``, which is the rule's ``suppress`` and never shorter than runs can find
the same again. The period begins with an alert; our engine's begins anew with each match. So a
burst that lasts longer than the period is told of once a period. Of a rule without suppression
each match is a group of its own, and is told of once.

**Off** until somebody switches it on, here (``enable``) or in ``local/``. The alert action is named
and off as well.

Source of the keys: savedsearches.conf.spec.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from agentwarrant.finding import Severity
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import security
from agentwarrant.siem.splunk.found import (
    bare,
    filter_macro,
    finding_search,
    is_events,
    told_again,
)
from agentwarrant.siem.splunk.names import ALERT_ACTION, APP
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.splunk.render import NativeSearch, Rendered
from agentwarrant.siem.splunk.schedule import LATE_MS, dispatch, duration, timing
from agentwarrant.siem.written import Written, written

PREFIX = "Agent Warrant - "
GROUP = "aw_group"
"""The column that alerts are suppressed by."""
LONGEST = 99
"""Characters of a name that Enterprise Security lets be edited."""
SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.INFORMATIONAL: "1",
        Severity.LOW: "2",
        Severity.MEDIUM: "3",
        Severity.HIGH: "4",
        Severity.CRITICAL: "5",
    }
)
"""``alert.severity``: from 1, which Splunk shows as info, to 5, critical."""
_KEPT = "7d"
"""How long a triggered alert is listed, and with it the job that findings are read from."""

Stanzas = dict[str, dict[str, str]]


def stanzas(
    rendered: Rendered,
    enable: Collection[str] = (),
    *,
    attack: str = security.ATTACK,
    late_ms: int = LATE_MS,
) -> Stanzas:
    """Return savedsearches.conf: a search for each part of each rule, and those that feed them.

    Args:
        rendered: What the rules became.
        enable: Short ids of rules that are switched on; ``*`` for all.
        attack: The version of ATT&CK that is annotated (``v18``, ``v19``).
        late_ms: How much later than it happened an event may be indexed.
    """
    said = written(one.rule for one in rendered.rules)
    parts = Counter(one.rule.id for one in rendered.rules)
    made: Stanzas = {}
    for one in rendered.rules:
        on = not frozenset({"*", one.rule.short_id}).isdisjoint(enable)
        made |= _stanzas(one, parts[one.rule.id], said[one.rule.id], on, attack, late_ms)
    return made


def search_id(rule: Rule, part: int, parts: int) -> str:
    """Return what a search is of: the rule's short id, and which of its parts; these count from 1.

    Of a rule fitted to some tenants it says to which.
    """
    fitted = rule.id.removeprefix(rule.public_id) if rule.known_as else ""
    return f"{rule.short_id}{fitted}" + (f".{part}" if parts > 1 else "")


def search_name(given: str) -> str:
    """Return the name of a saved search.

    Args:
        given: What ``search_id`` returned.
    """
    end = " - Rule"
    safe = given.replace("]", ")").replace("[", "(")
    return f"{PREFIX}{safe[: LONGEST - len(PREFIX) - len(end)]}{end}"


def filters(rendered: Rendered) -> Stanzas:
    """Return macros.conf: for each search one that keeps every row, to be changed in ``local/``."""
    parts = Counter(one.rule.id for one in rendered.rules)
    made = {}
    for one in rendered.rules:
        name = filter_macro(search_id(one.rule, one.part, parts[one.rule.id]))
        made[name] = {"definition": "search *", "iseval": "0"}
    return made


def _stanzas(
    one: NativeSearch, parts: int, said: Written, on: bool, attack: str, late_ms: int
) -> Stanzas:
    identity = search_id(one.rule, one.part, parts)
    name = search_name(identity)
    title = one.rule.title + (f" ({one.part} of {parts})" if parts > 1 else "")
    label = f"{identity} {title}"
    text = finding_search(one.rule, one.query, filter_macro(identity))
    about = said.description or one.rule.title
    body = {
        **_common(name, text, f"{title}. {about}", one.query, on, late_ms),
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        **_alert(one.rule, one.query),
        **security.keys(one.rule, said, label, entities(one.query), attack),
        f"action.{ALERT_ACTION}": "0",
    }
    return {name: body, **dict(_feeds(identity, title, one.query, on, late_ms))}


def _common(
    name: str, text: str, about: str, query: Query, on: bool, late_ms: int
) -> dict[str, str]:
    return {
        "search": text,
        "description": " ".join(about.split()),
        "disabled": "0" if on else "1",
        **timing(name, query),
        **dispatch(query, late_ms),
        "request.ui_dispatch_app": APP,
    }


def _alert(rule: Rule, query: Query) -> dict[str, str]:
    return {
        "alert.digest_mode": "0",
        "alert.expires": _KEPT,
        "alert.severity": SEVERITIES[rule.severity],
        "alert.suppress": "1",
        "alert.suppress.fields": GROUP,
        "alert.suppress.period": suppression(rule, query),
        "alert.track": "1",
    }


def suppression(rule: Rule, query: Query) -> str:
    """Return for how long a group is quiet once it has alerted."""
    return duration(max(rule.suppress_ms or 0, told_again(query)))


def entities(query: Query) -> list[tuple[str, str]]:
    """Return what carries risk: an agent is neither a user nor a system; its host is one."""
    return [("aw_entity", "other"), *([("aw_host", "system")] if is_events(query) else [])]


def _feeds(
    identity: str, title: str, query: Query, on: bool, late_ms: int
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the searches that keep what a rule compares with; they find nothing themselves."""
    for number, feed in enumerate(query.feeds, 1):
        name = f"{PREFIX}{identity} - Feed {number}"
        about = f"Keeps what the rule {title} compares with. It must run where the rule does."
        yield name, _common(name, bare(feed.text), about, feed, on, late_ms)
