"""The sweep over every log source: each genuine capture becomes its golden, and holds up.

The goldens are written, never edited: ``AGENTWARRANT_REGOLD=1 pytest tests/test_connectors.py``,
then read the diff.
"""

from __future__ import annotations

import base64
import copy
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.shipped import shipped_rules

from agentwarrant import dialect, plugins, schema
from agentwarrant.cli.output import report
from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.finding import Finding
from agentwarrant.inputs import DeadLetter, open_input
from agentwarrant.redact import KEY_VARIABLE, Redactor, installation_key
from agentwarrant.scan import Scan

HOME = "agentwarrant.connectors"
WRITTEN = 1_795_400_000  # of every sample: a checkout does not keep the times of files
COMPANIONS = ("-wal", "-shm")
HOSTILE_RECORDS = 400
SECRETS = (
    "sk_test_FAKEFAKEFAKEFAKE1234",
    "EXAMPLEKEYEXAMPLEKEYEXAMPLEKEYEXAMPLE123",
    "p4ss@",
    "moltbook_sk_EXAMPLEEXAMPLEEXAMPLE0000",
    "sk_test_FAKE_0123456789abcdef",
    "fake-hunter2",
    "moltbook_claim_EXAMPLE",
)
"""All that stand in the captures; none is real."""

CONNECTORS = tuple(
    found
    for module in plugins.modules(HOME, HOME)
    if module.__name__.startswith(f"{HOME}.")
    for found in plugins.classes(module, Connector)  # type: ignore[type-abstract]  # as a base
)


def unheard(_letter: DeadLetter) -> None:
    """Take a dead letter that the test is not about."""


def folder(source: type[Connector], name: str) -> Path:
    with as_file(files(HOME).joinpath(source.name, name)) as path:
        return path


def kept_in(source: type[Connector], name: str) -> list[str]:
    """Return the files of one of a source's folders, by their place in it."""
    home = folder(source, name)
    found = (path for path in home.rglob("*") if path.is_file())
    return sorted(p.relative_to(home).as_posix() for p in found if not p.name.endswith(COMPANIONS))


def samples(source: type[Connector]) -> list[str]:
    return kept_in(source, "samples")


PAIRS = [pytest.param(c, s, id=f"{c.name}/{s}") for c in CONNECTORS for s in samples(c)]
SOURCES = [pytest.param(c, id=c.name) for c in CONNECTORS]


@pytest.fixture(autouse=True)
def _fixed_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "test-key")


def made(source: type[Connector]) -> Connector:
    return source(Redactor(installation_key()))


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    shutil.rmtree(place())


@cache
def place() -> Path:
    return Path(tempfile.mkdtemp(prefix="samples-"))


@cache
def captures(source: type[Connector]) -> Path:
    """Return a copy of a source's captures whose times of writing are fixed.

    The whole folder: a log is told by the files beside it.
    """
    copied = place() / source.name
    shutil.copytree(folder(source, "samples"), copied)
    for path in copied.rglob("*"):
        os.utime(path, (WRITTEN, WRITTEN))
    return copied


def at_hand(source: type[Connector], sample: str) -> Path:
    return captures(source) / sample


@cache
def read(source: type[Connector], sample: str) -> tuple[list[Raw], list[DeadLetter]]:
    letters: list[DeadLetter] = []
    found = list(made(source).read(open_input(at_hand(source, sample), letters.append)))
    return found, letters


@cache
def events(source: type[Connector], sample: str) -> tuple[Event, ...]:
    connector = made(source)
    found = (event for raw in read(source, sample)[0] for event in connector.normalize(raw))
    return tuple(
        {**event, "log.file.path": sample} if "log.file.path" in event else event for event in found
    )


def as_lines(found: tuple[Event, ...]) -> bytes:
    return b"".join(
        orjson.dumps(event, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
        for event in found
    )


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_named_as_its_folder_and_ships_a_capture(source: type[Connector]) -> None:
    assert source.__module__.startswith(f"{HOME}.{source.name}")
    assert samples(source)
    assert kept_in(source, "expected") == sorted(f"{sample}.jsonl" for sample in samples(source))


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_a_capture_becomes_its_golden(source: type[Connector], sample: str) -> None:
    golden = folder(source, "expected") / f"{sample}.jsonl"
    found = as_lines(events(source, sample))
    if os.environ.get("AGENTWARRANT_REGOLD"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(found)
    expected = [orjson.loads(line) for line in golden.read_bytes().splitlines()]
    assert [orjson.loads(line) for line in found.splitlines()] == expected


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_nothing_of_a_genuine_capture_is_a_dead_letter(
    source: type[Connector], sample: str
) -> None:
    assert read(source, sample)[1] == []


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_every_event_is_valid(source: type[Connector], sample: str) -> None:
    faults = {said for event in events(source, sample) for said in schema.problems(event)}
    assert faults == set()


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_every_event_is_complete_in_the_words_of_splunk(
    source: type[Connector], sample: str
) -> None:
    rendered = [dialect.render(event, "splunk") for event in events(source, sample)]
    assert {said for event in rendered for said in dialect.cim_problems(event)} == set()


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_no_two_events_of_a_capture_share_an_id(source: type[Connector], sample: str) -> None:
    ids = [event["event.id"] for event in events(source, sample)]
    assert sorted({str(one) for one in ids}) == sorted(map(str, ids))


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_the_same_record_gives_the_same_events(source: type[Connector], sample: str) -> None:
    one, other = made(source), made(source)
    for raw in read(source, sample)[0]:
        before = copy.deepcopy(raw)
        assert list(one.normalize(raw)) == list(other.normalize(raw)) == list(one.normalize(raw))
        assert raw == before, "normalize changed what it was given"


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_no_secret_of_a_capture_gets_out(source: type[Connector], sample: str) -> None:
    text = as_lines(events(source, sample)).decode()
    leaked = {secret for secret in SECRETS for form in forms(secret) if form in text}
    assert leaked == set()


@pytest.fixture(scope="module")
def scanned() -> tuple[Scan, list[Finding]]:
    run = Scan.over(shipped_rules())
    return run, list(run.findings([captures(source) for source in CONNECTORS]))


@pytest.mark.parametrize("format_", ["table", "jsonl", "json", "html"])
def test_no_secret_of_any_capture_is_in_any_report(
    scanned: tuple[Scan, list[Finding]], format_: str
) -> None:
    stream = io.BytesIO()
    report(*scanned, format_, stream)
    text = stream.getvalue().decode()
    assert "moltbook" in text
    assert [s for s in SECRETS for form in forms(s) if form in text] == []


def forms(secret: str) -> list[str]:
    """Return a secret in plain and as base64 writes it at each of the three alignments."""
    shown = [secret]
    for before, skipped in ((0, 0), (1, 2), (2, 3)):
        raw = b"\0" * before + secret.encode()
        shown.append(base64.b64encode(raw).decode()[skipped : len(raw) * 8 // 6])
    return shown


def test_base64_is_looked_for_wherever_a_secret_stands_in_it() -> None:
    for before in (b"", b"a", b"ab", b"abc"):
        encoded = base64.b64encode(before + SECRETS[0].encode() + b"rest").decode()
        assert any(form in encoded for form in forms(SECRETS[0]))


@pytest.mark.parametrize(("source", "sample"), PAIRS)
def test_a_source_knows_its_own_captures_better_than_any_other_source_does(
    source: type[Connector], sample: str
) -> None:
    file = open_input(at_hand(source, sample), unheard)
    sure = {one.name: made(one).recognise(file) for one in CONNECTORS}
    own = sure.pop(source.name)
    assert 0 < own <= 100
    assert all(own > other for other in sure.values()), sure


# What somebody else wrote ------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "0", "²", "9" * 5000, "0001-01-01T00:00:00+14:00", "\0", "x" * 40_000]),
)


def nested(depth: int) -> Any:
    value: Any = "deep"
    for level in range(depth):
        value = [value] if level % 2 else {"arguments": value}
    return value


HOSTILE = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from([[], {}, [None], {"values": 1}, {"arrayValue": {"values": 7}}, "{", "[]"]),
    st.sampled_from([3, 40, 300]).map(nested),
)


def places(value: object, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every part of a JSON value stands."""
    if above:
        yield above
    pairs: Iterable[tuple[Any, object]] = ()
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield from places(part, (*above, key))


@st.composite
def broken(draw: st.DrawFn, originals: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a genuine record of which one part, at any depth, is missing or is something else."""
    record: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(originals)))
    *way, last = draw(st.sampled_from(list(places(record))))
    holder: Any = record
    for key in way:
        holder = holder[key]
    if draw(st.integers(0, 3)) == 0:
        del holder[last]
    else:
        holder[last] = draw(HOSTILE)
    return record


@pytest.mark.parametrize("source", SOURCES)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_broken_record_is_refused_or_gives_valid_events(
    source: type[Connector], data: st.DataObject
) -> None:
    sample = data.draw(st.sampled_from(samples(source)))
    genuine = read(source, sample)[0][:HOSTILE_RECORDS]
    raw = data.draw(st.sampled_from(genuine))
    record = data.draw(broken([raw.record]))
    judge(made(source), Raw(record, raw.path, raw.line, raw.context))


@pytest.mark.parametrize("source", SOURCES)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_file_of_broken_records_is_read_to_its_end(
    source: type[Connector], data: st.DataObject
) -> None:
    written = [record for sample in samples(source) for record in lines_of(source, sample)]
    if not written:
        pytest.skip("this source keeps databases only")
    broken_ones = data.draw(st.lists(broken(written), min_size=1, max_size=6))
    with tempfile.TemporaryDirectory() as home:
        path = Path(home, "broken.jsonl")
        path.write_bytes("\n".join(map(json.dumps, broken_ones)).encode())
        connector = made(source)
        file = open_input(path, unheard)
        assert 0 <= connector.recognise(file) <= 100
        for raw in connector.read(file):
            judge(connector, raw)


@cache
def lines_of(source: type[Connector], sample: str) -> list[dict[str, Any]]:
    file = open_input(at_hand(source, sample), unheard)
    return [record for _, record in file.records()] if file.kind == "records" else []


def judge(connector: Connector, raw: Raw) -> None:
    found: list[Event] = []
    try:
        found.extend(connector.normalize(raw))
    except (BadRecord, ValueError):
        return
    assert {said for event in found for said in schema.problems(event)} == set()
