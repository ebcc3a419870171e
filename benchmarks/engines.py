"""The engines that ``peers`` compares, each from a file of events to the lines that rules found.

An engine says of every rule that it cannot take or run why that is; none is passed over.
"""

from __future__ import annotations

import importlib
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import sigma_set
from sigma.rule import SigmaRule
from sigma_draft import Made

NUMBERS = {"EventID", "LogonType", "DestinationPort"}
Found = dict[str, list[int]]


def fetch(name: str) -> Any:
    """Import a peer's module.

    Raises:
        SystemExit: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        wanted = "pip install -e . -r benchmarks/requirements.txt"
        raise SystemExit(f"{error}: {wanted}, or leave the engine out with --only") from error


def columns(rules: Sequence[Made]) -> list[str]:
    """Return every field that any rule asks for: without its column a rule fails to run."""
    named = {name for made in rules for name, _, _ in sigma_set.tests(made) if name}
    return sorted(named)


class Ours:
    """This package: the nested events, line by line."""

    name = "ours"
    nested = True

    def __init__(self, rules: Sequence[Made], fields: Sequence[str]) -> None:
        load = fetch("agentwarrant.rules.load")
        self._kind = fetch("agentwarrant.rules.matcher").Matcher
        self.refused: dict[str, str] = {}  # loading says every fault and loads nothing then
        with tempfile.TemporaryDirectory() as place:
            sigma_set.write(rules, Path(place))
            self._rules = load.load_rules([Path(place)], pack=False, foreign=True, cache=None)
        self._matcher = self._kind(self._rules)

    def warm(self, path: Path) -> None:
        """Forget the events seen so far, and compile what events like those of a file need."""
        self._matcher = self._kind(self._rules)
        self.run(path)

    def run(self, path: Path) -> Found:
        """Return the lines that each rule found."""
        found: Found = defaultdict(list)
        line = self._matcher.line
        with path.open("rb") as file:
            for number, text in enumerate(file):
                for rule in line(text):
                    found[rule.id].append(number)
        return found


class DuckDB:
    """DuckDB on one thread, with the queries of pysigma-backend-duckdb."""

    name = "duckdb"
    nested = False

    def __init__(self, rules: Sequence[Made], fields: Sequence[str]) -> None:
        self._duckdb = fetch("duckdb")
        backend = fetch("sigma_backend_duckdb").DuckDBBackend()
        queries, self.refused = _queries(backend, rules)
        # One column of those that match, not all: no query does more than ours does.
        self._queries = {
            rule: query.replace("SELECT * FROM", "SELECT Line FROM", 1)
            for rule, query in queries.items()
        }
        types = {name: "BIGINT" if name in NUMBERS else "VARCHAR" for name in fields}
        self._columns = {"Line": "BIGINT", **types}

    def run(self, path: Path) -> Found:
        """Return the lines that each rule found."""
        found: Found = {}
        with self._duckdb.connect(":memory:") as base:
            base.execute("SET threads = 1")
            # Explicit columns: guessed ones become one map, and every rule fails.
            read = base.read_json(str(path), columns=self._columns, format="newline_delimited")
            read.create("logs")
            for rule, query in self._queries.items():
                try:
                    lines = base.execute(query).fetchall()
                except self._duckdb.Error as error:
                    self.refused[rule] = str(error).splitlines()[0]
                    continue
                if lines:
                    found[rule] = [line for (line,) in lines]
        return found


class Zargunlite:
    """SQLite through zargunlite, with the queries of pysigma-backend-sqlite."""

    name = "zargunlite"
    nested = False

    def __init__(self, rules: Sequence[Made], fields: Sequence[str]) -> None:
        self._core = fetch("zargunlite.core").ZargunCore
        backend = fetch("sigma.backends.sqlite").sqliteBackend()
        self._queries, self.refused = _queries(backend, rules)
        # It takes a rule on a missing column for one that found nothing: declare them all.
        self._fields = [
            ("Line", int),
            *((name, int if name in NUMBERS else str) for name in fields),
        ]

    def run(self, path: Path) -> Found:
        """Return the lines that each rule found."""
        found: Found = {}
        names = [name for name, _ in self._fields]
        with self._core() as core, path.open("rb") as file:
            events = map(orjson.loads, file)
            rows = ({name: event[name] for name in names if name in event} for event in events)
            core.load_data(rows, fields=self._fields)
            for rule, query in self._queries.items():
                try:
                    matches = core.execute_sqlite_query(query)
                except Exception as error:  # any of its queries may fail in its own way
                    self.refused[rule] = f"{type(error).__name__}: {error}"
                    continue
                if matches:
                    found[rule] = [match["Line"] for match in matches]
        return found


ENGINES = {engine.name: engine for engine in (Ours, DuckDB, Zargunlite)}
Engine = Ours | DuckDB | Zargunlite


def _queries(backend: Any, rules: Sequence[Made]) -> tuple[dict[str, str], dict[str, str]]:
    """Return each rule's query, and why a rule has none."""
    made: dict[str, str] = {}
    refused: dict[str, str] = {}
    for rule in rules:
        name = rule.document["id"]
        try:
            (made[name],) = backend.convert_rule(SigmaRule.from_dict(rule.document))
        except Exception as error:  # each backend has its own ways to refuse
            refused[name] = f"{type(error).__name__}: {error}"
    return made, refused
