"""Rules that nobody wrote, over events that are as awkward as events may be."""

from __future__ import annotations

import random
from collections.abc import Iterator

from agentwarrant.event import Event, Value, iso_from_ms
from agentwarrant.finding import Severity
from agentwarrant.rules.ir import Node, fold
from agentwarrant.rules.model import Rule

from .parity import TENANT
from .parity_cases import NOW

TEXTS = (
    "curl",
    "CURL -s",
    "Kelvin \u212aill",
    "stra\u00dfe",
    "STRASSE",
    "\u017felf",
    "o\ufb03ce",
    "office",
    "\u0130stanbul",
    "\u03a3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c2",
    "a*b?c",
    'say "hi"',
    "C:\\temp\\x",
    "(and) or not {x}",
    "<a>:b",
    "not",
    "and",
    " padded ",
    "",
    "line\nbreak",
    "tab\there",
    "/etc/passwd",
    "10.1.2.3",
    "10.1.2.30",
    "192.168.0.7",
    "kill",
    "7",
    "7.5",
    "true",
    "\u4e2d\u6587",
    "a.b+c$^[x]|y",
    "#@&~-",
    "\U0001f600 smile",
    "\ua7aa\u0266",
    "\u1e9e",
)
"""Values of fields that may hold any text."""
KEYWORD, WILD, WORDS = "gen_ai.tool.name", "warrant.arguments.text", "message"
FIRST, SECOND = "warrant.principal.id", "warrant.peer.claimed_id"
LISTED, OTHER = "warrant.message.recipients", "warrant.peer.id"
WHOLE, NUMBER, ADDRESS, PLACE = (
    "source.bytes", "warrant.payment.amount", "source.ip", "destination.address",
)  # fmt: skip
CLOSED, ACTS = "warrant.tool.class", "warrant.tool.acts"
NETWORKS = ("10.0.0.0/8", "10.1.2.0/28", "192.168.0.0/16", "0.0.0.0/0", "10.1.2.3/32")
PATTERNS = (
    ("c.rl", ""),
    ("^curl", ""),
    ("passwd$", ""),
    ("C[A-Z]+", ""),
    ("kill|curl", "i"),
    ("^(a|s)", ""),
    (r"\d{2,}\.\d", ""),
    (r"[^a-z ]$", ""),
    (r"\\temp\\", ""),
    ("x?y*z*", ""),
    (r"^\S+$", ""),
    (r"(?:of|st).+e$", "i"),
    ("line.break", ""),
    ("line.break", "s"),
    (r'"hi"', ""),
    (r"\w+\s\w+", ""),
    ("^$", ""),
)
_PLAIN = ("eq", "contains", "startswith", "endswith")
_NUMBERS = ("num", "neq", "lt", "lte", "gt", "gte")


def awkward(count: int) -> list[Event]:
    """Return events that hold, lack and list values of all types."""
    chance = random.Random("awkward")  # noqa: S311 - no secret
    return [_awkward(chance, n) for n in range(count)]


def _awkward(chance: random.Random, number: int) -> Event:
    event: Event = {
        "@timestamp": iso_from_ms(NOW - chance.randint(0, 1_000) * 86_399_999),
        "event.id": f"a{number}",
        TENANT: "awkward",
        CLOSED: chance.choice(("exec", "read", "credential_read", "write")),
    }
    for name in (KEYWORD, WILD, PLACE, OTHER):
        _put(event, name, chance, TEXTS, lists=True)
    _put(event, LISTED, chance, TEXTS, lists=True)
    _put(event, WORDS, chance, TEXTS, lists=False)
    for name in (FIRST, SECOND):
        _put(event, name, chance, ("one", "ONE", "on", "e", "stra\u00dfe", "STRASSE"), lists=False)
    _put(event, WHOLE, chance, (0, 1, -3, 7, 8, 1 << 40), lists=True)
    _put(event, NUMBER, chance, (0.5, 7.0, -2.25, 1e12, 3.0), lists=True)
    _put(event, ADDRESS, chance, ("10.1.2.3", "192.168.0.7", "2001:db8::1", "8.8.8.8"), lists=True)
    _put(event, ACTS, chance, ("scan", "publish", "schedule"), lists=True)
    return event


def _put(
    event: Event, name: str, chance: random.Random, values: tuple[str | float, ...], *, lists: bool
) -> None:
    if chance.random() < 0.2:
        return
    value: Value = chance.choice(values)
    if lists and chance.random() < 0.25:
        value = list(chance.sample(values, 2))  # type: ignore[assignment]  # of one type
    event[name] = value


def atoms() -> Iterator[Node]:
    """Yield tests with every operator, of fields of every type."""
    chance = random.Random("atoms")  # noqa: S311 - no secret
    for name in (KEYWORD, WILD, WORDS, LISTED):
        for op in _PLAIN:
            for text in chance.sample(TEXTS, 9):
                yield ["is", name, op, fold(_piece(chance, op, text))]
                yield ["is", name, f"{op}_cased", _piece(chance, op, text)]
        for parts in (
            ["c", 1, "rl", 0],
            [0, "b", 1, "c"],
            ["a", 0, "c"],
            [1],
            [0, "ss", 0],
            [1, 0],
        ):
            yield ["is", name, "like", parts]
            yield ["is", name, "like_cased", parts]
        yield from (["is", name, "re", list(one)] for one in PATTERNS)
        yield ["is", name, "bool", True]
    for name in (WHOLE, NUMBER):
        for op in _NUMBERS:
            yield from (["is", name, op, number] for number in (7, 0, -2.5, 7.5, 1e12, 3))
        yield from (["is", name, "eq", text] for text in ("7", "7.0", "zero", "0"))
    for name in (ADDRESS, PLACE):
        yield from (["is", name, "cidr", network] for network in NETWORKS)
    yield ["is", ADDRESS, "cidr", "2001:db8::/32"]
    yield ["is", ADDRESS, "eq", "10.1.2.3"]
    for name in (CLOSED, ACTS):
        yield from (["is", name, "contains", text] for text in ("read", "s", "nothing"))
        yield ["is", name, "startswith", "s"]
        yield ["is", name, "re", ["^(s|c)", ""]]
        yield ["is", name, "eq", "scan"]
    for name in (KEYWORD, WILD, WORDS, WHOLE, ADDRESS, ACTS, "@timestamp"):
        yield ["is", name, "exists", True]
        yield ["is", name, "null", None]
    for how in ("eq", "contains", "startswith", "endswith"):
        yield ["is", FIRST, "ref", [SECOND, how]]
    yield ["is", KEYWORD, "ref", [LISTED, "eq"]]
    for part, limit in (("minute", 30), ("hour", 12), ("day", 15), ("week", 26), ("month", 6)):
        yield from (["is", "@timestamp", "part", [part, op, limit]] for op in _NUMBERS)
    yield ["is", "@timestamp", "part", ["week", "gte", 52]]
    yield ["is", "@timestamp", "part", ["week", "lte", 1]]
    yield ["is", "@timestamp", "part", ["year", "num", 2025]]


def _piece(chance: random.Random, op: str, text: str) -> str:
    """Return a part of a text that a test may look for in it."""
    cut = chance.randint(0, len(text))
    if op == "startswith":
        return text[:cut]
    if op == "endswith":
        return text[cut:]
    return text[cut : cut + 4] if op == "contains" else text


def conditions(count: int) -> Iterator[Node]:
    """Yield conditions of several tests."""
    chance = random.Random("conditions")  # noqa: S311 - no secret
    known = list(atoms())
    for _ in range(count):
        yield _tree(chance, known, 3)


def _tree(chance: random.Random, known: list[Node], depth: int) -> Node:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(known)
    kind = chance.choice(("and", "or", "not"))
    if kind == "not":
        return ["not", _tree(chance, known, depth - 1)]
    return [kind, *(_tree(chance, known, depth - 1) for _ in range(chance.randint(2, 3)))]


def rule_of(tree: Node, name: str = "invented") -> Rule:
    return Rule(name, name, name, "", "", Severity.LOW, alerts=True, tree=tree)
