"""YAML content: what it holds, where it stands, and everything that is wrong with it at once."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.content import MAX_BYTES, Document, load_file, parse, shipped
from agentwarrant.errors import ContentError


def one(text: str) -> Document:
    documents, faults = parse(text, "a.yml")
    assert not faults
    (document,) = documents
    return document


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in parse(text, "a.yml")[1]]


def test_plain_values_become_plain_types() -> None:
    text = "a: 1\nb: [x, 2.5, true, null]\nc: {d: '1'}\n"
    assert one(text).data == {"a": 1, "b": ["x", 2.5, True, None], "c": {"d": "1"}}


@pytest.mark.parametrize(
    "word",
    [
        "2026-13-01",
        "2026-02-30T10:00:00Z",
        "2026-01-31T10:00:00+99:00",
        "0b_",
        "2026-01-01 25:00:00",
    ],
)
def test_what_only_looks_like_a_date_or_a_number_is_text_and_breaks_nothing(word: str) -> None:
    document = one(f"a: {word}\nb: [{word}]\n{word}: 1\nc: 2\n")
    assert document.data == {"a": word, "b": [word], word: 1, "c": 2}
    assert document.line(("c",)) == 4


def test_every_place_knows_its_line() -> None:
    document = one("# head\na:\n  - x\n  - y: 1\n    z: 2\nb: 3\n")
    assert document.line(("a",)) == 2
    assert document.line(("a", 0)) == 3
    assert document.line(("a", 1, "z")) == 5
    assert document.line(("b",)) == 6


def test_a_place_that_is_missing_has_the_line_of_what_is_around_it() -> None:
    document = one("a:\n  b:\n    c: 1\n")
    assert document.line(("a", "b", "nothing", "here")) == 2
    assert document.line(("nothing",)) == 1


def test_a_fault_at_a_place_has_its_file_line_and_mend() -> None:
    fault = one("a: 1\nb: 2\n").fault("wrong", ("b",), "write 3")
    assert isinstance(fault, ContentError)
    assert str(fault) == "a.yml:2: wrong (write 3)"


def test_a_key_that_stands_twice_is_a_fault_at_its_second_place() -> None:
    assert faults_of("a: 1\nb: 2\na: 3\n") == ["a.yml:3: the key 'a' stands here twice"]


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = "a: 1\na: 2\nx:\n  b: 1\n  b: 2\n---\n[k]: 1\nc: 1\nc: 2\n"
    assert [fault.split(":")[1] for fault in faults_of(text)] == ["2", "5", "7", "9"]


def test_faults_before_a_break_of_the_yaml_are_told_too() -> None:
    said = faults_of("a: 1\na: 2\n---\nb: [\n")
    assert said[0].startswith("a.yml:2:")
    assert "not YAML" in said[1]
    assert len(said) == 2


def test_each_document_of_a_file_has_its_own_lines_and_text() -> None:
    documents, faults = parse("a: 1\n---\nb: 2\n", "a.yml")
    assert not faults
    assert [document.data for document in documents] == [{"a": 1}, {"b": 2}]
    assert documents[1].line(("b",)) == 3
    assert "b: 2" in documents[1].text


def test_an_empty_file_holds_no_document() -> None:
    assert parse("", "a.yml") == ([], [])
    assert parse("# only a word\n", "a.yml") == ([], [])


@pytest.mark.parametrize(
    "text",
    ["a: [1", "a: b: c", "\t- x", "a: &x *y", "a: !!python/object:os.system {}",
     "? {a: 1}\n: 2", "a: \x00", "!!binary '%%%'"],
)  # fmt: skip
def test_what_is_not_plain_yaml_is_one_fault_with_its_file(text: str) -> None:
    said = faults_of(text)
    assert len(said) == 1
    assert said[0].startswith("a.yml")


def test_aliases_cannot_grow_a_file_without_end() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    documents, faults = parse("\n".join(rows), "a.yml")
    assert documents == []
    assert ["more than 50,000 values" in str(fault) for fault in faults] == [True]


def test_an_alias_of_itself_is_a_fault() -> None:
    assert len(faults_of("a: &a [*a]")) == 1


def test_nesting_without_end_is_a_fault() -> None:
    assert len(faults_of("[" * 20_000)) == 1
    assert len(faults_of("- " * 20_000 + "x")) == 1


def test_a_file_too_large_is_not_read() -> None:
    assert "larger than" in faults_of("a" * (MAX_BYTES + 1))[0]


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("abc é:#'\n-{}[]", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner),
    max_leaves=10,
)


@given(PLAIN)
def test_what_a_yaml_writer_writes_is_read_as_it_was(value: object) -> None:
    documents, faults = parse(yaml.safe_dump(value, allow_unicode=True), "a.yml")
    assert not faults
    assert [document.data for document in documents] == ([value] if documents else [])


@given(st.text() | st.text("ab:-?*&!|>'\"%@{}[],#\n \t~<=1."))
def test_no_text_breaks_the_reader(text: str) -> None:
    documents, faults = parse(text, "a.yml")
    assert all(fault.path == "a.yml" for fault in faults)
    assert all(document.line() >= 1 for document in documents)


def test_a_file_that_cannot_be_read_is_a_fault_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes(b"a: \xff")
    for path in (tmp_path / "missing.yml", tmp_path, tmp_path / "latin.yml"):
        documents, faults = load_file(path, "shown.yml")
        assert documents == []
        assert [str(fault).startswith("shown.yml: cannot be read") for fault in faults] == [True]


def test_what_is_installed_is_found_in_order_and_readable() -> None:
    names = [name for name, _ in shipped("detections")]
    assert names
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert all(load_file(file, name)[1] == [] for name, file in shipped("detections"))


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 100_000, "- " * 100_000 + "a", "[" * 101 + "]" * 101],
    ids=["lists", "mappings", "blocks", "a little too deep"],
)
def test_what_is_nested_too_deep_is_a_fault_and_ends_nothing(text: str) -> None:
    documents, faults = parse(text, "deep.yml")
    assert documents == []
    assert len(faults) == 1
    assert "deep" in str(faults[0]) or "not YAML" in str(faults[0])


def test_what_is_nested_as_deep_as_people_write_is_read() -> None:
    documents, faults = parse("[" * 90 + "]" * 90, "deep.yml")
    assert faults == []
    assert len(documents) == 1
