"""What is sent in pieces is all of it, and what is known of it survives the process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import ConfigError
from agentwarrant.intel.accepted import ACCEPTED, DOUBT, accepted, key_of_object, version
from agentwarrant.intel.push import _pieces, waiting
from agentwarrant.intel.taxii import envelope


@given(
    st.lists(st.text(max_size=60), max_size=40),
    st.integers(min_value=1, max_value=400),
)
def test_pieces_are_all_of_it_in_order_and_none_too_large(texts: list[str], most: int) -> None:
    objects = [{"id": str(n), "text": text} for n, text in enumerate(texts)]
    pieces = list(_pieces(objects, most))
    assert [one for piece in pieces for one in piece] == objects
    for piece in pieces:
        assert len(piece) == 1 or len(envelope(piece)) <= most


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.500000Z"),
    ],
)
def test_a_moment_is_one_version_however_it_is_written(one: str, other: str) -> None:
    assert version(one) == version(other)
    assert version(one) != version("2026-01-01T00:00:01Z")


@given(st.one_of(st.none(), st.text(), st.integers(), st.lists(st.integers())))
def test_what_is_no_moment_is_a_version_all_the_same(given_: Any) -> None:
    assert isinstance(version(given_), str)


def thing(number: int, modified: str = "2026-01-01T00:00:00.000Z") -> dict[str, Any]:
    return {"id": f"indicator--{number}", "modified": modified}


def test_what_was_taken_is_known_to_the_next_process_by_collection_and_version(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state" / "sent.sqlite"
    with accepted(path, "one") as known:
        known.note([key_of_object(thing(1))], ACCEPTED)
        known.note([key_of_object(thing(2))], DOUBT)
        known.note([key_of_object(thing(3))], DOUBT)
        known.note([key_of_object(thing(3))], "")
    newer = thing(1, "2026-02-01T00:00:00.000Z")
    with accepted(path, "one") as known:
        assert waiting([thing(1), thing(2), thing(3), newer], known) == [thing(2), thing(3), newer]
        assert [known.state(key_of_object(thing(n))) for n in (1, 2, 3)] == [ACCEPTED, DOUBT, ""]
    with accepted(path, "two") as known:
        assert waiting([thing(1)], known) == [thing(1)]


def test_a_file_that_is_none_of_ours_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "sent.sqlite"
    path.write_text("this is no file of what was sent, and long enough to be read as one" * 9)
    with pytest.raises(ConfigError, match=r"sent\.sqlite"), accepted(path, "one"):
        pass
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigError, match="another version"), accepted(other, "one"):
        pass
