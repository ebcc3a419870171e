"""Makes Sigma rules of the shape and the mixture that SigmaHQ's rules for Windows have.

    python benchmarks/sigma_set.py

prints the shape of the 2,843 rules. They are the same in every run. A rule names its channel and
event id itself, as pySigma's pipelines would have put them there, and comes with an example of
what it finds, of which ``sigma_events`` makes the few events that are worth finding.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from sigma_draft import Draft, Made
from sigma_fields import CATEGORIES, ECS

ALL = 2843


def rules(count: int = ALL) -> list[Made]:
    """Return some rules of all kinds: the first of the whole set, which is shuffled."""
    mixture = [name for name in CATEGORIES for _ in range(name.share)]
    random.Random(5).shuffle(mixture)
    return [Draft(number, mixture[number]).made(number) for number in range(min(count, ALL))]


def ecs(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with the fields' names of the nested events."""
    found = {name: _renamed(part) for name, part in document["detection"].items()}
    return {**document, "detection": found}


def _renamed(part: Any) -> Any:
    if isinstance(part, dict):
        split = ((*name.partition("|"), test) for name, test in part.items())
        return {ECS.get(name, name) + bar + rest: test for name, bar, rest, test in split}
    if isinstance(part, list):
        return [_renamed(one) for one in part]
    return part


def write(made: Sequence[Made], place: Path) -> None:
    """Write each rule to a file of its own, as a repository of rules has them."""
    for one in made:
        text = yaml.dump(ecs(one.document), Dumper=yaml.CSafeDumper, sort_keys=False, width=4096)
        (place / f"{one.document['title'].replace(' ', '_').lower()}.yml").write_text(text, "utf-8")


def tests(made: Made) -> Iterator[tuple[str, str, Any]]:
    """Yield field, modifiers and values of every test in a rule; no field for keywords."""
    for name, part in made.document["detection"].items():
        for one in part if isinstance(part, list) else [part] * (name != "condition"):
            for key, values in one.items() if isinstance(one, dict) else [("", one)]:
                field_name, _, how = key.partition("|")
                yield field_name, how, values


def shape(made: Sequence[Made]) -> Counter[str]:
    """Return how many tests of each kind some rules have."""
    found: Counter[str] = Counter()
    for one in made:
        for name, how, values in tests(one):
            every = values if isinstance(values, list) else [values]
            for value in every:
                found[_kind(name, how, value)] += 5 if "windash" in how and value[0] in " -/" else 1
    return found


def _kind(name: str, how: str, value: Any) -> str:
    if not name:
        return "keyword"
    if how:
        return how.partition("|")[0]
    if isinstance(value, str):
        return "wildcard" if "*" in value or "?" in value else "equal"
    return "number" if value is not None else "null"


if __name__ == "__main__":
    whole = rules()
    print(f"{len(whole):,} rules", dict(Counter(made.category for made in whole)))
    for kind, number in shape(whole).most_common():
        print(f"{kind:12}{number:8,}{number / len(whole):8.2f} per rule")
