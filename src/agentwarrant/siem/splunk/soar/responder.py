"""Asks the responder, over its webhook: the part of the Splunk SOAR app that knows no SOAR.

What is posted is what the alert action of the Splunk app posts (``siem.splunk.signature``): ids, a
rule, a tenant, an agent; signed, and with a key that is the same whenever the same is asked again.
The responder reads the events itself and plans in observe mode; nothing is changed anywhere. It
runs within SOAR's own Python: 3.9 and later, nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Sequence
from http.client import HTTPException, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

SIGNATURE, KEY = "X-AgentWarrant-Signature", "X-AgentWarrant-Key"
VERSION = 1
SHORTEST = 16
"""Characters that a secret has at least."""
MOST_IDS, LONGEST = 200, 512
TAKEN, REFUSED, ALREADY = 200, 400, 409
_TIMEOUT_S = 15
_ANSWER = 4096


class Failure(Exception):
    """It was not asked, or said no. Its text is one line for the analyst and holds no secret."""


class Responder(NamedTuple):
    """Where the responder is.

    Attributes:
        url: Beginning with ``https://``.
        secret: What requests are signed with.
        ca: Certificates to trust, as PEM; empty for the usual ones.
    """

    url: str
    secret: str
    ca: str = ""


class Proposal(NamedTuple):
    """What the responder said.

    Attributes:
        taken: How many matches it took; 0 where it knew them.
        already: It was asked the same before.
    """

    taken: int
    already: bool


def propose(
    responder: Responder,
    verb: str,
    *,
    agent: str,
    tenant: str,
    rule: str,
    events: Sequence[str],
    asked_by: str,
) -> Proposal:
    """Ask for the response to what an agent did.

    Args:
        responder: Where.
        verb: ``vendor.verb``, which the analyst would have; it goes along, and what is planned
            is the responder's own to say.
        agent: ``gen_ai.agent.id``.
        tenant: Its tenant; empty where the responder has one only.
        rule: ``rule.id`` of the finding.
        events: Ids of the events that it rests on.
        asked_by: What asks: a container of SOAR.

    Raises:
        Failure: The responder was not reached, is not trusted, or said no.
    """
    ids = sorted({one.strip()[:LONGEST] for one in events if one.strip()})[:MOST_IDS]
    if not agent or not ids:
        raise Failure("an agent and the ids of its events are needed")
    said = {
        "aw_ids": ids,
        "rule": rule[:LONGEST],
        "tenant": tenant[:LONGEST],
        "agent": agent[:LONGEST],
        "time": f"{time.time():.3f}",
        "fields": {"asked": verb, "asked_by": asked_by[:LONGEST]},
    }
    key = hashlib.sha256(_json([verb, tenant, rule, agent, ids])).hexdigest()
    head = {"version": VERSION, "search": "Splunk SOAR", "sid": key, "app": "agentwarrant_soar"}
    status, answer = post(responder, _json({**head, "part": 1, "parts": 1, "results": [said]}), key)
    if status == ALREADY:
        return Proposal(0, already=True)
    if status != TAKEN:
        raise Failure(_no(status))
    taken = answer.get("taken") if isinstance(answer, dict) else 0
    return Proposal(taken if isinstance(taken, int) else 0, already=False)


def greet(responder: Responder) -> None:
    """Learn whether the responder is there and knows the secret; it takes nothing.

    Raises:
        Failure: It is not, or does not.
    """
    # A body without results is refused, and only after its signature was found right.
    status, _ = post(responder, _json({"version": VERSION, "results": []}), "0" * 64)
    if status != REFUSED:
        raise Failure(_no(status))


def post(responder: Responder, body: bytes, key: str) -> tuple[int, object]:
    """Post one body, signed; return the status and what the answer says.

    Raises:
        Failure: No answer came.
    """
    host, port, path = _address(responder.url)
    if len(responder.secret) < SHORTEST:
        raise Failure(f"the secret has fewer than {SHORTEST} characters")
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "agentwarrant-soar",
        SIGNATURE: sign(responder.secret.encode(), int(time.time()), body),
        KEY: key,
    }
    connection = HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=_context(responder.ca))
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, _said(answer.read(_ANSWER))
    except ssl.SSLCertVerificationError as error:
        raise Failure(
            f"the responder's certificate is not trusted: {error.verify_message}"
        ) from None
    except (OSError, HTTPException) as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise Failure(f"the responder cannot be reached: {why}") from None
    finally:
        connection.close()


def sign(secret: bytes, time_s: int, body: bytes) -> str:
    """Return the value of the header ``SIGNATURE``."""
    signed = hmac.new(secret, b"%d." % time_s + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={signed}"


def _address(url: str) -> tuple[str, int, str]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port or 443
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise Failure("write the responder's address, beginning with https://, no user in it")
    return parts.hostname, port, parts.path or "/"


def _context(ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cadata=ca.strip() or None)
    except ssl.SSLError:
        raise Failure("the certificates to trust are no PEM") from None


def _said(body: bytes) -> object:
    try:
        said: object = json.loads(body)
    except ValueError:
        return None
    return said


def _no(status: int) -> str:
    why = {
        401: "it does not know the secret, or the clocks differ",
        404: "there is no webhook at that path",
        413: "it was too much",
        503: "it cannot now; ask again",
    }.get(status, "that is not how a responder answers")
    return f"the responder answered {status}: {why}"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
