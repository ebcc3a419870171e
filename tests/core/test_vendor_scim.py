"""SCIM's action against a stand-in that pages, and that may ignore what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.simulators.base import connection_to
from tests.simulators.scim import TOKEN, Scim
from tests.vendor_cycle import Cycle, cycle

from agentwarrant.errors import ConfigError, Guarded, OutcomeUnknown, ResponseError
from agentwarrant.respond.action import Step, Target
from agentwarrant.respond.vendor import actions, vendors

NAME = "scim.deactivate_user"


@pytest.fixture
def directory() -> Scim:
    return Scim()


@pytest.fixture
def url(directory: Scim) -> Iterator[str]:
    with directory.running() as where:
        yield f"{where}/scim/v2"


@contextmanager
def opened(url: str, folder: Path, **options: str) -> Iterator[Cycle]:
    with cycle(NAME, connection_to(url, "scim", folder, {"token": TOKEN}, **options)) as run:
        yield run


def about(name: str) -> Target:
    return Target("agent-7", accounts=(f"scim.user:{name}",))


def only(run: Cycle, name: str = "bot-7") -> Step:
    steps: tuple[Step, ...] = run.plan(about(name)).steps
    (step,) = steps
    return step


def test_the_user_is_switched_off_and_on_again(directory: Scim, url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path) as run:
        step = only(run)
        assert run.contain(step)
        assert run.contain(step)
        assert [n for n, u in directory.state.items() if not u["active"]] == ["bot-7"]
        assert run.plan(about("bot-7")).steps == ()
        assert run.release(step)
    assert all(user["active"] for user in directory.state.values())


@pytest.mark.parametrize("knob", ["hang_up", "stumble"])
def test_a_change_whose_answer_is_lost_is_found_by_looking(
    directory: Scim, url: str, tmp_path: Path, knob: str
) -> None:
    with opened(url, tmp_path) as run:
        step = only(run)
        getattr(directory, knob)(1)
        with pytest.raises(OutcomeUnknown):
            run.action.execute(step, run._for(step.request))
        assert run.shows(step)
        assert directory.did("PATCH /scim/v2/Users/{}") == 1


def test_a_provider_that_does_not_filter_is_read_to_the_end_and_still_only_the_one_is_taken(
    directory: Scim, url: str, tmp_path: Path
) -> None:
    directory.filters, directory.most = False, 3
    directory.state |= {f"u{n}": {"id": f"{n}", "userName": f"u{n}"} for n in range(5)}
    with opened(url, tmp_path) as run:
        assert only(run).request.method == "PATCH /Users/id-of-bot-7"


def test_a_provider_that_answers_with_everybody_is_given_up(
    directory: Scim, url: str, tmp_path: Path
) -> None:
    directory.filters = False
    directory.state |= {f"u{n}": {"id": f"{n}", "userName": f"u{n}"} for n in range(1100)}
    with opened(url, tmp_path) as run, pytest.raises(ResponseError, match="does not filter"):
        run.plan(about("bot-7"))


def test_case_counts_only_where_it_tells_two_users_apart(
    directory: Scim, url: str, tmp_path: Path
) -> None:
    with opened(url, tmp_path) as run:
        assert only(run, "BOT-7")
        directory.state["Bot-7"] = {"id": "other", "userName": "Bot-7", "active": True}
        assert only(run, "bot-7").request.method.endswith("id-of-bot-7")
        made = run.plan(about("BOT-7"))
        assert made.steps == ()
        assert "several users" in made.notes[0]


def test_what_was_not_said_is_not_undone(directory: Scim, url: str, tmp_path: Path) -> None:
    del directory.state["bot-7"]["active"]
    with opened(url, tmp_path) as run:
        step = only(run)
        assert step.undo == ()
        assert step.pre_state == {}


@pytest.mark.parametrize("own", ["bot-7", "BOT-7"])
def test_our_own_user_stays(url: str, tmp_path: Path, own: str) -> None:
    with opened(url, tmp_path, own_user=own) as run, pytest.raises(Guarded):
        run.plan(about("bot-7"))


@given(st.text(max_size=30))
@example('x" or active eq true or userName eq "y')
@example("x\\")
@example("..")
@example("*")
def test_no_name_ends_its_place_in_a_filter_or_a_path(name: str) -> None:
    for step in actions()[NAME].plan(about(name)).steps:
        assert step.request.method.count("/") == 2
        assert not set(name) & set('"\\*')


def test_a_name_that_could_end_the_filter_is_not_even_asked_for(
    directory: Scim, url: str, tmp_path: Path
) -> None:
    with opened(url, tmp_path) as run:
        made = run.plan(about('x" or userName pr or userName eq "y'))
        assert made.steps == ()
    assert directory.calls == []


@pytest.mark.parametrize("where", ["", "http://sso.example.com/token", "ftp://x/y"])
def test_our_secret_goes_to_no_address_in_clear(tmp_path: Path, where: str) -> None:
    secrets = {"client_secret": "x"}
    made = connection_to(
        "https://scim.example.com", "scim", tmp_path, secrets, client_id="x", token_url=where
    )
    with pytest.raises(ConfigError), vendors()["scim"].connect(made):
        pass
