"""Single-event rules and events, drawn at random.

The vocabulary is small, so that matches and near misses are frequent, and it is chosen for what
engines get wrong: case beyond ASCII, wildcards and their escapes, the special signs of SQL and of
globs, numbers as text, booleans, absent and empty values.
"""

from __future__ import annotations

import uuid
from typing import Any

import yaml
from hypothesis import strategies as st

from .differences import items_of
from .fitting import ANYWHERE, fits

SOURCE = {"category": "test", "product": "any"}

FIELDS = ("process.name", "process.command_line", "message")
CODE, FLAG, ADDRESS, CREATED = "event.code", "process.interactive", "source.ip", "event.created"

_TOKENS = (
    *("a", "A", "ab", "B", "abc", "-a", " -b", "/", " ", "\n", "'", '"', "%", "_", "[a]", "^", "."),
    *("é", "É", "e\u0301", "\u03c3", "\u03c2", "\u03a3", "ж", "Ж", "日本", "\U0001f511"),
    *("\U00010400", "\U00010428"),
    *("ß", "ss", "SS", "\u017f", "s", "\u212a", "k", "\u0130", "i", "\u0131", "I", "\ufb01", "fi"),
)
_SPECIALS = ("*", "?", "\\", "\\*", "\\?", "\\\\", "**", "?*")
_PLAIN = ("a", "A", "ab", "abc", "Abc", "b", "-a", " -b", "a b", "10", "47.5", "true", "null", "")
_BASE64 = ("YQ==", "YWI=", "YWJj", "xYWJj", "QWJj", "IGEg", "YgA=", "YQBiAA==")
_ADDRESSES = ("10.0.0.1", "10.1.2.3", "11.0.0.1", "192.168.1.9", "::1", "fe80::1", "2001:db8::5")
_NETWORKS = ("10.0.0.0/8", "10.0.0.0/15", "192.168.1.8/30", "10.0.0.1/32", "0.0.0.0/0", "fe80::/10")
_NUMBERS = (0, 1, -1, 2, 10, 47.5, 4624, 2**40)
_TIMES = (
    *("2024-02-29T00:00:00Z", "2024-01-01T00:30:59Z", "2025-12-31T23:59:59.999Z"),
    *("2024-03-10T03:15:00+05:30", "2023-06-05T12:00:00-08:00", "2024-02-29", "no time", ""),
)


def _joined(tokens: tuple[str, ...], most: int = 4) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(tokens), max_size=most).map("".join)


texts = st.one_of(
    st.sampled_from(_PLAIN), _joined(_TOKENS[:16]), _joined((*_TOKENS, "*", "?", "\\"), 3)
)
"""What stands in events."""

patterns = st.one_of(
    st.sampled_from(_PLAIN),
    _joined((*_TOKENS[:16], *_SPECIALS)),
    _joined((*_TOKENS, *_SPECIALS), 3),
)
"""What stands in rules: as in events, with wildcards and escapes."""

_encodable = _joined(("a", "b", "ab", "abc", "A", " "), 3).filter(bool)
_EXPRESSION_TOKENS = (
    *("a", "b", "A", ".", "a*", "b+", "[ab]", "[^a]", "(a|b)", "(?:ab)?", "^", "$", "\\b", "\\d+"),
    *("\\s", "\\.", "\\w", "é", "ж", "k", "s", "%", "'", "\\*", "x{0,2}", ".*", "\\\\", "\n"),
)
_expressions = _joined(_EXPRESSION_TOKENS)

_TEXT_MODIFIERS = (
    *("", "contains", "startswith", "endswith", "cased", "contains|cased", "cased|startswith"),
    *("endswith|cased", "all", "contains|all", "windash|contains", "windash|startswith"),
    *("contains|neq", "neq", "cased|neq", "contains|all|cased"),
)
_ENCODINGS = (
    *("base64", "base64|contains", "base64offset|contains", "wide|base64|contains"),
    *("wide|base64offset|contains", "utf16be|base64offset|contains", "base64offset|contains|all"),
)
_FLAGS = ("", "|i", "|m", "|s", "|i|m|s", "|neq", "|i|all")


def _several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=3))


def _item(
    fields: tuple[str, ...], modifiers: tuple[str, ...], values: st.SearchStrategy[Any]
) -> st.SearchStrategy[tuple[str, Any]]:
    keys = st.tuples(st.sampled_from(fields), st.sampled_from(modifiers))
    return st.tuples(keys.map(lambda key: "|".join(filter(None, key))), values)


_ANY = (*FIELDS, CODE, FLAG)
_items = st.one_of(
    _item(_ANY, _TEXT_MODIFIERS, _several(patterns)),
    _item(_ANY, _TEXT_MODIFIERS, _several(patterns)),
    _item(FIELDS, _ENCODINGS, _several(_encodable)),
    _item(_ANY, tuple(f"re{flags}" for flags in _FLAGS), _several(_expressions.filter(bool))),
    _item(_ANY, ("", "neq"), _several(st.sampled_from((*_NUMBERS, True, False, None, "")))),
    _item((CODE, "message"), ("lt", "lte", "gt", "gte"), _several(st.sampled_from(_NUMBERS))),
    _item(_ANY, ("exists",), st.booleans()),
    _item((ADDRESS,), ("cidr", "cidr|neq"), _several(st.sampled_from(_NETWORKS))),
    _item(FIELDS, ("fieldref", "fieldref|contains", "fieldref|startswith"), st.sampled_from(_ANY)),
    _item(FIELDS, ("fieldref|endswith", "fieldref|neq"), _several(st.sampled_from(_ANY))),
    _item((CREATED,), ("minute", "hour", "day"), _several(st.sampled_from((0, 1, 29, 30, 31, 23)))),
    _item((CREATED,), ("week", "month", "year"), _several(st.sampled_from((1, 2, 9, 10, 2024)))),
)
_maps = st.lists(_items, min_size=1, max_size=3).map(dict)
_keywords = st.one_of(
    st.lists(st.one_of(patterns.filter(bool), st.sampled_from((10, 4624))), min_size=1, max_size=3),
    st.lists(patterns.filter(bool), min_size=1, max_size=3).map(lambda found: {"|all": found}),
    _expressions.filter(bool).map(lambda found: {"|re": found}),
)
_selections = st.one_of(_maps, _maps, st.lists(_maps, min_size=1, max_size=3), _keywords)

_NAMES = ("sel_a", "sel_b", "filter_c")
_operands = st.sampled_from((*_NAMES, "1 of sel_*", "all of sel_*", "1 of them", "all of them"))
_conditions = st.recursive(
    _operands,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not {c}" if " " not in c or c.startswith("(") else f"not ({c})"),
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(" ".join),
        inner.map(lambda c: f"({c})"),
    ),
    max_leaves=5,
)


def identity(number: int) -> str:
    return str(uuid.UUID(int=(1 << 64) | number, version=4))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Draw one to four single-event rules, as YAML."""
    documents = []
    for number in range(draw(st.integers(1, 4))):
        named = {name: draw(_selections) for name in _NAMES}
        one = st.lists(_conditions, min_size=1, max_size=2)
        detection = {**named, "condition": draw(st.one_of(_conditions, one))}
        documents.append(
            {
                "title": f"Rule {number}",
                "id": identity(number),
                "status": "test",
                "logsource": SOURCE,
                "detection": detection,
                "level": "low",
            }
        )
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True)


_values: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(FIELDS, st.one_of(texts, texts, texts, st.sampled_from(_BASE64))),
    CODE: st.one_of(st.sampled_from(_NUMBERS), st.sampled_from(("10", "4624", "007", "x", "-1"))),
    FLAG: st.one_of(st.booleans(), st.sampled_from(("true", "False", 1, 0))),
    ADDRESS: st.sampled_from((*_ADDRESSES, "10.x", "")),
    CREATED: st.sampled_from(_TIMES),
}


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """Draw rules, and flat events of which many fit or nearly do; any field may be absent."""
    text = draw(rules())
    fitting: dict[str, list[Any]] = {}
    for document in yaml.safe_load_all(text):
        for item in items_of(document):
            found = [value for value in fits(item) if value is not None]
            fitting.setdefault(item.field or ANYWHERE, []).extend(found)
    values = {
        name: st.one_of(st.sampled_from(fitting[name]), drawn) if fitting.get(name) else drawn
        for name, drawn in _values.items()
    }
    event = st.fixed_dictionaries({}, optional=values)
    return text, draw(st.lists(event, min_size=3, max_size=12))
