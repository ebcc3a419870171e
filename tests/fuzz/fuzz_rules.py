"""Feeds mutated rules and events through loading, matching and correlating until something breaks.

::

    python tests/fuzz/fuzz_rules.py --seconds 600 --seed 1
    python tests/fuzz/fuzz_rules.py --seed 1 --case 4711     # one case again

A case is made of the seed and its number alone. It fails when loading raises anything but a fault
of the rules, when a line and the event that it is match different rules, when an engine raises,
when one step takes too long, or when memory only grows. The first failure ends the run and is
printed with its rules and lines.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from agentwarrant.engine import Engine
from agentwarrant.errors import ContentErrors
from agentwarrant.rules.correlation.shapes import Limits
from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.load import load_text
from agentwarrant.rules.matcher import Matcher
from agentwarrant.rules.model import Rule
from agentwarrant.rules.nested import View
from agentwarrant.rules.program import holds
from agentwarrant.rules.values import parts_of

SLOW = 2.0
"""Seconds of processor time that one step may take."""

GROWTH = 400 << 20
"""Bytes that memory may grow by once caches are warm."""

_RULES = Path(__file__).parents[1] / "conformance" / "rules"
_CHECKED = 1_000
_SAID = 10.0
_START = 1_750_000_000_000

_FIELDS = (
    "a",
    "a.b",
    "a.b.c",
    "b",
    "Image",
    "EventID",
    "user.name",
    "é",
    "x y",
    'q"q',
    "w\\w",
    "a..b",
)
_MODIFIERS = (
    *("", "", "", "contains", "startswith", "endswith", "cased", "contains|all", "neq", "all"),
    *("contains|cased", "windash|contains", "base64offset|contains", "wide|base64", "expand"),
)
_NETWORKS = ("10.0.0.0/8", "fe80::/10", "0.0.0.0/0", "10.1.2.3/32", "::1/128")
_PATTERNS = (
    *(
        "^x",
        "(?=x)x",
        "(?!x)(?:a|aa)+$",
        "(a+)+$",
        "[[:space:]]x",
        "x{,3}",
        "\\d$",
        "curl|wget",
    ),
    *("\x02x", "k\u212a", "a$b", "(?i)Users", "\\\\users\\\\", ".*", "x\n$", "(?<!y)users"),
)
_PARTICULAR: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...] = (
    (("re", "re|i", "re|i|m|s", "re|neq"), _PATTERNS),
    (("cidr", "cidr|neq"), _NETWORKS),
    (("exists",), (True, False)),
    (("gt", "gte", "lt", "lte"), (0, 1, -1, 2.5, 10**16, 2**64, 10**30)),
    (("fieldref", "fieldref|endswith", "fieldref|contains"), _FIELDS),
    (("hour", "day", "week", "month", "year"), (0, 1, 29, 2024, 2025)),
)
_TEXTS = (
    *(
        "x",
        "X",
        "",
        "*",
        "?",
        "a*b?c",
        "\\*",
        "\\\\",
        "C:\\users\\x",
        "/etc/",
        "k\u212a",
        "ß",
        "İ",
        "ﬁ",
    ),
    *("\x01", "\x02x\x03", "10", "1e3", "true", "null", "10.0.0.0/8", "fe80::/10", "fe80::1"),
    *(
        "10.1.2.3",
        "2024-02-29T00:00:00Z",
        "^x",
        "(?=x)x",
        "(a+)+$",
        "[[:space:]]x",
        "x{,3}",
        "(x",
        "\\d$",
    ),
    *("a" * 3_000, "é\U0001f511", "%x", "x|y", "user.name", "-f", "\n", "'", '"', "#", ": "),
)
_SCALARS: tuple[Any, ...] = (
    *(0, 1, -1, 1.0, 2.5, 1e16, 10**16, 2**63, 2**64, 10**30, -(2**70), True, False, None, 4624),
    *(1_750_000_000, 1_750_000_000_000),
)
_KINDS = (
    *("event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg"),
    *("value_percentile", "value_median", "new_value", "rate_baseline"),
)
_CONDITIONS = (
    "s",
    "s and not t",
    "not s",
    "s or t",
    "1 of them",
    "all of them",
    "not (s and t)",
    "1 of s*",
)
_SPANS = ("1s", "10s", "1m", "1h", "30d")
_TOKENS = (
    "---\n",
    "*",
    "?",
    ": ",
    "- ",
    "|re",
    "|all",
    "null",
    "{",
    "[",
    "&a ",
    "*a",
    "\t",
    "'",
    '"',
    "!!",
)


class Failure(Exception):
    """Something broke: ``args`` are what, the rules and the lines."""


class Case:
    """One set of rules and the events for it.

    Args:
        seed: Of the run.
        number: Of the case.
        counts: Where it is counted what happened.
    """

    def __init__(self, seed: int, number: int, counts: Counter[str]) -> None:
        self._random = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
        self._counts = counts
        self._text = ""
        self._lines: list[bytes] = []

    def run(self) -> None:
        """Run every step.

        Raises:
            Failure: One of them failed.
        """
        counts = self._counts
        counts["cases"] += 1
        self._text = _rules_text(self._random)
        rules = self._step("loading", lambda: _loaded(self._text))
        if rules is None:
            counts["refused"] += 1
            return
        counts["rules"] += len(rules)
        self._lines = [_line(self._random, rules, place) for place in range(12)]
        counts["lines"] += len(self._lines)
        matcher = Matcher(rules)
        for line in (*self._lines, *self._lines[:4]):
            self._step("matching", lambda line=line: self._match(matcher, line))  # type: ignore[misc]
        self._step("running", lambda: self._run(rules))

    def _step(self, name: str, work: Callable[[], Any]) -> Any:
        begun = time.process_time()
        try:
            made = work()
        except Failure:
            raise
        except Exception as error:
            raise Failure(f"{name}: {traceback.format_exc()}", self._text, self._lines) from error
        taken = time.process_time() - begun
        if taken > SLOW:
            raise Failure(f"{name} took {taken:.1f} s", self._text, self._lines)
        return made

    def _match(self, matcher: Matcher, line: bytes) -> None:
        try:
            found = [rule.id for rule in matcher.line(line)]
        except ValueError:
            self._counts["no objects"] += 1
            try:
                whole = orjson.loads(line)
            except ValueError:
                return
            if isinstance(whole, dict):
                raise
            return
        self._counts["matched"] += bool(found)
        try:
            view = View(orjson.loads(line))
        except ValueError:
            return  # what is wrong with it stands where no rule looks
        program = matcher.program
        true = matcher.true_atoms(view)
        pairs = list(zip(program.rules, program.trees, strict=True))
        expected = [rule.id for rule, tree in pairs if holds(tree, true)]
        if found != expected:
            raise Failure(f"{line!r}: {found}, not {expected}", self._text, self._lines)
        if _depth(line) > 25:
            return
        flat = [rule.id for rule in matcher.hits(view.flat())]
        for rule in program.rules:
            if (rule.id in found) != (rule.id in flat) and not _is_lost_in_flat(rule, view):
                what = f"{line!r}: {rule.title} only as {'line' if rule.id in found else 'event'}"
                raise Failure(what, self._text, self._lines)

    def _run(self, rules: list[Rule]) -> None:
        chosen = self._random
        limits = chosen.choice((None, Limits(keys=2, evidence=64, buffered=4, values=3)))
        engine = Engine(rules, lateness_ms=chosen.choice((0, 5_000, 3_600_000)), limits=limits)
        for finding in engine.run(self._lines):
            self._counts["findings"] += 1
            if not finding.event["rule.id"] or "@timestamp" not in finding.event:
                raise Failure(f"a finding lacks something: {finding}", self._text, self._lines)
        list(engine.notes())


def _loaded(text: str) -> list[Rule] | None:
    try:
        return load_text(text)
    except (ContentErrors, ValueError):
        return None


def _is_lost_in_flat(rule: Rule, view: View) -> bool:
    """Does a rule ask for what a flat event cannot say: an object is there, a time in a list?"""
    return any(
        op == "part"
        or (
            name is not None
            and op in ("exists", "null")
            and any(part.__class__ is dict for part in parts_of(view.get(name)))
        )
        for _, name, op, _ in atoms(rule.tree or ["true"])
    )


def _depth(line: bytes) -> int:
    return max(line.count(b"{"), line.count(b"["))


# Rules --------------------------------------------------------------------------------------


def _rules_text(chosen: random.Random) -> str:
    text = _sampled(chosen) if chosen.random() < 0.3 else _generated(chosen)
    for _ in range(chosen.choice((0, 0, 0, 0, 0, 0, 1, 1, 2, 4))):
        text = _mutated(chosen, text)
    return text


_known: list[list[str]] = []


def _sampled(chosen: random.Random) -> str:
    """Return some documents in a row of a file of the conformance tests."""
    if not _known:
        for path in sorted(_RULES.glob("*.yml")):
            _known.append(path.read_text(encoding="utf-8").split("\n---\n"))
    documents = chosen.choice(_known)
    start = chosen.randrange(len(documents))
    return "\n---\n".join(documents[start : start + chosen.randrange(1, 5)])


def _generated(chosen: random.Random) -> str:
    count = chosen.randrange(1, 6)
    documents = [_rule(chosen, number) for number in range(count)]
    for number in range(chosen.choice((0, 0, 1, 2))):
        documents.append(_correlation(chosen, count, number))
    return "\n---\n".join(json.dumps(one, ensure_ascii=False) for one in documents)


def _rule(chosen: random.Random, number: int) -> dict[str, Any]:
    detection: dict[str, Any] = {name: _selection(chosen) for name in "st"}
    detection["condition"] = chosen.choice(_CONDITIONS)
    return {
        "title": f"Rule {number}",
        "id": f"{number:08}-0000-4000-8000-000000000000",
        "name": f"r{number}",
        "logsource": {"product": "any"},
        "detection": detection,
    }


def _selection(chosen: random.Random) -> Any:
    way = chosen.random()
    if way < 0.15:
        return [_value(chosen) for _ in range(chosen.randrange(1, 4))]
    maps = [
        dict(_item(chosen) for _ in range(chosen.randrange(1, 4)))
        for _ in range(chosen.randrange(1, 3))
    ]
    return maps if way > 0.8 else maps[0]


def _item(chosen: random.Random) -> tuple[str, Any]:
    """Return a field with modifiers, and values that mostly go with these."""
    modifiers, values = chosen.choice(_MODIFIERS), _values(chosen)
    if chosen.random() < 0.4:
        several, fitting = chosen.choice(_PARTICULAR)
        modifiers, values = chosen.choice(several), chosen.choice(fitting)
    elif modifiers and chosen.random() < 0.998:
        values = chosen.choice([text for text in _TEXTS if text and not set(text) & set("*?%")])
    return "|".join(filter(None, (chosen.choice(_FIELDS), modifiers))), values


def _value(chosen: random.Random) -> Any:
    return chosen.choice(_TEXTS) if chosen.random() < 0.8 else chosen.choice(_SCALARS)


def _values(chosen: random.Random) -> Any:
    if chosen.random() < 0.7:
        return _value(chosen)
    return [_value(chosen) for _ in range(chosen.randrange(1, 4))]


def _correlation(chosen: random.Random, count: int, number: int) -> dict[str, Any]:
    names = chosen.sample([f"r{n}" for n in range(count)], chosen.randrange(1, count + 1))
    kind = chosen.choice(_KINDS)
    condition: dict[str, Any] = {
        chosen.choice(("gte", "gt", "eq", "lt", "lte", "neq")): chosen.randrange(4)
    }
    if kind.startswith("value") or kind == "new_value":
        condition["field"] = chosen.choice(_FIELDS)
    if kind.startswith("temporal") and chosen.random() < 0.8:
        condition = {}
    given: dict[str, Any] = {
        "type": kind,
        "rules": names,
        "timespan": chosen.choice(_SPANS),
        "condition": condition,
        "generate": chosen.random() < 0.3,
    }
    if not condition:
        del given["condition"]
    if chosen.random() < 0.6:
        given["group-by"] = [chosen.choice(_FIELDS)]
    identity = f"{number:08}-1111-4111-8111-111111111111"
    return {"title": f"Correlation {number}", "id": identity, "correlation": given}


def _mutated(chosen: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    place = chosen.randrange(len(text) + 1)
    way = chosen.randrange(7)
    if way == 0:
        return text[:place] + chosen.choice((*_TOKENS, *_TEXTS)) + text[place:]
    if way == 1:
        return text[:place] + text[place + chosen.randrange(1, 12) :]
    if way == 2 and lines:
        del lines[chosen.randrange(len(lines))]
    elif way == 3 and lines:
        lines.insert(chosen.randrange(len(lines)), chosen.choice(lines))
    elif way == 4:
        return text.replace(
            chosen.choice(("contains", "s", '"x"', "1", "a")), chosen.choice(_TEXTS), 1
        )
    elif way == 5:
        return (
            text[:place]
            + chr(chosen.choice((0, 9, 0x7F, 0x85, 0x2028, 0xFEFF, 0x1F511)))
            + text[place:]
        )
    else:
        return text.replace(chosen.choice(_FIELDS), chosen.choice(_FIELDS), chosen.randrange(1, 4))
    return "".join(lines)


# Events -------------------------------------------------------------------------------------


def _line(chosen: random.Random, rules: list[Rule], place: int) -> bytes:
    document: dict[str, Any] = {}
    trees = [rule.tree for rule in rules if rule.tree is not None]
    for tree in chosen.sample(trees, min(len(trees), 2)):
        for atom in atoms(tree):
            if chosen.random() < 0.7:
                _put(chosen, document, atom[1] or chosen.choice(_FIELDS), _fitting(chosen, atom))
    for _ in range(chosen.randrange(3)):
        _put(chosen, document, chosen.choice(_FIELDS), _any(chosen, 0))
    if chosen.random() < 0.9:
        document["@timestamp"] = _START + place * 400 - chosen.choice((0, 0, 3_000, -(10**11)))
    text = json.dumps(document, ensure_ascii=chosen.random() < 0.5)
    line = text.encode("utf-8", "surrogatepass")
    if chosen.random() < 0.15:
        line = _broken(chosen, line)
    return line


def _put(chosen: random.Random, document: dict[str, Any], name: str, value: Any) -> None:
    """Put a value under a dotted name: nested, dotted, or partly so; in a list now and then."""
    parts = name.split(".")
    while len(parts) > 1 and chosen.random() < 0.5:
        at = chosen.randrange(len(parts) - 1)
        parts[at : at + 2] = [f"{parts[at]}.{parts[at + 1]}"]
    place = document
    for part in parts[:-1]:
        inner = place.get(part)
        if not isinstance(inner, dict):
            inner = {}
            place[part] = [inner, {}] if chosen.random() < 0.15 else inner
        place = inner
    place[parts[-1]] = [value] if chosen.random() < 0.1 else value


def _fitting(chosen: random.Random, atom: Node) -> Any:
    """Return a value of which an atom may be true."""
    _, _, op, argument = atom
    kind = op.partition("_")[0]
    if chosen.random() < 0.1:
        return _any(chosen, 0)
    if kind == "like":
        return "".join(
            part if isinstance(part, str) else chosen.choice("xk\n") for part in argument
        )
    if kind in ("eq", "contains", "startswith", "endswith"):
        swapped = argument.upper() if chosen.random() < 0.4 else argument
        return swapped if chosen.random() < 0.6 else chosen.choice(_TEXTS[:9]) + swapped
    if kind in ("num", "bool", "lt", "lte", "gt", "gte", "neq"):
        return argument if chosen.random() < 0.6 else str(argument)
    if kind == "cidr":
        return str(argument).partition("/")[0]
    if kind == "re":
        return "".join(c for c in argument[0] if c.isalnum() or c in " -/")
    return _any(chosen, 0)


def _any(chosen: random.Random, depth: int) -> Any:
    way = chosen.random()
    if way < 0.55 or depth > 3:
        return chosen.choice(_TEXTS)
    if way < 0.8:
        return chosen.choice(_SCALARS)
    if way < 0.9:
        return [_any(chosen, depth + 1) for _ in range(chosen.randrange(3))]
    return {chosen.choice(_FIELDS): _any(chosen, depth + 1) for _ in range(chosen.randrange(3))}


def _broken(chosen: random.Random, line: bytes) -> bytes:
    place = chosen.randrange(len(line) + 1)
    way = chosen.randrange(6)
    if way == 0:
        return line[:place]
    if way == 1:
        return line[:place] + bytes([chosen.randrange(256)]) + line[place:]
    if way == 2:
        return line[:place] + line[place + 1 :]
    if way == 3:
        return line.replace(b'"x"', b'"\\ud800"', 1)
    if way == 4:
        depth = chosen.choice((5, 60, 300, 1_100))
        opened, closed = chosen.choice(((b'{"a":', b"}"), (b"[", b"]"), (b'[{"a":', b"}]")))
        return line[:-1] + b',"a":' + opened * depth + b'{"b":"x"}' + closed * depth + b"}"
    return line.replace(b"/", b"\\/").replace(b"u", b"\\u0075", 1)


# The run ------------------------------------------------------------------------------------


def _resident() -> int:
    """Return the bytes of memory in use; the most that was ever, where no more is known."""
    gc.collect()
    known = Path("/proc/self/statm")
    if known.exists():
        return int(known.read_text().split()[1]) * 4096
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _numbers(seconds: float, cases: int) -> Iterator[int]:
    end = time.monotonic() + seconds
    number = 0
    while number < cases if cases else time.monotonic() < end:
        yield number
        number += 1


def fuzz(seed: int, *, seconds: float = 60, cases: int = 0) -> Counter[str]:
    """Run cases for some seconds, or so many of them; return what happened, counted.

    Raises:
        Failure: The first one.
    """
    counts: Counter[str] = Counter()
    begun = said = time.monotonic()
    warm = 0
    for number in _numbers(seconds, cases):
        try:
            Case(seed, number, counts).run()
        except Failure as failure:
            raise Failure(f"case {number}: {failure.args[0]}", *failure.args[1:]) from failure
        if number % _CHECKED == _CHECKED - 1:
            resident = _resident()
            counts["MiB"] = resident >> 20
            if number >= 3 * _CHECKED:  # by then the caches of regular expressions are full
                warm = warm or resident
                if resident > warm + GROWTH:
                    raise Failure(f"case {number}: memory grew to {resident >> 20} MiB", "", [])
        now = time.monotonic()
        if now - said > _SAID:
            said = now
            print(f"{now - begun:.0f} s: {_told(counts)}", file=sys.stderr, flush=True)
    return counts


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def main() -> int:
    """Return 0 when nothing broke, and 1 after printing what did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--cases", type=int, default=0, help="so many cases, however long they take"
    )
    parser.add_argument("--case", type=int, default=-1, help="only this one")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        if given.case >= 0:
            counts: Counter[str] = Counter()
            Case(given.seed, given.case, counts).run()
        else:
            counts = fuzz(given.seed, seconds=given.seconds, cases=given.cases)
    except Failure as failure:
        what, text, lines = failure.args
        print(f"{what}\n\nseed = {given.seed}\ntext = {text!r}\nlines = [")
        print(*(f"    {line!r}," for line in lines), "]", sep="\n")
        return 1
    print(f"nothing broke: {_told(counts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
