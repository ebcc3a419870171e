"""What is on disk, whatever it is: records, dead letters with a reason, or a file that is named."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import zstandard

from agentwarrant import inputs, packed
from agentwarrant.errors import UnreadableFile
from agentwarrant.inputs import DeadLetter, Record, open_input

GOOD = b'{"a": 1}\n'
MEBIBYTE = 1 << 20
NOBODY = 65534


def read(path: Path) -> tuple[list[Record], list[DeadLetter]]:
    letters: list[DeadLetter] = []
    records = [record for _, record in open_input(path, letters.append).records()]
    return records, letters


def written(folder: Path, body: bytes, name: str = "file.jsonl") -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read(path)
    assert caught.value.where == str(path)
    return caught.value.what


# Records -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}\n{"a": 2}',
        b'{"a": 1}\r\n{"a": 2}\r\n',
        b'\n\n  {"a": 1}\n\n{"a": 2}\n\n',
        b'\xef\xbb\xbf{"a": 1}\n{"a": 2}\n',
        b'[{"a": 1}, {"a": 2}]',
        b'[\n  {"a": 1},\n  {\n    "a": 2\n  }\n]\n',
        '{"a": 1}\n{"a": 2}\n'.encode("utf-16"),
        b"\xfe\xff" + '{"a": 1}\r\n{"a": 2}\r\n'.encode("utf-16-be"),
        gzip.compress(b'{"a": 1}\n{"a": 2}\n'),
        gzip.compress(b'{"a": 1}\n') + gzip.compress(b'{"a": 2}\n'),
        zstandard.compress(b'{"a": 1}\n{"a": 2}\n'),
        zstandard.compress(b'{"a": 1}\n') + zstandard.compress(b'{"a": 2}\n'),
        gzip.compress('{"a": 1}\n{"a": 2}\n'.encode("utf-16")),
    ],
    ids=range(13),  # gzip notes the time: as an id the bytes would name another test each second
)
def test_records_are_read_however_they_are_packed(tmp_path: Path, body: bytes) -> None:
    assert read(written(tmp_path, body)) == ([{"a": 1}, {"a": 2}], [])


def test_a_document_over_many_lines_is_one_record(tmp_path: Path) -> None:
    document = {"events": [{"n": n} for n in range(500)]}
    path = written(tmp_path, b"\xef\xbb\xbf" + json.dumps(document, indent=2).encode())
    assert read(path) == ([document], [])


def test_the_first_line_may_only_look_like_a_document(tmp_path: Path) -> None:
    records, letters = read(written(tmp_path, b"[\n" + GOOD * 3))
    assert len(records) == 3
    assert [letter.line for letter in letters] == [1]


def test_lines_keep_their_numbers(tmp_path: Path) -> None:
    file = open_input(written(tmp_path, b"\n" + GOOD + b"oops\n" + GOOD), lambda _: None)
    assert [line for line, _ in file.records()] == [2, 4]


def test_half_a_surrogate_pair_is_mended(tmp_path: Path) -> None:
    ((record,), letters) = read(written(tmp_path, b'{"text": "\\ud83d and \\uDE00"}'))
    assert record == {"text": "? and ?"}
    assert letters == []


def test_what_is_consumed_is_counted_on_disk(tmp_path: Path) -> None:
    for body in (GOOD * 100, gzip.compress(GOOD * 100), zstandard.compress(GOOD * 100)):
        file = open_input(written(tmp_path, body), lambda _: None)
        assert len(list(file.records())) == 100
        assert file.consumed == file.size == len(body)


def test_a_file_that_grows_is_read_to_where_it_ends_now(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    file = open_input(path, lambda _: None)
    path.write_bytes(GOOD * 3)
    assert len(list(file.records())) == 3


def test_a_line_that_is_being_written_is_a_dead_letter(tmp_path: Path) -> None:
    records, letters = read(written(tmp_path, GOOD + b'{"a": "half'))
    assert records == [{"a": 1}]
    assert [(letter.line, letter.reason) for letter in letters] == [
        (2, "incomplete or broken JSON")
    ]


def test_a_file_that_is_gone_when_it_is_read_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    file = open_input(path, lambda _: None)
    path.unlink()
    with pytest.raises(UnreadableFile):
        list(file.records())


# Dead letters ------------------------------------------------------------------------------

BAD_LINES = {
    "text": (b"hello", "not JSON"),
    "half": (b'{"a": "x', "incomplete or broken JSON"),
    "latin": ('{"a": "caf\xe9 au lait"}'.encode("latin-1"), "not UTF-8"),
    "latin text": (b"caf\xe9 au lait", "not UTF-8"),
    "binary": (bytes(range(256)).replace(b"\n", b""), "binary, not text"),
    "nul": (b'{"a": "\0"}', "incomplete or broken JSON"),
    "nuls": (b"\0" * 100, "binary, not text"),
    "number": (b"7", "not JSON"),
    "array": (b"[1]", "a JSON number where an object belongs"),
    "nested array": (b'["x", [2], null]', "a JSON text where an object belongs"),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "JSON nested too deep"),
    "deep arrays": (b"[" * 100_000, "JSON nested too deep"),
    "deep surrogate": (b'{"\\ud800":' * 100_000 + b"1" + b"}" * 100_000, "JSON nested too deep"),
    "two on a line": (b'{"a": 1}{"a": 2}', "incomplete or broken JSON"),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_one_bad_line_is_a_dead_letter_between_good_ones(
    tmp_path: Path, line: bytes, reason: str
) -> None:
    records, letters = read(written(tmp_path, GOOD + line + b"\n" + GOOD))
    assert records == [{"a": 1}, {"a": 1}]
    assert {(letter.line, letter.reason) for letter in letters[:1]} == {(2, reason)}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_file_of_nothing_else_is_named(tmp_path: Path, line: bytes, reason: str) -> None:
    assert refusal(written(tmp_path, line)) == reason


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("missing", [1, 3, 9, 400])
def test_a_cut_archive_gives_what_it_has_and_says_that_it_ends_early(
    tmp_path: Path, pack: Callable[[bytes], bytes], missing: int
) -> None:
    noise = os.urandom(400).hex().encode()
    body = pack(b"".join(b'{"n": %d, "t": "%s"}\n' % (n, noise[n:]) for n in range(400)))
    records, letters = read(written(tmp_path, body[:-missing]))
    assert len(records) >= 100
    assert letters[-1].reason.startswith(("the file ends in the middle", "incomplete"))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_an_archive_of_which_only_the_beginning_is_left_is_named(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    assert refusal(written(tmp_path, pack(GOOD)[:8]))


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"\x1f\x8b" + b"nonsense" * 10))
    assert refusal(written(tmp_path, b"\x28\xb5\x2f\xfd" + b"nonsense" * 10))


# Limits ------------------------------------------------------------------------------------


@contextmanager
def bounded(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_a_line_of_a_hundred_megabytes_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    with path.open("ab") as file:
        file.write(b'{"a": "')
        file.truncate(100 * MEBIBYTE)  # sparse: it takes no room on disk
        file.seek(0, os.SEEK_END)
        file.write(b'"}\n' + GOOD)
    with bounded(300):
        records, letters = read(path)
    assert len(records) == 2
    (letter,) = letters
    assert (letter.line, letter.reason) == (2, "longer than 32 MiB")
    assert letter.bytes > 99 * MEBIBYTE


def test_a_document_of_millions_of_lines_takes_no_more_than_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "RECORD_LIMIT", MEBIBYTE // 4)
    path = written(tmp_path, b"[\n" + b"\n" * (MEBIBYTE // 4))
    with bounded(4):
        assert refusal(path) == "incomplete or broken JSON"


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_not_unpacked_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(packed, "UNPACKED_FREELY", MEBIBYTE)
    path = written(tmp_path, pack(GOOD + b"\0" * (64 * MEBIBYTE)))
    with bounded(40):
        records, letters = read(path)
    assert records == [{"a": 1}]
    assert "unpacks to more than 250 times its size" in letters[-1].reason


def test_a_log_that_packs_well_is_no_bomb(tmp_path: Path) -> None:
    lines = b"".join(
        b'{"n": %d, "message": "the same again and again"}\n' % n for n in range(10**5)
    )
    records, letters = read(written(tmp_path, gzip.compress(lines)))
    assert (len(records), letters) == (10**5, [])


# Files that are none -----------------------------------------------------------------------


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b"")) == "it is empty"
    assert refusal(written(tmp_path, b"\n\n")) == "it holds no JSON object"
    assert refusal(written(tmp_path, gzip.compress(b""))) == "it holds no JSON object"


def test_a_folder_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "it is a folder"


def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "it is no regular file"


def test_a_device_is_not_read_for_ever() -> None:
    assert refusal(Path("/dev/zero")) == "it is no regular file"


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "symbolic links" in refusal(tmp_path / "loop")


def test_a_file_that_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = written(Path(folder), GOOD)
        path.chmod(0)
        with as_nobody():
            assert refusal(path) == "permission denied"


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be somebody whom permissions bind."""
    me = os.geteuid()
    if me == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(me)


# Databases ---------------------------------------------------------------------------------


def database(folder: Path, rows: int = 1) -> Path:
    path = folder / "data.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE notes (body TEXT)")
        db.executemany("INSERT INTO notes VALUES (?)", [("x" * 2000,)] * rows)
    return path


def test_a_database_is_known_by_what_it_holds(tmp_path: Path) -> None:
    file = open_input(database(tmp_path), lambda _: None)
    assert (file.kind, set(file.tables)) == ("sqlite", {"notes"})
    with closing(file.connect()) as db:
        assert db.execute("SELECT count(*) FROM notes").fetchone() == (1,)


def test_a_database_is_never_written(tmp_path: Path) -> None:
    with (
        closing(open_input(database(tmp_path), lambda _: None).connect()) as db,
        pytest.raises(sqlite3.OperationalError),
    ):
        db.execute("INSERT INTO notes VALUES ('y')")
    assert [path.name for path in tmp_path.iterdir()] == ["data.sqlite"]


def test_a_locked_database_is_named(tmp_path: Path) -> None:
    path = database(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked" in refusal(path)


def test_a_text_that_is_no_utf_8_does_not_end_the_reading_of_a_table(tmp_path: Path) -> None:
    path = database(tmp_path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO notes VALUES (CAST(x'ff41' AS TEXT))")
    with closing(open_input(path, lambda _: None).connect()) as db:
        assert db.execute("SELECT body FROM notes").fetchall()[-1] == ("\ufffdA",)


@pytest.mark.parametrize("size", [16, 90, 100, 2000, 4095, 8192])
def test_a_database_cut_short_is_named(tmp_path: Path, size: int) -> None:
    path = database(tmp_path, rows=50)
    os.truncate(path, size)
    assert "SQLite cannot read it" in refusal(path)


def test_a_database_with_a_broken_page_fails_where_it_is_read(tmp_path: Path) -> None:
    path = database(tmp_path, rows=50)
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    with (
        closing(open_input(path, lambda _: None).connect()) as db,
        pytest.raises(sqlite3.DatabaseError),
    ):
        db.execute("SELECT body FROM notes").fetchall()


def test_a_database_of_nonsense_is_named(tmp_path: Path) -> None:
    assert "SQLite cannot read it" in refusal(
        written(tmp_path, b"SQLite format 3\0" + os.urandom(5000))
    )
