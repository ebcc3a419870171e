"""Where agents keep their logs is looked for in this user's home."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.collect import load_connectors
from agentwarrant.connector import Connector
from agentwarrant.places import on_this_host
from agentwarrant.redact import Redactor

CONNECTORS = list(load_connectors(Redactor(b"key")).values())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def found_in(home: Path) -> list[Path]:
    return [path for path in on_this_host(CONNECTORS) if path.is_relative_to(home)]


def test_nothing_is_found_in_an_empty_home(home: Path) -> None:
    assert found_in(home) == []


def test_what_an_agent_keeps_is_found_once(home: Path) -> None:
    kept = home / ".openclaw/agents/main/sessions/s1.jsonl"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}\n")
    assert found_in(home) == [kept]
    assert [path for path in on_this_host([*CONNECTORS, *CONNECTORS]) if path == kept] == [kept]


@pytest.mark.parametrize("source", CONNECTORS, ids=lambda source: source.name)
def test_a_source_names_its_own_folder_and_not_everything(source: Connector) -> None:
    assert not [p for p in source.places if p.strip("/").split("/")[0] in ("", "*", "**")]
