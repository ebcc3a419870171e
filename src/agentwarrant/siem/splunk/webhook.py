"""A webhook for our alert action: signed results, whose events are then read from Splunk.

What is sent, and how it is signed, is said in ``app_bin`` and ``signature``. A request is taken
when its signature is right and not old, and once: its key is kept with the ids of what was taken.
A result is a hint of where to look; what becomes a finding is read from the tenant's index.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from agentwarrant.event import iso_from_ms
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.hooks import Hook, Reply, Tell
from agentwarrant.siem.inbox import Inbox
from agentwarrant.siem.splunk.matches import Match, match_sent
from agentwarrant.siem.splunk.signature import (
    KEY,
    MOST_BYTES,
    MOST_ROWS,
    SIGNATURE,
    VERSION,
    signed_at,
)
from agentwarrant.siem.taken import BadAlert

WITHIN = 300
"""Seconds by which the clocks of both sides may differ, the way between them included."""
_KEY = re.compile(r"[0-9a-f]{16,128}")


class Webhook(Hook):
    """The receiver.

    Args:
        inboxes: By tenant.
        secret: What the alert action signs with; it is read anew for every request.
        tell: Takes one line for the operator when results could not be taken.
        clock: Says the time, in seconds since 1970.
    """

    most_bytes = MOST_BYTES

    def __init__(
        self,
        inboxes: Mapping[str, Inbox[Match]],
        secret: Secret,
        tell: Tell = lambda line: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(secret, tell)
        self._inboxes = inboxes
        self._clock = clock

    def may_speak(self, environ: Mapping[str, Any], secret: bytes) -> bool:
        key = _KEY.fullmatch(_header(environ, KEY))
        return bool(secret and key and _header(environ, SIGNATURE))

    def take(self, environ: Mapping[str, Any], body: bytes, secret: bytes) -> Reply:
        signed = signed_at(secret, _header(environ, SIGNATURE), body)
        now = self._clock()
        if signed is None or abs(now - signed) > WITHIN:
            return 401, {"error": "the signature is not right, or not of now"}
        matches = matches_in(body)
        if matches is None:
            return 400, {"error": "the body is none of the alert action"}
        key = f"key:{_header(environ, KEY)}"
        if any(inbox.knows(key) for inbox in self._inboxes.values()):
            return 409, {"error": "that was taken already"}
        return 200, {"taken": self._taken(matches, key, iso_from_ms(int(now * 1000)))}

    def _taken(self, matches: list[Match], key: str, now: str) -> int:
        """Take matches, each for its tenant; the key is kept when all of them are."""
        portions: dict[str, list[Match]] = {}
        only = next(iter(self._inboxes)) if len(self._inboxes) == 1 else ""
        for match in matches:
            portions.setdefault(match.tenant or only, []).append(match)
        taken = 0
        for tenant, portion in portions.items():
            inbox = self._inboxes.get(tenant)
            if inbox is None:
                what = "of a tenant that does not ship there, or of none"
                self._tell(f"{len(portion)} results of a webhook were not taken: {what}")
            else:
                taken += inbox.bring(portion)
        for inbox in self._inboxes.values():
            inbox.note(key, now)
        return taken


def matches_in(body: bytes) -> list[Match] | None:
    """Return the matches that a body holds; None when it is no such body."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or said.get("version") != VERSION:
        return None
    results = said.get("results")
    if not isinstance(results, list) or not 0 < len(results) <= MOST_ROWS:
        return None
    try:
        return [match_sent(result if isinstance(result, dict) else {}) for result in results]
    except BadAlert:
        return None


def _header(environ: Mapping[str, Any], name: str) -> str:
    return str(environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))
