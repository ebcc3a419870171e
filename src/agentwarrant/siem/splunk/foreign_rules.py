"""Rules over others' data (``foreign``) as saved searches.

Each has a name of its own, says over what it is, and is off. An installation says in macros where
the data is (``agentwarrant_okta_index`` and the like) and whose (``agentwarrant_others_tenant``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from agentwarrant.event import compact_json
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender, Refusal
from agentwarrant.siem.splunk import saved, spl
from agentwarrant.siem.splunk.foreign import AddOn, add_ons
from agentwarrant.siem.splunk.foreign_counts import count
from agentwarrant.siem.splunk.foreign_search import TENANT_MACRO, events, source
from agentwarrant.siem.splunk.names import INVENTORY
from agentwarrant.siem.splunk.query import Query
from agentwarrant.siem.splunk.render import NativeSearch, Rendered
from agentwarrant.siem.splunk.search import COLUMNS
from agentwarrant.siem.takeover import condition_of

_DRILLDOWNS = "action.notable.param.drilldown_searches"
_ANYWHERE = "index=*"
_NOTE = " It reads what the {add_on} brings, without Agent Warrant's connector. {less}"
Stanzas = dict[str, dict[str, str]]


def render_foreign(rules: Sequence[Rule], data: AddOn) -> Rendered:
    """Return what rules become over an add-on's data, and why the rest is refused."""
    known = {rule.id: rule for rule in rules}
    made: list[NativeSearch] = []
    refused: list[Refusal] = []
    for rule in rules:
        if not rule.alerts:
            continue
        try:
            made.append(NativeSearch(_over(rule, data), 1, query(rule, known, data)))
        except CannotRender as error:
            refused.append(Refusal(rule, str(error)))
    return Rendered(tuple(made), tuple(refused))


def query(rule: Rule, known: Mapping[str, Rule], data: AddOn) -> Query:
    """Return the search of a rule over an add-on's data.

    Raises:
        CannotRender: It cannot be said in its fields, or would never be met.
    """
    found = events(condition_of(rule, known, data), data)
    lookups = (INVENTORY,) if data.accounts else ()
    shown = ("aw_account",) if data.accounts else ()
    if rule.correlation is not None:
        return count(rule.correlation, found, lookups)
    columns = (*COLUMNS, "aw_id", *shown, *dict.fromkeys(data.fields.values()))
    return Query(found, columns=columns, lookups=lookups)


def _over(rule: Rule, data: AddOn) -> Rule:
    """Return a rule with the names that it has over an add-on's data; its id stays."""
    meta = {**rule.meta, "short_id": f"{rule.short_id} over {data.name}"}
    return replace(rule, title=f"{rule.title} ({data.title})", meta=meta)


def stanzas(rules: Sequence[Rule], enable: Collection[str] = ()) -> Stanzas:
    """Return savedsearches.conf of the rules over others' data, which are off.

    Args:
        rules: All rules.
        enable: Short ids that are switched on, each with what it is over:
            ``AIA-CRD-007 over okta``; none by ``*``, for who has our connector of a source would
            be told twice.
    """
    named = frozenset(enable) - {"*"}
    made: Stanzas = {}
    for data in add_ons():
        own = saved.stanzas(render_foreign(rules, data), named)
        note = _NOTE.format(add_on=data.add_on, less=data.less)
        made |= {
            title: {**one, "description": one["description"] + note, **_drilldown(one, data)}
            for title, one in own.items()
        }
    return made


def _drilldown(stanza: Mapping[str, str], data: AddOn) -> dict[str, str]:
    """Return where a finding leads: to the record, for among our events there is none of it."""
    if _DRILLDOWNS not in stanza:
        return {}
    record = {
        "name": "The record that it rests on",
        "search": f"{source(data)} {spl.name(data.identity)}=$aw_id|s$",
        "earliest_offset": "$info_min_time$",
        "latest_offset": "$info_max_time$",
    }
    return {_DRILLDOWNS: compact_json([record])}


def macros(rules: Sequence[Rule]) -> Stanzas:
    """Return macros.conf: where others' data is, whose it is, and what a customer excepts."""
    made: Stanzas = {TENANT_MACRO: {"definition": '"default"', "iseval": "0"}}
    for data in add_ons():
        made[data.index_macro] = {"definition": _ANYWHERE, "iseval": "0"}
        made |= saved.filters(render_foreign(rules, data))
    return made


def table(rules: Sequence[Rule]) -> str:
    """Return what runs over which add-on, and why the rest does not, as Markdown."""
    lines = ["| data | add-on | source types | macro | rules |", "|---|---|---|---|---|"]
    whys: list[str] = []
    for data in add_ons():
        rendered = render_foreign(rules, data)
        ids = ", ".join(f"`{one.rule.short_id.partition(' ')[0]}`" for one in rendered.rules)
        add_on = f"{data.add_on} {data.version}".strip()
        kinds = ", ".join(f"`{name}`" for name in data.sourcetypes)
        lines.append(f"| {data.title} | {add_on} | {kinds} | `{data.index_macro}` | {ids} |")
        why = Counter(one.reason for one in rendered.refused)
        whys.append(f"- {data.title}: {data.less}")
        whys += [f"  - {number} refused: {reason}" for reason, number in sorted(why.items())]
    return "\n".join([*lines, "", *whys]) + "\n"
