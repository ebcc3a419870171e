"""What is planned for OpenClaw, from state as the real gateway answers it."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import Guarded, ResponseError
from agentwarrant.respond.action import Plan, Step, Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.openclaw.device import Device
from agentwarrant.respond.transport import Effect, ObserveTransport, Request
from agentwarrant.respond.vendor import actions, vendors
from agentwarrant.secretrefs import Secret

KEY = "agent:main:telegram:direct:777000111"
CRON = "agent:main:cron:2de6e245-392e"
DEVICE = "5e" * 32
ACCOUNTS = (f"openclaw.device:{DEVICE}", "openclaw.gateway:main")
TARGET = Target("main", (KEY,), ("telegram",), ACCOUNTS)
OWN = {a.name: a for a in actions().values() if a.vendor == "openclaw"}
VERBS = sorted(OWN)
ODD_NAMES = (
    "a.b",
    'main":{}},"scout":{"tools',
    "main.tools.deny",
    "main\n",
    "main\u202e",
    "../scout",
    "",
    "-main",
    "ma\u0131n",  # a dotless i
    "\u212aey",  # a Kelvin sign, which ignoring case would take for a k
    "__proto__",
    "x" * 65,
    "unknown",
)


class State:
    """A gateway's answers; ``asked`` is what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, Any] = {
            "config.get": {
                "hash": "h1",
                "parsed": {
                    "agents": {
                        "ownership": "explicit",
                        "entries": {"main": {"name": "Clerk"}, "scout": {"name": "Scout"}},
                    },
                    "channels": {"telegram": {"enabled": True}},
                    "bindings": [
                        {"agentId": "main", "match": {"channel": "telegram"}},
                        {"agentId": "scout", "match": {"channel": "telegram"}},
                    ],
                },
            },
            "agents.list": {"agents": [{"id": "main"}]},
            "sessions.list": {"sessions": [{"key": KEY, "hasActiveRun": False}]},
            "cron.list": {"jobs": []},
            "channels.status": {"channelAccounts": {"telegram": [{"running": True}]}},
            "status": {"heartbeat": {"agents": [{"agentId": "main", "enabled": True}]}},
            "device.pair.list": {"paired": [{"deviceId": DEVICE, "tokens": []}]},
            "agents.files.get": {"file": {"name": "MEMORY.md", "size": 27}},
        }
        self.answers.update({name.replace("_", "."): answer for name, answer in answers.items()})

    def send(self, request: Request) -> Any:
        self.asked.append(request)
        answer = self.answers[request.method]
        return answer(request) if callable(answer) else copy.deepcopy(answer)

    @property
    def agents(self) -> dict[str, Any]:
        found: dict[str, Any] = self.answers["config.get"]["parsed"]["agents"]
        return found


def plan(verb: str, state: State | None, target: Target = TARGET) -> Plan:
    wrapped = ObserveTransport(state, vendors()["openclaw"].reads) if state else None
    return actions()[f"openclaw.{verb}"].plan(target, wrapped)


def only(made: Plan) -> Step:
    assert len(made.steps) == 1
    return made.steps[0]


def raw(request: Request) -> Any:
    return json.loads(request.params["raw"])


# Tools -----------------------------------------------------------------------------------


def test_tools_are_denied_with_the_hash_read_when_it_is_sent() -> None:
    step = only(plan("strip_tools", State()))
    assert step.request.method == "config.patch"
    assert raw(step.request) == {"agents": {"entries": {"main": {"tools": {"deny": ["*"]}}}}}
    assert "baseHash" not in step.request.params
    assert [(f.parameter, f.method, f.path) for f in step.request.fresh] == [
        ("baseHash", "config.get", ("hash",))
    ]


@pytest.mark.parametrize(
    ("before", "back"),
    [
        (None, None),
        ({"profile": "coding"}, {"deny": None}),
        ({"deny": ["exec"]}, {"deny": ["exec"]}),
        ({"deny": []}, {"deny": []}),
    ],
)
def test_the_undo_of_denied_tools_is_what_was_there(before: Any, back: Any) -> None:
    state = State()
    if before is not None:
        state.agents["entries"]["main"]["tools"] = before
    step = only(plan("strip_tools", state))
    assert raw(step.undo[0]) == {"agents": {"entries": {"main": {"tools": back}}}}
    assert step.undo[0].params["replacePaths"] == ["agents.entries.main.tools.deny"]
    assert step.request.params["replacePaths"] == ["agents.entries.main.tools.deny"]
    assert step.pre_state == {"tools": before}


def test_an_agent_without_tools_needs_no_step() -> None:
    state = State()
    state.agents["entries"]["main"]["tools"] = {"deny": ["*", "exec"]}
    made = plan("strip_tools", state)
    assert made.steps == ()
    assert "already" in made.notes[0]


def test_ownership_is_said_where_several_agents_do_not_say_it() -> None:
    state = State()
    del state.agents["ownership"]
    step = only(plan("strip_tools", state))
    assert raw(step.request)["agents"]["ownership"] == "explicit"
    assert raw(step.undo[0])["agents"]["ownership"] is None


def test_the_entry_is_addressed_as_the_configuration_writes_it() -> None:
    state = State()
    state.agents["entries"] = {"Main": {}}
    assert list(raw(only(plan("strip_tools", state)).request)["agents"]["entries"]) == ["Main"]


def test_the_one_agent_that_no_configuration_names_can_be_planned_for() -> None:
    state = State()
    state.agents["entries"] = {}
    assert only(plan("strip_tools", state)).pre_state == {"tools": None}


@pytest.mark.parametrize("verb", ["strip_tools", "stop_heartbeat"])
def test_an_agent_that_the_gateway_does_not_have_is_not_made_by_a_patch(verb: str) -> None:
    with pytest.raises(ResponseError, match="no agent ghost"):
        plan(verb, State(), Target("ghost"))


def test_agents_kept_in_a_list_are_not_guessed_at() -> None:
    state = State()
    state.agents["list"] = [{"id": "main"}]
    with pytest.raises(ResponseError, match=r"agents\.list"):
        plan("strip_tools", state)


def test_the_effect_is_proved_on_disk_and_in_the_running_gateway() -> None:
    step = only(plan("strip_tools", State()))
    config = {"parsed": {"agents": {"entries": {"main": {"tools": {"deny": ["*"]}}}}}}
    applied = {**config, "configRevisionHash": "b", "appliedConfigHash": "b"}
    late = {**config, "configRevisionHash": "b", "appliedConfigHash": "a"}
    assert [step.verify.holds(a) for a in (applied, late, config, {}, None)] == [
        True, False, False, False, False
    ]  # fmt: skip


# The run ---------------------------------------------------------------------------------


def test_the_cases_session_and_every_running_one_of_the_agent_is_stopped() -> None:
    other = "agent:main:subagent:7"
    rows = [
        {"key": KEY, "hasActiveRun": False},
        {"key": other, "hasActiveRun": True},
        {"key": "agent:main:idle", "hasActiveRun": False},
        {"key": "agent:scout:main", "hasActiveRun": True},
    ]
    made = plan("abort_run", State(sessions_list={"sessions": rows}))
    assert [s.request.params for s in made.steps] == [
        {"key": KEY, "clearQueued": True},
        {"key": other, "clearQueued": True},
    ]
    assert all(step.undo == () for step in made.steps)


def test_sessions_are_read_to_the_last_page() -> None:
    def page(request: Request) -> Any:
        offset = request.params["offset"]
        row = {"key": f"agent:main:{offset}", "hasActiveRun": True}
        return {"sessions": [row], "hasMore": offset < 400}

    assert len(plan("abort_run", State(sessions_list=page)).steps) == 3


def test_a_gateway_with_pages_without_end_does_not_hold_us() -> None:
    state = State(sessions_list={"sessions": [{"key": KEY}], "hasMore": True})
    plan("abort_run", state)
    assert len(state.asked) == 25


@pytest.mark.parametrize(
    "key",
    [
        "agent:scout:main",
        "agent:mainx:main",
        "agent:main:",
        "main",
        "agent:main:a\nb",
        "agent:main:\u202eb",
        "agent:main:" + "x" * 600,
    ],
)
def test_a_key_that_is_no_session_of_the_agent_is_left_out_and_said(key: str) -> None:
    for state in (None, State()):
        made = plan("abort_run", state, Target("main", (key,)))
        assert made.steps == ()
        assert any("no session of this agent" in note for note in made.notes)


def test_a_session_the_gateway_does_not_know_is_left_out() -> None:
    made = plan("abort_run", State(), Target("main", ("agent:main:forged",)))
    assert made.steps == ()
    assert "unknown to the gateway" in made.notes[0]


def test_more_sessions_than_one_can_read_are_cut_and_counted() -> None:
    keys = tuple(f"agent:main:s{n}" for n in range(60))
    made = plan("abort_run", None, Target("main", keys))
    assert len(made.steps) == 50
    assert "10 more are not shown" in made.notes


# Schedules and heartbeat -----------------------------------------------------------------


def test_only_enabled_jobs_of_the_agent_itself_are_switched_off() -> None:
    jobs = [
        {"id": "a", "name": "ticker", "agentId": "main", "enabled": True},
        {"id": "b", "name": "off", "agentId": "main", "enabled": False},
        {"id": "c", "name": "other", "agentId": "scout", "enabled": True},
        {"id": "d", "name": "default's", "effectiveAgentId": "main", "enabled": True},
        {"id": "e", "declarationKey": "heartbeat:main", "agentId": "main", "enabled": True},
        {"id": 5, "agentId": "main", "enabled": True},
    ]
    state = State(cron_list={"jobs": jobs})
    made = plan("disable_schedules", state)
    assert [s.request.params["id"] for s in made.steps] == ["a", "d"]
    assert [s.undo[0].params for s in made.steps] == [
        {"id": "a", "patch": {"enabled": True}},
        {"id": "d", "patch": {"enabled": True}},
    ]
    assert state.asked[0].params["includeDisabled"] is True
    assert any("heartbeat:main" in note for note in made.notes)


def test_without_a_gateway_only_jobs_that_session_keys_name_are_planned() -> None:
    keys = (CRON, f"{CRON}:run:1", KEY, "agent:scout:cron:9", "agent:main:cron:a b")
    made = plan("disable_schedules", None, Target("main", keys))
    assert only(made).request.params["id"] == "2de6e245-392e"
    assert only(made).undo == ()
    assert "not asked" in made.notes[0]


@pytest.mark.parametrize(
    ("before", "back"),
    [(None, None), ({"every": "30m"}, {"every": "30m"}), ({"target": "x"}, {"every": None})],
)
def test_the_heartbeat_goes_back_to_what_it_was(before: Any, back: Any) -> None:
    state = State()
    if before is not None:
        state.agents["entries"]["main"]["heartbeat"] = before
    step = only(plan("stop_heartbeat", state))
    assert raw(step.request) == {"agents": {"entries": {"main": {"heartbeat": {"every": "0m"}}}}}
    assert raw(step.undo[0]) == {"agents": {"entries": {"main": {"heartbeat": back}}}}


def test_a_heartbeat_that_is_off_is_left_alone() -> None:
    state = State(status={"heartbeat": {"agents": [{"agentId": "main", "enabled": False}]}})
    assert plan("stop_heartbeat", state).steps == ()


# Channels --------------------------------------------------------------------------------


def test_a_channel_is_closed_in_the_configuration_and_says_whom_else_it_cuts_off() -> None:
    step = only(plan("cut_channels", State()))
    assert raw(step.request) == {"channels": {"telegram": {"enabled": False}}}
    assert raw(step.undo[0]) == {"channels": {"telegram": {"enabled": True}}}
    assert "'scout'" in step.note


def test_a_channel_whose_switch_was_not_set_goes_back_to_not_set() -> None:
    state = State()
    state.answers["config.get"]["parsed"]["channels"]["telegram"] = {}
    undo = only(plan("cut_channels", state)).undo
    assert raw(undo[0]) == {"channels": {"telegram": {"enabled": None}}}


@pytest.mark.parametrize("name", ["whatsapp", "cron", "subagent", "defaults", "a.b", 'a"b', ""])
def test_what_is_no_channel_of_the_gateway_is_left_out(name: str) -> None:
    made = plan("cut_channels", State(), Target("main", (), (name,)))
    assert made.steps == ()
    assert made.notes


def test_a_closed_channel_is_left_alone() -> None:
    state = State()
    state.answers["config.get"]["parsed"]["channels"]["telegram"]["enabled"] = False
    assert plan("cut_channels", state).steps == ()


# Hostile names, hostile answers ----------------------------------------------------------


@pytest.mark.parametrize("verb", [verb for verb in VERBS if not OWN[verb].kinds])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_that_is_no_agent_id_gets_no_request(verb: str, name: str) -> None:
    for state in (None, State()):
        with pytest.raises(ResponseError, match="no agent id") as caught:
            plan(verb, state, Target(name, (KEY,), ("telegram",)))
        assert str(caught.value).isprintable()
        assert state is None or state.asked == []


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_log_says_a_request_touches_only_what_it_names(a: str, s: str, c: str) -> None:
    target = Target(a, (s, f"agent:{a}:{s}"), (c,))
    for action in OWN.values():
        try:
            made = action.plan(target)
        except ResponseError:
            continue
        for step in made.steps:
            patch = raw(step.request) if "raw" in step.request.params else {}
            assert set(patch.get("agents", {}).get("entries", {})) <= {a.lower()}
            assert set(patch.get("channels", {})) <= {c}
            paths = step.request.params.get("replacePaths", [])
            assert all(path.count(".") == 4 for path in paths)


@pytest.mark.parametrize("answer", [None, [], {}, "text", 7, {"parsed": []}, {"sessions": {}}])
@pytest.mark.parametrize("verb", VERBS)
def test_an_answer_of_an_unknown_shape_crashes_nothing(verb: str, answer: Any) -> None:
    state = State()
    state.answers = dict.fromkeys(state.answers, answer)
    with suppress(ResponseError):  # no such agent
        assert plan(verb, state).action == f"openclaw.{verb}"


# Devices, tokens, memory -----------------------------------------------------------------


def test_a_stopped_run_counts_as_stopped_when_its_session_is_gone_from_the_list() -> None:
    verify = only(plan("abort_run", State())).verify
    row = {"key": KEY, "status": "running", "hasActiveRun": True, "activeRunIds": ["r1"]}
    gone: dict[str, Any] = {"sessions": []}
    idle = {"sessions": [{"key": KEY, "status": "killed"}]}
    assert verify.holds(gone)
    assert verify.holds(idle)
    assert not verify.holds({"sessions": [row]})
    assert not verify.holds({"sessions": [{**row, "activeRunIds": None}]})
    assert not verify.holds({})  # no list says nothing of a session


@pytest.mark.parametrize("verb", ["revoke_device_token", "remove_device"])
@pytest.mark.parametrize("name", ["x" * 64, "5E" * 32, "../" + "5e" * 31, "", "5e" * 33])
def test_what_is_no_device_id_gets_no_request(verb: str, name: str) -> None:
    made = plan(verb, State(), Target("main", accounts=(f"openclaw.device:{name}",)))
    assert made.steps == ()


@pytest.mark.parametrize("verb", ["revoke_device_token", "remove_device"])
def test_a_device_that_the_gateway_does_not_list_gets_no_request(verb: str) -> None:
    made = plan(verb, State(), Target("main", accounts=("openclaw.device:" + "ab" * 32,)))
    assert made.steps == ()
    assert "not paired" in " ".join(made.notes)


def test_the_response_does_not_lock_out_its_own_device(monkeypatch: pytest.MonkeyPatch) -> None:
    key = base64.b64encode(bytes(range(32))).decode()
    monkeypatch.setenv("DEVICE_KEY", key)
    state: Any = State()
    secrets = {"device_key": Secret("env:DEVICE_KEY")}
    state.connection = Connection("gw", "openclaw", "ws://127.0.0.1:1", secrets)
    own = Device.of(key, "test").id
    state.answers["device.pair.list"] = {"paired": [{"deviceId": own}]}
    with pytest.raises(Guarded):
        plan("remove_device", state, Target("main", accounts=(f"openclaw.device:{own}",)))


def test_a_rotated_token_is_proven_by_trying_the_old_one() -> None:
    step = only(plan("rotate_gateway_token", None))
    assert step.undo == ()
    (probe,) = step.probes
    assert probe.request.effect is Effect.PROBE
    assert probe.holds({"ok": False, "code": "AUTH_TOKEN_MISMATCH"})
    assert not probe.holds({"ok": True, "code": ""})


def test_an_empty_memory_is_not_emptied_and_its_content_stands_in_no_plan() -> None:
    state = State()
    state.answers["agents.files.get"]["file"]["content"] = "the password is hunter2"
    assert "hunter2" not in repr(plan("purge_memory", state))
    state.answers["agents.files.get"] = {"file": {"name": "MEMORY.md", "missing": True}}
    assert plan("purge_memory", state).steps == ()


@pytest.mark.parametrize("verb", ["strip_tools", "stop_heartbeat", "cut_channels"])
def test_what_was_taken_back_is_shown_by_a_read_of_what_was_there(verb: str) -> None:
    state = State()
    step = only(plan(verb, state))
    assert step.undone is not None
    applied = {"appliedConfigHash": "a", "configRevisionHash": "a"}
    assert step.undone.holds({**state.answers["config.get"], **applied})
    assert not step.undone.holds({**state.answers["config.get"], "appliedConfigHash": "old"})
