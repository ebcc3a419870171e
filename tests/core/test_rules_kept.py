"""A kept rule set is the one that was parsed, or it is not found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.errors import ContentErrors
from agentwarrant.rules import kept
from agentwarrant.rules.load import load_rules
from agentwarrant.rules.model import Rule

RULES = """\
title: Base
name: base
logsource: {category: test}
detection:
  text: {word|contains: x}
  pattern: {word|re|i: 'ab+c'}
  network: {place|cidr: 10.0.0.0/8}
  number: {amount|gt: 2.5}
  absent: {gone: null}
  condition: text or (pattern and not network) or number and absent
---
title: Often
correlation:
  type: value_sum
  rules: [base]
  group-by: [user]
  timespan: 5m
  aliases: {user: {base: who}}
  condition: {field: amount, gt: 2.75}
---
title: Both
correlation:
  type: temporal
  rules: [base, other]
  timespan: 5m
  condition: base and not other
---
title: Other
name: other
logsource: {category: test, service: till}
detection:
  chosen: {word: y}
  condition: chosen
"""
FILTER = """\
title: Admins
logsource: {category: test}
filter:
  rules: any
  own: {user: admin}
  condition: not own
"""
MAPPING = """\
transformations:
  - type: field_name_mapping
    mapping: {word: Event.Word}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "rules.yml").write_text(RULES)
    return folder


def load(*paths: Path, **options: Any) -> list[Rule]:
    return load_rules(paths, **{"pack": False, "foreign": True, **options})


def plain(rules: list[Rule]) -> list[Rule]:
    return [replace(rule, tests=(), selections=dict(rule.selections)) for rule in rules]


def is_kept(rules: list[Rule]) -> bool:
    """Were these rules read from a kept set?"""
    return bool(rules) and all(isinstance(rule.selections, kept.Later) for rule in rules)


# What is read again ------------------------------------------------------------------------


def test_a_set_is_kept_at_the_first_start_and_read_at_the_next(rules: Path, place: Path) -> None:
    first = load(rules, cache=place)
    assert not is_kept(first)
    second = load(rules, cache=place)
    assert is_kept(second)
    assert plain(second) == plain(first) == plain(load(rules))


def test_the_shipped_rules_are_the_same_when_kept(place: Path) -> None:
    parsed = load_rules(cache=place)
    again = load_rules(cache=place)
    assert is_kept(again)
    assert plain(again) == plain(parsed)
    assert any(rule.tests for rule in parsed)
    assert not any(rule.tests for rule in again)


def test_nothing_is_kept_without_a_folder(rules: Path, tmp_path: Path) -> None:
    assert not is_kept(load(rules))
    assert not is_kept(load(rules))
    assert [path.name for path in tmp_path.iterdir()] == ["rules"]


def test_faulty_rules_are_not_kept(rules: Path, place: Path) -> None:
    (rules / "wrong.yml").write_text(FILTER.replace("any", "[nobody]"))
    for _ in range(2):
        with pytest.raises(ContentErrors):
            load(rules, cache=place)
    assert not place.exists()


PROGRAM = """
import sys
from pathlib import Path
from agentwarrant.engine import Engine
engine = Engine.load([Path(sys.argv[1])], cache=Path(sys.argv[2]))
assert [rule.name for rule in engine.matches({"word": "x"})] == ["base"]
print(any(name.partition(".")[0] == "sigma" for name in sys.modules))
"""


def test_a_kept_set_is_used_without_pysigma(rules: Path, place: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(rules), str(place)]
    said = [subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2)]
    assert [text.strip() for text in said] == [b"True", b"False"]


# What is another set -----------------------------------------------------------------------


def write(name: str, text: str) -> Callable[[Path], dict[str, Any]]:
    def change(folder: Path) -> dict[str, Any]:
        (folder / name).write_text(text)
        return {}

    return change


def renamed(folder: Path) -> dict[str, Any]:
    (folder / "rules.yml").rename(folder / "others.yml")
    return {}


def piped(folder: Path) -> dict[str, Any]:
    path = folder.parent / "pipeline.yaml"
    path.write_text(MAPPING)
    return {"pipelines": [path]}


@pytest.mark.parametrize(
    "change",
    [
        write("rules.yml", RULES.replace("2.75", "2.5")),
        write("rules.yml", RULES + "# a comment\n"),
        write("filter.yml", FILTER),
        write("empty.yml", ""),
        renamed,
        piped,
        lambda _: {"foreign": False},
        lambda _: {"pack": True},
    ],
    ids=["text", "comment", "filter", "empty file", "name", "pipeline", "foreign", "pack"],
)
def test_whatever_changes_makes_another_set(
    rules: Path, place: Path, change: Callable[[Path], dict[str, Any]]
) -> None:
    load(rules, cache=place)
    options = change(rules)
    options.setdefault("foreign", not options.get("pack", False))
    changed = load(rules, cache=place, **options)
    assert not is_kept(changed)
    assert plain(changed) == plain(load(rules, **options))
    assert is_kept(load(rules, cache=place, **options))
    assert len(list(place.iterdir())) == 2


def test_another_pipeline_text_name_or_order_makes_another_set(
    rules: Path, place: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.yml", tmp_path / "two.yml"
    one.write_text(MAPPING)
    two.write_text(MAPPING.replace("Event.Word", "word"))
    for number, given in enumerate(([one], [two], [one, two], [two, one], []), 1):
        assert not is_kept(load(rules, cache=place, pipelines=given))
        assert len(list(place.iterdir())) == number
    one.write_text(MAPPING.replace("Event.Word", "Other"))
    assert not is_kept(load(rules, cache=place, pipelines=[one]))


def test_a_pipeline_is_not_taken_for_a_rule_file(rules: Path, place: Path, tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yml"
    path.write_text(MAPPING)
    load(rules, cache=place, pipelines=[path])
    with pytest.raises(ContentErrors):
        load(rules, path, cache=place)


def test_the_key_covers_names_and_texts_apart() -> None:
    keys = {
        kept.key_of([("a", "bc")], [], True),
        kept.key_of([("ab", "c")], [], True),
        kept.key_of([("a", "bc")], [], False),
        kept.key_of([], [("a", "bc")], True),
        kept.key_of([("a", "b"), ("c", "")], [], True),
        kept.key_of([("c", ""), ("a", "b")], [], True),
        kept.key_of([], [], True),
    }
    assert len(keys) == 7


# What else stands in the folder ------------------------------------------------------------


def spoilt(body: bytes, what: str) -> bytes:
    document = json.loads(body)
    if what == "selections gone":
        document["selections"].pop()
    elif what == "wrong type":
        document["rules"][0]["severity"] = "worst"
    elif what == "field gone":
        del document["rules"][0]["id"]
    elif what == "too deep":
        return body.replace(b'"tree":[', b'"tree":[' + b"[" * 100_000, 1)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "what", ["selections gone", "wrong type", "field gone", "too deep", "empty", "half", "foreign",
             "array", "binary"]
)  # fmt: skip
def test_a_damaged_file_is_ignored_and_written_anew(rules: Path, place: Path, what: str) -> None:
    parsed = load(rules, cache=place)
    (path,) = place.iterdir()
    whole = path.read_bytes()
    known = {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "foreign": b'{"name": "something else"}',
        "array": b"[1, 2]",
        "binary": bytes(range(256)),
    }
    path.write_bytes(known[what] if what in known else spoilt(whole, what))
    again = load(rules, cache=place)
    assert not is_kept(again)
    assert plain(again) == plain(parsed)
    assert path.read_bytes() == whole
    assert is_kept(load(rules, cache=place))


def test_a_folder_that_cannot_be_written_does_no_harm(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        assert plain(load(rules, cache=place)) == plain(load(rules))
        assert not is_kept(load(rules, cache=place))
    assert (tmp_path / "file").read_text() == "no folder"


def test_what_cannot_be_put_in_its_place_leaves_nothing_behind(rules: Path, place: Path) -> None:
    load(rules, cache=place)
    (path,) = place.iterdir()
    path.unlink()
    path.mkdir()
    assert plain(load(rules, cache=place)) == plain(load(rules))
    assert list(place.iterdir()) == [path]


def test_twenty_sets_are_kept_and_those_least_used_go(rules: Path, place: Path) -> None:
    loaded = load(rules)
    keys = [kept.key_of([(str(i), "")], [], True) for i in range(25)]
    for age, key in enumerate(keys[:20]):
        kept.write(place, key, loaded)
        os.utime(place / f"{key}.json", (1_000_000 + age, 1_000_000 + age))
    assert kept.read(place, keys[0]) is not None  # which is the oldest no more
    for key in keys[20:]:
        kept.write(place, key, loaded)
    left = {path.stem for path in place.iterdir()}
    assert left == {keys[0], *keys[6:]}


def test_what_others_keep_in_the_folder_stays(rules: Path, place: Path) -> None:
    place.mkdir()
    for number in range(30):
        path = place / f"of-somebody-{number}.json"
        path.write_text("{}")
        os.utime(path, (1_000_000, 1_000_000))
    load(rules, cache=place)
    assert is_kept(load(rules, cache=place))
    assert len(list(place.iterdir())) == 31


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AGENTWARRANT_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert kept.folder() == Path.home() / ".cache/agentwarrant/rules"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kept.folder() == tmp_path / "agentwarrant/rules"
    monkeypatch.setenv("AGENTWARRANT_CACHE_DIR", str(tmp_path / "here"))
    assert kept.folder() == tmp_path / "here"
