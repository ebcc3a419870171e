"""Splunk's management side, driven by the real splunk-sdk against a stand-in for splunkd.

The stand-in is written from Splunk's documentation (``splunkd_server``): no Splunk runs here.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import httpx
import pytest
from tests.shipped import shipped_rules

from agentwarrant import __version__
from agentwarrant.config import Retention, Tenant
from agentwarrant.errors import (
    ConfigError,
    MissingExtra,
    TargetRefused,
    TargetUnreachable,
    UsageError,
    WrongTarget,
)
from agentwarrant.inventory import Account, Entry
from agentwarrant.siem.plugin import Order, Plan, Verb
from agentwarrant.siem.splunk import foreign_rules, models, publishing
from agentwarrant.siem.splunk.install import (
    INDEXES,
    MACROS,
    SEARCHES,
    TOKENS,
    carry_out,
    plan,
    splunkd_of,
)
from agentwarrant.siem.splunk.inventory import COLUMNS
from agentwarrant.siem.splunk.names import HABITS, INVENTORY, SEEN
from agentwarrant.siem.splunk.plan import RECORDS
from agentwarrant.siem.splunk.removal import carry_out_removal, plan_removal
from agentwarrant.siem.splunk.render import render
from agentwarrant.siem.splunk.saved import stanzas
from agentwarrant.siem.splunk.splunkd import Splunkd, connect

from .splunkd_configured import (  # type: ignore[import-not-found]  # no package to mypy
    NAME,
    VARIABLE,
    configured,
)
from .splunkd_server import TOKEN, Splunk, running  # type: ignore[import-not-found]  # the same

pytest.importorskip("splunklib", reason="the extra splunk is not installed")
DATA = frozenset({INDEXES, TOKENS, MACROS})


@pytest.fixture
def splunk(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Splunk with our app and nothing else."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    made = Splunk(app={"version": __version__, "disabled": False})
    made.brings(
        "configs/conf-macros", "agentwarrant_indexes", definition='(index="agentwarrant_*")'
    )
    made.collections.update({name: {} for name in (INVENTORY, SEEN, HABITS)})
    return made


@pytest.fixture
def order(splunk: Any, tmp_path: Path) -> Iterator[Order]:
    """An order for two tenants in that Splunk."""
    with running(splunk) as url:
        config = configured(url, tmp_path)
        yield Order(config=config, target=config.target(NAME))


def planned(order: Order) -> Plan:
    with splunkd_of(order) as splunkd:
        return plan(order, splunkd)


def installed(order: Order) -> Plan:
    made = planned(order)
    carry_out(order, made, lambda line: None)
    return made


def removed(order: Order, *, delete_data: bool = False) -> Plan:
    with splunkd_of(order) as splunkd:
        made = plan_removal(order, splunkd, delete_data=delete_data)
    carry_out_removal(order, made, lambda line: None)
    return made


def verbs(plan: Plan) -> dict[str, Verb]:
    return {f"{one.kind} {one.name}": one.verb for one in plan.changes}


# The connection -----------------------------------------------------------------------------------


def test_a_certificate_that_nobody_vouches_for_is_refused(order: Order) -> None:
    assert order.target is not None
    with (
        connect(replace(order.target, ca=None, timeout=2)) as splunkd,
        pytest.raises(TargetUnreachable, match=r"(?i)certificate"),
    ):
        splunkd.ask("POST", "saved/searches", {"name": "x"})


def test_a_token_that_is_not_known_is_said_to_be_so(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "another")
    with pytest.raises(TargetRefused, match="the token is not known there") as caught:
        planned(order)
    assert "another" not in str(caught.value)


def test_what_a_token_may_not_do_is_said_to_be_so(order: Order, splunk: Any) -> None:
    splunk.forbidden.add("data/indexes")
    with pytest.raises(TargetRefused, match="may not do that") as caught:
        planned(order)
    assert caught.value.status == 403


class Gone:
    """A context of the SDK whose splunkd takes no connection at some of the times it is asked."""

    def __init__(self, *gone: bool) -> None:
        self.gone = list(gone)
        self.asked = 0

    def get(self, _path: str, **_told: Any) -> Any:
        self.asked += 1
        if self.gone and self.gone.pop(0):
            raise httpx.ConnectError("[Errno 111] Connection refused")
        return SimpleNamespace(status=200, body=io.BytesIO(b'{"entry": []}'))


def test_a_server_that_never_answered_and_takes_no_connection_is_soon_given_up(
    order: Order,
) -> None:
    assert order.target is not None
    gone = Gone(*[True] * 20)
    with pytest.raises(TargetUnreachable, match="Connection refused"):
        Splunkd(gone, order.target).entries("saved/searches")
    assert gone.asked == 4


def test_a_server_that_answered_is_waited_for_while_it_restarts(order: Order) -> None:
    assert order.target is not None
    restarting = Gone(False, *[True] * 4)
    splunkd = Splunkd(restarting, order.target)
    assert [splunkd.entries("saved/searches"), splunkd.entries("saved/searches")] == [{}, {}]
    assert restarting.asked == 6


def test_a_server_that_is_busy_for_a_moment_is_asked_again(order: Order, splunk: Any) -> None:
    splunk.broken += [(503, {}), (503, {})]
    assert planned(order).work


def test_what_is_no_splunkd_is_said_to_be_none(order: Order, splunk: Any) -> None:
    answers: list[Any] = [b"<html>", {"entry": []}, {"no": "entries"}]
    for said in answers:
        splunk.broken.append((200, said))
        with pytest.raises(WrongTarget):
            planned(order)


def test_a_server_that_sends_elsewhere_is_not_followed(order: Order, splunk: Any) -> None:
    splunk.broken.append((303, {}))
    with pytest.raises(TargetRefused, match="sends elsewhere"):
        planned(order)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"management": ""}, "names no splunkd"),
        ({"management": "https://127.0.0.1:8089/splunkd"}, "takes no path"),
        ({"management_token": None}, "no token for splunkd"),
        ({"ca": Path("/no/such/file")}, "cannot be read as certificates"),
    ],
)
def test_a_target_that_cannot_be_asked_is_said_before_it_is(
    order: Order, changed: dict[str, Any], said: str
) -> None:
    assert order.target is not None
    with pytest.raises(ConfigError, match=said), connect(replace(order.target, **changed)):
        pass


def test_a_target_without_tenants_takes_no_install(order: Order) -> None:
    assert order.config is not None
    with pytest.raises(ConfigError, match="no tenant ships there"):
        planned(replace(order, config=replace(order.config, tenants=MappingProxyType({}))))


def test_what_is_missing_to_ask_splunk_is_named(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "splunklib.binding", None)
    with pytest.raises(MissingExtra, match=r'pip install "agentwarrant\[splunk\]"'):
        planned(order)


def test_nothing_of_the_sdk_is_read_until_splunk_is_asked() -> None:
    code = (
        "import sys; sys.modules['splunklib'] = None;"
        "from agentwarrant.cli import app; from agentwarrant.siem.plugin import siem_of;"
        "print(siem_of('splunk').title)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "Splunk\n"


# Installing ---------------------------------------------------------------------------------------


def test_each_tenant_gets_an_index_a_token_and_a_macro_of_its_own(
    order: Order, splunk: Any
) -> None:
    made = installed(order)
    assert set(verbs(made)) == {
        "index agentwarrant_acme",
        "index agentwarrant_globex",
        "token agentwarrant_acme",
        "token agentwarrant_globex",
        "macro agentwarrant_indexes",
        "macro agentwarrant_indexes_acme",
        "macro agentwarrant_indexes_globex",
    }
    tokens = splunk.confs["data/inputs/http"].local
    assert tokens["http://agentwarrant_acme"]["indexes"] == "agentwarrant_acme"
    macros = splunk.confs["configs/conf-macros"].merged()
    assert macros["agentwarrant_indexes"]["definition"] == (
        '(index="agentwarrant_acme" OR index="agentwarrant_globex")'
    )
    assert macros["agentwarrant_indexes_acme"]["definition"] == '(index="agentwarrant_acme")'


def test_an_install_that_is_done_again_changes_nothing(order: Order, splunk: Any) -> None:
    installed(order)
    splunk.requests.clear()
    assert not installed(order).work
    assert {method for method, _ in splunk.requests} == {"GET"}


def test_a_plan_changes_nothing(order: Order, splunk: Any) -> None:
    assert planned(order).work
    assert {method for method, _ in splunk.requests} == {"GET"}


def test_no_value_of_a_token_is_shown_or_kept(order: Order, splunk: Any) -> None:
    lines: list[str] = []
    carry_out(order, planned(order), lines.append)
    values = [one["token"] for one in splunk.confs["data/inputs/http"].local.values()]
    kept = json.dumps([splunk.collections, lines, [str(one) for one in planned(order).changes]])
    assert len(values) == 2
    assert not [value for value in values if value in kept]


def test_what_somebody_changed_there_is_kept(order: Order, splunk: Any) -> None:
    installed(order)
    macro = splunk.confs["configs/conf-macros"].local["agentwarrant_indexes"]
    macro["definition"] = "(index=ours)"
    made = planned(order)
    assert verbs(made)["macro agentwarrant_indexes"] is Verb.KEEP
    assert not made.work


def test_what_changed_on_both_sides_is_a_conflict_until_it_is_named(
    order: Order, splunk: Any
) -> None:
    installed(order)
    macro = splunk.confs["configs/conf-macros"].local["agentwarrant_indexes"]
    macro["definition"] = "(index=ours)"
    assert order.config is not None
    more = {**order.config.tenants, "hooli": Tenant("hooli", ("here",))}
    order = replace(order, config=replace(order.config, tenants=MappingProxyType(more)))
    assert verbs(planned(order))["macro agentwarrant_indexes"] is Verb.CONFLICT
    assert verbs(installed(order))["macro agentwarrant_indexes"] is Verb.CONFLICT
    assert macro["definition"] == "(index=ours)"
    named = replace(order, overwrite=frozenset({"agentwarrant_indexes"}))
    assert verbs(installed(named))["macro agentwarrant_indexes"] is Verb.UPDATE
    assert "hooli" in macro["definition"]


def test_what_changed_here_alone_is_updated(order: Order, splunk: Any) -> None:
    installed(order)
    assert order.config is not None
    longer = Tenant("acme", ("here",), retention=Retention(events="forever"))
    tenants = MappingProxyType({**order.config.tenants, "acme": longer})
    made = installed(replace(order, config=replace(order.config, tenants=tenants)))
    assert [f"{one.verb} {one.name}" for one in made.work] == ["update agentwarrant_acme"]
    index = splunk.confs["data/indexes"].local["agentwarrant_acme"]
    assert index["frozenTimePeriodInSecs"] == "4294967295"
    (shorter,) = planned(order).work
    assert "documents older than 365 days will be deleted" in shorter.why


def test_an_object_of_somebody_elses_with_our_name_is_left_alone(order: Order, splunk: Any) -> None:
    splunk.confs["data/indexes"].local["agentwarrant_acme"] = {"frozenTimePeriodInSecs": "60"}
    assert verbs(installed(order))["index agentwarrant_acme"] is Verb.CONFLICT
    removed(order, delete_data=True)
    assert "agentwarrant_acme" in splunk.confs["data/indexes"].local


def test_an_install_that_broke_off_is_finished_by_the_next(order: Order, splunk: Any) -> None:
    splunk.forbidden.add("configs/conf-macros/agentwarrant_indexes")
    with pytest.raises(TargetRefused, match=r"macro agentwarrant_indexes: .*may not do that"):
        installed(order)
    splunk.forbidden.clear()
    assert {one.kind for one in installed(order).work} == {"macro"}
    assert not planned(order).work


def test_without_the_app_nothing_is_done_and_the_file_to_upload_is_named(
    order: Order, splunk: Any
) -> None:
    splunk.app.clear()
    made = planned(order)
    assert not made.changes
    assert f"agentwarrant-{__version__}.spl" in made.notes[0]


def test_an_app_is_not_installed_from_files(order: Order, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="upload agentwarrant-"):
        planned(replace(order, files=tmp_path))


def test_an_app_of_another_version_or_switched_off_is_said(order: Order, splunk: Any) -> None:
    splunk.app.update(version="0.0.1", disabled=True)
    notes = " ".join(planned(order).notes)
    assert "version 0.0.1" in notes
    assert "switched off" in notes


@pytest.mark.parametrize(
    "info",
    [
        {"version": "9.3.2408", "instance_type": "cloud", "server_roles": ["indexer"]},
        {"version": "10.0.0", "server_roles": ["cluster_search_head", "shc_member", "kv_store"]},
    ],
)
def test_where_no_data_stands_no_index_is_made_and_what_is_missing_is_named(
    order: Order, splunk: Any, info: dict[str, Any]
) -> None:
    splunk.info = info
    made = installed(order)
    assert {one.kind for one in made.changes} == {"macro"}
    assert "agentwarrant_acme (token agentwarrant_acme)" in " ".join(made.notes)


def test_what_was_not_taken_as_it_was_sent_is_said(order: Order, splunk: Any) -> None:
    made = planned(order)
    splunk.deaf = "configs/conf-macros/agentwarrant_indexes"
    with pytest.raises(TargetRefused, match="agentwarrant_indexes is not as it was sent"):
        carry_out(order, made, lambda line: None)


def test_a_part_can_be_installed_alone(order: Order) -> None:
    made = planned(replace(order, only=frozenset({TOKENS})))
    assert {one.kind for one in made.changes} == {"token"}


def test_who_may_not_see_tokens_can_install_the_rest(order: Order, splunk: Any) -> None:
    splunk.forbidden.add("data/inputs/http")
    part = replace(order, only=frozenset({MACROS}))
    assert {one.kind for one in installed(part).work} == {"macro"}
    assert {one.kind for one in removed(part).work} == {"macro"}


def test_an_acknowledgement_is_asked_for_as_the_target_says(order: Order, splunk: Any) -> None:
    assert order.target is not None
    installed(replace(order, target=replace(order.target, ack="on")))
    assert splunk.confs["data/inputs/http"].local["http://agentwarrant_acme"]["useACK"] == "1"


# Removing -----------------------------------------------------------------------------------------


def test_an_uninstall_takes_out_what_was_put_in_and_leaves_data(order: Order, splunk: Any) -> None:
    splunk.confs["configs/conf-macros"].local["theirs"] = {"definition": "x"}
    installed(order)
    kept = removed(order)
    assert verbs(kept)["index agentwarrant_acme"] is Verb.KEEP
    assert set(splunk.confs["configs/conf-macros"].local) == {"theirs"}
    assert not splunk.confs["data/inputs/http"].local
    assert set(splunk.confs["data/indexes"].local) == {"agentwarrant_acme", "agentwarrant_globex"}


def test_an_uninstall_with_data_leaves_nothing(order: Order, splunk: Any) -> None:
    installed(order)
    splunk.collections[INVENTORY]["a"] = {"_key": "a"}
    removed(order, delete_data=True)
    assert not any(conf.local for conf in splunk.confs.values())
    assert not splunk.collections[INVENTORY]
    assert RECORDS not in splunk.collections
    assert not removed(order, delete_data=True).work


def test_what_was_overwritten_is_put_back(order: Order, splunk: Any) -> None:
    index = {"frozenTimePeriodInSecs": "60"}
    splunk.confs["data/indexes"].local["agentwarrant_acme"] = index
    installed(replace(order, overwrite=frozenset({"agentwarrant_acme"})))
    assert index["frozenTimePeriodInSecs"] == str(365 * 86_400)
    removed(order, delete_data=True)
    assert splunk.confs["data/indexes"].local == {
        "agentwarrant_acme": {"frozenTimePeriodInSecs": "60"}
    }


def test_what_is_gone_already_hinders_no_uninstall(order: Order, splunk: Any) -> None:
    installed(order)
    splunk.confs["data/inputs/http"].local.clear()
    removed(order, delete_data=True)
    assert RECORDS not in splunk.collections


def test_a_part_can_be_taken_out_alone(order: Order, splunk: Any) -> None:
    installed(order)
    removed(replace(order, only=frozenset({MACROS})))
    assert not splunk.confs["configs/conf-macros"].local
    assert splunk.confs["data/inputs/http"].local
    assert splunk.collections[RECORDS]


# The inventory ------------------------------------------------------------------------------------


def entry(agent: str, **more: Any) -> Entry:
    return Entry("acme", agent, **more)


def test_agents_are_published_over_what_was_said_of_them(order: Order, splunk: Any) -> None:
    held = {"aws.role:arn:x": Account("", "", held=(1_000, 2_000))}
    with splunkd_of(order) as splunkd:
        assert publishing.store(splunkd, [entry("main", owner="ann", accounts=held)]) == 1
        assert publishing.store(splunkd, [entry("main", owner="bob")]) == 1
    told = list(splunk.collections[INVENTORY].values())
    assert sorted(one.get("owner", one.get("holder")) for one in told) == ["bob", "main"]
    (account,) = [one for one in told if "account" in one]
    assert account["valid_until"] == 2_000
    assert {name for one in told for name in one} <= {*COLUMNS, "_key", "_user"}


def test_many_agents_go_in_several_batches(order: Order, splunk: Any) -> None:
    with splunkd_of(order) as splunkd:
        assert publishing.store(splunkd, (entry(f"agent {n}") for n in range(1_203))) == 1_203
    assert len(splunk.collections[INVENTORY]) == 1_203
    assert sum("batch_save" in path for _, path in splunk.requests) == 3


def test_agents_cannot_be_published_where_the_app_is_not(order: Order, splunk: Any) -> None:
    splunk.collections.clear()
    with splunkd_of(order) as splunkd, pytest.raises(TargetRefused, match="app is not installed"):
        publishing.store(splunkd, [entry("main")])


# Searches -----------------------------------------------------------------------------------------


@cache
def brought() -> dict[str, dict[str, str]]:
    """Return the searches that the app brings."""
    rules = shipped_rules()
    return stanzas(render(rules)) | foreign_rules.stanzas(rules) | models.stanzas(rules)


@pytest.fixture
def enabling(order: Order, splunk: Any) -> Order:
    """An order to switch one rule on, in a Splunk whose app brings all searches."""
    rules = shipped_rules()
    brought = stanzas(render(rules)) | foreign_rules.stanzas(rules) | models.stanzas(rules)
    for name, keys in brought.items():
        splunk.brings("saved/searches", name, **keys)
    return replace(
        order, rules=rules, enable=frozenset({"AIA-NET-001"}), only=frozenset({SEARCHES})
    )


def test_a_rule_that_is_none_cannot_be_switched_on(enabling: Order) -> None:
    with pytest.raises(UsageError, match="no rule is called AIA-XXX-999"):
        planned(replace(enabling, enable=frozenset({"AIA-XXX-999"})))


def test_the_searches_of_a_named_rule_are_switched_on_and_no_others(
    enabling: Order, splunk: Any
) -> None:
    made = installed(enabling)
    assert {one.verb for one in made.changes} == {Verb.UPDATE}
    searches = splunk.confs["saved/searches"]
    on = {name for name, keys in searches.merged().items() if keys["disabled"] == "0"}
    assert on == set(searches.local)
    assert all("AIA-NET-001" in name for name in on)
    assert on
    removed(enabling)
    assert {keys["disabled"] for keys in searches.merged().values()} == {"1"}


@pytest.mark.parametrize("variant", ["over", "by"])
def test_a_variant_of_a_rule_is_switched_on_by_its_own_name(
    enabling: Order, splunk: Any, variant: str
) -> None:
    names = splunk.confs["saved/searches"].brought
    name = next(one for one in names if f" {variant} " in one and not one.endswith("Feed 1"))
    called = name.removeprefix("Agent Warrant - ").removesuffix(" - Rule")
    installed(replace(enabling, enable=frozenset({called})))
    assert set(splunk.confs["saved/searches"].local) == {name}


def test_all_rules_are_those_over_our_own_events(enabling: Order, splunk: Any) -> None:
    installed(replace(enabling, enable=frozenset({"*"})))
    on = set(splunk.confs["saved/searches"].local)
    assert on == {name for name in brought() if " over " not in name and " by " not in name}


def test_a_search_that_an_analyst_switched_off_stays_off(enabling: Order, splunk: Any) -> None:
    installed(enabling)
    for keys in splunk.confs["saved/searches"].local.values():
        keys["disabled"] = "1"
    made = installed(enabling)
    assert not made.work
