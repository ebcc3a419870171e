"""Claude Code's tools and servers are denied by real files and by the API, and given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.claude_code import FIRST, GROUP, SECRET, ManagedSettings
from tests.vendor_cycle import cycle

from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.respond.written import written

AGENT = "claude_code.agent:claude-code:helper"
Served = tuple[ManagedSettings, str]


def by_file(path: Path) -> Connection:
    return Connection("laptop", "claude_code", options={"file": str(path)})


@pytest.fixture
def served() -> Iterator[Served]:
    vendor = ManagedSettings()
    with vendor.running() as url:
        yield vendor, url


@pytest.fixture
def sim(served: Served) -> ManagedSettings:
    return served[0]


@pytest.fixture
def there(served: Served, tmp_path: Path) -> Connection:
    made: Connection = connection_to(served[1], "claude_code", tmp_path, {"admin_key": "admin"})
    return made


def target(*accounts: str, servers: tuple[str, ...] = ()) -> Target:
    return Target("helper", accounts=accounts, servers=servers, tenant="acme")


# The file --------------------------------------------------------------------------------


def test_every_tool_is_denied_and_what_stood_there_stays_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "managed-settings.json"
    had = {
        "env": {"TOKEN": SECRET},
        "permissions": {"deny": ["WebFetch"], "allow": ["Read"]},
        "model": "x",
    }
    path.write_text(json.dumps(had), encoding="utf-8")
    path.chmod(0o640)
    with cycle("claude_code.deny_tools_by_file", by_file(path)) as run:
        plan = run.plan(target(AGENT))
        (step,) = plan.steps
        assert run.contain(step)
        now = json.loads(path.read_text(encoding="utf-8"))
        assert now["permissions"] == {
            "deny": ["WebFetch", "*"],
            "allow": ["Read"],
            "disableBypassPermissionsMode": "disable",
        }
        assert now["env"] == had["env"]
        assert path.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in tmp_path.iterdir()] == ["managed-settings.json"]
        assert run.plan(target(AGENT)).steps == ()
        assert run.release(step)
        assert json.loads(path.read_text(encoding="utf-8")) == had
    assert SECRET not in json.dumps(written(step))
    assert step.residual_seconds == 60


@pytest.mark.parametrize("had", [None, {"model": "x"}])
def test_where_nothing_was_nothing_is_left(tmp_path: Path, had: Any) -> None:
    path = tmp_path / "managed-settings.json"
    if had is not None:
        path.write_text(json.dumps(had), encoding="utf-8")
    with cycle("claude_code.deny_tools_by_file", by_file(path)) as run:
        (step,) = run.plan(target(AGENT)).steps
        assert run.contain(step)
        assert run.release(step)
    assert path.exists() == (had is not None)
    if had is not None:
        assert json.loads(path.read_text(encoding="utf-8")) == had


def test_what_somebody_wrote_meanwhile_stays_on_release(tmp_path: Path) -> None:
    path = tmp_path / "managed-settings.json"
    with cycle("claude_code.deny_tools_by_file", by_file(path)) as run:
        (step,) = run.plan(target(AGENT)).steps
        assert run.contain(step)
        now = json.loads(path.read_text(encoding="utf-8"))
        now["permissions"]["ask"] = ["Bash"]
        path.write_text(json.dumps(now), encoding="utf-8")
        assert run.release(step)
    assert json.loads(path.read_text(encoding="utf-8")) == {"permissions": {"ask": ["Bash"]}}


def test_servers_are_denied_by_name_and_given_back(tmp_path: Path) -> None:
    path = tmp_path / "managed-settings.json"
    path.write_text('{"deniedMcpServers": [{"serverName": "old"}]}', encoding="utf-8")
    with cycle("claude_code.deny_servers_by_file", by_file(path)) as run:
        plan = run.plan(target(AGENT, servers=("mailer", "old", "a b", "../x")))
        (step,) = plan.steps
        assert len(plan.notes) == 2
        assert run.contain(step)
        rows = json.loads(path.read_text(encoding="utf-8"))["deniedMcpServers"]
        assert rows == [{"serverName": "old"}, {"serverName": "mailer"}]
        assert run.release(step)
        rows = json.loads(path.read_text(encoding="utf-8"))["deniedMcpServers"]
        assert rows == [{"serverName": "old"}]


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', f'{{"env": "{SECRET}"', "\x00"])
def test_a_file_that_holds_no_object_is_left_to_a_person_and_not_quoted(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "managed-settings.json"
    path.write_text(text, encoding="utf-8")
    with (
        cycle("claude_code.deny_tools_by_file", by_file(path)) as run,
        pytest.raises(Refused, match="no JSON object") as caught,
    ):
        run.plan(target(AGENT))
    assert SECRET not in str(caught.value)
    assert path.read_text(encoding="utf-8") == text


def test_a_link_is_not_followed_and_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_text("{}", encoding="utf-8")
    (tmp_path / "link.json").symlink_to(real)
    for name, error in (("link.json", Refused), ("nowhere/x.json", Unreachable)):
        connection = by_file(tmp_path / name)
        with (
            cycle("claude_code.deny_tools_by_file", connection) as run,
            pytest.raises(error),
        ):
            run.plan(target(AGENT))
    assert real.read_text(encoding="utf-8") == "{}"


def test_a_connection_names_a_file_or_a_key(tmp_path: Path, there: Connection) -> None:
    with (
        pytest.raises(ConfigError, match="no managed settings"),
        vendors()["claude_code"].connect(Connection("x", "claude_code")),
    ):
        pass
    with cycle("claude_code.deny_tools_by_file", there) as run:
        assert run.plan(target(AGENT)).notes == ("The connection names no file of settings",)
    with cycle("claude_code.deny_tools_by_group", by_file(tmp_path / "x.json")) as run:
        plan = run.plan(target(f"claude_code.group:{GROUP}"))
        assert plan.notes == ("The connection has no admin_key",)


# The API ---------------------------------------------------------------------------------


def test_a_group_is_denied_and_first_and_then_as_it_was(
    sim: ManagedSettings, there: Connection
) -> None:
    ref = target(f"claude_code.group:{GROUP}")
    both = (GROUP, FIRST)
    with cycle("claude_code.deny_tools_by_group", there) as run:
        (deny,) = run.plan(ref).steps
        assert run.contain(deny)
        assert "*" not in sim.serves(*both)["permissions"]["deny"], "it joined the order's end"
    with cycle("claude_code.raise_group", there) as run:
        (step,) = run.plan(ref).steps
        assert run.contain(step)
        assert "*" in sim.serves(*both)["permissions"]["deny"]
        assert run.plan(ref).steps == ()
        assert run.release(step)
    with cycle("claude_code.deny_tools_by_group", there) as run:
        assert run.release(deny)
    assert sim.state["settings"].keys() == {FIRST}
    assert sim.state["order"] == [FIRST]


def test_both_are_planned_at_once_and_the_same_when_their_turn_comes(
    sim: ManagedSettings, there: Connection
) -> None:
    ref = target(f"claude_code.group:{GROUP}")
    with cycle("claude_code.raise_group", there) as run:
        plan = run.plan(ref)
        assert "this comes after deny_tools_by_group" in plan.notes[0]
        with cycle("claude_code.deny_tools_by_group", there) as first:
            assert first.contain(first.plan(ref).steps[0])
        assert run.plan(ref).steps == plan.steps


def test_settings_that_a_group_had_are_kept_and_their_secrets_are_in_no_plan(
    sim: ManagedSettings, there: Connection
) -> None:
    with cycle("claude_code.deny_tools_by_group", there) as run:
        (step,) = run.plan(target(f"claude_code.group:{FIRST}")).steps
        assert SECRET not in json.dumps(written(step))
        assert run.contain(step)
        assert sim.state["settings"][FIRST]["env"] == {"TOKEN": SECRET}
        assert run.release(step)
        assert sim.state["settings"][FIRST] == {
            "env": {"TOKEN": SECRET},
            "permissions": {"deny": ["WebFetch"]},
        }


def test_a_write_that_was_answered_503_is_found_by_the_read(
    sim: ManagedSettings, there: Connection
) -> None:
    with cycle("claude_code.deny_tools_by_group", there) as run:
        (step,) = run.plan(target(f"claude_code.group:{GROUP}")).steps
        sim.stumble(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert run.contain(step), "the vendor says that repeating is safe"


def test_an_order_that_somebody_changed_is_refused_with_409(
    sim: ManagedSettings, there: Connection
) -> None:
    with cycle("claude_code.deny_tools_by_group", there) as run:
        run.contain(run.plan(target(f"claude_code.group:{GROUP}")).steps[0])
    with cycle("claude_code.raise_group", there) as run:
        (step,) = run.plan(target(f"claude_code.group:{GROUP}")).steps
        sim.race = True
        with pytest.raises(Refused) as caught:
            run.action.execute(step, run._for(step.request))
        assert caught.value.status == 409
        assert not run.action.verify(step, run._for(None))


def test_where_the_organizations_settings_count_a_group_is_no_lever(
    sim: ManagedSettings, there: Connection
) -> None:
    sim.state["mode"] = "organization"
    for action in ("deny_tools_by_group", "raise_group"):
        with cycle(f"claude_code.{action}", there) as run:
            plan = run.plan(target(f"claude_code.group:{GROUP}"))
            assert plan.steps == ()
            assert "count for nobody" in plan.notes[0]


@given(st.text(max_size=60))
def test_what_is_no_group_gets_no_request(group: str) -> None:
    plan = actions()["claude_code.deny_tools_by_group"].plan(target(f"claude_code.group:{group}"))
    for step in plan.steps:
        assert step.request.method.rpartition("/")[2].startswith("rbac_group_")
        assert step.request.method.count("/") == 6


# Merging ---------------------------------------------------------------------------------

RULES = st.lists(st.sampled_from(["Bash", "WebFetch", "Read(./x)"]), min_size=1, unique=True)
PERMISSIONS = st.fixed_dictionaries(
    {"allow": RULES}, optional={"deny": RULES, "disableBypassPermissionsMode": st.just("disable")}
)
SETTINGS = st.fixed_dictionaries(
    {}, optional={"permissions": PERMISSIONS, "env": st.dictionaries(st.text(), st.text())}
)


@given(SETTINGS)
def test_what_is_merged_and_taken_back_leaves_what_was(settings: dict[str, Any]) -> None:
    own = import_module("agentwarrant.playbooks.vendors._claude_code")
    patch, before = own.denying(settings)
    denied = own.merged(settings, patch)
    assert own.denied_already(denied)
    assert denied.get("env") == settings.get("env")
    assert own.merged(denied, before) == settings
    assert own.merged(denied, patch) == denied
