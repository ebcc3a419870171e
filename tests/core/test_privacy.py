"""What leaves for a SIEM: no piece of content with ``none``, no secret with ``redacted``."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agentwarrant import content, schema
from agentwarrant.config import Content, Privacy, Shipped
from agentwarrant.detect import Detector
from agentwarrant.event import Event, text_of
from agentwarrant.redact import Redactor
from agentwarrant.rules.check import findings_of, make_events
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule, is_for_agents
from agentwarrant.scan import Scan
from agentwarrant.siem.elastic import mapping
from agentwarrant.siem.privacy import CUT, LONGEST, MARK, WITHHELD, Outgoing

CHECKOUT = Path(__file__).parents[2]
SAMPLES = CHECKOUT / "connectors"
MORE_SAMPLES = CHECKOUT.parent / "shared/samples"
LOGS = (
    "openclaw/samples/main.5b037c8a-4f58-4b02-989b-042e9797b04e.jsonl",
    "claude_code/samples/transcript_2.1.330.jsonl",
    "codex/samples/rollout_0.169.0.jsonl",
    "mcp/samples/stdio_session.jsonl",
)
RUNTIMES = frozenset({*(name.partition("/")[0] for name in LOGS), "otel_genai"})
PIECE = 12
REDACTOR = Redactor(b"the key of these tests")


def outgoing(content: Content, events: Shipped = Shipped.ALL) -> Outgoing:
    return Outgoing(Privacy(content, events), REDACTOR)


def sent(out: Outgoing, event: Event) -> bytes:
    return orjson.dumps(out.event(event, in_finding=True))


@cache
def pack() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules((), pack=True) if is_for_agents(rule))


@cache
def everything() -> tuple[Event, ...]:
    """Return the events of all samples that there are."""
    found = [SAMPLES, *([MORE_SAMPLES] if MORE_SAMPLES.is_dir() else [])]
    return tuple(Scan.over(()).events(found))


def in_checkout() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the tests run without a checkout beside them")


def pieces(text: str) -> set[str]:
    return {text[i : i + PIECE] for i in range(len(text) - PIECE + 1)}


# none --------------------------------------------------------------------------------------

_SPOKEN = frozenset({"text", "content", "thinking", "aggregated", "stdout", "output", "result"})
"""Keys under which these sources write what was said, asked or answered."""
_ASKED = frozenset({"arguments", "input", "toolUseResult", "structuredContent", "parsed_cmd"})
"""Keys under which they write the values of a call."""


def mutated(value: Any, change: Callable[[str], str], within: str = "") -> Any:
    """Return a record with every text of its content changed."""
    if isinstance(value, dict):
        return {
            key: mutated(inner, change, key if key in _SPOKEN | _ASKED else _deeper(within, key))
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [mutated(inner, change, within) for inner in value]
    if not isinstance(value, str) or not within:
        return value
    if value[:1] == "{" and within in _ASKED:  # arguments as JSON text
        try:
            inner = orjson.loads(value)
        except ValueError:
            return change(value)
        return orjson.dumps(mutated(inner, change, within)).decode()
    return change(value)


def _deeper(within: str, key: str) -> str:
    """Return within what a value stands: beside spoken text stand ids, in arguments only values."""
    return within if within in _ASKED and key not in ("id", "name", "type") else ""


CHANGES: tuple[Callable[[str, str], str], ...] = (
    lambda text, token: f"{text} {token}",
    lambda text, token: f"{token}/{text}",
    lambda text, token: text.replace("://", f"://{token}.") + f"/{token}?q={token}",
    lambda text, token: f"Agent {token} here: from {token}@{token}.example, {text}",
    lambda text, token: token,
)


def assert_nothing_leaves(log: str, change: Callable[[str], str], tokens: list[str]) -> None:
    """Hold what leaves of a log with none against the tokens that its changed content has."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log" + Path(log).suffix)
        records = map(orjson.loads, (SAMPLES / log).read_bytes().splitlines())
        path.write_bytes(b"\n".join(orjson.dumps(mutated(one, change)) for one in records))
        events = list(Scan.over(()).events([path]))
    assert any(token in str(event) for event in events for token in tokens), "nothing is tested"
    out = outgoing(Content.NONE)
    findings = Detector(pack()).run(events)
    shipped = b"\n".join(
        [sent(out, event) for event in events]
        + [orjson.dumps(out.finding(finding.event)) for finding in findings]
    ).decode()
    found = [piece for token in set(tokens) for piece in pieces(token) if piece in shipped.lower()]
    assert not found, found


@pytest.mark.parametrize("how", range(len(CHANGES)))
@pytest.mark.parametrize("log", LOGS)
def test_no_piece_of_marked_content_leaves_with_none(log: str, how: int) -> None:
    in_checkout()
    word = "qrstuvwxyzghijklmn"
    assert_nothing_leaves(log, lambda text: CHANGES[how](text, word), [word])


@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    st.sampled_from(LOGS),
    st.integers(0, len(CHANGES) - 1),
    # No hexadecimal digits and no words: a piece of it stands in no hash and in no name.
    st.lists(st.text("ghijklmnopqrstuvwxyzäß漢", min_size=14, max_size=30), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_no_piece_of_any_content_leaves_with_none(
    log: str, how: int, tokens: list[str], chance: random.Random
) -> None:
    in_checkout()
    assert_nothing_leaves(log, lambda text: CHANGES[how](text, chance.choice(tokens)), tokens)


NAMES = frozenset({
    "entity.id", "gen_ai.agent.id", "gen_ai.tool.name", "log.file.path", "span.id",
    "warrant.channel", "warrant.content.hash", "warrant.identity.accounts",
    "warrant.network.kind", "warrant.secret.types", "warrant.session.key",
})  # fmt: skip
"""Fields of agents' logs that name something that content may name as well."""


def test_of_real_content_only_names_leave_that_would_leave_without_it() -> None:
    in_checkout()
    out = outgoing(Content.NONE)
    leaks: dict[str, str] = {}
    checked = 0
    for event in everything():
        if event["event.module"] not in RUNTIMES:
            continue
        content = (
            f"{text_of(event, 'warrant.content.text')}\0{text_of(event, 'warrant.arguments.text')}"
        )
        said = {piece for piece in pieces(content) if "\0" not in piece}
        checked += len(said)
        left = out.event(event, in_finding=True)
        assert left is not None
        for name, value in left.items():
            texts = value if isinstance(value, list) else [value]
            if any(pieces(str(one)) & said for one in texts):
                leaks[name] = str(value)
    assert checked > 10_000
    assert set(leaks) <= NAMES, leaks


def test_every_field_of_our_documents_has_its_way_and_only_one() -> None:
    table = schema.load("privacy.json")
    listed = [name for way in ("kept", "marked", "withheld", "dropped") for name in table[way]]
    assert len(listed) == len(set(listed))
    event, finding = schema.load("event.schema.json"), schema.load("finding.schema.json")
    specs = {**event["$defs"]["fields"]["properties"], **event["properties"]}
    specs |= finding["properties"]
    words = {
        name
        for name, spec in specs.items()
        if "enum" in spec or "const" in spec or "enum" in spec.get("items", {})
    }
    known = set(mapping.fields()) | {"event.kind"}
    assert not (words & set(listed)), "an enumeration leaves as it is"
    assert known == set(listed) | words, "say in schemas/privacy.json how it leaves"


def test_the_documentation_names_every_field_that_does_not_leave_as_it_is() -> None:
    page = CHECKOUT / "docs/config.md"
    if not page.is_file():
        pytest.skip("the tests run without a checkout beside them")
    table, text = schema.load("privacy.json"), page.read_text(encoding="utf-8")
    for way in ("marked", "withheld", "dropped"):
        named = f"{', '.join(f'`{name}`' for name in sorted(table[way]))}"
        assert named in text, way


def test_what_rules_need_stays_with_none() -> None:
    event: Event = {
        "@timestamp": "2026-11-23T00:00:00.000Z",
        "event.id": "e1",
        "event.action": "tool_call",
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
        "gen_ai.tool.name": "exec",
        "warrant.tool.class": "exec",
        "warrant.tool.acts": ["schedule", "sell the house"],
        "warrant.origin": "something that somebody wrote",
        "warrant.arguments.text": "rm -rf /",
        "warrant.arguments.hash": "0123",
        "warrant.resource.id": "/srv/data",
        "warrant.message.recipients": ["a", "b"],
        "warrant.payment.amount": 12.5,
        "destination.ip": "203.0.113.7",
        "email.subject": "of a connector that we do not know",
    }
    before = dict(event)
    left = outgoing(Content.NONE).event(event, in_finding=False)
    assert event == before
    assert left is not None
    marks = (left.pop("warrant.resource.id"), left.pop("warrant.arguments.hash"))
    assert all(str(mark).startswith(MARK) for mark in marks)
    recipients = left.pop("warrant.message.recipients")
    assert isinstance(recipients, list)
    assert len(set(recipients)) == 2
    assert left == {
        "@timestamp": "2026-11-23T00:00:00.000Z",
        "event.id": "e1",
        "event.action": "tool_call",
        "organization.id": "acme",
        "gen_ai.agent.id": "main",
        "gen_ai.tool.name": "exec",
        "warrant.tool.class": "exec",
        "warrant.tool.acts": ["schedule"],
        "warrant.arguments.text": WITHHELD,
    }


def test_marks_are_equal_for_equal_things_of_one_tenant_only() -> None:
    out = outgoing(Content.NONE)

    def mark(tenant: str, value: str) -> str:
        left = out.event({"organization.id": tenant, "file.path": value}, in_finding=False)
        assert left is not None
        return str(left["file.path"])

    assert mark("a", "/etc/hosts") == mark("a", "/etc/hosts")
    assert mark("a", "/etc/hosts") != mark("a", "/etc/host")
    assert mark("a", "/etc/hosts") != mark("b", "/etc/hosts")


def test_the_rules_find_the_same_in_what_leaves_with_none() -> None:
    in_checkout()
    out = outgoing(Content.NONE)
    before = list(Detector(pack()).run(everything()))
    after = list(Detector(pack()).run(filter(None, (out.event(e, False) for e in everything()))))
    found = {(f.event["rule.name"], *f.event["warrant.finding.events"]) for f in before}  # type: ignore[misc]  # a list, by its schema
    left = {(f.event["rule.name"], *f.event["warrant.finding.events"]) for f in after}  # type: ignore[misc]  # the same
    assert len(found) > 50
    assert found == left


def rule_tests() -> Iterator[Any]:
    """Yield (rule, events) of every test of the pack that gives events."""
    rules = {rule.public_id: rule for rule in pack()}
    for name, file in content.shipped("detections"):
        for document in content.load_file(file, name)[0]:
            data = document.data if isinstance(document.data, dict) else {}
            rule = rules.get(str(data.get("id")))
            for test in data.get("tests", ()) if rule else ():
                if "events" in test:
                    yield rule, test["name"], list(make_events(test["events"]))


def test_every_rule_finds_in_its_own_tests_what_it_finds_with_content() -> None:
    out = outgoing(Content.NONE)
    checked, other = 0, []
    for rule, name, events in rule_tests():
        left = [one for event in events if (one := out.event(event, False))]
        found = [len(findings_of(rule, some, pack())) for some in (events, left)]
        checked += 1
        if found[0] != found[1]:
            other.append((rule.title, name, *found))
    assert checked > 500
    assert other == []


# redacted and full -----------------------------------------------------------------------------

SECRET = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"


@pytest.mark.parametrize(
    "name", ["message", "warrant.intent.reasons", "email.subject", "url.full", "file.path"]
)
def test_a_secret_that_a_connector_left_is_taken_out_of_every_text(name: str) -> None:
    value: Any = [f"token {SECRET}"] if name.endswith("reasons") else f"token {SECRET}"
    left = outgoing(Content.REDACTED).event({"organization.id": "a", name: value}, False)
    assert SECRET not in str(left)
    assert "REDACTED" in str(left)


def test_names_leave_as_they_are_even_where_they_look_like_a_secret() -> None:
    event: Event = {"organization.id": "a", "gen_ai.conversation.id": SECRET}
    assert outgoing(Content.REDACTED).event(event, False) == event


@pytest.mark.parametrize("content", [Content.REDACTED, Content.FULL])
def test_what_connectors_made_leaves_unchanged(content: Content) -> None:
    in_checkout()
    out = Outgoing(Privacy(content), Scan.over(()).redactor)
    assert all(out.event(event, False) == event for event in everything())


def test_full_is_what_the_connector_gave() -> None:
    event: Event = {"message": f"token {SECRET}"}
    assert outgoing(Content.FULL).event(event, False) == event


TEXTS = st.text(max_size=20) | st.builds(
    lambda text, times: text * times,
    st.text(min_size=1, max_size=5),
    st.integers(1, 40_000),
)


@settings(max_examples=60)
@given(TEXTS, st.sampled_from(list(Content)))
def test_no_value_is_longer_than_an_index_takes(text: str, content: Content) -> None:
    event: Event = {"warrant.content.text": text, "gen_ai.agent.id": text, "related.user": [text]}
    left = outgoing(content).event(event, False)
    assert left is not None
    for value in left.values():
        for one in value if isinstance(value, list) else [value]:
            raw = str(one).encode()
            assert len(raw) <= LONGEST
            if str(one).endswith(CUT) and not text.endswith(CUT):
                assert text.startswith(str(one).removesuffix(CUT))
                assert len(raw) > LONGEST - 8, "cut more than was needed"
    if content is not Content.NONE and len(text.encode()) > LONGEST:
        assert left["warrant.content.truncated"] == "yes"


def test_the_limit_is_the_one_of_the_index() -> None:
    assert LONGEST == mapping.LONGEST


# Which events, findings, records ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "alone", "in_finding"),
    [(Shipped.FINDINGS, False, False), (Shipped.EVIDENCE, False, True), (Shipped.ALL, True, True)],
)
def test_the_configuration_says_which_events_leave(
    events: Shipped, alone: bool, in_finding: bool
) -> None:
    out = outgoing(Content.FULL, events)
    event: Event = {"event.id": "e"}
    assert (out.event(event, False) is not None) is alone
    assert (out.event(event, True) is not None) is in_finding
    assert out.response({"event.id": "r"}) == {"event.id": "r"}


def findings() -> Iterator[Event]:
    in_checkout()
    yield from (f.event for f in Scan.over(pack()).findings([SAMPLES / LOGS[0]]))


def test_findings_leave_whatever_events_do_and_stay_findings() -> None:
    for how_much in Content:
        out = outgoing(how_much, Shipped.FINDINGS)
        left = [out.finding(finding) for finding in findings()]
        assert len(left) > 3
        assert [schema.finding_problems(one) for one in left] == [[]] * len(left)


def test_a_finding_without_content_says_which_rule_and_no_more() -> None:
    for finding in findings():
        left = outgoing(Content.NONE).finding(finding)
        assert left["message"] == finding["rule.name"]
        assert left["warrant.finding.reasons"] == [WITHHELD]
        assert left["warrant.finding.events"] == finding["warrant.finding.events"]
