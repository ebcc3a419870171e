"""Access tokens for an app that proves who it is, with a private key or a secret.

References:
    - RFC 7523, 2.2: client authentication by a signed assertion (``private_key_jwt``)
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

import httpx

from agentwarrant.errors import Refused, Unreachable
from agentwarrant.faults import short
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import Authorize
from agentwarrant.respond.jwt import signed

_BY_JWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIVES = 300


def private_key_jwt(connection: Connection, token_url: str, **form: str) -> Authorize:
    """Prove who asks by client credentials with a signed assertion.

    Args:
        connection: Its options ``client_id`` and, where the vendor wants one, ``key_id``, and its
            secret ``private_key`` (``respond.jwt``) are used.
        token_url: Path or address of the token endpoint; its full address is the audience.
        form: Further fields, such as ``scope``.
    """

    def authorize(client: httpx.Client) -> Mapping[str, str]:
        url = str(client.base_url.join(token_url))
        app = connection.option("client_id")
        now = int(time.time())
        claims: dict[str, str | int] = {"iss": app, "sub": app, "aud": url, "jti": uuid.uuid4().hex}
        claims |= {"iat": now, "exp": now + _LIVES}
        asked = {
            "grant_type": "client_credentials",
            "client_id": app,
            "client_assertion_type": _BY_JWT,
            "client_assertion": signed(
                claims, connection.secret("private_key"), kid=connection.option("key_id")
            ),
            **form,
        }
        return {"Authorization": f"Bearer {_granted(client, url, asked, connection.name)}"}

    return authorize


def client_secret(connection: Connection, token_url: str, **form: str) -> Authorize:
    """Prove who asks by client credentials, where a token may be answered with 201 as well.

    Args:
        connection: Its option ``client_id`` and its secret ``client_secret`` are sent.
        token_url: Path or address of the token endpoint.
        form: Further fields.
    """

    def authorize(client: httpx.Client) -> Mapping[str, str]:
        asked = {
            "grant_type": "client_credentials",
            "client_id": connection.option("client_id"),
            "client_secret": connection.secret("client_secret"),
            **form,
        }
        return {"Authorization": f"Bearer {_granted(client, token_url, asked, connection.name)}"}

    return authorize


def _granted(client: httpx.Client, url: str, form: Mapping[str, str], where: str) -> str:
    try:
        answer = client.post(url, data=dict(form))
    except httpx.HTTPError as error:
        what = f"no token: no answer ({type(error).__name__})"
        raise Unreachable(what, where=where) from None
    try:
        body = answer.json()
    except ValueError:
        body = None
    token = body.get("access_token") if isinstance(body, Mapping) else None
    if answer.status_code in (200, 201) and isinstance(token, str):
        return token
    said = body.get("error") if isinstance(body, Mapping) else None
    what = f"no token: {answer.status_code}{f', {short(said)}' if said else ''}"
    if answer.status_code == 429 or answer.status_code >= 500:
        raise Unreachable(what, where=where)
    mend = "client_id and its secret or key, and what the app was granted"
    raise Refused(what, where=where, mend=mend, status=answer.status_code)
