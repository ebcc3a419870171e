"""Where a warrant and what its agent does have come apart, one line a clause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentwarrant.connector import IdentityKind
from agentwarrant.drift import Drift, drift
from agentwarrant.event import Event
from agentwarrant.identity import Resolver
from agentwarrant.inventory import Entry, Inventory
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import load_warrants

HEAD = """\
warrant: 1
version: 1
agent: {id: main, name: Main, kind: coding, owner: dana, purpose: builds}
signed: {by: dana, at: 2026-01-01}
identities: [{kind: openclaw.agent, id: main}]
"""
NIGHT = 'hours: {zone: UTC, from: "22:00", until: "23:00"}'


def call(tool: str, **fields: Any) -> Event:
    made: Event = {"@timestamp": "2026-11-16T09:00:00.000Z", "event.id": "e1",
                   "event.module": "openclaw", "event.action": "tool_call",
                   "gen_ai.agent.id": "main", "gen_ai.tool.name": tool}  # fmt: skip
    return made | {name.replace("__", "."): value for name, value in fields.items()}


def found(tmp_path: Path, text: str, *events: Event) -> list[Drift]:
    path = tmp_path / "main.yml"
    path.write_text(text)
    registry = load_warrants([path])
    resolver, inventory = Resolver(registry), Inventory(registry)
    for one in events:
        inventory.see(resolver.attribute(one))
    (entry,) = inventory.entries()
    (warrant,) = registry
    return list(drift(entry, warrant))


def test_each_clause_is_one_difference_however_many_an_act_breaks(tmp_path: Path) -> None:
    text = HEAD + "scope: {tools: {allow: [read]}, hosts: {allow: [a.example]}, " + NIGHT + "}"
    calls = [call(f"t{n}", url__full=f"https://h{n}.example/") for n in range(3)]
    differences = [one for one in found(tmp_path, text, *calls) if one.kind == "beyond"]
    assert {one.clause: one.times for one in differences} == {
        "scope.tools.allow": 3, "scope.hosts.allow": 3, "scope.hours": 3,
    }  # fmt: skip
    by = {one.clause: one.reasons for one in differences}
    assert by["scope.hours"] == ("outside its hours (UTC)",)
    assert by["scope.tools.allow"] == tuple(f"t{n} is not among the tools" for n in range(3))
    assert all("among the hosts" in reason for reason in by["scope.hosts.allow"])


def test_the_worst_and_the_most_frequent_stand_first(tmp_path: Path) -> None:
    text = HEAD + "scope: {tools: {allow: [read, ls]}, repositories: {deny: [acme/x]}}"
    calls = [call("send"), call("read"), *([call("read", url__full="https://a.example/")] * 2)]
    kinds = [(one.kind, one.clause) for one in found(tmp_path, text, *calls)]
    assert kinds == [
        ("beyond", "scope.tools.allow"),
        ("undeclared", "scope.hosts"),
        ("unused", "scope.tools.allow[1]"),
    ]


def test_what_is_as_it_was_declared_is_no_difference(tmp_path: Path) -> None:
    text = HEAD + "scope: {tools: {allow: [read]}}"
    assert found(tmp_path, text, call("read")) == []


def test_an_account_that_the_warrant_does_not_name_is_unclaimed(tmp_path: Path) -> None:
    text = HEAD + "scope: {tools: {allow: [read]}}"
    both = {"warrant.identity.accounts": ["openclaw.agent:main", "openclaw.agent:host/main"]}
    (one,) = found(tmp_path, text, call("read") | both)
    assert (one.kind, one.clause) == ("unclaimed", "openclaw.agent:host/main")


def test_an_account_that_nobody_used_is_unseen(tmp_path: Path) -> None:
    text = HEAD.replace("id: main}]", "id: main}, {kind: okta.app, id: x}]")
    assert Drift("unseen", "okta.app:x") in found(tmp_path, text + "scope: {}", call("read"))


@pytest.mark.parametrize("form", ["t1", "marked t1"])
def test_a_key_that_was_seen_as_its_hash_is_not_unseen(tmp_path: Path, form: str) -> None:
    path = tmp_path / "main.yml"
    path.write_text(HEAD.replace("openclaw.agent, id: main", "acme.token, id: t1") + "scope: {}")
    kinds = Kinds({"acme.token": IdentityKind("acme.token", "token", credential=True)})
    registry = load_warrants([path], kinds, lambda text: f"marked {text}")
    resolver, inventory = Resolver(registry, kinds.credentials), Inventory(registry)
    inventory.see(
        resolver.attribute(call("read", warrant__identity__accounts=[f"acme.token:{form}"]))
    )
    (entry,), (warrant,) = inventory.entries(), registry
    assert "unseen" not in {one.kind for one in drift(entry, warrant)}


def test_an_agent_that_never_acted_used_nothing(tmp_path: Path) -> None:
    text = HEAD + "scope: {hosts: {allow: [a.example]}, paths: {read_only: [/x]}, peers: [{id: p}]}"
    assert [(one.kind, one.clause, one.reasons) for one in found(tmp_path, text)] == [
        ("unseen", "openclaw.agent:main", ()),
        ("unused", "scope.hosts.allow[0]", ("a.example",)),
        ("unused", "scope.paths.read_only[0]", ("/x",)),
        ("unused", "scope.peers[0]", ("p",)),
    ]


def test_of_many_reasons_the_most_frequent_are_kept(tmp_path: Path) -> None:
    text = HEAD + "scope: {tools: {allow: []}}"
    calls = [call(f"t{n}") for n in range(50)] + [call("t33")]
    (one,) = found(tmp_path, text, *calls)
    assert (one.times, len(one.reasons)) == (51, 20)
    assert one.reasons[0] == "t33 is not among the tools"


def test_an_entry_without_a_finding_has_none() -> None:
    assert Entry("default", "x").held == {}
