"""A draft, once signed, is a warrant that allows what was seen, and no more."""

from __future__ import annotations

import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agentwarrant.collect import load_connectors
from agentwarrant.draft import draft
from agentwarrant.event import Event, epoch_ms, text_of
from agentwarrant.identity import Resolver
from agentwarrant.inventory import DONE, Account, Entry, Inventory
from agentwarrant.redact import Redactor
from agentwarrant.report.safe import one_line
from agentwarrant.scan import Scan
from agentwarrant.shadow import Shadows
from agentwarrant.warrant.kinds import Kinds
from agentwarrant.warrant.load import read_warrants
from agentwarrant.warrant.registry import Registry
from agentwarrant.warrant.scope import is_act

REDACTOR = Redactor(b"key")
CONNECTORS = load_connectors(REDACTOR)
KINDS = Kinds.of(CONNECTORS.values())
SIGNED = "signed: {by: dana@acme.example, at: 2026-01-01}\n"
HOME = Path(str(files("agentwarrant.connectors")))


def signed(text: str) -> Registry:
    """Return the registry of a draft that somebody signed, which must be without fault."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "draft.yml")
        path.write_text(text.replace(": TODO", ": Dana") + SIGNED)
        warrants, faults = read_warrants([path], KINDS, REDACTOR.mark)
    assert [str(fault) for fault in faults] == []
    return Registry(warrants, KINDS.folded)


def scope_of(entry: Entry) -> dict[str, Any]:
    scope: dict[str, Any] = yaml.safe_load(draft(entry))["scope"]
    return scope


def call(tool: str = "exec", **fields: Any) -> Event:
    made: Event = {"@timestamp": "2026-11-16T09:00:00.000Z", "event.id": "e1",
                   "event.module": "openclaw", "event.action": "tool_call",
                   "gen_ai.agent.id": "main", "gen_ai.tool.name": tool,
                   "warrant.tool.class": "exec",
                   "warrant.intent.verdict": "intended"}  # fmt: skip
    return made | {name.replace("__", "."): value for name, value in fields.items()}


def seen(*events: Event) -> Entry:
    inventory, resolver = Inventory(), Resolver()
    for one in events:
        inventory.see(resolver.attribute(one))
    (entry,) = inventory.entries()
    return entry


def decided(registry: Registry, event: Event) -> Event:
    return Resolver(registry, KINDS.credentials).attribute(event)


# What was seen is allowed ------------------------------------------------------------------


@cache
def judged(source: str) -> tuple[list[Event], list[Entry]]:
    run = Scan.over(())
    events = list(run.events([HOME / source / "samples"]))
    inventory = Inventory()
    for event in events:
        inventory.see(event)
    return events, list(inventory.entries())


def _is_of(entry: Entry, event: Event) -> bool:
    agent = text_of(event, "gen_ai.agent.id", "unknown")
    agent = text_of(event, "entity.id") if agent == "unknown" else agent
    signs = Shadows().signs(event, epoch_ms(text_of(event, "@timestamp")))
    return (agent, text_of(event, "organization.id")) == (entry.agent, entry.tenant) and any(signs)


@pytest.mark.parametrize("source", sorted(CONNECTORS))
def test_what_an_agent_was_drafted_from_is_in_the_scope_of_its_draft(source: str) -> None:
    events, entries = judged(source)
    drafted = [one for one in entries if any(not ref.endswith(":unknown") for ref in one.accounts)]
    assert drafted or source == "keycloak"
    for entry in drafted:
        text = draft(entry)
        left, resolver = left_out(text), Resolver(signed(text), KINDS.credentials)
        for event in events:
            again = resolver.attribute(_unattributed(event))
            done = text_of(event, "warrant.intent.verdict", "unknown") in DONE
            if not (is_act(event) and done and _is_of(entry, event)):
                continue
            decision = text_of(again, "warrant.scope.decision")
            reasons = again.get("warrant.scope.reasons", [])
            allowed = decision == "in_scope" or _untold(reasons, left)
            assert allowed, (entry.agent, reasons, event)


def left_out(text: str) -> list[str]:
    """Return what a draft says cannot be granted as it was written."""
    _, _, ending = text.partition("# Left out, because it cannot be granted")
    return [line[4:].partition(" ")[2] for line in ending.splitlines()[1:]]


def _unattributed(event: Event) -> Event:
    """Return an event as its source gave it: the resolver says who acted."""
    made = dict(event)
    if made.get("gen_ai.agent.id") == "unknown":
        del made["gen_ai.agent.id"]
    return made


def _untold(reasons: Any, left: list[str]) -> bool:
    """Could nobody have granted it beforehand, or does the draft say that it does not?"""
    words = ("cannot be told", "cannot be read", "nothing is declared of spending", *left)
    shown = [one_line(str(one), 300) for one in reasons]
    return bool(shown) and all(any(word in one for word in words) for one in shown)


PATHS = st.sampled_from(
    ["/etc/passwd", "~/notes.md", "./a b.txt", "*.log", "/var/**", "src/[x].py", "~/.ssh/id_rsa",
     "/opt/x'y", "c:\\Users\\a\\b.txt", "/\u202egro", "/x?y", "../up", "/t\u00e4g"]
)  # fmt: skip
HOSTS = st.sampled_from(
    ["https://a.example/x", "http://127.0.0.1:43817/", "http://[::1]:8080/", "https://B.Example:8443",
     "http://10.0.0.7:9000/", "https://t\u00e4g.example/", "ssh://git@github.com/acme/shop.git"]
)  # fmt: skip


LIKE_CLASSES = [
    "CLASS:", "class:read", "Class:exec", " class:exec", "cla\u017fs:exec", "action:tool_call",
    "action:handoff", "tool:class:exec", "TOOL:tool:action:x",
]  # fmt: skip


@pytest.mark.parametrize("tool", LIKE_CLASSES)
def test_a_tool_that_is_called_like_a_class_is_granted_and_nothing_else_with_it(tool: str) -> None:
    event = call(tool, warrant__tool__class="exec")
    registry = signed(draft(seen(event)))
    assert decided(registry, event)["warrant.scope.decision"] == "in_scope"
    others = [name for name in LIKE_CLASSES if name.casefold() != tool.casefold()]
    for other in ("ls", *others):
        for kind in ("exec", "read"):
            made = decided(registry, call(other, warrant__tool__class=kind))
            assert made["warrant.scope.decision"] == "out_of_scope", (other, kind)
    handed = decided(registry, call("", event__action="handoff", warrant__peer__id="p"))
    assert handed["warrant.scope.decision"] == "out_of_scope"


@settings(max_examples=150)
@example([("/etc/passwd", "https://a.example/x", "read")], "CLASS:")
@given(
    st.lists(st.tuples(PATHS, HOSTS, st.sampled_from(["read", "write", "exec", "destructive"]))),
    st.text(max_size=12),
)
def test_any_acts_make_a_draft_that_allows_them(
    acts: list[tuple[str, str, str]], tool: str
) -> None:
    events = [
        call(tool or "exec", file__path=path, url__full=url, warrant__tool__class=kind)
        for path, url, kind in acts
    ]
    if not events:
        return
    text = draft(seen(*events))
    registry, left = signed(text), left_out(text)
    for event in events:
        made = decided(registry, event)
        if made["warrant.scope.decision"] != "in_scope":
            assert _untold(made["warrant.scope.reasons"], left), made["warrant.scope.reasons"]


def test_what_was_not_seen_is_out_of_scope_in_every_facet() -> None:
    registry = signed(draft(seen(call())))
    for more in (
        {"gen_ai__tool__name": "send"},
        {"url__full": "https://a.example/"},
        {"file__path": "/etc/passwd"},
        {"warrant__data__sensitivity": "secret"},
        {"event__action": "message_sent", "warrant__peer__id": "p"},
    ):
        made = decided(registry, call(**more))
        assert made["warrant.scope.decision"] == "out_of_scope", more


def test_a_pattern_in_a_name_grants_no_other_name() -> None:
    text = draft(seen(call("*"), call("re?d"), call("ls")))
    assert yaml.safe_load(text)["scope"]["tools"]["allow"] == ["ls"]
    assert "#   tool *\n" in text
    assert "#   tool re?d\n" in text


@pytest.mark.parametrize("path", ["/srv/**", "/srv/*", "~/*.py", "/x?y"])
def test_what_a_shell_expands_is_no_leave_for_all_it_could_be(path: str) -> None:
    text = draft(seen(call("ls", file__path=path, warrant__tool__class="read")))
    assert yaml.safe_load(text)["scope"]["paths"]["read_only"] == []
    assert f"#   path {path}\n" in text


def test_what_was_only_read_may_not_be_written() -> None:
    registry = signed(draft(seen(call("edit", file__path="/a", warrant__tool__class="read"))))
    made = decided(registry, call("edit", file__path="/a", warrant__tool__class="write"))
    assert made["warrant.scope.decision"] == "out_of_scope"


# What is left out --------------------------------------------------------------------------


def test_what_content_led_to_is_left_out_and_named() -> None:
    led = {"warrant.intent.verdict": "influenced", "warrant.peer.id": "stranger"}
    text = draft(seen(call("read"), call("send", url__full="https://evil.example/") | led))
    made = yaml.safe_load(text)["scope"]
    assert made["tools"]["allow"] == ["read"]
    assert made["hosts"]["allow"] == made["peers"] == []
    assert "#   send (influenced), 1 time\n" in text


def test_what_cannot_be_told_is_named() -> None:
    text = draft(seen(call("exec", process__command_line="cat $X/y")))
    assert "#   exec: a path holds a variable or a command, 1 time\n" in text


def test_a_draft_that_was_signed_unread_is_not_in_force(tmp_path: Path) -> None:
    path = tmp_path / "draft.yml"
    path.write_text(draft(seen(call())) + SIGNED)
    _, faults = read_warrants([path])
    assert [fault.what for fault in faults] == [
        "owner is as the draft left it",
        "purpose is as the draft left it",
    ]


def test_an_unsigned_draft_is_not_in_force(tmp_path: Path) -> None:
    path = tmp_path / "draft.yml"
    path.write_text(draft(seen(call())))
    warrants, faults = read_warrants([path], KINDS)
    assert warrants == []
    assert [fault for fault in faults if "signed" in str(fault)]


# What a careful person wants ---------------------------------------------------------------


def hosts(*urls: str) -> list[str]:
    listed: list[str] = scope_of(seen(*(call(url__full=url) for url in urls)))["hosts"]["allow"]
    return listed


def test_a_port_of_this_machine_that_changes_is_every_port_and_said_so() -> None:
    entry = seen(call(url__full="http://127.0.0.1:43817/"), call(url__full="http://127.0.0.1:80/"))
    assert scope_of(entry)["hosts"]["allow"] == ["127.0.0.1"]
    assert "#   scope.hosts: 127.0.0.1 with every port, since they change (43817, 80)" in draft(
        entry
    )


def test_a_service_of_this_machine_keeps_its_port() -> None:
    assert hosts("http://127.0.0.1:18789/", "http://localhost:5432/") == [
        "127.0.0.1:18789",
        "localhost:5432",
    ]


def test_a_host_elsewhere_keeps_its_ports_however_high() -> None:
    assert hosts("https://a.example:50443/", "https://a.example/") == [
        "a.example:443",
        "a.example:50443",
    ]


def test_an_ipv6_address_with_a_port_is_written_as_one() -> None:
    assert hosts("http://[2001:db8::1]:8080/") == ["[2001:db8::1]:8080"]


def test_many_files_of_a_folder_become_the_folder_and_are_said_so() -> None:
    entry = seen(*(call(file__path=f"~/shop/{n}.py") for n in range(6)))
    assert scope_of(entry)["paths"]["read_only"] == ["~/shop/*"]
    assert "#   scope.paths: ~/shop/* for 6 files seen\n" in draft(entry)


@pytest.mark.parametrize("folder", ["~/.ssh", "~", "", "."])
def test_a_folder_of_keys_and_a_home_stay_single_files(folder: str) -> None:
    entry = seen(*(call(file__path=f"{folder}/id_rsa{n}") for n in range(8)))
    assert len(scope_of(entry)["paths"]["read_only"]) == 8


def test_credentials_and_secret_data_are_pointed_at() -> None:
    text = draft(seen(call(file__path="~/.ssh/id_rsa", warrant__data__sensitivity="secret")))
    assert "#   scope.paths: credentials lie at ~/.ssh/id_rsa\n" in text
    assert "#   scope.data: it handled data labelled secret; strike it if it need not\n" in text


def test_an_account_that_may_be_a_persons_is_pointed_at() -> None:
    person: Event = {"event.module": "ecs", "gen_ai.agent.id": "", "user.name": "dana",
                     "warrant.identity.accounts": ["ecs.user:ws/dana"],
                     "user_agent.original": "claude-cli/2.0"}  # fmt: skip
    assert "perhaps a person's" in draft(seen(call() | person))


def test_who_instructs_by_several_channels_is_one_principal() -> None:
    heard = [
        call() | {"event.action": "message_received", "warrant.principal.kind": "human",
                  "warrant.principal.id": "77", "warrant.channel": channel,
                  "warrant.principal.authority": "owner"}
        for channel in ("telegram", "cli")
    ]  # fmt: skip
    assert yaml.safe_load(draft(seen(*heard)))["principals"] == [
        {"kind": "human", "id": "77", "authority": "owner", "channels": ["cli", "telegram"]}
    ]


def test_a_second_version_begins_when_it_was_made_and_a_first_when_it_was_seen() -> None:
    entry = Entry(
        "default", "main", first="2026-01-01T00:00:00.000Z", last="2026-02-01T00:00:00.000Z"
    )
    assert yaml.safe_load(draft(entry))["valid"] == {"from": "2026-01-01"}
    entry.version = "4"
    made = yaml.safe_load(draft(entry))
    assert (made["version"], made["valid"]) == (5, {"from": "2026-02-01"})


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_an_agent_is_called_breaks_the_draft_or_hides_in_it(name: str, tool: str) -> None:
    entry = Entry("default", name, name=name, owner=name, first="2026-01-01", last="2026-01-01")
    entry.accounts["okta.app:x"] = Account("2026", "2026")
    entry.accounts[f"okta.app:{name}"] = Account("2026", "2026")
    entry.refused.add(tool)
    entry.signs.add(name)
    entry.granted["tools"] = entry.tools
    entry.tools.add(tool)
    text = draft(entry)
    assert not [c for c in text if ord(c) < 32 and c != "\n"]
    assert "\u202e" not in text
    signed(text)
