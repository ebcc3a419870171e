"""What shows an agent that nobody declared, and what does not."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.event import Event
from agentwarrant.shadow import Shadows

SECOND, HOUR = 1000, 3_600_000
START = 1_790_000_000_000


def event(**fields: Any) -> Event:
    made: Event = {"event.module": "ecs", "event.action": "network_connection",
                   "gen_ai.agent.id": "unknown", "entity.id": "ecs.user:ws-7/dana"}  # fmt: skip
    return made | {name.replace("__", "."): value for name, value in fields.items()}


def signs(**fields: Any) -> list[str]:
    return list(Shadows().signs(event(**fields), START))


def done(shadows: Shadows, time: int, **fields: Any) -> list[str]:
    """Let a person's account change something at a service."""
    act = event(event__action="config_changed", user__id="u1", **fields)
    return list(shadows.signs(act, time))


def burst(shadows: Shadows, start: int, **fields: Any) -> list[str]:
    found = [done(shadows, start + number * 100, **fields) for number in range(40)]
    return [sign for one in found for sign in one]


# By what says so ---------------------------------------------------------------------------


def test_what_is_in_an_agents_log_is_an_agent() -> None:
    assert signs(event__module="openclaw", gen_ai__agent__id="main") == [
        "it is in the log of openclaw"
    ]


def test_what_an_identity_provider_calls_an_agent_is_one() -> None:
    assert signs(
        event__module="entra", warrant__identity__agentic="yes", gen_ai__agent__id="x"
    ) == ["entra calls it an AI agent"]


def test_an_account_like_any_other_is_no_sign() -> None:
    assert signs(event__module="okta", user__id="u1") == []


# By its runtime ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "line", "runtime"),
    [
        ("openclaw-gateway", "", "OpenClaw"),
        ("claude.exe", "claude.exe", "Claude Code"),
        ("/usr/bin/codex", "", "Codex CLI"),
        ("node", "node /usr/lib/node_modules/openclaw/dist/index.js gateway", "OpenClaw"),
        ("node", "node --max-old-space-size=4096 /opt/@anthropic-ai/claude-code/cli.js --print x",
         "Claude Code"),
        ("node.exe", r'"C:\Program Files\node.exe" "C:\n\@openai\codex\bin.js"', "Codex CLI"),
        ("npm", "npm exec @google/gemini-cli", "Gemini CLI"),
        ("npx", "npx -y mcp-remote https://mcp.example/sse", "MCP server or client"),
        ("python3.12", "python3.12 -m mcp_server_fetch", "MCP server or client"),
        ("uvx", "uvx mcp-server-git", "MCP server or client"),
    ],
)  # fmt: skip
def test_a_process_of_a_known_runtime_is_one(name: str, line: str, runtime: str) -> None:
    assert signs(process__name=name, process__command_line=line) == [
        f"it is a process of {runtime}"
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("firefox", "firefox https://openclaw.ai/"),
        ("vim", "vim /home/dana/claude/notes.md"),
        ("node", "node /srv/shop/server.js --topic openclaw"),
        ("python3.11", "python3.11 count_words.py @anthropic-ai/claude-code"),
        ("python3", "python3 -c 'print(\"openclaw\")'"),
        ("node", ""),
        ("", "\"'\" '"),
    ],
)
def test_a_program_that_only_speaks_of_a_runtime_is_none(name: str, line: str) -> None:
    assert signs(process__name=name, process__command_line=line) == []


def test_what_a_runtime_starts_is_its_doing() -> None:
    found = signs(process__name="curl", process__command_line="curl a.example",
                  process__parent__name="node",
                  process__parent__command_line="node /x/openclaw/index.js")  # fmt: skip
    assert found == ["OpenClaw started its process"]


@pytest.mark.parametrize("variable", ["OPENCLAW_SHELL", "OPENCLAW_SHELL=exec"])
def test_a_variable_that_a_runtime_sets_shows_it(variable: str) -> None:
    found = signs(process__name="curl", process__env_vars=["PATH", variable])
    assert found == ["OpenClaw set OPENCLAW_SHELL for it"]


@pytest.mark.parametrize("variables", [["PATH", "HOME=/x"], "CLAUDECODE=1", [], [7]])
def test_other_variables_show_nothing(variables: object) -> None:
    assert signs(process__name="curl", process__env_vars=variables) == []


@pytest.mark.parametrize(
    ("agent", "runtime"),
    [
        ("claude-cli/2.0.14 (external, cli)", "Claude Code"),
        ("OpenAI/Python 2.7.1", "a model SDK"),
        ("openclaw/2026.11", "OpenClaw"),
    ],
)
def test_a_user_agent_of_a_runtime_shows_it(agent: str, runtime: str) -> None:
    assert signs(user_agent__original=agent) == [f"its user agent is that of {runtime}"]


def test_a_browser_shows_nothing() -> None:
    assert signs(user_agent__original="Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0") == []


def test_the_port_of_a_runtime_shows_who_speaks_to_it_and_who_answers() -> None:
    port = {"destination__port": 18789}
    assert signs(**port, destination__address="10.0.0.7:18789") == [
        "it speaks to port 18789 of OpenClaw"
    ]
    assert signs(**port) == ["it is reached at port 18789 of OpenClaw"]
    assert signs(destination__port=8443, destination__address="10.0.0.7") == []


@pytest.mark.parametrize("host", ["api.anthropic.com", "API.OpenAI.com.", "acme.openai.azure.com"])
def test_the_use_of_a_model_is_a_sign(host: str) -> None:
    plain = host.lower().rstrip(".")
    assert signs(url__domain=host) == [f"it uses a model at {plain}"]
    assert signs(destination__domain=host) == [f"it uses a model at {plain}"]
    assert signs(dns__question__name=host) == [f"it looks up the model at {plain}"]


@pytest.mark.parametrize(
    "host", ["claude.ai", "www.anthropic.com", "api.openai.com.evil.example", "notapi.x.ai", ""]
)
def test_a_site_that_is_no_models_api_is_no_sign(host: str) -> None:
    assert signs(url__domain=host, dns__question__name=host) == []


# By its pace -------------------------------------------------------------------------------


def test_an_account_that_bursts_again_and_again_is_no_persons() -> None:
    shadows = Shadows()
    assert burst(shadows, START) == []
    assert burst(shadows, START + HOUR) == []
    assert burst(shadows, START + 2 * HOUR) == ["40 actions within 10 seconds, again and again"]


def test_a_persons_busy_minute_is_no_sign() -> None:
    shadows = Shadows()
    assert [done(shadows, START + n * SECOND) for n in range(60) if n % 4] == [[]] * 45


def test_three_bulk_changes_in_as_many_weeks_are_no_sign() -> None:
    shadows = Shadows()
    assert [burst(shadows, START + week * 168 * HOUR) for week in range(3)] == [[], [], []]


@pytest.mark.parametrize("action", ["network_connection", "login", "credential_used"])
def test_what_devices_do_by_themselves_is_no_pace(action: str) -> None:
    shadows = Shadows()
    pages = [event(event__action=action, user__name="erin") for _ in range(4000)]
    found = [sign for n, one in enumerate(pages) for sign in shadows.signs(one, START + n * 50)]
    assert found == []


def test_the_processes_of_a_build_are_no_pace() -> None:
    shadows = Shadows()
    compiled = [
        sign
        for number in range(4000)
        for sign in done(shadows, START + number * 20, process__pid=number)
    ]
    assert compiled == []


def test_an_account_that_acts_around_the_clock_is_no_persons() -> None:
    shadows = Shadows()
    found = [sign for hour in range(24) for sign in done(shadows, START + hour * HOUR)]
    assert found == ["it acted in 24 hours running"]


def test_a_long_day_with_one_hours_pause_is_no_sign() -> None:
    shadows = Shadows()
    hours = [hour for hour in range(47) if hour != 23]
    assert [sign for hour in hours for sign in done(shadows, START + hour * HOUR)] == []


def test_a_service_that_acts_around_the_clock_is_no_sign() -> None:
    shadows = Shadows()
    act = event(event__action="config_changed")
    found = [s for hour in range(60) for s in shadows.signs(act, START + hour * HOUR)]
    assert found == []


def test_two_people_and_two_tenants_are_not_counted_together() -> None:
    shadows = Shadows()
    for number in range(6):
        who = {"entity__id": f"okta.user:{number % 2}", "organization__id": f"t{number % 3}"}
        assert burst(shadows, START + number * HOUR, **who) == []


# State -------------------------------------------------------------------------------------


def test_who_acted_longest_ago_is_let_go_and_counted() -> None:
    shadows = Shadows(accounts=3)
    for number in range(5):
        done(shadows, START + number, entity__id=f"a{number}")
        done(shadows, START + number, entity__id="a0")
    assert [account for _, account, *_ in shadows.snapshot()] == ["a3", "a4", "a0"]
    assert shadows.evicted == 2


ACTS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 400_000) | st.just(100)), max_size=300
)


@given(ACTS, st.integers(0, 300))
def test_a_snapshot_goes_on_where_it_was_taken(acts: list[tuple[str, int]], cut: int) -> None:
    one, other, time = Shadows(), Shadows(), START
    for number, (who, after) in enumerate(acts):
        time += after
        if number == cut:
            other.restore(json.loads(json.dumps(one.snapshot())))
        found = done(one, time, entity__id=who)
        if number >= cut:
            assert done(other, time, entity__id=who) == found
    if len(acts) > cut:
        assert one.snapshot() == other.snapshot()


@given(st.lists(st.integers(1, 3 * HOUR), max_size=120))
def test_a_sign_of_hours_needs_that_many_in_a_row(gaps: list[int]) -> None:
    shadows, time, hours = Shadows(), START, []
    signed = False
    for gap in gaps:
        time += gap
        hours.append(time // HOUR)
        signed = signed or bool(
            [s for s in done(shadows, time, entity__id="x") if s.endswith("hours running")]
        )
    run = best = 1 if hours else 0
    for before, after in pairwise(dict.fromkeys(hours)):
        run = run + 1 if after == before + 1 else 1
        best = max(best, run)
    assert signed == (best >= 24)
