"""Asks the splunkd of this very Splunk, with the key of a session. Python 3.9 and later.

Certificates are verified. Splunk's own, from its installation, names no host
(``SplunkServerDefaultCert``) and lacks what Python 3.13 asks of authorities by default: so on the
loopback interface the name is not compared, and strict checks are off, but the certificate must
come from an authority that this Splunk trusts: ``etc/auth/cacert.pem``, or the ``sslRootCAPath``
of server.conf (Splunk's "Configure TLS certificates for inter-Splunk communication").
"""

from __future__ import annotations

import configparser
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_S = 10
_PORT = 8089
_MOST = 64 * 1024 * 1024
_CODES = {401: "the session has ended", 403: "the user may not", 404: "there is no such thing"}


class SplunkdError(Exception):
    """splunkd did not give what was asked for. Its text is one line and holds no secret."""

    def __init__(self, what: str, status: int = 0) -> None:
        super().__init__(what)
        self.status = status


class Splunkd:
    """The splunkd of this Splunk.

    Args:
        uri: ``https://127.0.0.1:8089``, as Splunk passes it.
        session_key: Of the user in whose name the search runs.
    """

    def __init__(self, uri: str, session_key: str) -> None:
        parts = urlsplit(uri)
        if parts.scheme != "https" or not parts.hostname:
            raise SplunkdError("splunkd has no https address")
        self._host, self._port = parts.hostname, parts.port or _PORT
        self._key = session_key
        self._context = _trusting(_is_loopback(parts.hostname))

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of a path (its parts quoted by ``path_of``).

        Raises:
            SplunkdError: It is not to be had.
        """
        asked = urlencode({"output_mode": "json", **query})
        connection = HTTPSConnection(
            self._host, self._port, timeout=TIMEOUT_S, context=self._context
        )
        try:
            headers = {"Authorization": f"Splunk {self._key}"}
            connection.request("GET", f"{path}?{asked}", headers=headers)
            answer = connection.getresponse()
            body = answer.read(_MOST)
        except (OSError, HTTPException) as error:
            said = " ".join(str(error).split())[:200]
            raise SplunkdError(f"it cannot be reached: {said}") from None
        finally:
            connection.close()
        if answer.status != 200:
            said = _CODES.get(answer.status, f"it answered {answer.status}")
            raise SplunkdError(said, answer.status)
        try:
            return json.loads(body)
        except ValueError:
            raise SplunkdError("it did not answer in JSON") from None


def path_of(app: str, *parts: str) -> str:
    """Return the path of something that an app shares with everybody."""
    return "/".join(["", "servicesNS", "nobody", *(quote(one, safe="") for one in (app, *parts))])


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _trusting(loopback: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for place in _authorities(Path(os.environ.get("SPLUNK_HOME", "/opt/splunk"))):
        with suppress(OSError):  # one that cannot be read is not trusted
            context.load_verify_locations(str(place))
    if loopback:
        context.check_hostname = False  # the chain is verified all the same
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context


def _authorities(home: Path) -> Iterator[Path]:
    yield home / "etc" / "auth" / "cacert.pem"
    written = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    with suppress(OSError, UnicodeError, configparser.Error):
        written.read_string((home / "etc" / "system" / "local" / "server.conf").read_text("utf-8"))
    own: Mapping[str, Any] = written["sslConfig"] if written.has_section("sslConfig") else {}
    named = str(own.get("sslrootcapath") or "")
    if named:
        yield Path(named.replace("$SPLUNK_HOME", str(home)))
