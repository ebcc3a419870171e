"""The part of the Splunk SOAR app that asks, against our own webhook behind TLS."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import authority
from tests.soar_responder import RULES, SHARED, Responder, responding

from agentwarrant.respond.vendor import actions
from agentwarrant.siem.splunk import signature, soar
from agentwarrant.siem.splunk.soar import responder as asks
from agentwarrant.siem.splunk.soar.responder import Failure, greet, propose

RULE = next(rule for rule in RULES.values() if rule.alerts)
CA = authority().cert_pem.bytes().decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responder]:
    with responding(tmp_path_factory.mktemp("responder")) as made:
        yield made


def about(**changed: Any) -> dict[str, Any]:
    made = {
        "agent": "main",
        "tenant": "acme",
        "rule": RULE.public_id,
        "events": ["e-1", " e-2 ", ""],
        "asked_by": "container 7",
    }
    return {**made, **changed}


def test_a_proposal_becomes_a_finding_that_says_which_verb_was_asked(server: Responder) -> None:
    there = asks.Responder(server.url, SHARED, CA)
    made = propose(there, "openclaw.strip_tools", **about(events=["a-1", " a-2 ", ""]))
    assert made == (1, False)
    match = server.matches[-1]
    assert match.events == ("a-1", "a-2")
    assert match.agent == "main"
    assert match.tenant == "acme"
    assert match.fields["asked"] == "openclaw.strip_tools"
    assert match.fields["asked_by"] == "container 7"
    assert server.taken[-1].event["rule.id"] == RULE.public_id


def test_the_same_asked_again_is_known_and_another_verb_is_not_the_same(server: Responder) -> None:
    there = asks.Responder(server.url, SHARED, CA)
    given = about(events=["b-1", "b-2"])
    assert propose(there, "openclaw.abort_run", **given) == (1, False)
    turned = {**given, "events": ["b-2", "b-1"]}
    assert propose(there, "openclaw.abort_run", **turned) == (0, True)
    assert propose(there, "openclaw.cut_channels", **given) == (0, False)


def test_greeting_takes_nothing(server: Responder) -> None:
    before = len(server.matches)
    greet(asks.Responder(server.url, SHARED, CA))
    assert len(server.matches) == before


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"secret": "another secret of 16"}, "does not know the secret"),
        ({"secret": "short"}, "fewer than 16"),
        ({"ca": ""}, "is not trusted"),
        ({"ca": "none"}, "no PEM"),
        ({"url": "http://127.0.0.1/"}, "beginning with https://"),
        ({"url": "https://a:b@127.0.0.1/"}, "no user in it"),
        ({"url": "https://[/"}, "beginning with https://"),
        ({"url": "https://127.0.0.1:1/"}, "cannot be reached"),
    ],
)
def test_what_goes_wrong_is_one_line_without_the_secret(
    server: Responder, changed: dict[str, str], why: str
) -> None:
    there = asks.Responder(server.url, SHARED, CA)._replace(**changed)
    for ask in (greet, lambda one: propose(one, "openclaw.abort_run", **about())):
        with pytest.raises(Failure, match=why) as raised:
            ask(there)
        assert "\n" not in str(raised.value)
        assert there.secret not in str(raised.value)


@pytest.mark.parametrize("changed", [{"agent": ""}, {"events": [" ", ""]}])
def test_without_an_agent_or_events_nothing_is_sent(
    server: Responder, changed: dict[str, Any]
) -> None:
    there = asks.Responder("https://127.0.0.1:1/", SHARED, CA)
    with pytest.raises(Failure, match="are needed"):
        propose(there, "openclaw.abort_run", **about(**changed))


def test_it_signs_as_the_receiver_reads() -> None:
    body = b'{"version":1}'
    assert asks.sign(b"secret", 1_790_000_000, body) == signature.sign(
        b"secret", 1_790_000_000, body
    )
    named = (asks.SIGNATURE, asks.KEY, asks.VERSION)
    assert named == (signature.SIGNATURE, signature.KEY, signature.VERSION)


def test_every_verb_of_the_responder_is_an_action() -> None:
    made = soar.verbs(actions().values())
    assert {verb for _, verb, _, _ in made} == {one.verb.value for one in actions().values()}
    identifiers = [identifier for identifier, _, _, _ in made]
    assert len(set(identifiers)) == len(identifiers)
    assert all(identifier.startswith("propose_") for identifier in identifiers)


def test_the_project_is_whole_and_its_programs_can_be_read_by_python_3_9() -> None:
    made = soar.files(actions().values())
    assert {path for path in made if path.endswith(".py")} == {
        "src/__init__.py",
        "src/app.py",
        "src/responder.py",
        "src/verbs.py",
    }
    for path, body in made.items():
        assert b"@APPID@" not in body
        assert b"@VERSION@" not in body
        if path.endswith(".py"):
            ast.parse(body, path, feature_version=(3, 9))
    assert made["src/responder.py"] == Path(asks.__file__).read_bytes()
    assert soar.files(actions().values()) == made, "the same again"


def test_the_app_says_of_every_verb_that_it_changes_nothing() -> None:
    text = soar.files(actions().values())["src/app.py"].decode()
    assert "proposes and changes nothing" in text
    assert "changed=False" in text
    assert "read_only=True" in text
    assert "sensitive=True" in text
