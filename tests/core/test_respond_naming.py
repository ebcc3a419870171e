"""Names of a case are hostile: whatever they are, a request stays the one that its action makes."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.respond.action import Action, Target
from agentwarrant.respond.http import matches
from agentwarrant.respond.naming import MOST, sorted_out, too_many
from agentwarrant.respond.vendor import actions, vendors

VENDORS = ("crowdstrike", "defender", "elastic_defend", "entra", "github", "okta", "sentinelone")
FORM = re.compile(r"[a-z]{1,8}", re.ASCII)
OF_THESE = [one for one in actions().values() if one.vendor in VENDORS]
BITS = (
    "/",
    "..",
    "?",
    "#",
    "%2f",
    "\\",
    "'",
    '"',
    " ",
    "\n",
    "*",
    "@",
    "{}",
    ":",
    "\u202e",
    "me",
    "",
)


@given(st.lists(st.text(max_size=12)))
def test_what_fits_is_kept_once_and_the_rest_is_said(given_names: list[str]) -> None:
    fit, notes = sorted_out(given_names, FORM, "small word")
    assert fit == list(dict.fromkeys(n for n in given_names if FORM.fullmatch(n)))[:MOST]
    odd = {n for n in given_names if not FORM.fullmatch(n)}
    assert len(notes) == min(len(odd), 4)
    assert all(note.isprintable() for note in notes)


def test_a_name_of_any_length_makes_a_short_note() -> None:
    _, notes = sorted_out(["X" * 100_000, *(f"Y{n}" for n in range(500))], FORM, "small word")
    assert len(notes) == 4
    assert "498 more" in notes[3]
    assert sum(map(len, notes)) < 1000


def test_more_than_fit_into_a_plan_are_counted() -> None:
    names = ["a" * (1 + n % 8) + "b" * 0 for n in range(8)]
    assert too_many(names, "words") == []
    many = ["".join(part) for part in product("abcdefgh", repeat=2)]
    fit, notes = sorted_out(many, FORM, "small word")
    assert (len(fit), notes) == (
        MOST,
        [f"{64 - MOST} more of small word: plan again after these 50"],
    )


def mangled(example: str) -> st.SearchStrategy[str]:
    """Draw an id with something put into it that must not get through."""
    _, _, right = example.partition(":")
    cuts = st.integers(0, len(right))
    return st.one_of(
        st.text(max_size=60),
        st.tuples(cuts, st.sampled_from(BITS)).map(lambda c: right[: c[0]] + c[1] + right[c[0] :]),
    )


@pytest.mark.parametrize("action", OF_THESE, ids=[one.id for one in OF_THESE])
@given(data=st.data())
def test_no_name_makes_another_request_of_an_action(action: Action, data: st.DataObject) -> None:
    accounts, hosts = [], []
    for example in vendors()[action.vendor].examples:
        kind = example.partition(":")[0]
        drawn = data.draw(mangled(example))
        if kind == "host":
            hosts.append(drawn)
        else:
            accounts.append(f"{kind}:{drawn}")
    plan = action.plan(Target("agent", accounts=tuple(accounts), hosts=tuple(hosts)))
    for step in plan.steps:
        assert matches(frozenset({action.method}), step.request)
        assert step.request.method.isascii()
        assert not re.search(r"[\s\\?#]|/\.{1,2}(?:/|$)", step.request.method.partition(" ")[2])
    assert all(len(note) < 400 for note in plan.notes)
