"""Encoding modifiers against Python's own codecs: the bytes are those that stand in a log."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.engine import Engine
from agentwarrant.errors import ContentErrors
from agentwarrant.rules.ir import Node, atoms
from agentwarrant.rules.load import load_text
from agentwarrant.rules.model import Rule

Encode = Callable[[str], bytes]
ENCODINGS: dict[str, Encode] = {
    "": lambda text: text.encode("utf-8"),
    "wide|": lambda text: text.encode("utf-16-le"),
    "utf16le|": lambda text: text.encode("utf-16-le"),
    "utf16be|": lambda text: text.encode("utf-16-be"),
    "utf16|": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
}
WIDE = {name: encode for name, encode in ENCODINGS.items() if name}
TEXTS = st.text(min_size=1, max_size=20)
BYTES = st.binary(max_size=7)


def escaped(text: str) -> str:
    """Return text as a rule must write it for no character of it to be a wildcard."""
    return "".join(f"\\{c}" if c in "\\*?" else c for c in text)


def rule(key: str, value: Any) -> Rule:
    document = {
        "title": "T",
        "logsource": {"category": "test"},
        "detection": {"chosen": {f"field|{key}": value}, "condition": "chosen"},
    }
    (made,) = load_text(yaml.safe_dump(document))
    return made


def atoms_of(key: str, value: Any) -> list[Node]:
    tree = rule(key, value).tree
    assert tree is not None
    return list(atoms(tree))


def finds(key: str, value: str) -> Callable[[str], bool]:
    engine = Engine([rule(key, value)])
    return lambda text: bool(engine.matches({"field": text}))


# Base64 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS)
def test_base64_is_that_of_the_bytes(encoding: str, text: str) -> None:
    expected = b64encode(ENCODINGS[encoding](text)).decode()
    assert atoms_of(f"{encoding}base64|cased", escaped(text)) == [
        ["is", "field", "eq_cased", expected]
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS, before=BYTES, after=BYTES)
def test_base64offset_is_found_wherever_the_text_stands(
    encoding: str, text: str, before: bytes, after: bytes
) -> None:
    line = b64encode(before + ENCODINGS[encoding](text) + after).decode()
    assert finds(f"{encoding}base64offset|contains|cased", escaped(text))(f"x {line} y")


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=TEXTS)
def test_base64offset_leaves_out_nothing_that_is_certain(encoding: str, text: str) -> None:
    size = len(ENCODINGS[encoding](text))
    found = atoms_of(f"{encoding}base64offset|cased", escaped(text))
    certain = [8 * (size + shift) // 6 - ceil(8 * shift / 6) for shift in range(3)]
    assert [len(argument.rstrip("=")) for _, _, _, argument in found] == certain
    assert not any("=" in argument for _, _, _, argument in found if size % 3 == 0)


@given(text=st.text("abcdefghij0123456789", min_size=5, max_size=12), shift=st.integers(0, 2))
def test_base64offset_does_not_find_a_text_with_another_letter_in_it(text: str, shift: int) -> None:
    middle = len(text) // 2
    other = f"{text[:middle]}z{text[middle + 1 :]}"
    found = finds("base64offset|contains|cased", text)
    assert found(b64encode(bytes(shift) + text.encode()).decode())
    assert not found(b64encode(bytes(shift) + other.encode()).decode())


def test_the_known_examples_of_base64offset() -> None:
    found = [argument for _, _, _, argument in atoms_of("base64offset|cased", "/bin/bash")]
    assert found == ["L2Jpbi9iYXNo", "9iaW4vYmFza", "vYmluL2Jhc2"]


@pytest.mark.parametrize(
    "key", [f"{encoding}{kind}" for encoding in ENCODINGS for kind in ("base64", "base64offset")]
)
@pytest.mark.parametrize("value", ["a*b", "*a", "a?", "a\\\\*"])
def test_a_wildcard_in_base64_is_refused(key: str, value: str) -> None:
    with pytest.raises(ContentErrors) as caught:
        rule(key, value)
    (fault,) = caught.value.faults
    assert "wildcards" in fault.what
    assert fault.line > 1


@pytest.mark.parametrize("key", ["expand|base64", "expand|base64offset"])
def test_a_placeholder_in_base64_is_refused(key: str) -> None:
    with pytest.raises(ContentErrors):
        rule(key, "a%who%")


@pytest.mark.parametrize(("value", "meant"), [("a\\*b", "a*b"), ("a\\?", "a?"), ("a\\\\", "a\\")])
def test_an_escaped_wildcard_is_the_character(value: str, meant: str) -> None:
    expected = b64encode(meant.encode()).decode()
    assert atoms_of("base64|cased", value) == [["is", "field", "eq_cased", expected]]


def test_each_of_several_values_is_encoded() -> None:
    found = {argument for _, _, _, argument in atoms_of("base64|cased", ["one", "two"])}
    assert found == {b64encode(b"one").decode(), b64encode(b"two").decode()}
    assert len(atoms_of("base64offset|contains", ["one", "two"])) == 6


# UTF-16 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", WIDE)
@given(text=TEXTS)
def test_utf_16_is_a_character_for_each_byte(encoding: str, text: str) -> None:
    expected = WIDE[encoding](text).decode("latin-1")
    assert atoms_of(f"{encoding}cased", escaped(text)) == [["is", "field", "eq_cased", expected]]


@pytest.mark.parametrize("encoding", WIDE)
def test_utf_16_keeps_wildcards_between_the_bytes(encoding: str) -> None:
    found = finds(encoding.rstrip("|"), "ab*cd")
    mark = "\xff\xfe" if encoding == "utf16|" else ""
    wide = "utf-16-be" if encoding == "utf16be|" else "utf-16-le"

    def given_as(*parts: str) -> str:
        return mark + "".join(part.encode(wide).decode("latin-1") for part in parts)

    assert found(given_as("ab", "cd"))
    assert found(given_as("ab", "xyz", "cd"))
    assert not found(given_as("ab", "xyz"))
    assert not found("abcd")
    assert not found(given_as("xab", "cd"))


@pytest.mark.parametrize("name", ["base64", "base64offset", *(n.rstrip("|") for n in WIDE)])
def test_an_encoding_of_no_text_is_refused(name: str) -> None:
    with pytest.raises(ContentErrors):
        rule(name, {"a": "b"})
