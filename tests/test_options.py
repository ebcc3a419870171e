"""What options have in common: no path of any command may be empty."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from agentwarrant.cli import app
from agentwarrant.errors import PathNotFound, UsageError

PATHS_OR_NAMES = {"rules mutate": "rules", "rules explain": "rule", "threats update": "where"}
"""Parameters that take a path or something else: a name, an address."""


class Taken(NamedTuple):
    """A parameter that takes a path.

    Attributes:
        command: Words of the command.
        words: What stands before the path.
    """

    command: str
    words: tuple[str, ...]


@cache
def paths() -> list[Taken]:
    return list(_below(get_command(app), ()))


def _below(command: Any, words: tuple[str, ...]) -> Iterator[Taken]:
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from _below(command.get_command(None, name), (*words, name))
        return
    hints = get_type_hints(inspect.unwrap(command.callback)) if command.callback else {}
    before: list[str] = []
    for one in command.params:
        own, name = not one.opts[0].startswith("-"), " ".join(words)
        wanted = Path in _parts(hints.get(one.name)) or PATHS_OR_NAMES.get(name) == one.name
        if wanted:
            yield Taken(name, (*words, *(before if own else one.opts[:1])))
        before += ["x"] if own else []


def _parts(hint: Any) -> set[Any]:
    inner = getattr(hint, "__args__", ())
    return {hint}.union(*map(_parts, inner)) if inner else {hint}


@pytest.mark.parametrize("taken", paths(), ids=lambda one: " ".join(one.words))
def test_no_command_takes_an_empty_path_for_the_current_folder(
    taken: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    more = ["x.jsonl"] if taken.words == ("rules", "explain") else []
    done = CliRunner().invoke(app, [*taken.words, "", *more])
    assert isinstance(done.exception, UsageError), done.output
    assert str(done.exception).startswith("a path is empty (is a variable unset?")
    assert done.output == ""
    assert not list(tmp_path.iterdir())


def test_the_paths_of_all_commands_are_looked_at() -> None:
    found = {(one.command, one.words[-1]) for one in paths()}
    assert len(found) > 100
    assert {("respond keygen", "keygen"), ("rules coverage", "--atlas"), ("drill", "--data")} <= (
        found
    )
    assert {name for name, _ in found} >= set(PATHS_OR_NAMES)


@pytest.mark.parametrize("words", [("playbooks", "import"), ("playbooks", "verbs", "--write")])
def test_a_file_that_must_be_there_is_named_where_it_is_not(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    gone = CliRunner().invoke(app, [*words, str(tmp_path / "gone")]).exception
    assert isinstance(gone, PathNotFound)
    assert str(gone) == f"{tmp_path / 'gone'}: there is no such file"
    folder = CliRunner().invoke(app, [*words, str(tmp_path)]).exception
    assert str(folder) == f"{tmp_path}: a folder, where a file belongs"
