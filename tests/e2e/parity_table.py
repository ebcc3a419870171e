"""The table of what was executed, as ``docs/elastic.md`` has it between its markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentwarrant.rules.model import Rule
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.elastic.compose import queries
from agentwarrant.siem.elastic.query import EQL, ESQL, KUERY
from agentwarrant.siem.reduced import Types

DOCUMENT = Path(__file__).parents[2] / "docs/elastic.md"
BEGIN, END = "<!-- parity -->", "<!-- /parity -->"
SERVER = "Elasticsearch 8.19"
_SAID = {KUERY: "KQL", ESQL: "ES\\|QL", EQL: "EQL"}
_HEAD = ["| rule | form | executed | events | findings |", "|---|---|---|---|---|"]


@dataclass(frozen=True, slots=True)
class Line:
    """What was done with one rule.

    Attributes:
        rule: Its short id.
        forms: What it becomes.
        executed: Where.
        events: How many events both sides judged.
        findings: Events or groups that both found.
    """

    rule: str
    forms: str
    executed: str
    events: int = 0
    findings: int = 0

    def __str__(self) -> str:
        numbers = f"{self.events:,} | {self.findings:,}"
        return f"| {self.rule} | {self.forms} | {self.executed} | {numbers} |"


def forms_of(rule: Rule, rules: Sequence[Rule], types: Types) -> tuple[str, str]:
    """Return the forms of a rule, and where they are executed.

    Raises:
        CannotRender: It has none.
    """
    kinds = [query.language for query in queries(rule, rules, types)]
    said = ", ".join(_SAID[kind] for kind in dict.fromkeys(kinds))
    try:
        twins = queries(rule, rules, types, in_eql=False)
    except CannotRender:
        return said, "by the parser and the engine of Elastic's `eql`"
    twin = EQL in kinds and all(one.language != EQL for one in twins)
    return said, f"{SERVER}, EQL as {_SAID[ESQL]}" if twin else SERVER


def table(lines: Iterable[Line], refused: Iterable[tuple[str, str]]) -> str:
    """Return the text between the markers."""
    ordered = sorted(lines, key=lambda line: line.rule)
    reasons = [f"| {rule} | refused: {reason} | | | |" for rule, reason in sorted(refused)]
    return "\n".join(["", *_HEAD, *map(str, ordered), *reasons, ""])


def written() -> str:
    """Return what stands between the markers now."""
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(BEGIN)[1].split(END)[0]


def write(made: str) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}{made}{END}{rest.split(END)[1]}", encoding="utf-8")


def without_numbers(made: str) -> list[str]:
    """Return the rules, forms and places of a table, which need no server."""
    return [
        "|".join(line.replace("\\|", "!").split("|")[1:4])
        for line in made.splitlines()
        if line.startswith("|")
    ]
