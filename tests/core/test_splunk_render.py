"""Rules as searches of Splunk: what each is made of, what it costs, and what is refused."""

from __future__ import annotations

from functools import cache

import pytest
from tests.e2e.parity_inventions import rule_of
from tests.spl.naming import names
from tests.spl.reading import parse
from tests.spl.syntax import Search, Sort
from tests.splunk_world import MACROS, pack

from agentwarrant.rules.ir import Node
from agentwarrant.rules.load import load_rules, load_text
from agentwarrant.rules.tuning import Override, Tuning
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.splunk import tables
from agentwarrant.siem.splunk.compose import queries
from agentwarrant.siem.splunk.names import HABITS, SEEN
from agentwarrant.siem.splunk.query import Cost, Query
from agentwarrant.siem.splunk.render import NativeSearch, Rendered, render
from agentwarrant.siem.splunk.search import COLUMNS

COMMANDS = {
    "search", "where", "eval", "fields", "table", "rename", "sort", "dedup", "streamstats",
    "eventstats", "stats", "mvexpand", "lookup", "outputlookup",
}  # fmt: skip


@cache
def rendered() -> Rendered:
    return render(pack())


def searches() -> list[Query]:
    return [feed for one in rendered().rules for feed in (one.query, *one.query.feeds)]


def made_of(short_id: str) -> list[NativeSearch]:
    return [one for one in rendered().rules if one.rule.short_id == short_id]


def single(tree: Node) -> str:
    (query,) = queries(rule_of(tree), [rule_of(tree)])
    return query.text.split("\n| eval aw_t=")[0].partition('sourcetype="agentwarrant:events" ')[2]


# The pack -----------------------------------------------------------------------------------


def test_every_rule_of_the_pack_is_a_search_and_none_is_refused() -> None:
    assert [(one.rule.short_id, one.reason) for one in rendered().refused] == []
    assert {one.rule.id for one in rendered().rules} == {r.id for r in pack() if r.alerts}


def test_the_same_rules_give_the_same_searches() -> None:
    assert render(pack()) == rendered()


def test_every_search_is_read_and_has_only_commands_that_are_meant_to_be_there() -> None:
    for query in searches():
        assert names(query.text, MACROS).commands <= COMMANDS, query.text


def test_a_search_begins_with_our_indexes_and_our_source_type() -> None:
    begun = 'search `agentwarrant_indexes` sourcetype="agentwarrant:events" '
    assert all(query.text.startswith(begun) for query in searches())


def test_no_search_cuts_rows_off_when_it_sorts() -> None:
    sorts = [one for q in searches() for one in parse(q.text, MACROS) if isinstance(one, Sort)]
    assert sorts
    assert {one.limit for one in sorts} == {0}


def test_only_the_first_command_asks_the_index() -> None:
    for query in searches():
        first, *rest = parse(query.text, MACROS)
        assert isinstance(first, Search)
        assert not any(isinstance(one, Search) for one in rest)


def test_no_search_looks_for_a_value_that_may_begin_with_anything() -> None:
    assert not any('="*' in query.text or "=*a" in query.text for query in searches())


def test_a_search_has_the_columns_that_it_says() -> None:
    for query in (one.query for one in rendered().rules):
        known = names(query.text, MACROS)
        events = not query.window_ms
        for name in query.columns:
            assert events or name in known.read | known.made, (name, query.text)
        assert set(COLUMNS) <= set(query.columns)


def test_lookups_are_there_and_have_the_columns_that_are_read_and_written() -> None:
    known = tables.columns()
    for query in searches():
        for lookup, columns in names(query.text, MACROS).lookups.items():
            assert columns <= set(known[lookup])
        assert set(names(query.text, MACROS).lookups) == set(query.lookups)


def test_what_remembers_has_searches_that_write_it_down() -> None:
    remembering = [one.query for one in rendered().rules if one.query.lookups]
    assert {name for query in remembering for name in query.lookups} == {SEEN, HABITS}
    for query in remembering:
        assert {name for feed in query.feeds for name in feed.lookups} == set(query.lookups)
        assert all("| outputlookup append=true key_field=_key " in f.text for f in query.feeds)
    assert not any(one.query.feeds for one in rendered().rules if not one.query.lookups)


def test_every_search_says_what_it_costs() -> None:
    for one in rendered().rules:
        sorted_ = any(isinstance(c, Sort) for c in parse(one.query.text, MACROS))
        assert (one.query.cost is Cost.LOW) <= (not sorted_), one.rule.title
    assert [one.query.cost for one in made_of("AIA-NET-001")] == [Cost.LOW]
    assert [one.query.cost for one in made_of("AIA-SPD-001")] == [Cost.MEDIUM]
    assert {one.query.cost for one in rendered().rules} == set(Cost)


def test_a_search_says_how_far_it_looks_back_and_how_long_it_waits() -> None:
    (killed,) = made_of("AIA-KIL-002")
    assert (killed.query.window_ms, killed.query.settle_ms) == (60_000, 60_000 + 300_000)
    (many,) = made_of("AIA-SPD-001")
    assert (many.query.window_ms, many.query.settle_ms) == (60_000, 0)


def test_alternatives_are_searches_of_their_own() -> None:
    assert [(one.part, one.query.window_ms) for one in made_of("AIA-SPD-006")] == [
        (1, 900_000),
        (2, 900_000),
        (3, 0),
    ]


STATUS = '("http.response.status_code">=401 "http.response.status_code"<=401)'
"""By size: 401.0 is 401, which ``=`` may compare as text."""


# Single events ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (["is", "event.action", "eq", "tool_call"], "aw_action::tool_call"),
        (["is", "gen_ai.tool.name", "eq", "read"], '"gen_ai.tool.name"="read"'),
        (["is", "warrant.tool.acts", "eq", "self_config"], '"warrant.tool.acts{}"="self_config"'),
        (["is", "warrant.tool.acts", "exists", True], '"warrant.tool.acts{}"=*'),
        (["is", "warrant.tool.acts", "null", None], 'NOT "warrant.tool.acts{}"=*'),
        (["is", "http.response.status_code", "num", 401], STATUS),
        (["is", "warrant.session.depth", "gte", 3], '"warrant.session.depth">=3'),
        (["is", "gen_ai.tool.name", "startswith", "do"], '"gen_ai.tool.name"="do*"'),
        (
            ["and", ["is", "gen_ai.tool.name", "eq", "a"], ["not", ["is", "host.name", "eq", "b"]]],
            '"gen_ai.tool.name"="a" NOT "host.name"="b"',
        ),
        (
            ["or", ["is", "gen_ai.tool.name", "eq", "a"], ["is", "host.name", "eq", "b"]],
            '("gen_ai.tool.name"="a" OR "host.name"="b")',
        ),
    ],
)
def test_what_search_can_say_it_says(tree: Node, said: str) -> None:
    assert single(tree) == said


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (
            ["is", "gen_ai.tool.name", "eq", "a*"],
            "isnotnull(mvfilter(match('gen_ai.tool.name',\"(?s)^[aA][*](?!.)\")))",
        ),
        (
            ["is", "gen_ai.tool.name", "eq_cased", "Ab"],
            "isnotnull(mvfilter(match('gen_ai.tool.name',\"(?s)^Ab(?!.)\")))",
        ),
        (
            ["is", "gen_ai.tool.name", "eq", "k"],
            "isnotnull(mvfilter(match('gen_ai.tool.name',\"(?s)^(?:k|K|\u212a)(?!.)\")))",
        ),
        (
            ["is", "gen_ai.tool.name", "contains", "do"],
            "isnotnull(mvfilter(match('gen_ai.tool.name',\"[dD][oO]\")))",
        ),
        (
            ["is", "@timestamp", "part", ["hour", "gte", 22]],
            "isnotnull(mvfilter(tonumber(substr('@timestamp',12,2))>=22))",
        ),
    ],
)
def test_what_search_cannot_say_is_asked_after_it(tree: Node, said: str) -> None:
    found = ["is", "event.action", "eq", "tool_call"]
    assert single(["and", found, tree]) == f"aw_action::tool_call\n| where {said}"


def test_search_picks_what_can_still_match() -> None:
    whole = ["is", "gen_ai.tool.name", "contains", "do"]
    said = ["is", "event.action", "eq", "login"]
    assert single(["or", ["and", whole, said], ["not", ["or", whole, said]]]).startswith(
        "(aw_action::login OR NOT aw_action::login)\n| where "
    )


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (["is", None, "contains", "a"], "a word without a field"),
        (["is", "event.action", "contains", "no such"], "no event that is sent can match it"),
        (["is", "gen_ai.tool.name", "gte", 3], "is compared as a number"),
        (["is", "source.bytes", "gte", 1 << 60], "beyond the numbers that Splunk computes with"),
        (["is", "@timestamp", "part", ["week", "num", 3]], "the time zone of a user"),
        (["is", "no.such.field", "eq", "a"], "a field of no index"),
        (
            ["is", "warrant.tool.acts", "ref", ["host.name", "contains"]],
            "which may be lists",
        ),
    ],
)
def test_what_cannot_mean_the_same_is_refused_in_words(tree: Node, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        queries(rule_of(tree), [rule_of(tree)])


# What is refused ----------------------------------------------------------------------------


def test_rules_about_other_events_are_refused() -> None:
    text = "title: t\nlogsource: {product: windows}\ndetection: {s: {a: b}, condition: s}\n"
    (refused,) = render(load_text(text)).refused
    assert refused.reason == "it is about other events than those of agents"


def test_a_rule_fitted_to_tenants_is_one_for_each_and_one_for_the_rest() -> None:
    own = {"acme": Override(40, None, None, ("tuning.yml", 1))}
    made = render(load_rules(tuning=Tuning(thresholds={"AIA-SPD-001": own})))
    assert made.refused == ()
    fitted = [one for one in made.rules if one.rule.short_id == "AIA-SPD-001"]
    assert len(fitted) == 2
    for one in fitted:
        assert ("acme" in one.rule.id) == ("aw_n=40" in one.query.text), one.rule.id
