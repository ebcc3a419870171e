"""What Anthropic's actions share: the form of ids, reads, and what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import Expectation, Op, Target, Verification
from agentwarrant.respond.transport import Request, Transport

DOC = "docs/vendors/anthropic.md"
BETA = {"anthropic-beta": "managed-agents-2026-04-01"}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*_[A-Za-z0-9]{3,80}")


def look(where: str, headers: Mapping[str, str] | None = None) -> Request:
    """Return a GET for which 404 is an answer."""
    read = http.read(where, endpoint="Anthropic", accepts=(404,))
    if not headers:
        return read
    params = {"headers": dict(headers)}
    return Request(read.method, params, read.effect, read.endpoint, accepts=read.accepts)


def post(where: str, **params: Any) -> Request:
    """Return a POST; the vendor changes everything by POST."""
    return http.change("POST", where, endpoint="Anthropic", **params)


def named(target: Target, kind: str, notes: list[str]) -> Iterator[str]:
    """Yield the ids of one kind that have the form of the vendor's ids."""
    for one in target.ids(kind):
        if _ID.fullmatch(one):
            yield one
        else:
            notes.append(f"Left out, no id of Anthropic: {short(one)}")


def body(*path: str) -> tuple[str, ...]:
    """Return a path within the body of an answer."""
    return ("body", *path)


def found_at(transport: Transport | None, request: Request, notes: list[str]) -> Any:
    """Return what there is: None without a transport, and with a note where it is unknown."""
    if transport is None:
        return None
    answer = transport.send(request)
    if answer["status"] == 404:
        notes.append(f"Left out, unknown to Anthropic: {short(request.method.rpartition('/')[2])}")
        return {}
    return answer["body"]


def archived(where: str) -> Verification:
    """Return the read that shows that something is archived."""
    return Verification(look(where), (Expectation(body("archived_at"), "", op=Op.ABOVE),))
