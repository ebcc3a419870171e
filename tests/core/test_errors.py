"""Errors: one line each, fields that survive, and codes nobody has to parse."""

import pickle

import pytest

from agentwarrant import errors
from agentwarrant.errors import AgentWarrantError, ContentError, ContentErrors, Stopped

ALL = sorted(
    (
        found
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, AgentWarrantError)
    ),
    key=lambda found: found.__name__,
)
SIMPLE = [found for found in ALL if not issubclass(found, ContentError | ContentErrors)]


@pytest.mark.parametrize(
    ("where", "mend", "line"),
    [
        ("", "", "it is wrong"),
        ("a.yml", "", "a.yml: it is wrong"),
        ("", "write b", "it is wrong (write b)"),
        ("a.yml", "write b", "a.yml: it is wrong (write b)"),
    ],
)
def test_an_error_says_what_where_and_the_mend_in_one_line(
    where: str, mend: str, line: str
) -> None:
    assert str(AgentWarrantError("it is wrong", where=where, mend=mend)) == line


def test_a_fault_of_content_tells_its_file_and_line() -> None:
    assert str(ContentError("bad", path="a.yml", line=3)) == "a.yml:3: bad"
    assert str(ContentError("bad", path="a.yml")) == "a.yml: bad"


def test_all_faults_of_a_load_are_shown_in_order_of_file_and_line() -> None:
    faults = [
        ContentError("z", path="b.yml", line=1),
        ContentError("y", path="a.yml", line=10),
        ContentError("x", path="a.yml", line=9),
    ]
    error = ContentErrors(faults)
    assert [fault.what for fault in error.faults] == ["x", "y", "z"]
    assert str(error).splitlines() == [
        "3 faults in content",
        "  a.yml:9: x",
        "  a.yml:10: y",
        "  b.yml:1: z",
    ]
    assert str(ContentErrors(faults[:1])).startswith("1 fault in content")


@pytest.mark.parametrize("kind", SIMPLE, ids=lambda kind: kind.__name__)
def test_an_error_keeps_its_fields_between_processes(kind: type[AgentWarrantError]) -> None:
    again = pickle.loads(pickle.dumps(kind("what", where="where", mend="mend")))  # noqa: S301  # our own bytes
    assert type(again) is kind
    assert (again.what, str(again)) == ("what", "where: what (mend)")


def test_faults_of_content_keep_their_lines_between_processes() -> None:
    fault = ContentError("bad", path="a.yml", line=3, mend="write b")
    again = pickle.loads(pickle.dumps(ContentErrors([fault])))  # noqa: S301  # our own bytes
    assert again.faults[0].line == 3
    assert str(again.faults[0]) == str(fault)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_has_a_code_for_machines_and_a_sentence_for_people(
    kind: type[AgentWarrantError],
) -> None:
    assert kind.code.replace("-", "").isalpha()
    assert kind.code.islower()
    assert kind.__doc__


def test_a_code_means_one_kind_of_error() -> None:
    codes = [kind.code for kind in ALL if kind is not ContentErrors]
    assert len(codes) == len(set(codes))


def test_the_drawing_of_the_tree_names_every_error() -> None:
    assert [kind.__name__ for kind in ALL if kind.__name__ not in (errors.__doc__ or "")] == []


def test_nothing_that_catches_errors_catches_the_operator_s_stop() -> None:
    assert not issubclass(Stopped, Exception)
