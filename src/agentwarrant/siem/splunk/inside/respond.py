"""The alert action, which is an adaptive response as well: tells the responder where to look.

Splunk starts it with ``--execute`` and JSON on the standard input, which names the file of the
results (Splunk's "Write the script for a custom alert action"). Ids and a few fields of every
row are posted; ``app_bin`` says in which form. It ends within ``DEADLINE_S`` whatever the
responder does. Python 3.9 and later, nothing but the standard library; lines that begin with a
level go to the standard error, from where splunkd takes them into its log.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from agentwarrant.siem.splunk.inside.rest import Splunkd, SplunkdError, path_of
from agentwarrant.siem.splunk.inside.results import Part, Unreadable, parted, read, result

APP = "agentwarrant"
SECRET = (APP, "responder")
"""Realm and name in storage/passwords of the secret that requests are signed with."""
SIGNATURE, KEY = "X-AgentWarrant-Signature", "X-AgentWarrant-Key"
DEADLINE_S, TIMEOUT_S, PAUSE_S = 30, 5, 1
SHORTEST = 16
"""Characters that a secret has at least."""
ALREADY = 409
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIELDS = 20


class Failure(Exception):
    """It was not sent. Its text is one line for splunkd's log and holds no secret."""


class OutOfTime(Exception):
    """The deadline has come."""


class _NoRedirects(HTTPRedirectHandler):
    """Follows nobody elsewhere: what is sent is meant for one host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def main(arguments: Sequence[str], stdin: Any = None) -> int:
    """Send the rows of one alert; return the exit status."""
    if list(arguments[1:2]) != ["--execute"]:
        log("FATAL", "it is started by Splunk, with --execute")
        return 1
    try:
        with _until(DEADLINE_S):
            return _sent(json.load(stdin or sys.stdin))
    except (Failure, SplunkdError, Unreadable) as error:
        log("ERROR", str(error))
    except OutOfTime:
        log("ERROR", f"nothing was sent within {DEADLINE_S} seconds")
    except Exception as error:  # a traceback could show what is secret
        log("ERROR", f"unexpected: {type(error).__name__}")
    return 2


def log(level: str, line: str) -> None:
    """Write one line for splunkd's log."""
    sys.stderr.write(f"{level} {' '.join(line.split())[:600]}\n")


def _sent(payload: Any) -> int:
    settings = payload.get("configuration") or {}
    url = address(str(settings.get("url", "")))
    secret = _secret(str(payload.get("server_uri", "")), str(payload.get("session_key", "")))
    names = [one.strip() for one in str(settings.get("fields", "")).split(",") if one.strip()]
    if len(names) > _FIELDS:
        raise Failure(f"fields: {len(names)} are named, at most {_FIELDS} may be")
    rows = read(str(payload.get("results_file", "")))
    results = [result(row, names, str(settings.get("rule", ""))) for row in rows]
    if not results:
        log("INFO", "there are no rows to send")
        return 0
    parts = list(parted(payload, results))
    opener = build_opener(
        HTTPSHandler(context=_context(str(settings.get("ca", "")))), _NoRedirects()
    )
    done, last = 0, time.monotonic() + DEADLINE_S
    for part in parts:
        try:
            if time.monotonic() > last:  # where there are no alarms
                raise OutOfTime
            _posted(opener, url, secret, part)
        except (Failure, OutOfTime) as error:
            why = str(error) or f"no time is left after {DEADLINE_S} seconds"
            raise Failure(
                f"{len(results) - done} of {len(results)} rows were not sent: {why}"
            ) from None
        done += part.rows
    log("INFO", f"sent {done} rows in {len(parts)} requests to {urlsplit(url).hostname}")
    return 0


def address(url: str) -> str:
    """Return the responder's address.

    Raises:
        Failure: It is none, or not https, or holds a password.
    """
    try:
        parts = urlsplit(url.strip())
        sound = parts.scheme == "https" and parts.hostname and (parts.port or 443)
    except ValueError:
        sound = False
    if not sound or parts.username or parts.password:
        raise Failure("url: write the responder's address, beginning with https://, no user in it")
    return url.strip()


def _secret(uri: str, session_key: str) -> bytes:
    place = path_of(APP, "storage", "passwords", ":".join((*SECRET, "")))
    try:
        found = Splunkd(uri, session_key).get(place)
        secret = found["entry"][0]["content"]["clear_password"]
    except SplunkdError as error:
        mend = "who owns the search needs the capability list_storage_passwords"
        raise Failure(f"the secret {SECRET[1]} was not read: {error}; {mend}") from None
    except (KeyError, IndexError, TypeError):
        secret = ""
    if not isinstance(secret, str) or len(secret) < SHORTEST:
        raise Failure(f"the secret {SECRET[1]} has fewer than {SHORTEST} characters")
    return secret.encode()


# Sending -----------------------------------------------------------------------------------------


def sign(secret: bytes, time_s: int, body: bytes) -> str:
    """Return the value of the header ``SIGNATURE`` (``siem.splunk.signature``)."""
    signed = hmac.new(secret, b"%d." % time_s + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={signed}"


def _posted(opener: Any, url: str, secret: bytes, part: Part) -> None:
    """Post one request; what may pass is tried once more, after a moment."""
    try:
        return _once(opener, url, secret, part)
    except _MayPass as error:
        log("WARN", f"the responder did not take it, it is asked once more: {error}")
    time.sleep(PAUSE_S)
    try:
        return _once(opener, url, secret, part)
    except _MayPass as error:
        raise Failure(str(error)) from None


class _MayPass(Failure):
    """It may do the next time."""


def _once(opener: Any, url: str, secret: bytes, part: Part) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "agentwarrant-splunk",
        SIGNATURE: sign(secret, int(time.time()), part.body),
        KEY: part.key,
    }
    request = Request(url, data=part.body, headers=headers, method="POST")  # noqa: S310  # it is https
    try:
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            answer.read(1024)
    except HTTPError as error:
        if error.code == ALREADY:
            return
        fault = _MayPass if error.code in AGAIN else Failure
        raise fault(f"the responder answered {error.code}") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise Failure(
                f"the responder's certificate is not trusted: {reason.verify_message}"
            ) from None
        raise _MayPass(
            f"the responder cannot be reached: {' '.join(str(reason).split())[:200]}"
        ) from None


def _context(ca: str) -> ssl.SSLContext:
    """Return what verifies the responder: this host's authorities, and those of a file."""
    context = ssl.create_default_context()
    with suppress(ImportError, OSError):  # Splunk's own Python has no authorities of the system
        import certifi

        context.load_verify_locations(certifi.where())
    if ca:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError):
            raise Failure("ca: the file of authorities cannot be read") from None
    return context


class _until:  # noqa: N801  # it is read like a word
    """Raises OutOfTime in the main thread when the time is over, where the system can."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds if hasattr(signal, "SIGALRM") else 0

    def __enter__(self) -> None:
        if self._seconds:
            signal.signal(signal.SIGALRM, _over)
            signal.alarm(self._seconds)

    def __exit__(self, *_: Any) -> None:
        if self._seconds:
            signal.alarm(0)


def _over(*_: Any) -> None:
    raise OutOfTime
