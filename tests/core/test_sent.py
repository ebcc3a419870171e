"""What a SIEM acknowledged is known later, by this installation, for as long as it is kept."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.errors import SpoolError
from agentwarrant.siem.sent import LOG, MONTHS, NAME, Sent

IDS = st.lists(st.text(st.characters(), max_size=20), max_size=40)


@given(IDS, IDS, IDS, st.integers(0, 60))
def test_what_was_noted_is_known_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    first: list[str],
    second: list[str],
    other: list[str],
    many: int,
) -> None:
    folder = tmp_path_factory.mktemp("sent")
    with closing(Sent(folder, many=many)) as sent:
        sent.add(first)
        assert sent.known([*first, *other]) == set(first) | (set(first) & set(other))
        sent.add(second)
    with closing(Sent(folder, many=many)) as sent:
        asked = [*first, *second, *other]
        assert sent.known(asked) == {*first, *second}
        assert sent.known([]) == set()


def test_more_ids_than_one_question_may_have_are_asked_for(tmp_path: Path) -> None:
    ids = [str(number) for number in range(3000)]
    with closing(Sent(tmp_path, many=100)) as sent:
        sent.add(ids[::2])
        assert sent.known(ids) == set(ids[::2])


def test_what_was_noted_long_ago_is_forgotten_and_the_file_does_not_grow_for_ever(
    tmp_path: Path,
) -> None:
    for month in range(1, 13):
        with closing(Sent(tmp_path, many=1, now=datetime(2026, month, 15, tzinfo=UTC))) as sent:
            sent.add([f"of {month}", "of every month"])
    with closing(Sent(tmp_path, now=datetime(2026, 12, 31, tzinfo=UTC))) as sent:
        known = sent.known([f"of {month}" for month in range(1, 13)])
        assert known == {f"of {month}" for month in range(13 - MONTHS, 13)}
        assert sent.known(["of every month"]) == {"of every month"}


def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"this is no database" * 100)
    with closing(Sent(tmp_path)) as sent, pytest.raises(SpoolError, match=f"remove {NAME}"):
        sent.known(["a"])


@pytest.mark.parametrize("left", range(0, 33, 4))
def test_an_id_that_a_crash_cut_off_spoils_none(tmp_path: Path, left: int) -> None:
    with closing(Sent(tmp_path)) as sent:
        sent.add(["a", "b"])
    path = tmp_path / LOG
    path.write_bytes(path.read_bytes()[:left])
    with closing(Sent(tmp_path)) as sent:
        sent.add(["c"])
    with closing(Sent(tmp_path)) as sent:
        assert sent.known(["a", "b", "c"]) == {*["a", "b"][: left // 16], "c"}


def test_a_crash_before_the_log_was_emptied_changes_nothing(tmp_path: Path) -> None:
    with closing(Sent(tmp_path, many=1)) as sent:
        sent.add(["a", "b"])
    assert (tmp_path / LOG).read_bytes() == b""
    with closing(Sent(tmp_path)) as sent:
        sent.add(["a", "b"])
    with closing(Sent(tmp_path, many=1)) as sent:
        sent.add(["c"])
        assert sent.known(["a", "b", "c", "d"]) == {"a", "b", "c"}


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    with closing(Sent(tmp_path, many=1)) as sent:
        sent.add(["a", "b"])
        sent.add(["c"])
        files = list(tmp_path.iterdir())
        assert {path.stat().st_mode & 0o077 for path in files} == {0}
        assert {LOG, NAME} <= {path.name for path in files}


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="the disk refuses"):
        Sent(tmp_path / "file").add(["a"])
