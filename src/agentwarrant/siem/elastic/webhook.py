"""A webhook for Kibana's rule actions: the body names alerts, and the alerts are read from Elastic.

Nothing of a body becomes part of a finding::

    {"alerts": "{{#context.alerts}}{{kibana.alert.uuid}} {{/context.alerts}}"}

is the body of the action of a rule (Kibana, "Rule action variables": ``context.alerts`` of security
rules); a list of ids is taken as well. The connector sends the secret as a bearer token, or as the
password of basic authentication.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from agentwarrant.secretrefs import Secret
from agentwarrant.siem.hooks import Hook, Reply, Tell

MOST_BYTES = Hook.most_bytes
MOST_ALERTS = 1_000
_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
Named = Callable[[Sequence[str]], int]
"""Takes alerts by their ids and returns how many were new (``alerts.Inbox.named``)."""


class Webhook(Hook):
    """The receiver.

    Args:
        named: Takes the alerts of some ids; durable when it returns.
        secret: What the connector must know; it is read anew for every request.
        tell: Takes one line for the operator when alerts could not be taken.
    """

    def __init__(self, named: Named, secret: Secret, tell: Tell = lambda line: None) -> None:
        super().__init__(secret, tell)
        self._named = named

    def may_speak(self, environ: Mapping[str, Any], secret: bytes) -> bool:
        given = _credential(str(environ.get("HTTP_AUTHORIZATION", "")))
        return bool(secret) and given is not None and hmac.compare_digest(given, secret)

    def take(self, environ: Mapping[str, Any], body: bytes, secret: bytes) -> Reply:
        ids = ids_in(body)
        if ids is None:
            return 400, {"error": "the body names no alerts"}
        return 200, {"taken": self._named(ids)}


def ids_in(body: bytes) -> list[str] | None:
    """Return the ids that a body names, each once; None when it is no such body.

    An id that cannot be one is a fault of the whole: the template of the action is wrong.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    listed = said.get("alerts") if isinstance(said, dict) else None
    if isinstance(listed, str):
        listed = listed.split()
    if not isinstance(listed, list) or not listed or len(listed) > MOST_ALERTS:
        return None
    if not all(isinstance(one, str) and _ID.fullmatch(one) for one in listed):
        return None
    return list(dict.fromkeys(listed))


def _credential(header: str) -> bytes | None:
    scheme, _, rest = header.partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip().encode("latin-1", "replace")  # as WSGI decodes headers
        case "basic":
            try:
                return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
            except (binascii.Error, ValueError):
                return None
        case _:
            return None
