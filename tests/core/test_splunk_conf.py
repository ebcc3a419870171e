"""Conf files are what was meant, by a reader that shares nothing with the writer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.spl.confs import read

from agentwarrant.errors import UsageError
from agentwarrant.siem.splunk import conf

NAMES = st.text("ab-é", min_size=1) | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
LINES = st.lists(
    st.text("ab|", max_size=9) | st.text(st.sampled_from('ab |\\"`#;[]=$\t\n\r\x00'), max_size=12),
    max_size=4,
)


def test_a_value_of_several_lines_is_continued_by_backslashes() -> None:
    body = conf.text({"one": {"search": "search a\n| where b", "empty": ""}, "two": {}})
    assert body == b"[one]\nsearch = search a\\\n| where b\nempty =\n\n[two]\n"
    assert read(body) == {"one": {"search": "search a\n| where b", "empty": ""}, "two": {}}


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, LINES.map("\n".join), max_size=3), max_size=3))
def test_what_is_written_is_read_or_refused(stanzas: dict[str, dict[str, str]]) -> None:
    try:
        body = conf.text(stanzas)
    except UsageError:
        return  # most of what is drawn is: a conf file cannot hold it
    assert read(body) == stanzas


@given(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8")), max_size=3))
def test_so_is_text_of_any_writing(keys: dict[str, str]) -> None:
    try:
        body = conf.text({"s": keys})
    except UsageError:
        return  # most of what is drawn is: a conf file cannot hold it
    assert read(body) == {"s": keys}


@pytest.mark.parametrize(
    "value",
    [
        "ends in \\",
        "a \\\n| b",
        "a \\ \n| b",
        " a",
        "a\n",
        "a\r\nb",
        "a\x00",
        "a\n# b",
        "a\n ;b",
        "a\u2028b",
        "\ud800",
    ],
)
def test_what_a_conf_file_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match=r"\[one\] 'search'"):
        conf.text({"one": {"search": value}})


@pytest.mark.parametrize("key", ["", "a=b", "#a", ";a", "[a", "a ", "a\nb", "a\x07"])
def test_so_is_a_key_that_would_be_another(key: str) -> None:
    with pytest.raises(UsageError, match="key"):
        conf.text({"one": {key: "x"}})


@pytest.mark.parametrize("name", ["a]b", " a", "a\nb", "a\\", "a\x1b"])
def test_and_a_stanza(name: str) -> None:
    with pytest.raises(UsageError, match="stanza"):
        conf.text({name: {}})


def test_parts_are_merged_and_contradict_each_other_never() -> None:
    assert conf.merged({"a": {"x": "1"}}, {"a": {"y": "2"}, "b": {}}) == {
        "a": {"x": "1", "y": "2"},
        "b": {},
    }
    with pytest.raises(UsageError, match="x is said twice"):
        conf.merged({"a": {"x": "1"}}, {"a": {"x": "1"}})
