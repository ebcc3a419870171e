"""The connection to Elasticsearch or OpenSearch that a target describes.

Needs the extra ``elastic``; without it ``connect`` says what to install. Certificates are always
verified, and no variable of the environment changes where a request goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentwarrant.config import Target
from agentwarrant.errors import (
    ConfigError,
    MissingExtra,
    TargetRefused,
    TargetUnreachable,
    WrongTarget,
)
from agentwarrant.secretrefs import text_in
from agentwarrant.siem.elastic.kibana import Kibana as Kibana
from agentwarrant.siem.elastic.kibana import encoded
from agentwarrant.siem.elastic.kibana import kibana as kibana
from agentwarrant.siem.elastic.outcomes import all_taken

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

OPENSEARCH = "opensearch"
_INSTALL = 'pip install "agentwarrant[elastic]"'


def connect(target: Target, *, check: bool = True) -> Elasticsearch:
    """Return a client of a target; close it when done.

    Args:
        target: Of the kind ``elastic`` or ``opensearch``.
        check: Ask the server once whether it is there, is what the target says, and knows us.

    Raises:
        ConfigError: A secret or the file of certificates is not there.
        MissingExtra: The client library is not installed.
        TargetRefused: The server does not know the key or the user.
        TargetUnreachable: It does not answer.
        WrongTarget: What answers is no such server.
    """
    if target.kind == OPENSEARCH and target.cloud_id:
        raise ConfigError("cloud_id is of Elastic Cloud", where=target.name, mend="write its url")
    with needing_extra():
        from elasticsearch import Elasticsearch

        from agentwarrant.siem.elastic.nodes import node_class
    where: dict[str, Any] = {"hosts": [_with_port(url) for url in target.urls]}
    if target.cloud_id:
        where = {"cloud_id": target.cloud_id}
    try:
        client = Elasticsearch(
            **where,
            **_identity(target),
            **_trust(target),
            node_class=node_class(opensearch=target.kind == OPENSEARCH, proxy=target.proxy_url()),
            request_timeout=target.timeout,
            serializers=_serializers(),
        )
    except ValueError as error:
        raise ConfigError(str(error), where=target.name) from None
    if check:
        _check(client, target)
    return client


@contextmanager
def needing_extra() -> Iterator[None]:
    """Say what to install where a library of the extra is not there.

    Raises:
        MissingExtra: It is not there.
    """
    try:
        yield
    except ImportError as error:
        what = f"shipping to Elastic needs the library {error.name}"
        raise MissingExtra(what, mend=_INSTALL) from error


@contextmanager
def asking(target: Target) -> Iterator[None]:
    """Turn what elasticsearch-py raises into errors of ours, around calls of a client.

    Raises:
        TargetRefused: The server said no; ``status`` says how.
        TargetUnreachable: It did not answer.
        WrongTarget: What answered is no such server.
    """
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError:
        mend = "for OpenSearch write kind: opensearch"
        raise WrongTarget("this is not Elasticsearch", where=_place(target), mend=mend) from None
    except ApiError as error:
        raise _refusal(target, error.status_code, str(error.message)) from error
    except TransportError as error:
        mend = "check url, proxy and ca; what waits is kept"
        what = f"no answer: {reason_of(error)}"
        raise TargetUnreachable(what, where=_place(target), mend=mend) from error


def reason_of(error: BaseException) -> str:
    """Return why a connection failed, as the system said it where it did, in one clause."""
    pending, seen = [error], 0
    while pending and seen < 20:
        seen += 1
        one = pending.pop(0)
        if isinstance(one, OSError) and one.strerror:
            return one.strerror
        inner = [getattr(one, "reason", None), one.__cause__, one.__context__]
        inner += [*getattr(one, "errors", ()), *one.args]
        pending += [other for other in inner if isinstance(other, BaseException)]
    return {"ConnectionTimeout": "it took too long"}.get(type(error).__name__, "broken off")


def _refusal(target: Target, status: int, message: str) -> TargetRefused | TargetUnreachable:
    if status == 401:
        what, mend = "the key or the password is not known there", "make a new key"
    elif status == 403:
        what, mend = "the key or the user may not do that", "give it the role of docs/config.md"
    elif status in (429, 502, 503, 504):
        return TargetUnreachable(f"it is busy ({status})", where=_place(target), mend="wait")
    else:
        what, mend = f"it answered {status}: {message[:200]}", ""
    return TargetRefused(what, where=_place(target), mend=mend, status=status)


def _check(client: Elasticsearch, target: Target) -> None:
    try:
        with asking(target):
            found = client.info().body
    except TargetRefused as error:
        if error.status == 403:  # a key that may write only is known and may not ask this
            return
        client.close()
        raise
    except Exception:
        client.close()
        raise
    version = found.get("version") if isinstance(found, dict) else None
    if not isinstance(version, dict):
        client.close()
        raise WrongTarget("this is no search server", where=_place(target), mend="check url")
    distribution = str(version.get("distribution", "Elasticsearch"))[:40]
    if (target.kind == OPENSEARCH) != (distribution == OPENSEARCH):
        client.close()
        mend = "set kind to what it is"
        raise WrongTarget(f"this is {distribution}", where=_place(target), mend=mend)


def _identity(target: Target) -> dict[str, Any]:
    if target.api_key is not None:
        return {"api_key": encoded(target.api_key)}
    if target.password is not None:
        return {"basic_auth": (text_in(target.username), target.password.value())}
    return {}


def _serializers() -> dict[str, Any]:
    """Return what reads answers: the usual ones by their bytes, others by orjson if possible."""
    from elasticsearch import serializer

    fast: Any = getattr(serializer, "OrjsonSerializer", serializer.JsonSerializer)

    class Fast(fast):  # type: ignore[misc]  # which class it is depends on the client's version
        def loads(self, data: bytes) -> Any:
            return all_taken(data) or super().loads(data)

    kinds = "application/json", "application/vnd.elasticsearch+json"
    return {kind: Fast() for kind in kinds}


def _trust(target: Target) -> dict[str, Any]:
    if target.ca is None:
        return {}
    if not target.ca.is_file():
        raise ConfigError("there is no such file of certificates", where=str(target.ca))
    return {"ca_certs": str(target.ca)}


def _with_port(url: str) -> str:
    """Return an address with its port: elasticsearch-py refuses one without."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    has_port = ":" in host.rpartition("]")[2]
    usual = "443" if scheme == "https" else "80"
    return f"{scheme}://{host}{'' if has_port else f':{usual}'}{slash}{path}"


def _place(target: Target) -> str:
    return f"{target.name} ({', '.join(target.urls) or 'Elastic Cloud'})"
