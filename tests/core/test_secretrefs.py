"""Secrets by reference: read at use, kept nowhere, quoted by no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentwarrant.errors import ConfigError
from agentwarrant.secretrefs import Secret, given, is_reference, text_in


def test_a_variable_of_the_environment_is_read_at_use(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret("env:SOME_KEY")
    monkeypatch.setenv("SOME_KEY", "first")
    assert secret.value() == "first"
    monkeypatch.setenv("SOME_KEY", "second")
    assert secret.value() == "second"


def test_a_file_is_read_beside_the_configuration_without_its_line_feed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    assert Secret("file:key", tmp_path).value() == "from a file"
    assert Secret(f"file:{tmp_path}/key").value() == "from a file"


def test_what_is_missing_is_named_by_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    (tmp_path / "empty").write_text("\n")
    for reference in ("env:NO_SUCH_KEY", "file:none", "file:empty", "file:."):
        with pytest.raises(ConfigError, match=reference):
            Secret(reference, tmp_path).value()


@pytest.mark.parametrize("body", [b"hunter2\nhunter2", b"hunter2\xff", b"hunter2\x1b[0m"])
def test_what_is_no_line_of_text_is_refused_without_quoting_it(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "key").write_bytes(body)
    with pytest.raises(ConfigError) as caught:
        Secret("file:key", tmp_path).value()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_secret_where_a_reference_belongs_is_not_quoted() -> None:
    with pytest.raises(ConfigError) as caught:
        Secret("hunter2").value()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["env:", "env:1A", "env:A B", "file:", "hunter2", "ENV:A", ""])
def test_what_has_not_the_form_is_no_reference(text: str) -> None:
    assert not is_reference(text)


def test_other_text_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "someone")
    assert text_in(given("admin")) == "admin"
    assert text_in(given("env:WHO")) == "someone"
