"""People are told once, in plain text that does nothing, and no secret stands in a plan."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.simulators.base import Simulator, connection_to
from tests.simulators.telling import Hook, Jira, Mail, PagerDuty, ServiceNow, Slack
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import OutcomeUnknown, Refused, ResponseError, Unreachable
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.written import written

HOSTILE = "Read\x1b[2J <!channel> [click](https://bad.example) & <b>\u202e *bold*"
TARGET = Target(
    "agent-1",
    tenant="acme",
    case="case-1",
    title=HOSTILE,
    severity="critical",
    summary=f"It read a secret.\n{HOSTILE}\nIt sent it away.",
)


@contextmanager
def opened(
    name: str, simulator: Simulator, folder: Path, secrets: dict[str, str], **options: Any
) -> Iterator[Cycle]:
    with simulator.running() as url:
        where = connection_to(url, name.partition(".")[0], folder, secrets, **options)
        with cycle(name, replace(where, folder=folder / "state"), 0.3) as carried:
            yield carried


def plain(text: str) -> bool:
    return "\x1b" not in text and "\u202e" not in text


def test_pagerduty_is_told_once_for_a_case(tmp_path: Path) -> None:
    vendor = PagerDuty({"alerts": {}})
    with opened("pagerduty.page", vendor, tmp_path, {"routing_key": "good"}) as carried:
        (step,) = carried.plan(TARGET).steps
        assert not carried.action.verify(step, carried.transport)
        assert carried.contain(step)
        assert carried.contain(step)
    ((key, payload),) = vendor.state["alerts"].items()
    assert payload["severity"] == "critical"
    assert plain(json.dumps(payload))
    assert key in json.dumps(written(step))
    assert "good" not in json.dumps(written(step))


def test_another_case_is_another_alert(tmp_path: Path) -> None:
    vendor = PagerDuty({"alerts": {}})
    with opened("pagerduty.page", vendor, tmp_path, {"routing_key": "good"}) as carried:
        for case in ("case-1", "case-2"):
            assert carried.contain(carried.plan(replace(TARGET, case=case)).steps[0])
    assert len(vendor.state["alerts"]) == 2


def test_a_page_that_was_refused_was_not_told(tmp_path: Path) -> None:
    vendor = PagerDuty({"alerts": {}})
    with opened("pagerduty.page", vendor, tmp_path, {"routing_key": "bad"}) as carried:
        (step,) = carried.plan(TARGET).steps
        assert not carried.contain(step)


def test_slack_shows_text_as_it_is(tmp_path: Path) -> None:
    vendor = Slack({"C1": []})
    with opened("slack.post", vendor, tmp_path, {"token": "good"}, channel="C1") as carried:
        assert carried.contain(carried.plan(TARGET).steps[0])
    (body,) = vendor.state["C1"]
    assert body["blocks"][0]["text"]["type"] == "plain_text"
    assert "<" not in body["text"]
    assert plain(json.dumps(body))


@pytest.mark.parametrize(("token", "channel"), [("bad", "C1"), ("good", "C2")])
def test_what_slack_refuses_with_status_200_is_refused(
    token: str, channel: str, tmp_path: Path
) -> None:
    vendor = Slack({"C1": []})
    with opened("slack.post", vendor, tmp_path, {"token": token}, channel=channel) as carried:
        (step,) = carried.plan(TARGET).steps
        assert not carried.contain(step)


def test_teams_gets_a_card_without_markdown_and_its_address_stands_nowhere(
    tmp_path: Path,
) -> None:
    vendor = Hook({"taken": []})
    with vendor.running() as url:
        where = connection_to(url, "teams", tmp_path, {"webhook": f"{url}/flow/s3cr3t?sig=abc"})
        with cycle("teams.post", replace(where, url="", folder=tmp_path / "state"), 0.3) as carried:
            (step,) = carried.plan(TARGET).steps
            assert carried.contain(step)
    assert vendor.state["taken"] == [{"path": "/flow/s3cr3t", "query": {"sig": "abc"}}]
    shown = json.dumps(written(step))
    assert "s3cr3t" not in shown
    (call,) = vendor.asked("POST /{}/{}")
    card = call.body["attachments"][0]["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert plain(json.dumps(card))


@pytest.mark.parametrize("knob", ["busy", "stumble", "hang_up"])
def test_no_error_of_teams_names_its_address(knob: str, tmp_path: Path) -> None:
    vendor = Hook({"taken": []})
    getattr(vendor, knob)(1)
    with vendor.running() as url:
        where = connection_to(url, "teams", tmp_path, {"webhook": f"{url}/flow/s3cr3t?sig=abc"})
        with cycle("teams.post", replace(where, url="", folder=tmp_path / "state"), 0.3) as carried:
            (step,) = carried.plan(TARGET).steps
            with pytest.raises(ResponseError) as error:
                carried.transport.send(step.request)
    said = f"{error.value} {error.value!r} {error.value.args}"
    assert "/webhook" in said
    assert "s3cr3t" not in said
    assert "abc" not in said


def test_a_webhook_is_signed_so_that_its_taker_can_check_it(tmp_path: Path) -> None:
    vendor = Hook({"taken": []})
    key = base64.b64encode(b"key of both").decode()
    with opened("webhook.send", vendor, tmp_path, {"signing_key": f"whsec_{key}"}) as carried:
        assert carried.contain(carried.plan(TARGET).steps[0])
    (call,) = vendor.asked("POST /{}")
    said = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.raw
    wanted = base64.b64encode(hmac.new(b"key of both", said, hashlib.sha256).digest()).decode()
    assert call.headers["webhook-signature"] == f"v1,{wanted}"
    assert json.loads(call.raw)["data"]["agent"] == "agent-1"


@pytest.mark.parametrize("name", ["jira.open_issue", "servicenow.open_incident"])
def test_a_ticket_is_opened_once(name: str, tmp_path: Path) -> None:
    vendor = Jira({"issues": []}) if name.startswith("jira") else ServiceNow({"rows": []})
    secrets = {"token": "good"}
    options = {"project": "SEC", "user": "bot@acme.example"} if name.startswith("jira") else {}
    with opened(name, vendor, tmp_path, secrets, **options) as carried:
        (step,) = carried.plan(TARGET).steps
        vendor.hang_up(1)
        assert carried.contain(step)  # done, and the answer lost
        again = carried.plan(TARGET)
    assert again.steps == ()
    assert "already" in again.notes[0]
    assert plain(json.dumps(vendor.state))


# E-mail -----------------------------------------------------------------------------------


@contextmanager
def mailing(mail: Mail, folder: Path, **options: Any) -> Iterator[Cycle]:
    usual = {"sender": "aw@acme.example", "recipients": ["soc@acme.example"]}
    with mail.running() as url:
        where = Connection("mail", "email", url, options={**usual, **options}, folder=folder)
        with cycle("email.send", where, 0.3) as carried:
            yield carried


def test_a_mail_is_plain_text_and_nothing_in_it_adds_a_header(tmp_path: Path) -> None:
    mail = Mail()
    target = replace(TARGET, title="x\r\nBcc: thief@bad.example", summary=HOSTILE)
    with mailing(mail, tmp_path) as carried:
        assert carried.contain(carried.plan(target).steps[0])
    (raw,) = mail.messages
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["Bcc"] is None
    assert message.get_content_type() == "text/plain"
    assert "thief@bad.example" in message["Subject"]
    assert plain(message.get_content())


@pytest.mark.parametrize(
    ("answer", "error"),
    [("451 later", Unreachable), ("554 no", Refused), (None, OutcomeUnknown)],
)
def test_a_mail_that_was_not_taken_is_not_told(
    answer: str | None, error: type[Exception], tmp_path: Path
) -> None:
    mail = Mail()
    mail.answer = answer
    with mailing(mail, tmp_path) as carried:
        (step,) = carried.plan(TARGET).steps
        with pytest.raises(error):
            carried.transport.send(step.request)
        assert not carried.action.verify(step, carried.transport)


def test_a_mail_that_nobody_is_to_get_is_refused(tmp_path: Path) -> None:
    mail = Mail()
    with mailing(mail, tmp_path, recipients=["nobody@acme.example"]) as carried:
        (step,) = carried.plan(TARGET).steps
        with pytest.raises(Refused):
            carried.transport.send(step.request)


def test_no_mail_server_there_is_unreachable(tmp_path: Path) -> None:
    with Mail().running() as url:
        pass
    options = {"sender": "aw@acme.example", "recipients": "soc@acme.example"}
    where = Connection("mail", "email", url, options=options, folder=tmp_path)
    with cycle("email.send", where, 0.3) as carried:
        (step,) = carried.plan(TARGET).steps
        with pytest.raises(Unreachable):
            carried.transport.send(step.request)
