"""STIX patterns and observations, drawn."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = ("a.example", "b.example", "axe.example", "evil", "10.0.0.1", "é", "AB", "it's", "")
PATHS = (
    "domain-name:value", "url:value", "ipv4-addr:value", "file:name", "file:size",
    "file:hashes.'SHA-256'", "software:name", "file:x[*]", "file:x[1]", "file:flag",
)  # fmt: skip
_WORDS = ("%.example", "a_e%", "evil", "%")
_EXPRESSIONS = ("^a", "example$", "evil", "a.e", "[AB]+")


def quoted(text: str) -> str:
    """Return a text as a pattern writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


texts = st.sampled_from(TEXTS).map(quoted)
numbers = st.sampled_from(["3", "4", "3.0", "-1"])
nots = st.sampled_from(["", " NOT"])
paths = st.sampled_from(PATHS)


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    """Return one comparison that OASIS's matcher can carry out."""
    path, no = draw(paths), draw(nots)
    op = draw(st.sampled_from(["=", "!=", "<", ">", "<=", ">=", "IN", "LIKE", "MATCHES"]))
    if op == "IN":
        return f"{path}{no} IN ({', '.join(draw(st.lists(texts, min_size=1, max_size=3)))})"
    if op == "LIKE":
        return f"{path}{no} LIKE {quoted(draw(st.sampled_from(_WORDS)))}"
    if op == "MATCHES":
        return f"{path}{no} MATCHES {quoted(draw(st.sampled_from(_EXPRESSIONS)))}"
    truth = st.sampled_from(["true", "false"]) if op in "!=" else st.nothing()
    return f"{path}{no} {op} {draw(texts | numbers | truth)}"


tests = st.recursive(
    comparisons(),
    lambda inner: st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(
        lambda parts: f"({' '.join(parts)})"
    ),
    max_leaves=5,
)
patterns = st.lists(tests.map("[{}]".format), min_size=1, max_size=2).map(" OR ".join)


@st.composite
def _file(draw: st.DrawFn) -> dict[str, Any]:
    text = st.sampled_from(TEXTS)
    made = {
        "name": draw(st.none() | text),
        "size": draw(st.none() | st.sampled_from([3, 4, 5])),
        "hashes": draw(st.none() | text.map(lambda one: {"SHA-256": one})),
        "x": draw(st.none() | st.lists(text, max_size=3)),
        "flag": draw(st.none() | st.booleans()),
    }
    return {"type": "file", **{k: v for k, v in made.items() if v is not None}}


_named = st.builds(
    lambda kind, text: {"type": kind, "name" if kind == "software" else "value": text},
    st.sampled_from(["domain-name", "url", "software"]),
    st.sampled_from(TEXTS),
)
_addresses = st.sampled_from(["10.0.0.1", "10.0.0.9", "11.0.0.1"]).map(
    lambda text: {"type": "ipv4-addr", "value": text}
)
objects = st.lists(_file() | _named | _addresses, min_size=1, max_size=4)
