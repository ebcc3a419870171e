"""The usual answer to a bulk request is known by its bytes, and no other is taken for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.siem.elastic.outcomes import AllTaken, all_taken

TAKEN = {"create": {"status": 201}}


def answer(items: list[dict[str, Any]], *, errors: bool = False) -> bytes:
    return json.dumps({"errors": errors, "items": items}, separators=(",", ":")).encode()


@given(st.integers(1, 5000))
def test_an_answer_that_took_everything_says_how_much(count: int) -> None:
    assert all_taken(answer([TAKEN] * count)) == AllTaken(count)


@given(st.integers(0, 40), st.integers(0, 40), st.sampled_from([200, 202, 409, 429, 503]))
def test_one_document_that_was_not_taken_makes_it_another_answer(
    before: int, after: int, status: int
) -> None:
    items = [*[TAKEN] * before, {"create": {"status": status}}, *[TAKEN] * after]
    assert all_taken(answer(items)) is None


@pytest.mark.parametrize(
    "other",
    [
        answer([TAKEN], errors=True),
        answer([{"create": {"status": 201, "failure_store": "used"}}]),
        answer([]),
        answer([TAKEN])[:-1],
        answer([TAKEN]) + b"\n",
        b'{"errors":false,"items":[{"index":{"status":201}}]}',
        b"",
        b"{}",
    ],
)
def test_what_is_not_exactly_that_answer_is_read_as_json(other: bytes) -> None:
    assert all_taken(other) is None


def test_text_is_no_answer() -> None:
    assert all_taken(answer([TAKEN]).decode()) is None
