"""``docs/cli.md`` and the command line say the same: no command, and no option, that there is not.

In the table of options the middle column names commands: a name that is none by itself goes on in
the group of the one before it (``playbooks list, plan``), a group stands for all that are in it.
In brackets stands which of the options only some of them have: (``--node``: respond approve, deny).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from agentwarrant.cli import app

DOC = Path(__file__).parents[1] / "docs" / "cli.md"
ROOT = "before the command"
_OPTION = re.compile(r"`(--[a-z][a-z0-9-]*)")
_ROW = re.compile(r"^\| (?P<options>.*?[^\\]) \| (?P<of>.*?[^\\]) \| .* \|$")
_NAME = re.compile(r"[a-z]+")


@cache
def commands() -> Mapping[str, frozenset[str]]:
    """Return every command by its full name, with its options."""
    root: Any = get_command(app)
    return {ROOT: _options(root), **dict(_below(root, ""))}


def _below(group: Any, name: str) -> Iterator[tuple[str, frozenset[str]]]:
    for one in group.list_commands(None):
        command, own = group.get_command(None, one), f"{name} {one}".strip()
        if hasattr(command, "list_commands"):
            yield from _below(command, own)
        else:
            yield own, _options(command)


def _options(command: Any) -> frozenset[str]:
    named = (name for one in command.params for name in (*one.opts, *one.secondary_opts))
    return frozenset(name for name in named if name.startswith("--"))


def listed() -> list[str]:
    """Return the commands of the list at the top, as they are written there."""
    block = text().partition("```\n")[2].partition("```")[0]
    return [line.removeprefix("agentwarrant ") for line in block.splitlines()]


def text() -> str:
    if not DOC.is_file():
        pytest.skip("the tests run without a checkout beside them")
    return DOC.read_text(encoding="utf-8")


def rows() -> Iterator[tuple[str, str]]:
    """Yield each option of the table with each command that is said to have it."""
    for line in text().splitlines():
        row = _ROW.match(line)
        options = _OPTION.findall(row["options"]) if row else []
        if row is None or not options:
            continue
        of, _, apart = row["of"].partition(" (")
        only = dict(_apart(apart))
        for option in options:
            for command in only.get(option, named(of)):
                yield option, command


def _apart(brackets: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what brackets say of single options: the commands that have each."""
    for part in brackets.rstrip(")").split(";"):
        said, _, of = part.partition(":")
        for option in _OPTION.findall(said):
            yield option, named(of)


def named(of: str) -> list[str]:
    """Return the full names of commands that a cell of the table lists."""
    found: list[str] = []
    group = ""
    for word in (one.strip() for one in of.replace(" and ", ", ").split(",")):
        wide = [name for name in commands() if name == word or name.startswith(f"{word} ")]
        near = [name for name in commands() if name == f"{group} {word}"]
        assert wide or near, f"docs/cli.md names the command {word!r}, which there is not"
        found += near or wide
        group = (near or wide)[0].rpartition(" ")[0]
    return found


def test_every_command_is_listed() -> None:
    lines = listed()
    missing = [
        name
        for name in commands()
        if name != ROOT and not any(_is_of(line, name) for line in lines)
    ]
    assert not missing, "docs/cli.md does not list them"


def test_every_command_that_is_listed_is_there() -> None:
    gone = [line for line in listed() if not any(_is_of(line, name) for name in commands())]
    assert not gone


def _is_of(line: str, name: str) -> bool:
    """Is a line about a command? After its name comes what it takes, or what it does."""
    rest = line.removeprefix(name)
    return rest != line and (rest == "" or rest[0] == " ")


def test_every_option_that_is_listed_is_there() -> None:
    found = list(rows())
    assert len(found) > 100
    gone = [f"{command} {option}" for option, command in found if option not in commands()[command]]
    assert not gone, "docs/cli.md names options that there are not"


def test_a_name_goes_on_in_the_group_of_the_one_before() -> None:
    assert named("playbooks list, plan, scan") == ["playbooks list", "playbooks plan", "scan"]
    assert "alerts take" in named("alerts")
    with pytest.raises(AssertionError, match="which there is not"):
        named("playbooks list, nothing")
