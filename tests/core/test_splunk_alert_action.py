"""The alert action tells the responder of every row, signed, in time, and says nothing secret."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.certificates import (
    authority_file,
)
from tests.splunk_inside import (
    RUNTIMES,
    SESSION_KEY,
    Responder,
    Runtime,
    Splunkd,
    built,
    cells,
    clean_environment,
    older_pythons,
    serving,
    splunk_home,
)

from agentwarrant.siem.splunk import signature
from agentwarrant.siem.splunk.inside import respond, results
from agentwarrant.siem.splunk.webhook import matches_in

SECRET = Splunkd.secret
ROW = {
    "_time": "1764400000.123",
    "aw_ids": ["e-1", "e-2"],
    "aw_rule": "0b1f5f0a-6a0e-4d0c-9f3e-1b5b8d5d0002",
    "aw_tenant": "acme",
    "aw_agent": "main",
    "aw_matches": "3",
    "_raw": "the whole event, which must not leave",
    "message": "nor must this",
}


@pytest.fixture(scope="module", params=sorted(RUNTIMES))
def runtime(request: pytest.FixtureRequest) -> Runtime:
    return RUNTIMES[request.param]()


@pytest.fixture(scope="module")
def programs(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = built(runtime, tmp_path_factory.mktemp("app"))
    return folder


@pytest.fixture
def splunkd(tmp_path: Path) -> Iterator[tuple[Splunkd, str]]:
    kept = Splunkd()
    with serving(kept) as address:
        yield kept, address


def results_file(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "results.csv.gz"
    names = list(dict.fromkeys(name for row in rows for name in row))
    with gzip.open(path, "wt", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([one for name in names for one in (name, f"__mv_{name}")])
        for row in rows:
            writer.writerow([one for name in names for one in cells(row.get(name, ""))])
    return path


def executed(
    runtime: Runtime, programs: Path, splunkd: str, folder: Path, rows: Any, **settings: str
) -> tuple[int, str]:
    """Run the action as splunkd does; return its exit status and what it wrote."""
    settings.setdefault("fields", "aw_matches,gone")
    settings.setdefault("ca", str(authority_file(folder)))
    payload = {
        "app": "agentwarrant",
        "owner": "analyst",
        "results_file": str(results_file(folder, rows) if isinstance(rows, list) else rows),
        "results_link": "https://splunk.example:8000/app/search/@go?sid=1",
        "search_name": "Agent Warrant - AW-1 A rule",
        "server_host": "sh1",
        "server_uri": splunkd,
        "session_key": SESSION_KEY,
        "sid": "scheduler__analyst__RMD5_at_1764400000_1",
        "configuration": settings,
        "result": rows[0] if isinstance(rows, list) and rows else {},
    }
    done = subprocess.run(
        [*runtime.python, str(programs / "aw_respond.py"), "--execute"],
        input=json.dumps(payload).encode(),
        capture_output=True,
        check=False,
        timeout=60,
        env=clean_environment() | {"SPLUNK_HOME": str(splunk_home(folder / "home"))},
    )
    written = (done.stdout + done.stderr).decode()
    assert SESSION_KEY not in written
    assert SECRET not in written
    assert "Traceback" not in written
    return done.returncode, written


def test_every_row_is_sent_signed_with_its_ids_and_the_few_fields(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    rows = [ROW, {**ROW, "aw_ids": "e-3", "aw_agent": "a$;$b", "aw_matches": ["1", "2"]}]
    responder = Responder()
    before = sorted(programs.parent.rglob("*"))
    with serving(responder) as url:
        status, written = executed(
            runtime, programs, splunkd[1], tmp_path, rows, url=f"{url}/splunk?x=1"
        )
    assert status == 0, written
    (got,) = responder.got
    assert got.path == "/splunk?x=1"
    at = signature.signed_at(SECRET.encode(), got.header(signature.SIGNATURE), got.body)
    assert at is not None
    assert abs(at - time.time()) < 60
    common = {"rule": ROW["aw_rule"], "tenant": "acme", "time": ROW["_time"]}
    assert got.said == {
        "version": signature.VERSION,
        "search": "Agent Warrant - AW-1 A rule",
        "sid": "scheduler__analyst__RMD5_at_1764400000_1",
        "app": "agentwarrant",
        "part": 1,
        "parts": 1,
        "results": [
            {**common, "aw_ids": ["e-1", "e-2"], "agent": "main", "fields": {"aw_matches": "3"}},
            {**common, "aw_ids": ["e-3"], "agent": "a$;$b", "fields": {"aw_matches": ["1", "2"]}},
        ],
    }
    assert [match.agent for match in matches_in(got.body) or ()] == ["main", "a$;$b"]
    assert b"must not leave" not in got.body
    assert sorted(programs.parent.rglob("*")) == before
    assert written.startswith("INFO sent 2 rows in 1 requests to 127.0.0.1")


def test_rows_beyond_one_request_go_in_several(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    rows = [{**ROW, "aw_ids": f"e-{number}"} for number in range(signature.MOST_ROWS * 2 + 7)]
    responder = Responder()
    with serving(responder) as url:
        status, written = executed(runtime, programs, splunkd[1], tmp_path, rows, url=url)
    assert status == 0, written
    sent = [one["aw_ids"][0] for got in responder.got for one in got.said["results"]]
    assert sent == [row["aw_ids"] for row in rows]
    assert [got.said["part"] for got in responder.got] == [1, 2, 3]
    assert len({got.header(signature.KEY) for got in responder.got}) == 3


def test_the_same_results_have_the_same_key_and_others_another(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    responder = Responder(statuses=[200, 409, 200])
    with serving(responder) as url:
        for row in (ROW, ROW, {**ROW, "aw_ids": "e-9"}):
            status, written = executed(runtime, programs, splunkd[1], tmp_path, [row], url=url)
            assert status == 0, written  # 409: the responder has them already
    first, again, other = (got.header(signature.KEY) for got in responder.got)
    assert first == again != other


@pytest.mark.parametrize(
    ("statuses", "asked", "status"),
    [([503, 200], 2, 0), ([503, 503], 2, 2), ([400], 1, 2), ([401], 1, 2), ([307], 1, 2)],
)
def test_what_may_pass_is_tried_once_more_and_nothing_else(
    runtime: Runtime,
    programs: Path,
    splunkd: tuple[Splunkd, str],
    tmp_path: Path,
    statuses: list[int],
    asked: int,
    status: int,
) -> None:
    responder = Responder(statuses=list(statuses))
    with serving(responder) as url:
        code, written = executed(runtime, programs, splunkd[1], tmp_path, [ROW], url=url)
    assert code == status, written
    assert len(responder.got) == asked
    assert (
        status == 0
        or f"1 of 1 rows were not sent: the responder answered {statuses[-1]}" in written
    )


def test_it_ends_in_time_when_the_responder_says_nothing(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    responder = Responder(slow=True)
    with serving(responder) as url:
        start = time.monotonic()
        code, written = executed(runtime, programs, splunkd[1], tmp_path, [ROW], url=url)
        taken = time.monotonic() - start
    assert code == 2
    assert "1 of 1 rows were not sent: the responder cannot be reached: " in written
    assert taken < respond.DEADLINE_S + 5


def test_a_responder_of_a_strange_authority_is_told_nothing(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    responder = Responder()
    with serving(responder) as url:
        code, written = executed(runtime, programs, splunkd[1], tmp_path, [ROW], url=url, ca="")
    assert code == 2
    assert "the responder's certificate is not trusted" in written
    assert not responder.got


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": ""}, "url: write the responder's address"),
        ({"url": "http://responder.example/"}, "url: write the responder's address"),
        ({"url": "https://user:hunter2@responder.example/"}, "no user in it"),
        ({"url": "https://[::1"}, "url: write the responder's address"),
        ({"url": "https://x.example", "fields": ",".join("abcdefghijklmnopqrstuv")}, "at most 20"),
        ({"url": "https://x.example", "ca": "/gone.pem"}, "ca: the file of authorities"),
    ],
)
def test_wrong_settings_are_said_in_one_line(
    runtime: Runtime,
    programs: Path,
    splunkd: tuple[Splunkd, str],
    tmp_path: Path,
    settings: dict[str, str],
    said: str,
) -> None:
    code, written = executed(runtime, programs, splunkd[1], tmp_path, [ROW], **settings)
    assert code == 2
    assert written.startswith("ERROR ")
    assert written.count("\n") == 1
    assert said in written
    assert "hunter2" not in written


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_secret_nothing_is_sent(
    runtime: Runtime, programs: Path, tmp_path: Path, secret: str
) -> None:
    responder = Responder()
    with serving(Splunkd(secret=secret)) as splunkd, serving(responder) as url:
        code, written = executed(runtime, programs, splunkd, tmp_path, [ROW], url=url)
    assert code == 2
    assert "the secret responder" in written
    assert not responder.got


def test_results_that_cannot_be_read_are_said(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(b"a,b\n1,2\n" * 99)[:-20])
    for path in (broken, tmp_path / "gone.csv.gz"):
        code, written = executed(
            runtime, programs, splunkd[1], tmp_path, path, url="https://x.example"
        )
        assert code == 2
        assert "the results cannot be read" in written


def test_it_runs_on_every_python_that_splunk_has(
    runtime: Runtime, programs: Path, splunkd: tuple[Splunkd, str], tmp_path: Path
) -> None:
    pythons = list(older_pythons())
    if not pythons:
        pytest.skip("no Python 3.9 or 3.10 is here")
    for python in pythons:
        responder = Responder()
        old = Runtime("old", (python,), runtime.sdk)
        with serving(responder) as url:
            status, written = executed(old, programs, splunkd[1], tmp_path, [ROW], url=url)
        assert status == 0, written
        assert len(responder.got) == 1


def test_it_is_not_started_by_hand(runtime: Runtime, programs: Path) -> None:
    done = subprocess.run(
        [*runtime.python, str(programs / "aw_respond.py")], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == b"FATAL it is started by Splunk, with --execute\n"


def test_both_ends_agree_on_the_form() -> None:
    assert (respond.SIGNATURE, respond.KEY) == (signature.SIGNATURE, signature.KEY)
    assert results.VERSION == signature.VERSION
    assert (results.MOST_ROWS, results.MOST_BYTES) == (signature.MOST_ROWS, signature.MOST_BYTES)


@given(st.binary(min_size=1), st.integers(0, 10**11), st.binary(), st.binary())
def test_a_signature_is_of_one_secret_one_time_and_one_body(
    secret: bytes, at: int, body: bytes, other: bytes
) -> None:
    signed = respond.sign(secret, at, body)
    assert signed == signature.sign(secret, at, body)
    assert signature.signed_at(secret, signed, body) == at
    assert signature.signed_at(secret + b"x", signed, body) is None
    assert signature.signed_at(secret, signed, body + b"x") is None
    assert signature.signed_at(secret, signed.replace("t=", "t=1"), body) is None
    assert signature.signed_at(secret, other.decode("latin-1"), body) is None


CELLS = st.text(max_size=40) | st.lists(st.text(max_size=600), max_size=300)
RESULTS = st.lists(
    st.dictionaries(st.sampled_from([*ROW, "aw_id", "event.id"]), CELLS, max_size=6), max_size=6
)


@given(RESULTS, st.integers(1, 400))
def test_no_request_is_larger_than_agreed_and_no_row_is_lost(
    rows: list[dict[str, Any]], times: int
) -> None:
    listed = [{k: [v] if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    made = [results.result(row, list(ROW), "rule") for row in listed] * times
    parts = list(results.parted({"sid": "s", "search_name": "n", "app": "a"}, made)) if made else []
    assert sum(part.rows for part in parts) == len(made)
    for part in parts:
        assert len(part.body) <= signature.MOST_BYTES
        assert part.rows <= signature.MOST_ROWS
        assert len(json.loads(part.body)["results"]) == part.rows
    assert len({part.key for part in parts}) == len(parts)
