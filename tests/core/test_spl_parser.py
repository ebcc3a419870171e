"""The parser of SPL alone: what it takes, what it refuses, and what it tells of a search.

Pages: Search Manual, "About the search pipeline", "Use search macros in searches"; Search
Reference of each command (help.splunk.com/en/splunk-enterprise/spl-search-reference/9.4).
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import spl
from tests.spl import Macro, Refused, Unreadable, parse, syntax
from tests.spl.conditions import condition
from tests.spl.cost import faults, is_real_time
from tests.spl.evals import expression
from tests.spl.naming import names

INDEXES = {"idx": Macro("index=agentwarrant_*"), "has(2)": Macro('$f$="$v$"', ("f", "v"))}


def test_pipes_in_quotes_and_brackets_do_not_cut() -> None:
    found = parse('search a="x|y" | append [search b=1 | head 1] | where c="|"')
    assert [type(one).__name__ for one in found] == ["Search", "Append", "Where"]


def test_search_is_implied_at_the_beginning() -> None:
    assert parse("a=1 b=2") == parse("search a=1 b=2")


def test_a_search_that_generates_begins_with_a_pipe() -> None:
    assert isinstance(parse("| tstats count where index=x")[0], syntax.Tstats)
    with pytest.raises(Unreadable):
        parse("tstats count where index=x")


def test_macros_stand_for_their_text() -> None:
    """Search Manual, "Use search macros in searches"."""
    assert parse("search `idx` a=1", INDEXES) == parse("search index=agentwarrant_* a=1")
    assert parse('search `has(a, "b c")`', INDEXES) == parse('search a="b c"')


def test_macros_may_use_each_other_but_not_for_ever() -> None:
    assert parse("search `a`", {"a": Macro("`b`"), "b": Macro("x=1")}) == parse("search x=1")
    with pytest.raises(Unreadable):
        parse("search `a`", {"a": Macro("`a`")})


def test_a_macro_that_is_not_there_is_refused() -> None:
    for text in ("search `nosuch`", "search `idx(1)`", "search `has(1)`"):
        with pytest.raises(Unreadable):
            parse(text, INDEXES)


def test_comments_are_left_out() -> None:
    """Search Manual, "Add comments to searches": between three backticks."""
    assert parse("search a=1 ```why | not``` | head 1") == parse("search a=1 | head 1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "search a=1 |",
        "search a=1 || head 1",
        'search a="b',
        "search (a=1",
        "search a=1)",
        "search a=",
        "search a IN ()",
        "search NOT",
        "search a or b",
        "search a=1 | append [search b=1",
        "search a=1 | append search b=1",
        "search a=1 | rename a b",
        "search a=1 | sort 0",
        "search a=1 | stats count by",
        "search a=1 | streamstats reset_after=(a=1 count",
        "search a=1 | lookup t",
        "search a=1 | eval b",
        "search a=1 | inputlookup append=perhaps t",
    ],
)
def test_what_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "search a=1 | nosuch",
        "search a=1 | delete",
        "search a=1 | script python x",
        "search a=1 | outputcsv x",
        "search a=1 [search b=1]",
        "search CASE(a)",
        "search a=1 | eval b=commands(a)",
        "search a=1 | stats nosuch(a)",
        "search a=1 | outputlookup create_empty=t t",
    ],
)
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse(text)


def test_names_are_told_by_kind() -> None:
    found = names(
        """search `idx` aw_action::x "a.b{}"=1
        | eval made=if(match('c.d',"x"),1,0) | stats dc(made) as n by who
        | lookup inv agent as who OUTPUT owner | outputlookup append=t seen""",
        INDEXES,
    )
    assert found.macros == {"idx"}
    assert found.lookups == {"inv": {"agent", "owner"}, "seen": set()}
    assert found.read == {"index", "aw_action", "a.b{}", "c.d", "who"}
    assert found.indexed == {"aw_action"}
    assert {"made", "n", "owner"} <= found.made
    assert {"search", "eval", "stats", "lookup", "outputlookup"} == found.commands
    assert {"if", "match", "dc"} == found.functions


def test_names_inside_brackets_are_told_as_well() -> None:
    found = names("| inputlookup a | append [| inputlookup b where c=1]")
    assert found.lookups == {"a": set(), "b": {"c"}}


def test_data_models_are_told() -> None:
    found = names(
        "| tstats summariesonly=f count from datamodel=Web.Web where Web.user=x by Web.src"
    )
    assert found.models == {"Web"}
    assert found.read == {"Web.user", "Web.src"}


def test_what_dashboards_show_is_read() -> None:
    for text in ("timechart span=1h count by aw_class", "top 10 aw_agent", "bin _time span=1d"):
        assert isinstance(parse(f"search a=1 | {text}")[1], syntax.Shown)


# What a search costs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "search `idx` a=1",
        "search `idx` sourcetype=x (a=b* OR c=*)",
        "search aw_action::tool_call NOT a=1",
        "| tstats count where `idx` by aw_agent",
        "search `idx` | transaction a maxspan=5m",
        "search `idx` | sort 0 a",
        "| inputlookup t",
    ],
)
def test_a_search_that_is_picked_by_an_index_costs_little(text: str) -> None:
    assert faults(text, INDEXES) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("search a=1", "reads every index"),
        ("search NOT index=x a=1", "reads every index"),
        ("search index=x OR a=1", "reads every index"),
        ("search `idx` *error", "begins with a wildcard"),
        ("search `idx` a=*b", "begins with a wildcard"),
        ("search `idx` NOT (a=1 OR b=*c)", "begins with a wildcard"),
        ("search `idx` | transaction a", "without bounds"),
        ("search `idx` | sort a", "keeps 10,000 rows"),
        ("search `idx` | append [search a=1]", "reads every index"),
    ],
)
def test_a_search_that_reads_everything_is_told(text: str, fault: str) -> None:
    assert any(fault in one for one in faults(text, INDEXES))


def test_a_real_time_search_is_told_by_its_times() -> None:
    """Search Manual, "Specify real-time time range windows in your search"."""
    assert is_real_time("rt-5m")
    assert is_real_time("rt")
    assert not is_real_time("-5m")


# Any text -------------------------------------------------------------------------------------


@given(st.text(alphabet="ab=\"'()[]|`\\ ,*<>!:.1NOT", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse, condition, expression, names, faults):
        try:
            read(text)
        except Refused:
            continue


@given(st.text(max_size=30))
def test_any_text_in_quotes_is_one_value(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("|", "\\|")
    assert condition(f'a="{quoted}"') == syntax.Compared("a", "=", text)
    assert expression(f'"{quoted}"') == syntax.Literal(text)


# What it is -----------------------------------------------------------------------------------


def test_the_interpreter_shares_no_code_with_what_it_holds() -> None:
    files = sorted(Path(spl.__file__).parent.glob("*.py"))
    assert len(files) > 20
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not any(alias.name.startswith("agentwarrant") for alias in node.names), path
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith(("agentwarrant", "tests.e2e")), path
