"""A command loads what it needs, and only then: those who ask for help wait for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import typer

from agentwarrant import cli

from .running import command_run  # type: ignore[import-not-found]  # no package to mypy

HEAVY = frozenset(
    "agentwarrant.collect agentwarrant.config agentwarrant.connector agentwarrant.connectors"
    " agentwarrant.engine agentwarrant.playbooks agentwarrant.report.html agentwarrant.rules.load"
    " agentwarrant.schema agentwarrant.scan agentwarrant.threatlists"
    " cryptography elasticsearch httpx jinja2 jsonschema msgspec re2 regex sigma sqlalchemy"
    " websockets yaml".split()
)
"""What reads, judges, detects and sends, and the libraries for it: each takes long to load."""
ROOMS = ("intel", "intent", "respond", "siem", "warrant")
"""Packages of the engine of which nothing belongs into help."""
LOADED = r"""
import json, sys
from contextlib import suppress
import agentwarrant.cli
for words in json.loads(sys.argv[1]):
    sys.argv = ["agentwarrant", *words]
    with suppress(SystemExit):
        agentwarrant.cli.main()
sys.stderr.write("\n" + json.dumps(sorted(sys.modules)))
"""


def loaded(*commands: Sequence[str]) -> set[str]:
    """Return the modules that an interpreter has loaded after it ran these commands."""
    command = [sys.executable, "-c", LOADED, json.dumps(commands)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout
    return set(json.loads(done.stderr.splitlines()[-1]))


def heavy(modules: set[str]) -> set[str]:
    rooms = tuple(f"agentwarrant.{room}." for room in ROOMS)
    return {name for name in modules if name in HEAVY or f"{name}.".startswith(rooms)}


def homes(modules: set[str]) -> set[str]:
    """Return which modules that register commands are among these."""
    found = {name.removeprefix("agentwarrant.cli.") for name in modules}
    return found & set(cli._HOMES.values())


def every_command(command: Any, *words: str) -> list[list[str]]:
    inner = command.list_commands(None) if hasattr(command, "list_commands") else []
    found = [every_command(command.get_command(None, name), *words, name) for name in inner]
    return [[*words], *(path for paths in found for path in paths)]


def test_the_version_is_said_without_loading_another_command() -> None:
    modules = loaded(["version"])
    assert homes(modules) == {"version"}
    assert not heavy(modules)
    assert "rich" not in modules


def test_the_version_is_an_option_as_well() -> None:
    option, command = command_run(["--version"]), command_run(["version"])
    assert (option.returncode, option.stdout) == (0, command.stdout)


def test_the_list_of_commands_is_shown_without_what_they_work_with() -> None:
    modules = loaded(["--help"])
    assert set(cli._HOMES.values()) <= homes(modules)
    assert not heavy(modules)


def test_a_command_that_is_named_loads_no_other() -> None:
    assert homes(loaded(["threats", "--help"])) == {"threats"}


def test_no_command_loads_what_it_works_with_to_show_its_help() -> None:
    commands = every_command(typer.main.get_command(cli.app))
    assert ["rules", "check"] in commands
    assert ["respond", "evidence", "list"] in commands
    assert not heavy(loaded(*([*words, "--help"] for words in commands)))


def test_a_command_that_runs_loads_what_it_works_with() -> None:
    """Else the tests above would hold for names that nothing has any more."""
    found = heavy(loaded(["demo", "--format", "html"], ["rules", "check"]))
    assert {"agentwarrant.scan", "agentwarrant.report.html", "jinja2", "sigma", "yaml"} <= found


@pytest.mark.parametrize("name", sorted(name for name in HEAVY if "." in name))
def test_what_may_not_be_loaded_is_there(name: str) -> None:
    assert find_spec(name)


@pytest.mark.parametrize("home", sorted(set(cli._HOMES.values())))
def test_a_module_registers_the_commands_that_are_looked_for_in_it(home: str) -> None:
    app = typer.Typer()
    import_module(f"agentwarrant.cli.{home}").register(app)
    made = typer.main.get_group(app).commands
    assert set(made) == {name for name, known in cli._HOMES.items() if known == home}


def test_a_misspelt_command_is_told_which_there_is_though_none_was_loaded() -> None:
    done = command_run(["warants"])
    assert done.returncode == 2
    assert b"Did you mean 'warrants'" in done.stderr
