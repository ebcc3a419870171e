"""Kibana's HTTP API, in the space of one tenant.

Source: Kibana's API documentation: every call carries ``kbn-xsrf``; the versioned public routes
take ``elastic-api-version: 2023-10-31``; ``/s/<space>`` before a path names a space other than the
default one.
"""

from __future__ import annotations

import base64
import ssl
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from agentwarrant.config import Target
from agentwarrant.errors import ConfigError, TargetRefused, TargetUnreachable, WrongTarget
from agentwarrant.secretrefs import Secret, text_in

API_VERSION = "2023-10-31"
DEFAULT_SPACE = "default"
_BUSY = frozenset({429, 502, 503, 504})
_TRIES = 2


class Kibana:
    """A connection to Kibana; a context manager that closes it.

    Args:
        client: With the address and the credentials.
        name: What errors call it.
    """

    def __init__(self, client: httpx.Client, name: str) -> None:
        self._client = client
        self._name = name

    def request(
        self,
        method: str,
        path: str,
        *,
        space: str = DEFAULT_SPACE,
        allow: tuple[int, ...] = (),
        **parts: Any,
    ) -> httpx.Response:
        """Send a request and return the answer, if it is a success or allowed.

        Args:
            method: ``GET``, ``POST`` …
            path: From ``/api`` on.
            space: In which space.
            allow: Status codes that are no errors for the caller: ``(404,)``.
            parts: As httpx takes them: ``json``, ``params``, ``files``, ``content``, ``headers``.

        Raises:
            TargetRefused: Kibana said no; ``status`` says how.
            TargetUnreachable: It did not answer, or is busy.
            WrongTarget: What answers is not Kibana.
        """
        if space != DEFAULT_SPACE:
            path = f"/s/{quote(space, safe='')}{path}"
        try:
            answer = self._client.request(method, path, **parts)
        except httpx.HTTPError as error:
            raise TargetUnreachable(
                f"no answer: {_reason(error)}", where=self._place, mend="check kibana, proxy and ca"
            ) from error
        if answer.is_success or answer.status_code in allow:
            return answer
        raise self._refusal(answer)

    def json(self, method: str, path: str, **parts: Any) -> Any:
        """Send a request and return the document it is answered with; see ``request``.

        Raises:
            WrongTarget: The answer is no JSON.
        """
        answer = self.request(method, path, **parts)
        try:
            return answer.json()
        except ValueError:
            raise WrongTarget("what answers is not Kibana", where=self._place) from None

    def version(self) -> str:
        """Return Kibana's version, as ``8.19.2``; see ``request`` for what is raised."""
        found = self.json("GET", "/api/status")
        try:
            return str(found["version"]["number"])
        except (KeyError, TypeError):
            raise WrongTarget("what answers is not Kibana", where=self._place) from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _place(self) -> str:
        return f"{self._name} ({self._client.base_url})"

    def _refusal(self, answer: httpx.Response) -> TargetRefused | TargetUnreachable:
        status = answer.status_code
        if status in _BUSY:
            return TargetUnreachable(f"it is busy ({status})", where=self._place, mend="wait")
        what, mend = f"it answered {status}: {_message(answer)}", ""
        if status == 401:
            what, mend = "the key or the password is not known there", "make a new key"
        elif status == 403:
            what, mend = "the key or the user may not do that", "give it the role of docs/config.md"
        elif answer.is_redirect:
            what, mend = "it sends elsewhere", "is that the address of Kibana itself?"
        return TargetRefused(what, where=self._place, mend=mend, status=status)


def kibana(target: Target, *, transport: httpx.BaseTransport | None = None) -> Kibana:
    """Return the connection to a target's Kibana.

    Args:
        target: Has ``kibana``, or ``cloud_id``.
        transport: What carries the requests; for tests.

    Raises:
        ConfigError: It has no Kibana; a secret or the file of certificates is not there.
    """
    carrier = transport or httpx.HTTPTransport(
        verify=_trust(target),
        proxy=target.proxy_url() or None,
        retries=_TRIES,  # of the connection; a request that has left is never repeated
        trust_env=False,
    )
    client = httpx.Client(
        base_url=_address(target),
        headers={"kbn-xsrf": "true", "elastic-api-version": API_VERSION, **_identity(target)},
        timeout=target.timeout,
        transport=carrier,
        trust_env=False,
    )
    return Kibana(client, f"{target.name}, Kibana")


def _address(target: Target) -> str:
    if target.kibana:
        return target.kibana
    if not target.cloud_id:
        raise ConfigError("the target has no Kibana", where=target.name, mend="write kibana: URL")
    host, port = _of_cloud(target)
    return f"https://{host}:{port}"


def _of_cloud(target: Target) -> tuple[str, str]:
    """Return Kibana's host and port of a cloud id: ``name:base64(host[:port]$search$kibana)``."""
    try:
        text = base64.b64decode(target.cloud_id.rpartition(":")[2], validate=True).decode("ascii")
        domain, _, found = text.split("$")
    except ValueError:
        raise ConfigError("the cloud_id names no Kibana", where=target.name) from None
    host, _, port = domain.partition(":")
    kibana_host, _, own_port = found.partition(":")
    return f"{kibana_host}.{host}", own_port or port or "443"


def encoded(key: Secret) -> str:
    """Return an API key as it is sent: ``base64(id:key)``, which Kibana calls encoded.

    Raises:
        ConfigError: It is not there, or no key.
    """
    text = key.value()
    if ":" in text:
        return base64.b64encode(text.encode()).decode()
    if not text.isascii() or " " in text:
        raise ConfigError("what stands there is no API key", where=key.reference)
    return text


def _identity(target: Target) -> dict[str, str]:
    if target.api_key is not None:
        return {"authorization": f"ApiKey {encoded(target.api_key)}"}
    if target.password is not None:
        pair = f"{text_in(target.username)}:{target.password.value()}"
        return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _trust(target: Target) -> ssl.SSLContext:
    if target.ca is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=target.ca)
    except OSError as error:
        what = f"cannot be read as certificates: {error.strerror or type(error).__name__}"
        raise ConfigError(what, where=str(target.ca)) from error


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return str(error)[:200] or type(error).__name__


def _message(answer: httpx.Response) -> str:
    try:
        found = answer.json()
    except ValueError:
        return answer.reason_phrase
    return str(found.get("message", ""))[:200] if isinstance(found, dict) else ""
