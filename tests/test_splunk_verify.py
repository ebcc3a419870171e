"""The comparison that who has a Splunk can make there, made with the stand-in for splunkd.

Its searches are answered by the interpreter of SPL of the tests: this shows that the comparison
compares, and that it cleans up. It shows nothing about a Splunk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.shipped import shipped_rules as every_rule
from typer.testing import CliRunner

from agentwarrant import __version__
from agentwarrant.cli import app
from agentwarrant.cli import verify as command
from agentwarrant.errors import ConfigError, TargetRefused, UsageError
from agentwarrant.rules.check import with_parts
from agentwarrant.rules.model import Correlation, Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.plugin import Order, siem_of
from agentwarrant.siem.splunk.tables import columns
from agentwarrant.siem.splunk.verify import PLACE, verify
from agentwarrant.siem.verifying import Outcome, Report, Wish

from .splunkd_configured import (  # type: ignore[import-not-found]  # no package to mypy
    NAME,
    VARIABLE,
    configured,
)
from .splunkd_searches import Searches  # type: ignore[import-not-found]  # the same
from .splunkd_server import (  # type: ignore[import-not-found]  # the same
    TOKEN,
    SearchFailed,
    Splunk,
    running,
)

pytest.importorskip("splunklib", reason="the extra splunk is not installed")
SINGLE, ORDERED = "AIA-NET-001", "AIA-EXF-003"
OTHERS = ("AIA-KIL-002", "AIA-SCP-002", "AIA-SUP-001")
"""What must not follow; what was never seen before, by two ways of grouping."""


def some_rules(*wanted: str) -> list[Rule]:
    """Return some rules, and all that they read."""
    every = every_rule()
    named = [rule for rule in every if rule.short_id in wanted]
    paths = {part.path for rule in named for part in with_parts(rule, every)}
    return [rule for rule in every if rule.path in paths]


@pytest.fixture
def splunk(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(VARIABLE, TOKEN)
    made = Splunk(app={"version": __version__})
    made.searcher = Searches(made)
    return made


@pytest.fixture
def order(splunk: Any, tmp_path: Path) -> Iterator[Order]:
    with running(splunk) as url:
        config = configured(url, tmp_path, ["acme"], token=Secret(f"env:{VARIABLE}"))
        rules = some_rules(SINGLE, ORDERED)
        yield Order(rules=rules, config=config, target=config.target(NAME))


def verified(order: Order, wish: Wish | None = None) -> Report:
    return verify(order, wish or Wish(), lambda line: None)


def is_clean(splunk: Any) -> bool:
    return not splunk.confs["data/indexes"].local and not splunk.confs["data/inputs/http"].local


def test_searches_that_find_what_the_engine_finds_agree_and_nothing_stays(
    order: Order, splunk: Any
) -> None:
    report = verified(order)
    assert report.agrees
    assert {one.rule: one.outcome for one in report.verdicts} == {
        SINGLE: Outcome.AGREED,
        ORDERED: Outcome.AGREED,
    }
    assert all(one.found for one in report.verdicts)
    assert report.events > 10
    assert not splunk.events
    assert is_clean(splunk)
    assert report.left == ()


def test_a_search_that_finds_less_or_more_differs_and_it_is_said_in_what(
    order: Order, splunk: Any
) -> None:
    honest = splunk.searcher

    def forgetful(text: str, earliest: str, latest: str) -> Any:
        rows = honest(text, earliest, latest)
        return rows[1:] if "aw_first=" in text and "streamstats" not in text else rows

    splunk.searcher = forgetful
    (single,) = [one for one in verified(order).verdicts if one.rule == SINGLE]
    assert single.outcome is Outcome.DIFFERING
    assert len(single.only_engine) == 1
    assert single.only_siem == ()
    splunk.searcher = lambda *asked: [
        *honest(*asked), *([{"aw_id": "another"}] if "streamstats" not in asked[0] else [])
    ]  # fmt: skip
    report = verified(order)
    (single,) = [one for one in report.verdicts if one.rule == SINGLE]
    assert single.only_siem == ("another",)
    assert not report.agrees
    assert is_clean(splunk)


def test_a_search_that_is_refused_is_said_with_the_reason(order: Order, splunk: Any) -> None:
    honest = splunk.searcher

    def strict(text: str, earliest: str, latest: str) -> Any:
        if "streamstats" in text:
            raise SearchFailed("Unknown search command")
        return honest(text, earliest, latest)

    splunk.searcher = strict
    report = verified(order)
    assert not report.agrees
    (refused,) = [one for one in report.verdicts if one.outcome is Outcome.REFUSED]
    assert refused.rule == ORDERED
    assert "Unknown search command" in refused.why


def test_what_breaks_off_leaves_nothing(order: Order, splunk: Any) -> None:
    def broken(text: str, earliest: str, latest: str) -> Any:
        assert splunk.events
        raise SearchFailed("not now")

    splunk.searcher = broken
    with pytest.raises(TargetRefused):
        verified(order)
    assert not splunk.events
    assert is_clean(splunk)


def test_what_cannot_be_taken_out_is_said(order: Order, splunk: Any) -> None:
    honest = splunk.searcher

    def then(text: str, earliest: str, latest: str) -> Any:
        splunk.forbidden.add(f"data/indexes/{PLACE}")
        return honest(text, earliest, latest)

    splunk.searcher = then
    assert verified(order).left == (f"index {PLACE}",)


def test_events_are_kept_when_told(order: Order, splunk: Any) -> None:
    report = verified(order, Wish(keep=True))
    assert set(report.left) == {f"index {PLACE}", f"token {PLACE}"}
    assert not is_clean(splunk)
    with pytest.raises(ConfigError, match="there is an index"):
        verified(order)


def test_an_index_that_was_there_before_is_used_only_when_named_and_stays(
    order: Order, splunk: Any
) -> None:
    splunk.confs["data/indexes"].local["scratch"] = {}
    report = verified(order, Wish("scratch"))
    assert report.agrees
    assert report.left == ("events in the index scratch, which was there before",)
    assert set(splunk.confs["data/indexes"].local) == {"scratch"}
    assert verified(order, Wish("scratch")).agrees  # events of another run are not looked at


def test_splunk_cloud_wants_an_index_and_takes_the_targets_token(order: Order, splunk: Any) -> None:
    splunk.info = {"version": "9.3.2408", "instance_type": "cloud", "server_roles": []}
    with pytest.raises(ConfigError, match="there is no index"):
        verified(order)
    splunk.confs["data/indexes"].local["scratch"] = {}
    splunk.confs["data/inputs/http"].local["http://ours"] = {"token": TOKEN, "indexes": "scratch"}
    assert verified(order, Wish("scratch")).agrees


def test_without_the_app_nothing_is_sent(order: Order, splunk: Any) -> None:
    splunk.app.clear()
    with pytest.raises(TargetRefused, match="the app is not installed"):
        verified(order)
    assert not splunk.events
    assert is_clean(splunk)


def test_absence_and_what_is_new_are_compared_and_nothing_is_kept_of_it(
    order: Order, splunk: Any
) -> None:
    splunk.searcher = Searches(splunk, tables=columns())
    report = verified(replace(order, rules=some_rules(*OTHERS)))
    outcomes = {one.rule: (one.outcome, bool(one.found)) for one in report.verdicts}
    assert outcomes == dict.fromkeys(OTHERS, (Outcome.AGREED, True))
    assert not [table for table in splunk.searcher.tables.values() if table.rows]


def test_what_compares_with_what_others_kept_is_left_out_with_the_reason(order: Order) -> None:
    rule = with_a_baseline(order.rules)
    report = verified(replace(order, rules=[*order.rules, rule]))
    (one,) = [one for one in report.verdicts if one.outcome is Outcome.LEFT_OUT]
    assert "other searches kept" in one.why


def with_a_baseline(rules: Sequence[Rule]) -> Rule:
    single = next(rule for rule in rules if rule.short_id == SINGLE)
    baseline = Correlation(
        "rate_baseline", (single.id,), ("gen_ai.agent.id",), 3_600_000, history_ms=7 * 86_400_000,
        factor=3, op="gte", threshold=5,
    )  # fmt: skip
    return replace(single, id="b", name="b", tree=None, correlation=baseline, tests=(), meta={})


def test_elastic_has_no_such_comparison(order: Order) -> None:
    with pytest.raises(UsageError, match="no comparison"):
        siem_of("elastic").verify(order, Wish(), lambda line: None)


# The command --------------------------------------------------------------------------------------


@pytest.fixture
def files(order: Order, tmp_path: Path) -> list[str]:
    """Options that name a configuration and a rule of the user's own."""
    assert order.target is not None
    target = {
        "kind": "splunk",
        "url": order.target.management,
        "token": f"env:{VARIABLE}",
        "management": order.target.management,
        "management_token": f"env:{VARIABLE}",
        "ca": str(order.target.ca),
    }
    config = tmp_path / "agentwarrant.yml"
    config.write_text(json.dumps({"targets": {"here": target}, "tenants": {"acme": {}}}))
    (single,) = {rule.path for rule in order.rules if rule.short_id == SINGLE}
    return ["--config", str(config), "--no-pack", "--rules", single]


def test_the_command_says_what_came_of_it_and_exits_4_where_something_differs(
    files: list[str], splunk: Any
) -> None:
    done = CliRunner().invoke(app, ["verify", "splunk", *files])
    assert done.exit_code == 0, done.output
    assert "1 agreed" in done.stdout
    splunk.searcher = lambda text, *limits: (
        [{"aw_n": str(len(splunk.events))}] if "aw_n" in text else []
    )
    done = CliRunner().invoke(app, ["verify", "splunk", *files])
    assert done.exit_code == 4
    assert "only the engine" in done.stdout
    assert is_clean(splunk)


def test_the_command_writes_json(files: list[str]) -> None:
    done = CliRunner().invoke(app, ["verify", "splunk", *files, "--json"])
    said = json.loads(done.stdout)
    assert said["counts"]["agreed"] == 1
    assert said["verdicts"][0]["rule"] == SINGLE
    assert command.EXAMPLES
