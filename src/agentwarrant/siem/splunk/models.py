"""Which rules ``tstats`` can say, and why the rest cannot: a second variant, beside the raw search.

``tstats`` reads an index's own lists and no event. It can ask two things:

- **fields that are indexed** (``form.INDEXED``). Where a rule reads nothing else, ``tstats`` gives
  a row for each event that it may be about, and the raw search's own commands go on from there.
  Events are told apart by tenant and id, which everything that is shipped has.
- **data models of CIM**. There a condition would have to be said in the models' own fields
  (``schemas/cim.json``). What decides a rule (whether an agent acted, what was asked for, what a
  warrant allows) is in none of them; and a field that CIM does have is filled from several of
  ours, so that a test of it is no test of ours.

Neither is approximated: what cannot be said exactly is refused with the reason.

Source: Search Reference, ``tstats``: ``where`` takes what ``search`` takes, over fields that are
indexed; a row without a field of ``BY`` is left out, and a function sees the values that there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from agentwarrant.markers import between
from agentwarrant.rules.check import with_parts
from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.documents import fields_read
from agentwarrant.rules.ir import FALSE, Node, disjunction
from agentwarrant.rules.model import Rule
from agentwarrant.schema import load
from agentwarrant.siem.alternatives import CannotRender, Refusal, check, parts
from agentwarrant.siem.markdown import cell, row
from agentwarrant.siem.reduced import reduced
from agentwarrant.siem.splunk import saved
from agentwarrant.siem.splunk.compose import queries, types_for
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.names import INDEXES, sourcetype
from agentwarrant.siem.splunk.query import Form, Query
from agentwarrant.siem.splunk.render import NativeSearch, Rendered
from agentwarrant.siem.splunk.search import ONCE
from agentwarrant.siem.splunk.spl import name, string, word
from agentwarrant.siem.vocabulary import is_lower

BEGIN, END = "<!-- splunk-tstats -->", "<!-- /splunk-tstats -->"
_NOTE = (
    " It asks the index alone, and stands in the place of the search of the same rule over events."
)
_KEYS = (TENANT, "event.id")
_SHOWN = ("gen_ai.agent.id", "gen_ai.conversation.id")


def render(rules: Sequence[Rule]) -> Rendered:
    """Return the variants over indexed fields, and why the rest has none."""
    made: list[NativeSearch] = []
    refused: list[Refusal] = []
    known = {rule.id: rule for rule in rules}
    for rule in rules:
        if not rule.alerts:
            continue
        try:
            check(rule, known)
            asked = queries(rule, rules)
            found = [
                _over_index(part, query, rules)
                for part, query in zip(parts(rule, known), asked, strict=True)
            ]
        except CannotRender as error:
            refused.append(Refusal(rule, str(error)))
        else:
            made += [NativeSearch(rule, part, query) for part, query in enumerate(found, 1)]
    return Rendered(tuple(made), tuple(refused))


def _over_index(rule: Rule, query: Query, rules: Sequence[Rule]) -> Query:
    """Return the variant of a raw search.

    Raises:
        CannotRender: It reads something that is not indexed, or more than events.
    """
    read = {field for one in with_parts(rule, rules) for field in fields_read(one)}
    if missing := sorted(read - INDEXED.keys()):
        raise CannotRender(f"it reads {missing[0]}, which is not indexed")
    if query.lookups or query.feeds:
        raise CannotRender("it remembers what was before")
    types = types_for(list(rules))
    trees = [one.tree for one in with_parts(rule, rules) if one.tree is not None]
    asked = reduced(disjunction(trees), types)
    _, once, rest = query.text.partition(f"\n{ONCE}")
    if not once or f"`{INDEXES}`" in rest or asked == FALSE:
        raise CannotRender("it reads events more than once")
    return replace(query, text=f"{_events(asked, read)}{once}{rest}", form=Form.INDEX)


def _events(asked: Node, read: set[str]) -> str:
    """Return a row for each event that may match: when it was, and all of it that is read."""
    kept = [one for one in INDEXED if one in read | set(_SHOWN) and one not in _KEYS]
    values = "".join(f", values({INDEXED[one]}) AS {name(one)}" for one in kept)
    where = f"`{INDEXES}` sourcetype={string(sourcetype('events'))} {_condition(asked)}"
    tenant = INDEXED[TENANT]
    lines = [
        f"| tstats min(_time) AS _time{values} WHERE {where.strip()} BY {_by()}",
        f"| rename {tenant} AS {name(TENANT)}",
        f"| eval {tenant}='{TENANT}'",
    ]
    return "\n".join(lines)


def _by() -> str:
    return " ".join(INDEXED[one] for one in _KEYS)


def _condition(node: Node) -> str:
    if node[0] == "is":
        return _atom(*node[1:])
    if node[0] == "not":
        return f"NOT {_condition(node[1])}"
    if node[0] == "true":
        return ""
    return f"({(' ' if node[0] == 'and' else ' OR ').join(map(_condition, node[1:]))})"


def _atom(field: str, op: str, argument: object) -> str:
    if op == "exists":
        return f"{INDEXED[field]}=*"
    said = str(argument)
    if op.removesuffix("_cased") != "eq" or not word(said) or not is_lower(field):
        raise CannotRender(f"it compares {field} otherwise than with a word of ours")
    return f"{INDEXED[field]}={string(said)}"


# Data models of CIM -----------------------------------------------------------------------------


def held() -> dict[str, set[str]]:
    """Return our fields that data models hold, alone and unchanged, and in which datasets."""
    found: dict[str, set[str]] = {}
    for dataset, said in load("cim.json")["datasets"].items():
        for field, sources in said["map"].items():
            if len(sources) == 1 and isinstance(sources[0], str) and field not in said["values"]:
                found.setdefault(sources[0], set()).add(dataset)
    return found


def why_not_in_cim(rule: Rule, rules: Sequence[Rule]) -> str:
    """Return why a rule cannot be said over one data model of CIM.

    Raises:
        CannotRender: Nothing speaks against it, so it is to be rendered, which is not written.
    """
    known = held()
    read = sorted({field for one in with_parts(rule, rules) for field in fields_read(one)})
    for field in read:
        if field not in known:
            return f"no data model holds {field} alone and unchanged"
    if read and not set.intersection(*(known[field] for field in read)):
        return "no one data model holds all that it reads"
    raise CannotRender("it can be said over a data model of CIM")


# As saved searches ------------------------------------------------------------------------------


def stanzas(rules: Sequence[Rule], enable: Collection[str] = ()) -> dict[str, dict[str, str]]:
    """Return savedsearches.conf of the variants, which are off.

    Args:
        rules: All rules.
        enable: Short ids that are switched on, as in the names: ``AIA-CRD-001 by tstats``; none
            by ``*``, for then the same rule would run twice.
    """
    made = saved.stanzas(_named(render(rules)), frozenset(enable) - {"*"})
    return {
        title: {**one, "description": one["description"] + _NOTE} for title, one in made.items()
    }


def macros(rules: Sequence[Rule]) -> dict[str, dict[str, str]]:
    """Return macros.conf: for each variant what a customer excepts from it."""
    return saved.filters(_named(render(rules)))


def _named(rendered: Rendered) -> Rendered:
    """Return the variants under names of their own; their rules' ids stay."""
    named = [
        replace(
            one,
            rule=replace(
                one.rule, meta={**one.rule.meta, "short_id": f"{one.rule.short_id} by tstats"}
            ),
        )
        for one in rendered.rules
    ]
    return Rendered(tuple(named), rendered.refused)


# What is said of it -----------------------------------------------------------------------------


def with_table(text: str, rules: Sequence[Rule]) -> str:
    """Return a text with the table between its two markers.

    Raises:
        UsageError: The markers are not there, each once and in order.
    """
    return between(text, BEGIN, END, table(rules))


def table(rules: Sequence[Rule]) -> str:
    """Return which rules have which variant, as Markdown."""
    rendered = render(rules)
    taken = {one.rule.id for one in rendered.rules}
    why: Mapping[str, str] = {one.rule.id: one.reason for one in rendered.refused}
    alerting = sorted((rule for rule in rules if rule.alerts), key=lambda one: one.short_id)
    lines = [
        f"{len(taken)} of {len(alerting)} rules can be asked of the index alone, by `tstats` over"
        " indexed fields. None can be asked of a data model of CIM.",
        "",
        "| rule | by `tstats` over indexed fields | over a data model of CIM |",
        "|---|---|---|",
    ]
    for rule in alerting:
        indexed = "yes" if rule.id in taken else cell(why[rule.id])
        lines.append(row(f"`{rule.short_id}`", indexed, cell(why_not_in_cim(rule, rules))))
    return "\n".join(lines) + "\n"
