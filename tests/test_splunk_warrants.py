"""Warrants come into the collection that the search command reads, and nothing secret with them.

The stand-in is written from Splunk's documentation (``splunkd_server``): no Splunk runs here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.errors import ConfigError, ContentErrors, TargetRefused, UsageError
from agentwarrant.siem.plugin import Order, siem_of
from agentwarrant.siem.splunk.inside.warrants import COLLECTION, FIELDS

from .running import command_run  # type: ignore[import-not-found]  # the same
from .splunkd_configured import (  # type: ignore[import-not-found]  # no package to mypy
    NAME,
    VARIABLE,
    configured,
)
from .splunkd_server import TOKEN, Splunk, running  # type: ignore[import-not-found]  # the same

KEY = "AKIAIOSFODNN7EXAMPLE"
WARRANT = """\
warrant: 1
version: {version}
tenant: {tenant}
agent: {{id: {agent}, name: A, kind: assistant, owner: dana@acme.example, purpose: Helps.}}
signed: {{by: dana@acme.example, at: 2026-01-01}}
valid: {{from: 2026-0{version}-01}}
identities:
  - {{kind: openclaw.agent, id: {agent}}}
  - {{kind: aws.access_key, id: {key}}}
scope: {{}}
"""


@pytest.fixture
def splunk(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(VARIABLE, TOKEN)
    made = Splunk()
    made.collections[COLLECTION] = {}
    return made


@pytest.fixture
def order(splunk: Any, tmp_path: Path) -> Iterator[Order]:
    with running(splunk) as url:
        config = configured(url, tmp_path)
        yield Order(config=config, target=config.target(NAME))


def written(
    folder: Path, agent: str, tenant: str = "acme", version: int = 1, key: str = KEY
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{tenant}-{agent}-{version}.yml"
    path.write_text(WARRANT.format(agent=agent, tenant=tenant, version=version, key=key))
    return path


def declared(order: Order, *paths: Path) -> int:
    return siem_of("splunk").declare(order, paths)


def kept(splunk: Any) -> list[tuple[str, str, str]]:
    rows = splunk.collections[COLLECTION].values()
    return sorted((row["tenant"], row["agent"], row["version"]) for row in rows)


def test_every_version_of_every_warrant_is_a_row(order: Order, splunk: Any, tmp_path: Path) -> None:
    home = tmp_path / "warrants"
    written(home, "main")
    written(home, "main", version=2)
    written(home, "main", tenant="globex", key="AKIAIOSFODNN7ANOTHER")
    assert declared(order, home) == 3
    assert kept(splunk) == [("acme", "main", "1"), ("acme", "main", "2"), ("globex", "main", "1")]
    for row in splunk.collections[COLLECTION].values():
        assert row.keys() == {"_key", "_user", *FIELDS}


def test_what_was_there_of_a_tenant_goes_and_of_others_stays(
    order: Order, splunk: Any, tmp_path: Path
) -> None:
    old, other = written(tmp_path, "old"), written(tmp_path, "other", tenant="globex")
    assert declared(order, old, written(tmp_path, "x", tenant="globex", key="k2")) == 2
    assert declared(order, written(tmp_path, "new")) == 1
    assert kept(splunk) == [("acme", "new", "1"), ("globex", "x", "1")]
    assert declared(order, other) == 1
    assert kept(splunk) == [("acme", "new", "1"), ("globex", "other", "1")]


def test_the_id_of_a_secret_credential_does_not_leave(
    order: Order, splunk: Any, tmp_path: Path
) -> None:
    secret = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"  # noqa: S105  # of the vendor's documentation
    assert declared(order, written(tmp_path, "main", key=secret)) == 1
    assert secret not in str(splunk.collections)


def test_faults_are_said_and_nothing_is_written(order: Order, splunk: Any, tmp_path: Path) -> None:
    path = written(tmp_path, "main")
    path.write_text(path.read_text().replace("version: 1", "version: x"))
    with pytest.raises(ContentErrors):
        declared(order, path)
    assert not splunk.collections[COLLECTION]


def test_a_tenant_that_does_not_ship_there_is_refused(
    order: Order, splunk: Any, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="'initech' does not ship there"):
        declared(order, written(tmp_path, "main", tenant="initech"))
    assert not splunk.collections[COLLECTION]


def test_without_the_app_there_is_no_place_for_them(
    order: Order, splunk: Any, tmp_path: Path
) -> None:
    splunk.collections.clear()
    with pytest.raises(TargetRefused, match="the app is not installed"):
        declared(order, written(tmp_path, "main"))


def test_a_siem_that_reads_no_warrants_says_so(order: Order, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing in .* reads warrants"):
        siem_of("elastic").declare(order, [tmp_path])


def test_the_command_puts_them_there(order: Order, splunk: Any, tmp_path: Path) -> None:
    assert order.target is not None
    config = tmp_path / "agentwarrant.yml"
    config.write_text(
        f"""\
targets:
  main:
    kind: splunk
    url: {order.target.urls[0]}
    token: env:{VARIABLE}
    management: {order.target.urls[0]}
    management_token: env:{VARIABLE}
    ca: ca.pem
tenants:
  acme: {{targets: [main]}}
"""
    )
    path = written(tmp_path / "warrants", "main")
    done = command_run(["warrants", "publish", path, "--to", "main", "--config", config])
    assert done.returncode == 0, done.stderr
    assert b"1 warrant in main" in done.stderr
    assert kept(splunk) == [("acme", "main", "1")]
