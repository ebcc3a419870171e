"""The transport to AWS: one request is one call of boto3, signed, and never repeated by itself.

A request is ``service.Operation`` with the operation's own parameters::

    Request("iam.UpdateAccessKey", {"UserName": "helper", ...}, Effect.CHANGE, "AWS")

An answer is ``{"status": 200, "code": "", "body": {...}}``: ``code`` is AWS's name of an error that
the request ``accepts``; times are ISO 8601. Documents of policies are mappings both ways, also
where AWS takes and gives JSON as text. Lists are read to their end (``LIMIT`` rows).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agentwarrant import __version__
from agentwarrant.errors import ConfigError, MissingExtra, OutcomeUnknown, Refused, Unreachable
from agentwarrant.event import compact_json
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Effect, Request, opened

if TYPE_CHECKING:
    from boto3.session import Session

LIMIT = 1000
_DOCUMENTS = frozenset({"PolicyDocument", "ResourcePolicy", "policy"})
_LATER = frozenset(
    """Throttling ThrottlingException ThrottledException RequestThrottled TooManyRequestsException
    RequestLimitExceeded SlowDown PriorRequestNotComplete RetryableConflictException
    ServiceUnavailable ServiceUnavailableException""".split()
)
"""Errors that say: nothing was done, ask again. 503 of AWS is throttling too."""

_READ_ATTEMPTS = 4
_SAID = 300


class Aws:
    """An open connection to one account in one region.

    Attributes:
        connection: Which; see ``http.connection_of``.
    """

    def __init__(self, session: Session, connection: Connection) -> None:
        self._session = session
        self.connection = self._connection = connection
        self._clients: dict[tuple[str, bool], Any] = {}

    def send(self, request: Request) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Refused: 4xx; ``status`` is set.
            Unreachable: Throttled, or no connection: nothing was done.
            OutcomeUnknown: 5xx or no answer: a change may have been done.
            ConfigError: Without credentials or a region.
        """
        service, _, operation = request.method.partition(".")
        params = _sent(opened(request.params, self._connection.secret))
        return self._asked(request, lambda: self._call(service, operation, params, request))

    def _call(
        self, service: str, operation: str, params: dict[str, Any], request: Request
    ) -> dict[str, Any]:
        from botocore import xform_name

        client = self._client(service, request.effect is Effect.READ)
        name = xform_name(operation)
        if operation.startswith("List") and client.can_paginate(name):
            pages = client.get_paginator(name).paginate(
                **params, PaginationConfig={"MaxItems": LIMIT}
            )
            return {"status": 200, "code": "", "body": _received(pages.build_full_result())}
        body = dict(getattr(client, name)(**params))
        status = body.pop("ResponseMetadata", {}).get("HTTPStatusCode", 200)
        return {"status": status, "code": "", "body": _received(body)}

    def _client(self, service: str, again: bool) -> Any:
        """Return a client; boto3 repeats what only reads, a change is the ledger's to repeat."""
        from botocore.config import Config

        if (service, again) not in self._clients:
            proxy = self._connection.proxy_url()
            config = Config(  # type: ignore[call-arg]  # the stubs lack the endpoint's switch
                retries={"total_max_attempts": _READ_ATTEMPTS if again else 1, "mode": "standard"},
                connect_timeout=self._connection.timeout,
                read_timeout=self._connection.timeout,
                proxies={"https": proxy, "http": proxy} if proxy else {},
                ignore_configured_endpoint_urls=True,  # no environment redirects who stops agents
                user_agent_extra=f"agentwarrant/{__version__}",
            )
            client: Callable[..., Any] = self._session.client
            self._clients[service, again] = client(
                service,
                config=config,
                endpoint_url=self._connection.url or None,
                verify=str(self._connection.ca) if self._connection.ca else None,
            )
        return self._clients[service, again]

    def _asked(self, request: Request, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        from botocore import exceptions as aws

        where = self._connection.name
        try:
            return call()
        except aws.ClientError as error:
            return self._judged(request, error.response)
        except (aws.NoCredentialsError, aws.NoRegionError, aws.ProfileNotFound) as error:
            raise ConfigError(_line(error), where=where, mend="its secrets and options") from None
        except aws.ParamValidationError as error:
            raise Refused(f"{request.method}: {_line(error)}", where=where) from None
        except (
            aws.EndpointConnectionError,
            aws.ConnectTimeoutError,
            aws.ProxyConnectionError,
            aws.SSLError,
        ) as error:
            raise Unreachable(f"no connection: {_line(error)}", where=where) from None
        except aws.BotoCoreError as error:
            what = f"{request.method} was sent and no answer came: {_line(error)}"
            mend = "read the state before anything else"
            raise OutcomeUnknown(what, where=where, mend=mend) from None

    def _judged(self, request: Request, response: Mapping[str, Any]) -> dict[str, Any]:
        """Return an error that is an answer here, or raise what it means."""
        status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        error = response.get("Error", {})
        code = str(error.get("Code", ""))
        where = self._connection.name
        if status in request.accepts:
            return {"status": status, "code": code, "body": {}}
        said = f"{request.method}: {status} {code}: {_line(error.get('Message', ''))}"
        if code in _LATER or status == 429:
            raise Unreachable(said, where=where, mend="ask again later")
        if status >= 500:
            mend = "read the state before anything else"
            raise OutcomeUnknown(said, where=where, mend=mend)
        mend = "does the account hold the permission?" if status in (401, 403) else ""
        raise Refused(said, where=where, mend=mend, status=status)


@contextmanager
def connect(connection: Connection) -> Iterator[Aws]:
    """Open a connection with the credentials that its secrets and options name.

    Raises:
        MissingExtra: boto3 is not installed.
        ConfigError: It names no credentials.
        Refused, Unreachable: The role that it names cannot be assumed.
    """
    try:
        import boto3
    except ImportError as error:
        mend = "pip install 'agentwarrant[aws]'"
        raise MissingExtra("AWS needs the library boto3", mend=mend) from error
    region = connection.option("region", "us-east-1")
    if connection.has("access_key_id"):
        token = connection.secret("session_token") if connection.has("session_token") else None
        session = boto3.session.Session(
            connection.secret("access_key_id"),
            connection.secret("secret_access_key"),
            token,
            region_name=region,
        )
    elif connection.options.get("host_credentials") is True:
        session = boto3.session.Session(region_name=region)
    else:
        mend = "secrets access_key_id and secret_access_key, or option host_credentials: true"
        raise ConfigError("it names no credentials", where=connection.name, mend=mend)
    if connection.option("role_arn"):
        session = _assumed(boto3.session.Session, session, connection, region)
    yield Aws(session, connection)


def _assumed(
    kind: Callable[..., Session], session: Session, connection: Connection, region: str
) -> Session:
    """Return a session in the role of a customer's account."""
    wanted = {
        "RoleArn": connection.option("role_arn"),
        "RoleSessionName": "agentwarrant",
        "DurationSeconds": 900,
    }
    if connection.option("external_id"):
        wanted["ExternalId"] = connection.option("external_id")
    enter = Request("sts.AssumeRole", wanted, Effect.CHANGE, "AWS")
    given = Aws(session, connection).send(enter)["body"]["Credentials"]
    return kind(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=region
    )


def _sent(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: compact_json(value) if name in _DOCUMENTS and isinstance(value, Mapping) else value
        for name, value in params.items()
    }


def _received(value: Any, name: str = "") -> Any:
    """Return an answer as JSON has it, its documents read."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and name in _DOCUMENTS:
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return {key: _received(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_received(one) for one in value]
    return value


def _line(said: object) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(said)[:_SAID])
    return " ".join(text.split()) or type(said).__name__
