"""What a saved search adds to a rule's search: who it is about, one row a burst, few columns.

A rule's search has a row for each match. What stands after it makes findings of them:

- ``aw_rule``, ``aw_tenant``, ``aw_agent``, ``aw_ids`` (at most ``MOST_IDS`` ids of the events):
  what the alert action sends on (``app_bin``).
- ``aw_title``: the rule's, for whoever reads a list of results.
- ``aw_entity``: the agent as Enterprise Security adds up its risk, with its tenant before it, for
  two customers may call an agent the same. ``aw_who``: the same for people, never absent.
- ``aw_group``: a hash of the tenant and of what the rule groups by, in lower case; of a rule
  without suppression also of the moment and its events. Splunk suppresses by it. One column stands
  for all, so a field that is absent, a list, or has blanks suppresses like any other; and no agent
  can choose its name so that it falls into another's group.
- one row for each group: ``_time`` and columns of its first match in the range; ``aw_matches``,
  how many there are; ``aw_first`` and ``aw_last``, when the first began and the last ended.

A macro of each rule's own stands between: what a customer excepts is written into ``local/``.
"""

from __future__ import annotations

import re

from agentwarrant import schema
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import spl
from agentwarrant.siem.splunk.form import field_name
from agentwarrant.siem.splunk.names import APP
from agentwarrant.siem.splunk.query import Form, Query
from agentwarrant.siem.splunk.schedule import LATE_MS, SPARE_MS, duration, every_ms, lookback
from agentwarrant.siem.vocabulary import is_single

AGENT, HOST = "gen_ai.agent.id", "host.name"
MOST_IDS = 100
_MADE = (
    "aw_rule", "aw_title", "aw_tenant", "aw_agent", "aw_entity", "aw_who", "aw_host", "aw_group",
    "aw_ids", "aw_matches", "aw_first", "aw_last",
)  # fmt: skip
_SHOWN = (
    "gen_ai.agent.name",
    "gen_ai.conversation.id",
    "warrant.principal.id",
    "warrant.intent.verdict",
    "warrant.scope.decision",
    "message",
)
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def finding_search(rule: Rule, query: Query, filter_macro: str) -> str:
    """Return the text of a saved search: the rule's own, and what makes findings of its rows.

    Splunk begins a saved search's text with ``search`` itself unless it begins with a pipe
    (savedsearches.conf.spec, ``search``), so that word is left away.
    """
    lines = [bare(query.text)]
    if told_again(query) < _seen(query):
        since = duration(LATE_MS + query.settle_ms)
        lines.append(f'| where _time >= relative_time(now(), "-{since}")')
    lines += [
        f"| eval {', '.join(_evals(rule, query))}",
        f"| `{filter_macro}`",
        '| eval aw_entity=if(isnull(aw_tenant), aw_agent, aw_tenant."/".aw_agent)',
        '| eval aw_who=coalesce(aw_entity, aw_tenant, "an agent")',
        f"| eval aw_group={_group(rule, query)}",
        "| eventstats count AS aw_matches, min(aw_first) AS aw_begun, max(aw_last) AS aw_ended,"
        " values(aw_ids) AS aw_all BY aw_group",
        "| sort 0 _time",
        "| dedup aw_group",
        "| eval aw_first=aw_begun, aw_last=aw_ended, aw_ids="
        f"if(mvcount(aw_all)>{MOST_IDS}, mvindex(aw_all, 0, {MOST_IDS - 1}), aw_all)",
        f"| table {' '.join(map(spl.name, columns(rule, query)))}",
    ]
    return "\n".join(lines)


def bare(text: str) -> str:
    """Return a search without the ``search`` that Splunk puts before it."""
    return text.removeprefix("search ")


def told_again(query: Query) -> int:
    """Return for how long runs find the same again, in milliseconds.

    A rule about single events finds one for as long as it looks back. What takes longer to come
    about than an event may be late is told of when it comes about, within that time.
    """
    return min(_seen(query), LATE_MS + query.settle_ms + every_ms(query) + SPARE_MS)


def _seen(query: Query) -> int:
    """Return for how long something is in the range of runs, in milliseconds."""
    return lookback(query) + (0 if query.form is Form.RAW else LATE_MS)


def columns(rule: Rule, query: Query) -> list[str]:
    """Return the columns of what was found."""
    given = [*(field_name(name) for name in rule.group_by), *query.columns]
    given += [field_name(name) for name in query.group_by]
    if is_events(query):
        given += [field_name(name) for name in (*_named(rule), *_SHOWN)]
    return list(dict.fromkeys(["_time", *_MADE, *given]))


def is_events(query: Query) -> bool:
    """Are the rows events, with all of their fields?"""
    return query.form is Form.RAW and not query.window_ms and not query.feeds


def _evals(rule: Rule, query: Query) -> list[str]:
    has_host = is_events(query) or HOST in (*query.group_by, *query.columns)
    return [
        f"aw_rule={_said(rule.public_id)}",
        f"aw_title={_said(rule.title)}",
        f"aw_tenant=coalesce(aw_tenant, '{TENANT}')",
        f"aw_agent=coalesce(aw_agent, '{AGENT}')",
        "aw_host=" + (f"'{HOST}'" if has_host else "null()"),
    ]


def _said(words: str) -> str:
    """Return a text of a rule, in which nothing is a macro or a token."""
    kept = "".join(one if one.isprintable() and one not in "`$|" else " " for one in words)
    return spl.string(" ".join(kept.split()))


def _group(rule: Rule, query: Query) -> str:
    names = dict.fromkeys((TENANT, *(query.group_by or rule.group_by)))
    parts = [_value(name) for name in names]
    if rule.suppress_ms is None:
        parts += ["tostring(_time)", 'mvjoin(aw_ids, ",")']
    hashes = [f'sha256(lower(coalesce({part}, "")))' for part in parts]
    return f"sha256({'.'.join(hashes)})"


def _value(name: str) -> str:
    there = spl.column(field_name(name))
    return there if is_single(name) else f'mvjoin({there}, ",")'


def _named(rule: Rule) -> list[str]:
    """Return the fields that a rule's reason and its guide name."""
    reason = _PLACEHOLDER.findall(str(rule.meta.get("reason") or ""))
    needs = rule.meta.get("needs")
    named = [*reason, *(needs if isinstance(needs, list) else ())]
    return [name for name in named if name == "message" or schema.field_type(name) is not None]


def filter_macro(search_id: str) -> str:
    """Return the name of the macro in which a customer excepts something from a rule."""
    return f"{APP}_{re.sub(r'[^a-z0-9]+', '_', search_id.lower()).strip('_')}_filter"
