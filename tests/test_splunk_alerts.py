"""Alerts of Splunk become findings, each once; their state goes back where that is allowed.

Driven by the real splunk-sdk against the stand-in for splunkd; searches are answered by the
interpreter of SPL of the tests. No Splunk and no Enterprise Security runs here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.shipped import shipped_rules
from typer.testing import CliRunner

from agentwarrant import schema
from agentwarrant.cli import alerts
from agentwarrant.config import Config
from agentwarrant.errors import ObserveOnly, Refused, TargetRefused
from agentwarrant.event import Event, iso_from_ms
from agentwarrant.finding import CaseBook, Finding, into_cases
from agentwarrant.rules.model import Rule
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.inbox import Intake
from agentwarrant.siem.splunk import signature
from agentwarrant.siem.splunk.alerting import SplunkAlerts
from agentwarrant.siem.splunk.matches import Match, finding_from, match_of, match_sent
from agentwarrant.siem.splunk.payload import envelope
from agentwarrant.siem.splunk.webhook import WITHIN, matches_in
from agentwarrant.siem.taken import BadAlert

from .splunkd_configured import (  # type: ignore[import-not-found]  # no package to mypy
    VARIABLE,
    configured,
)
from .splunkd_searches import Searches  # type: ignore[import-not-found]  # the same
from .splunkd_server import TOKEN, Splunk, running  # type: ignore[import-not-found]  # the same

pytest.importorskip("splunklib", reason="the extra splunk is not installed")
SHARED = "the hook's secret"
HOOK = "HOOK_SECRET_OF_TESTS"
NOW = time.time()
SECURITY = "apps/local/SplunkEnterpriseSecuritySuite"
RULES = shipped_rules()
RULE: Rule = next(rule for rule in RULES if rule.alerts and rule.meta.get("playbook"))
SEARCH = f"Agent Warrant - {RULE.short_id} - Rule"


def event(identity: str, tenant: str = "acme", ago: float = 60) -> Event:
    return {
        "@timestamp": iso_from_ms(int((NOW - ago) * 1000)),
        "event.id": identity,
        "event.action": "tool_call",
        "event.category": ["process"],
        "organization.id": tenant,
        "gen_ai.agent.id": "main",
        "gen_ai.conversation.id": "talk-1",
        "log.file.path": "/logs/main.jsonl",
    }


def row(*ids: str, **changed: Any) -> dict[str, Any]:
    """Return the columns of a saved search's row."""
    made = {
        "_time": NOW - 60,
        "source": SEARCH,
        "aw_rule": RULE.public_id,
        "aw_tenant": "acme",
        "aw_agent": "main",
        "aw_ids": list(ids) if len(ids) > 1 else ids[0],
        "aw_matches": "2",
        "aw_first": str(NOW - 60),
        "aw_last": str(NOW - 50),
    }
    return {name: value for name, value in {**made, **changed}.items() if value is not None}


def notable(number: int, *ids: str, **changed: Any) -> dict[str, Any]:
    """Return a notable event as the macro ``notable`` shows it."""
    made = {
        "index": "notable",
        "_time": NOW - 30 + number,
        "event_id": f"{number:036x}@@notable@@{number:032x}",
        "status": "1",
        "severity": "high",
        **changed,
    }
    return row(*ids, **made)


@pytest.fixture
def splunk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Splunk with Enterprise Security, that holds events of two tenants."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setenv(HOOK, SHARED)
    made = Splunk(apps={"SplunkEnterpriseSecuritySuite": {"version": "8.0.2"}})
    for tenant in ("acme", "globex"):
        stamps = {"sourcetype": "agentwarrant:events", "index": f"agentwarrant_{tenant}"}
        for number in range(4):
            body = envelope(event(f"{tenant}-{number}", tenant, 60 - number), stamps, "")
            made.events.append(json.loads(body))
    made.searcher = Searches(made, macros={"notable": "index=notable"}, rows=[])
    return made


@pytest.fixture
def config(splunk: Any, tmp_path: Path) -> Iterator[Config]:
    with running(splunk) as url:
        yield configured(url, tmp_path)


Open = Callable[[], "Taken"]


class Taken:
    """Opens the intakes of a configuration and keeps the findings that come of them."""

    def __init__(self, config: Config, *, every: bool = False) -> None:
        self.config, self.every = config, every
        self.findings: list[Finding] = []

    def write(self, findings: Sequence[Finding]) -> None:
        self.findings += findings

    def poll(self) -> dict[str, int]:
        """Poll as a process that starts anew; return how many were new, by tenant."""
        with self.opened() as intakes:
            return {one.tenant.id: one.inbox.poll() for one in intakes}

    def opened(self) -> Any:
        begin = iso_from_ms(int((NOW - 3600) * 1000))
        target = self.config.targets["here"]
        return SplunkAlerts().intakes(
            self.config, target, RULES, self.write, begin=begin, every=self.every
        )

    def status(self, *, enforce: bool = True, link: str = "") -> Any:
        return SplunkAlerts().status(self.config.targets["here"], enforce=enforce, link=link)


@pytest.fixture
def taken(config: Config) -> Taken:
    return Taken(config)


# Polling ------------------------------------------------------------------------------------------


def test_a_notable_event_becomes_a_finding_with_its_events(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1", "acme-2"))
    assert taken.poll() == {"acme": 1, "globex": 0}
    (made,) = taken.findings
    assert schema.finding_problems(made.event) == []
    assert made.event["rule.id"] == RULE.public_id
    assert made.event["rule.name"] == RULE.title
    assert made.event["warrant.finding.playbook"] == RULE.meta["playbook"]
    assert made.event["warrant.finding.events"] == ["acme-1", "acme-2"]
    assert made.event["warrant.finding.count"] == 2
    assert made.event["gen_ai.conversation.id"] == "talk-1"
    assert [one["event.id"] for one in made.evidence] == ["acme-1", "acme-2"]
    listed = {"log.file.path": ["/logs/main.jsonl"]}  # what may be a list is one there
    assert made.evidence[0] == event("acme-1", ago=59) | listed


def test_a_risk_event_becomes_a_finding_too(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(row("acme-1", index="risk", _time=NOW - 20))
    assert taken.poll()["acme"] == 1


def test_each_is_taken_once_however_often_it_is_polled(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))
    assert [taken.poll()["acme"] for _ in range(3)] == [1, 0, 0]
    splunk.searcher.rows.append(notable(0, "acme-2"))  # older, and searchable later
    assert taken.poll()["acme"] == 1
    assert len(taken.findings) == 2


def test_the_same_match_in_two_alerts_is_one_finding(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows += [notable(1, "acme-1"), notable(2, "acme-1")]
    assert taken.poll()["acme"] == 1


def test_the_cursor_stays_where_findings_could_not_be_written(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))

    def full(findings: Sequence[Finding]) -> None:
        raise OSError("no space left")

    write, taken.write = taken.write, full  # type: ignore[method-assign]  # a disk that is full
    with pytest.raises(OSError, match="no space"):
        taken.poll()
    taken.write = write  # type: ignore[method-assign]  # there is space again
    assert taken.poll()["acme"] == 1


def test_a_tenant_sees_nothing_of_another_one(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows += [notable(1, "acme-1"), notable(2, "globex-1", aw_tenant="globex")]
    assert taken.poll() == {"acme": 1, "globex": 1}
    assert {one.event["organization.id"] for one in taken.findings} == {"acme", "globex"}
    lied = notable(3, "globex-2")  # of acme, and names an event of another
    splunk.searcher.rows.append(lied)
    taken.poll()
    assert taken.findings[-1].evidence == ()
    assert taken.findings[-1].event["organization.id"] == "acme"


def test_alerts_of_other_rules_are_taken_only_when_told(config: Config, splunk: Any) -> None:
    theirs = {
        "index": "notable",
        "_time": NOW - 10,
        "source": "Access - Brute Force - Rule",
        "rule_title": "Brute force",
        "event_id": "x@@notable@@y",
        "severity": "critical",
        "user": "ann",
    }
    splunk.searcher.rows.append(theirs)
    only = replace(config, tenants=MappingProxyType({"acme": config.tenants["acme"]}))
    assert Taken(only).poll() == {"acme": 0}
    assert Taken(config, every=True).poll() == {"acme": 0, "globex": 0}
    taken = Taken(replace(only, state=only.state / "other"), every=True)
    assert taken.poll() == {"acme": 1}
    (made,) = taken.findings
    assert made.event["rule.name"] == "Brute force"
    assert made.severity.value == "critical"
    assert schema.finding_problems(made.event) == []


def test_many_alerts_are_read_in_portions_and_none_is_lost(taken: Taken, splunk: Any) -> None:
    rows = [notable(1, f"e {n}", _time=NOW - 300 + n // 10 * 0.1) for n in range(2_300)]
    splunk.searcher.rows += rows
    assert taken.poll()["acme"] == 2_300
    assert taken.poll()["acme"] == 0


def test_more_alerts_at_one_moment_than_a_portion_holds_are_read(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows += [notable(1, f"e {n}") for n in range(1_500)]
    assert taken.poll()["acme"] == 1_500


def test_what_is_closed_already_is_not_taken(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows += [notable(1, "acme-1", status="5"), notable(2, "acme-2", status="2")]
    assert taken.poll()["acme"] == 1


def test_what_an_analyst_made_of_the_severity_counts(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1", severity="critical"))
    taken.poll()
    assert taken.findings[0].severity.value == "critical"


@pytest.mark.parametrize("identity", ['x" OR index=*', "a`b`", "|delete", "x*", ""])
def test_an_id_that_means_something_to_a_search_is_not_asked_for(
    taken: Taken, splunk: Any, identity: str
) -> None:
    splunk.searcher.rows.append(notable(1, identity))
    taken.poll()
    assert not [text for text, _, _ in splunk.searcher.asked if "aw_id=" in text]
    assert len(taken.findings) == 1


def test_without_enterprise_security_triggered_alerts_are_taken(taken: Taken, splunk: Any) -> None:
    splunk.apps.clear()
    fired = {"trigger_time": NOW - 20, "savedsearch_name": SEARCH, "sid": "scheduler__1"}
    other = {**fired, "savedsearch_name": "Errors", "sid": "scheduler__2"}
    old = {**fired, "trigger_time": NOW - 86_400, "sid": "scheduler__3"}
    splunk.fired = {"a": fired, "b": {**fired}, "c": other, "d": old}
    time_ = "2026-01-01T00:00:00.000+00:00"
    splunk.jobs = {
        "scheduler__1": [row("acme-1", _time=time_), row("globex-1", aw_tenant="globex")],
        "scheduler__2": [row("acme-2")],
        "scheduler__3": [row("acme-3")],
    }
    assert taken.poll() == {"acme": 1, "globex": 1}
    assert taken.poll() == {"acme": 0, "globex": 0}
    assert {one.event["rule.id"] for one in taken.findings} == {RULE.public_id}


def test_a_job_that_has_expired_hinders_nothing(taken: Taken, splunk: Any) -> None:
    splunk.apps.clear()
    fired = {"trigger_time": NOW - 20, "savedsearch_name": SEARCH, "sid": "gone"}
    splunk.fired = {"a": fired}
    assert taken.poll() == {"acme": 0, "globex": 0}


def test_a_search_that_fails_is_said_and_moves_nothing(taken: Taken, splunk: Any) -> None:
    splunk.searcher.macros.clear()
    with pytest.raises(TargetRefused, match=r"400: .*notable"):
        taken.poll()


# What a row may hold ------------------------------------------------------------------------------

TEXTS = st.text(max_size=40)
ROWS = st.dictionaries(
    st.sampled_from([*row("a"), "severity", "user", "user.name{}", "host.name", "x"]) | TEXTS,
    TEXTS | st.lists(TEXTS, max_size=3) | st.none(),
)


@given(ROWS)
def test_any_row_with_a_time_makes_a_finding_of_our_schema(given_: dict[str, Any]) -> None:
    match = match_of({**given_, "_time": "2026-01-01T00:00:00.000Z"})
    made = finding_from(match, [], tenant="acme", rules={}, cases=CaseBook())
    assert schema.finding_problems(made.event) == []
    assert made.event["organization.id"] == "acme"


@given(st.binary(max_size=200) | ROWS.map(lambda one: json.dumps(one).encode()))
def test_any_body_is_none_of_ours_or_read(body: bytes) -> None:
    assert matches_in(body) is None


@pytest.mark.parametrize("given_time", [None, "", "soon", "9" * 30, "nan"])
def test_a_row_without_a_time_is_none(given_time: str | None) -> None:
    with pytest.raises(BadAlert, match="no time"):
        match_of(row("a", _time=given_time))


def test_a_match_is_the_same_whichever_way_it_comes() -> None:
    made = match_of(notable(1, "b", "a", _time="2026-01-01T00:00:00Z"))
    sent = match_sent(result("a", "b"))
    joined = match_of(row("b\na", _time="2026-01-02T00:00:00Z"))
    assert made.id == sent.id == joined.id
    assert made.id != match_sent(result("a")).id
    assert made.id != match_sent(result("a", "b", tenant="globex")).id


# The webhook --------------------------------------------------------------------------------------


def result(*ids: str, **changed: Any) -> dict[str, Any]:
    made = {
        "aw_ids": list(ids),
        "rule": RULE.public_id,
        "tenant": "acme",
        "agent": "main",
        "time": f"{NOW - 60:.3f}",
        "fields": {},
    }
    return {**made, **changed}


def body_of(*results: dict[str, Any], version: int = signature.VERSION) -> bytes:
    said = {"version": version, "search": SEARCH, "sid": "1", "app": "agentwarrant"}
    return json.dumps({**said, "part": 1, "parts": 1, "results": list(results)}).encode()


class Sender:
    """Sends to the webhook of some intakes, as the alert action does."""

    def __init__(self, intakes: list[Intake]) -> None:
        self.told: list[str] = []
        hooks = SplunkAlerts().hooks(intakes, Secret(f"env:{HOOK}"), self.told.append)
        (self.hook,) = hooks.values()

    def send(
        self, body: bytes, *, key: str = "0" * 32, secret: str = SHARED, ago: int = 0,
        **changed: Any,
    ) -> int:  # fmt: skip
        signed = signature.sign(secret.encode(), int(time.time()) - ago, body)
        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_AGENTWARRANT_SIGNATURE": signed,
            "HTTP_X_AGENTWARRANT_KEY": key,
            "wsgi.input": BytesIO(body),
            **changed,
        }
        heard: list[str] = []
        list(self.hook(environ, lambda status, headers: heard.append(status)))
        return int(heard[0][:3])


@pytest.fixture
def sender(taken: Taken) -> Iterator[Sender]:
    with taken.opened() as intakes:
        yield Sender(intakes)


def test_a_signed_result_becomes_a_finding_with_its_events(sender: Sender, taken: Taken) -> None:
    assert sender.send(body_of(result("acme-1", "acme-2"))) == 200
    (made,) = taken.findings
    assert [one["event.id"] for one in made.evidence] == ["acme-1", "acme-2"]
    assert schema.finding_problems(made.event) == []


def test_results_of_several_tenants_go_to_each(sender: Sender, taken: Taken) -> None:
    body = body_of(result("acme-1"), result("globex-1", tenant="globex"), result("x", tenant="z"))
    assert sender.send(body) == 200
    assert {one.event["organization.id"] for one in taken.findings} == {"acme", "globex"}
    assert sender.told == [
        "1 results of a webhook were not taken: of a tenant that does not ship there, or of none"
    ]


def test_a_request_is_taken_once_by_its_key_and_its_rows_by_their_events(
    sender: Sender, taken: Taken
) -> None:
    body = body_of(result("acme-1"))
    assert sender.send(body) == 200
    assert sender.send(body) == 409
    assert sender.send(body, key="1" * 32) == 200
    assert len(taken.findings) == 1


def test_a_key_is_known_after_a_restart(taken: Taken) -> None:
    body = body_of(result("acme-1"))
    answers = []
    for _ in range(2):
        with taken.opened() as intakes:
            answers.append(Sender(intakes).send(body))
    assert answers == [200, 409]


def test_what_a_webhook_brought_is_not_polled_again(
    sender: Sender, taken: Taken, splunk: Any
) -> None:
    sender.send(body_of(result("acme-1")))
    splunk.searcher.rows.append(notable(1, "acme-1"))
    assert taken.poll()["acme"] == 0


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"secret": "another"}, 401),
        ({"ago": WITHIN + 60}, 401),
        ({"ago": -WITHIN - 60}, 401),
        ({"HTTP_X_AGENTWARRANT_SIGNATURE": "t=1,v1=0"}, 401),
        ({"HTTP_X_AGENTWARRANT_SIGNATURE": "\xff"}, 401),
        ({"HTTP_X_AGENTWARRANT_SIGNATURE": ""}, 401),
        ({"key": ""}, 401),
        ({"key": "../../etc"}, 401),
        ({"REQUEST_METHOD": "GET"}, 405),
        ({"CONTENT_LENGTH": ""}, 400),
        ({"CONTENT_LENGTH": str(signature.MOST_BYTES + 1)}, 413),
    ],
)
def test_a_request_that_is_not_right_is_refused(
    sender: Sender, taken: Taken, changed: dict[str, Any], answer: int
) -> None:
    assert sender.send(body_of(result("acme-1")), **changed) == answer
    assert not taken.findings


@pytest.mark.parametrize(
    "body",
    [
        b"no JSON",
        b"[]",
        body_of(),
        body_of(result("a"), version=2),
        body_of(result("a", aw_ids="a")),
        body_of(result("a", time="soon")),
        body_of(*[result("a")] * (signature.MOST_ROWS + 1)),
    ],
)
def test_a_signed_body_that_is_not_ours_is_refused(sender: Sender, body: bytes) -> None:
    assert sender.send(body) == 400


def test_a_body_that_was_changed_on_the_way_is_refused(sender: Sender) -> None:
    body = body_of(result("acme-1"))
    signed = signature.sign(b"the hook's secret", int(time.time()), body)
    other = body_of(result("acme-2"))
    assert sender.send(other, HTTP_X_AGENTWARRANT_SIGNATURE=signed) == 401


def test_a_splunk_that_cannot_be_asked_is_said_to_the_sender_and_the_operator(
    sender: Sender, taken: Taken, splunk: Any
) -> None:
    splunk.broken.append((403, {}))
    body = body_of(result("acme-1"))
    assert sender.send(body) == 503
    assert "were not taken" in sender.told[0]
    assert sender.send(body) == 200
    assert len(taken.findings) == 1


def test_a_secret_that_is_gone_lets_nobody_in(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(HOOK)
    assert sender.send(body_of(result("acme-1"))) == 503


# State --------------------------------------------------------------------------------------------


def test_a_case_is_told_to_its_alerts_and_then_closed(taken: Taken, splunk: Any) -> None:
    first, second = notable(1, "acme-1"), notable(2, "acme-2")
    splunk.searcher.rows += [first, second, notable(3, "acme-3", status="2")]
    taken.poll()
    (case,) = into_cases(taken.findings)
    with taken.status(link="https://console.example/{case}") as status:
        assert status.acknowledge(case) == 2
    (told,) = splunk.updates
    assert sorted(told["ruleUIDs"]) == sorted([first["event_id"], second["event_id"]])
    assert told["status"] == ["2"]
    assert told["comment"] == [f"Agent Warrant case {case.id} https://console.example/{case.id}"]
    with taken.status() as status:
        assert status.close(case) == 3
    assert splunk.updates[-1]["status"] == ["5"]


def test_observing_reads_and_changes_nothing(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))
    taken.poll()
    (case,) = into_cases(taken.findings)
    with taken.status(enforce=False) as status:
        with pytest.raises(ObserveOnly):
            status.acknowledge(case)
        with pytest.raises(ObserveOnly):
            status.close(case)
    assert not splunk.updates


def test_what_an_analyst_closed_meanwhile_stays_closed(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))
    taken.poll()
    splunk.searcher.rows[0]["status"] = "5"
    (case,) = into_cases(taken.findings)
    with taken.status() as status:
        assert (status.acknowledge(case), status.close(case)) == (0, 0)
    assert not splunk.updates


def test_an_alert_that_a_webhook_brought_is_found_again_to_be_told(
    sender: Sender, taken: Taken, splunk: Any
) -> None:
    sender.send(body_of(result("acme-1")))
    splunk.searcher.rows.append(notable(1, "acme-1"))
    (case,) = into_cases(taken.findings)
    with taken.status() as status:
        assert status.acknowledge(case) == 1


def test_a_splunk_that_keeps_no_state_is_said_to_keep_none(taken: Taken, splunk: Any) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))
    taken.poll()
    splunk.has_security = False
    (case,) = into_cases(taken.findings)
    with taken.status() as status, pytest.raises(Refused, match="cannot be set there"):
        status.close(case)


# The command --------------------------------------------------------------------------------------


@pytest.fixture
def command(config: Config, splunk: Any, tmp_path: Path) -> Callable[..., Any]:
    """Run ``agentwarrant alerts`` with a configuration file that names the stand-in."""
    said = {
        "state": str(tmp_path / "state"),
        "targets": {
            "here": {
                "kind": "splunk",
                "url": config.targets["here"].management,
                "token": f"env:{VARIABLE}",
                "management": config.targets["here"].management,
                "management_token": f"env:{VARIABLE}",
                "ca": str(config.targets["here"].ca),
            }
        },
        "tenants": {"acme": {}, "globex": {}},
    }
    path = tmp_path / "agentwarrant.yml"
    path.write_text(json.dumps(said))

    def run(*arguments: str) -> Any:
        verb, *rest = arguments
        done = CliRunner().invoke(alerts.app, [verb, "--config", str(path), *rest])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def test_the_command_takes_acknowledges_and_closes(
    command: Callable[..., Any], splunk: Any, tmp_path: Path
) -> None:
    splunk.searcher.rows.append(notable(1, "acme-1"))
    out = str(tmp_path / "findings.jsonl")
    done = command("take", "--out", out, "--acknowledge", "--mode", "enforce")
    assert "acme: 1 new alerts" in done.stderr
    assert "1 alerts told to acknowledge" in done.stderr
    (line,) = Path(out).read_text().splitlines()
    case = json.loads(line)["warrant.case.id"]
    done = command("close", case[:6], "--findings", out)  # as of all cases: how its id begins
    assert "would be told to close" in done.stderr
    command("close", case, "--findings", out, "--mode", "enforce")
    assert [one["status"] for one in splunk.updates] == [["2"], ["5"]]


def test_matches_are_plain_values() -> None:
    made = match_of(notable(1, "a", _time="2026-01-01T00:00:00Z"))
    assert isinstance(made, Match)
    assert made.moment("aw_first") is not None
