"""The ``respond:`` part of the configuration: every fault at once, the usual where it is silent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.respond_made import KEYS

from agentwarrant.config import load_config
from agentwarrant.errors import ConfigError, ContentErrors
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.people.keys import public_text
from agentwarrant.respond.settings import (
    EVIDENCE,
    Limits,
    Mode,
    Policy,
    Settings,
    connection_named,
    settings_of,
)

LITERAL = "hvs.CAESIJRM9sUper5ecretTokenValue"
ROOT = Path(__file__).parents[2]
ANNA, BEN = (public_text(KEYS[name].public_key()) for name in ("anna", "ben"))
PEOPLE = f"""
  approvers:
    anna: {{key: "{ANNA}", accounts: ["okta.user:anna@acme.example"]}}
    ben: {{key: "{BEN}", accounts: ["okta.user:ben@acme.example"], tenants: [acme]}}
"""


def read(folder: Path, text: str) -> Settings:
    path = folder / "agentwarrant.yml"
    path.write_text(text, encoding="utf-8")
    config = load_config(path)
    return settings_of(config.respond, path.parent, config.state)


def of(folder: Path, text: str, people: str = PEOPLE) -> Settings:
    return read(folder, f"state: kept\nrespond:{people}{text}")


def faults(folder: Path, text: str, people: str = PEOPLE) -> list[str]:
    with pytest.raises(ContentErrors) as caught:
        of(folder, text, people)
    return [str(fault) for fault in caught.value.faults]


# What is left out ---------------------------------------------------------------------------


def test_without_a_word_everything_is_observed_and_nothing_is_reached(tmp_path: Path) -> None:
    own = read(tmp_path, "state: kept\nrespond: {}\n")
    assert own.policy("anybody") == Policy()
    assert all(own.policy("anybody").mode_of(kind) is Mode.OBSERVE for kind in Reversibility)
    assert set(own.connections) == {EVIDENCE}
    assert own.ledger_url() == f"sqlite:///{tmp_path / 'kept' / 'respond' / 'respond.db'}"
    assert own.registry() is not None


def test_the_usual_limits_and_people_are_those_that_the_manual_names(tmp_path: Path) -> None:
    policy = of(tmp_path, "").usual
    assert policy.limits == Limits(5, 600_000, 20, 0.02, 200, 3_600_000)
    assert (policy.expires, policy.release_after) == (1800.0, 14_400.0)
    assert policy.needed(Reversibility.IRREVERSIBLE) == 2
    assert policy.needed(Reversibility.REVERSIBLE) == 1


# What is said -------------------------------------------------------------------------------


WHOLE = """
  mode: {reversible: auto, irreversible: approve}
  ledger: env:LEDGER
  audit_key: file:audit.key
  anchors: {file: anchors.jsonl, every: 5m}
  targets:
    idp:
      vendor: keycloak
      url: https://idp.example/
      secrets: {client_secret: env:KC}
      options: {client_id: responder}
      tenants: [acme]
      serves: ["keycloak.client:agents/*"]
      ca: ca.pem
      timeout: 30s
  own_accounts: ["okta.user:break-glass@*"]
  warrants: [warrants]
  approvals: {reversible: 2}
  approval_expires: 15m
  release_after: never
  limits: {agents: 3 in 30m, daily: 9, share: 0.5, actions: 50 in 2h}
  protected: ["okta.user:ceo@*"]
  critical: ["pay-*"]
  windows: [{from: "2026-12-01T00:00:00Z", to: "2026-12-02", agents: ["main"]}]
  playbooks: {hard-kill: off, quarantine-agent: approve}
  hold_evidence: true
  tenants:
    acme:
      mode: approve
      limits: {agents: 1 in 10m}
      protected: ["okta.user:cfo@*"]
      release_after: 2h
    umbrella:
      mode: {irreversible: observe}
"""


def test_what_a_file_says_is_there(tmp_path: Path) -> None:
    (tmp_path / "warrants").mkdir()
    own = of(tmp_path, WHOLE)
    idp = connection_named(own, "idp")
    assert (idp.vendor, idp.url, idp.timeout) == ("keycloak", "https://idp.example", 30.0)
    assert idp.ca == tmp_path / "ca.pem"
    assert (idp.is_for("acme"), idp.is_for("umbrella")) == (True, False)
    assert (idp.takes("keycloak.client:agents/a"), idp.takes("okta.user:x")) == (True, False)
    assert [c.name for c in own.connections_for("keycloak", "acme")] == ["idp"]
    assert own.connections_for("keycloak", "umbrella") == []
    usual = own.usual
    assert usual.limits == Limits(3, 1_800_000, 9, 0.5, 50, 7_200_000)
    assert (usual.expires, usual.release_after, usual.holds) == (900.0, 0.0, True)
    assert usual.playbooks == {"hard-kill": "off", "quarantine-agent": "approve"}
    assert usual.mode_of(Reversibility.REVERSIBLE) is Mode.AUTO
    assert usual.mode_of(Reversibility.READ_ONLY) is Mode.OBSERVE
    assert own.approvers["ben"].tenants == ("acme",)
    assert own.self_protected == ("okta.user:break-glass@*",)
    assert own.warrants == (tmp_path / "warrants",)
    assert (own.anchors, own.anchor_every) == (tmp_path / "anchors.jsonl", 300.0)


def test_a_tenant_has_what_it_says_and_else_what_is_usual(tmp_path: Path) -> None:
    own = of(tmp_path, WHOLE)
    acme, umbrella = own.policy("acme"), own.policy("umbrella")
    assert all(acme.mode_of(kind) is Mode.APPROVE for kind in Reversibility)
    assert (acme.limits.agents, acme.limits.agents_ms, acme.limits.daily) == (1, 600_000, 9)
    assert acme.protected == ("okta.user:ceo@*", "okta.user:cfo@*")
    assert (acme.release_after, acme.expires) == (7200.0, 900.0)
    assert acme.needed(Reversibility.REVERSIBLE) == 2
    assert umbrella.mode_of(Reversibility.IRREVERSIBLE) is Mode.OBSERVE
    assert umbrella.mode_of(Reversibility.REVERSIBLE) is Mode.AUTO
    assert own.policy("a stranger") == own.usual


def test_an_evidence_target_of_ones_own_takes_the_place_of_the_usual(tmp_path: Path) -> None:
    own = of(tmp_path, "  targets: {kept: {vendor: evidence}}\n")
    assert set(own.connections) == {"kept"}
    assert own.connections["kept"].folder == tmp_path / "kept" / "respond"


# Faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  mode: always\n", "write observe, approve or auto"),
        ("  mod: auto\n", "did you mean mode"),
        ("  mode: {reversibl: auto}\n", "one of them for each class"),
        ("  limits: {agents: many}\n", "for example 5 in 10m"),
        ("  limits: {share: 2}\n", "the maximum of 1"),
        ("  limits: {agents: 9 in 10m, daily: 3}\n", "daily is at least agents"),
        ("  release_after: 4 hours\n", "4h, or never"),
        ("  approval_expires: soon\n", "30m or 4h"),
        ("  approvals: {reversible: 0}\n", "the minimum of 1"),
        ("  windows: [{from: tomorrow, to: never}]\n", "is not a moment"),
        ("  windows: [{from: '2026-02-02', to: '2026-02-01'}]\n", "ends before it begins"),
        ("  targets: {x: {vendor: okto, url: 'https://x.example'}}\n", "did you mean okta"),
        ("  targets: {x: {vendor: keycloak}}\n", "write its url"),
        ("  targets: {x: {url: 'https://x.example'}}\n", "vendor"),
        (
            "  targets: {x: {vendor: keycloak, url: 'https://x.example',"
            " secrets: {tokn: 'env:T'}}}\n",
            "has no secret called 'tokn'",
        ),
        ("  targets: {x: {vendor: keycloak, url: idp.example}}\n", "it is no address"),
        ("  approvals: {reversible: 3}\n  mode: approve\n", "3 must say yes to reversible"),
        ("  tenants: {other: {mode: approve}}\n", "2 must say yes to irreversible .* 1 may"),
    ],
)
def test_a_fault_is_said_with_its_mend(tmp_path: Path, text: str, said: str) -> None:
    found = faults(tmp_path, text)
    assert any(re.search(said, one) for one in found), found
    assert all(re.search(r"agentwarrant\.yml:\d+: ", one) for one in found)


@pytest.mark.parametrize(
    "text",
    [
        f"  ledger: postgresql://u:{LITERAL}@db/x\n",
        f"  audit_key: {LITERAL}\n",
        f"  targets: {{x: {{vendor: keycloak, url: 'https://x.example', secrets: {{client_secret:"
        f" {LITERAL}}}}}}}\n",
        f"  targets: {{x: {{vendor: keycloak, url: 'https://u:{LITERAL}@x.example'}}}}\n",
        f"  targets: {{x: {{vendor: keycloak, url: 'https://x.example', proxy:"
        f" 'http://u:{LITERAL}@p.example'}}}}\n",
    ],
)
def test_a_secret_in_the_file_is_a_fault_that_does_not_repeat_it(tmp_path: Path, text: str) -> None:
    found = faults(tmp_path, text)
    assert found
    assert LITERAL not in "".join(found)


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ("\n  approvers: {anna: {key: 'ed25519:short', accounts: [a]}}\n", "keygen prints it"),
        (f"\n  approvers: {{anna: {{key: '{ANNA}'}}}}\n", "accounts"),
        (f"\n  approvers: {{anna: {{key: '{ANNA}', accounts: []}}}}\n", "agentwarrant.yml:"),
        (
            f"\n  approvers: {{anna: {{key: '{ANNA}', accounts: [a]}},"
            f" root: {{key: '{ANNA}', accounts: [b]}}}}\n",
            "two names for one person are one vote",
        ),
        (
            f"\n  approvers: {{anna: {{key: '{ANNA}', accounts: ['x:A']}},"
            f" root: {{key: '{BEN}', accounts: ['x:a']}}}}\n",
            "two names for one person are one vote",
        ),
        ("\n  mode: approve\n", "nobody may say yes"),
    ],
    ids=["no key", "no accounts", "accounts of none", "one key", "one account", "nobody"],
)
def test_people_who_could_not_approve_are_a_fault(tmp_path: Path, people: str, said: str) -> None:
    assert any(said in one for one in faults(tmp_path, "", people))


def test_every_fault_is_said_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "  targets:\n    x: {vendor: okto}\n    y: {vendor: keycloak}\n  ledger: here\n",
    )
    assert len(found) == 3


def test_a_target_that_nobody_declared_is_named(tmp_path: Path) -> None:
    own = of(tmp_path, "  targets: {kept: {vendor: evidence}}\n")
    with pytest.raises(ConfigError, match="did you mean kept"):
        connection_named(own, "kepd")


# The manual ---------------------------------------------------------------------------------


def test_the_configuration_in_the_manual_is_one(tmp_path: Path) -> None:
    manual = ROOT / "docs" / "response.md"
    if not manual.is_file():
        pytest.skip("the tests run without a checkout beside them")
    (text,) = re.findall(r"```yaml\n# agentwarrant\.yml\n(.*?)```", manual.read_text(), re.DOTALL)
    (tmp_path / "warrants").mkdir()
    own = read(tmp_path, text)
    assert own.connections
    assert own.approvers
    assert own.policies
