"""The connection to one HTTP Event Collector: what is asked, once each, and what it answers.

Splunk's "HTTP Event Collector REST API endpoints": ``/services/collector/event``, ``…/ack`` and
``…/health``; the token in the header ``Authorization: Splunk …``, the channel in
``X-Splunk-Request-Channel``. Certificates are always verified; no variable of the environment
changes where a request goes. Cookies are kept: a load balancer that pins a client to one of
several collectors does it by them, and only the one that took events can say what became of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import httpx
import orjson

from agentwarrant.config import ON, Target
from agentwarrant.errors import ConfigError, TargetRefused, TargetUnreachable, WrongTarget
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.packing import packer
from agentwarrant.siem.receiver import Doubt, TooLarge
from agentwarrant.siem.splunk.answers import NO_DATA, Meaning, Reply, reply_of
from agentwarrant.siem.splunk.carrier import reason_of, trust

_ROOT = "/services/collector"
_TRIES = 2


class Collector:
    """One HTTP Event Collector.

    Args:
        client: With the address.
        name: What errors call it.
    """

    def __init__(self, client: httpx.Client, name: str) -> None:
        self._client = client
        self._name = name
        self._pack = packer()

    def send(self, token: Secret, channel: str, body: bytes) -> Reply:
        """Send events, once.

        Args:
            token: Whose.
            channel: Of whom who sends: a UUID.
            body: Envelopes, one after the other.

        Raises:
            ConfigError: The token is not there.
            Doubt: Nobody knows what became of them.
            TooLarge: They are too many bytes.
            WrongTarget: What answers is no collector.
        """
        headers = {"content-encoding": "gzip", **_headers(token, channel)}
        return self._ask("POST", f"{_ROOT}/event", headers, self._pack(body))

    def indexed(self, token: Secret, channel: str, acks: Iterable[int]) -> Reply:
        """Ask which of what was sent is indexed; ``Reply.acks`` says it. See ``send``.

        A number that was answered with yes is forgotten there.
        """
        body = orjson.dumps({"acks": list(acks)})
        return self._ask("POST", f"{_ROOT}/ack", _headers(token, channel), body)

    def check(self, target: Target, channel: str) -> None:
        """Ask whether it is there, is well, and knows the token of a target; nothing is sent.

        Raises:
            ConfigError: The token is not there.
            TargetRefused: It does not know the token, or has no acknowledgment that is asked for.
            TargetUnreachable: It does not answer, or is not well.
            WrongTarget: What answers is no collector.
        """
        token = token_of(target)
        try:
            self._see(self._ask("GET", f"{_ROOT}/health", {}, None), Meaning.HEALTHY)
            nothing = self._ask("POST", f"{_ROOT}/event", _headers(token, channel), b"")
            if nothing.code != NO_DATA:
                self._see(nothing, Meaning.TAKEN)
            if target.ack == ON:
                self._see(self.indexed(token, channel, ()), Meaning.TAKEN)
        except Doubt as doubt:
            mend = "check url, proxy and ca"
            raise TargetUnreachable(str(doubt), where=self._place, mend=mend) from doubt

    def refusal(self, reply: Reply, where: str = "") -> TargetRefused | WrongTarget:
        """Return what an answer means that is none to events."""
        where = where or self._place
        strange = reply.meaning in (Meaning.UNKNOWN, Meaning.TAKEN, Meaning.HEALTHY)
        if strange and reply.status not in (401, 403):
            what = f"what answers is no HTTP Event Collector ({reply.status})"
            return WrongTarget(what, where=where, mend="check url: https://HOST:8088")
        return TargetRefused(str(reply), where=where, mend=reply.mend, status=reply.status)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _see(self, reply: Reply, wanted: Meaning) -> None:
        if reply.meaning is Meaning.BUSY:
            raise TargetUnreachable(str(reply), where=self._place, mend="wait")
        if reply.meaning is not wanted:
            raise self.refusal(reply)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> Reply:
        try:
            answer = self._client.request(method, path, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise Doubt(f"no answer: {reason_of(error)}") from error
        if answer.status_code == 413:
            raise TooLarge("413")
        return reply_of(answer.status_code, answer.content)

    @property
    def _place(self) -> str:
        return f"{self._name} ({self._client.base_url})"


def collector(target: Target) -> Collector:
    """Return the connection to the collector of a target; close it when done.

    Raises:
        ConfigError: The file of certificates is not there; the proxy is no address.
    """
    carrier = httpx.HTTPTransport(
        verify=trust(target),
        proxy=target.proxy_url() or None,
        retries=_TRIES,  # of the connection; a request that has left is never repeated
        trust_env=False,
    )
    client = httpx.Client(
        base_url=target.urls[0].removesuffix("/event").removesuffix(_ROOT),
        timeout=target.timeout,
        transport=carrier,
        trust_env=False,
    )
    return Collector(client, target.name)


def token_of(target: Target) -> Secret:
    """Return where the token of a target stands.

    Raises:
        ConfigError: The target has none.
    """
    if target.token is None:
        raise ConfigError("the target has no token", where=target.name, mend="write token: env:…")
    return target.token


def _headers(token: Secret, channel: str) -> dict[str, str]:
    value = token.value()
    if not value.isascii() or " " in value:
        raise ConfigError("what stands there is no token", where=token.reference)
    return {
        "authorization": f"Splunk {value}",
        "content-type": "application/json",
        "x-splunk-request-channel": channel,
    }
