"""Any provider of SCIM 2: users are switched off and on.

That is all SCIM can do: it ends no session and kills no token, so a user that is switched on again
may find its old ones alive. Where the provider has an action of its own for that, use it before a
release.

References:
    - RFC 7644, parts 3.4.2 (query), 3.5.2 (PATCH) and 7643, part 4.1 (userName is case-insensitive)
    - Run against Keycloak 26.7.3
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from agentwarrant.errors import ConfigError, Guarded, ResponseError
from agentwarrant.faults import short
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import change, connection_of, path, read
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

DOC = "docs/vendors/scim.md"
ENDPOINT = "SCIM"
_JSON = {"Content-Type": "application/scim+json", "Accept": "application/scim+json"}
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PAGE = 100
_PAGES = 10
_LENGTH = 255
_MAX_STEPS = 50


class Scim(HttpVendor):
    name = "scim"
    title = "SCIM 2"
    secrets: ClassVar = {
        "token": "a bearer token; or client_secret with client_id and token_url instead",
        "client_secret": "of client_id",
    }
    options: ClassVar = {
        "client_id": "the responder's own OAuth 2.0 client",
        "token_url": "where it gets its tokens",
        "scope": "which scope it asks for",
        "own_user": "userName of the responder's own account, which is not touched",
    }
    examples = ("scim.user:bot-7",)

    def authorize(self, connection: Connection) -> http.Authorize:
        if connection.has("token"):
            return http.bearer(connection)
        where = connection.option("token_url")
        if urlsplit(where)[:2] != urlsplit(connection.url)[:2] and not where.startswith("https://"):
            what, mend = "token_url is no https:// address", "https://HOST/..., or a token"
            raise ConfigError(what, where=connection.name, mend=mend)
        scope = connection.option("scope")
        more = {"scope": scope} if scope else {}
        return http.client_credentials(connection, where, **more)


class DeactivateUser(Action):
    """Switch off the user that an agent is, at any provider that speaks SCIM."""

    name = "deactivate_user"
    verb = Verb.DISABLE_IDENTITY
    kinds = frozenset({"scim.user"})
    vendor = "scim"
    title = "Switch off the agent's user"
    method = "PATCH /Users/{}"
    reversibility = Reversibility.REVERSIBLE
    required_permissions = ("read and update users",)
    propagation_seconds = 2.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        if transport is None:
            notes.append("The provider was not asked: ids are not looked up, no undo is prepared")
        steps = []
        for name in target.ids("scim.user"):
            if not _is_plain(name):
                notes.append(f"Left out, no userName to ask for: {short(name)}")
            elif transport is None:
                steps.append(self._step(name, f"userName={name}", None))
            elif (row := _user(name, transport, notes)) is not None:
                steps.append(self._step(name, str(row["id"]), row))
        unique = {step.request.method: step for step in steps}
        return Plan(self.id, target, tuple(unique.values())[:_MAX_STEPS], tuple(notes))

    def _step(self, name: str, one: str, row: Mapping[str, Any] | None) -> Step:
        place = path("/Users/{}", one)
        shown = read(place, endpoint=ENDPOINT)
        was = row.get("active") if row else None
        known = was is True
        return Step(
            title=self.title,
            request=_active(place, False),
            changes=f"user {name}: active {'not read' if row is None else was} becomes false",
            verify=Verification(shown, (Expectation(("body", "active"), False),)),
            undo=(_active(place, True),) if known else (),
            undone=Verification(shown, (Expectation(("body", "active"), True),)) if known else None,
            pre_state={"active": True} if known else {},
            note=(
                "SCIM ends no session and kills no token. Some providers take them along; switched"
                " on again, they may live again: end them at the provider before a release."
            ),
            point=f"scim.user:{name.lower()}",
            residual="tokens of before, where the provider does not take them along",
        )


def _user(name: str, transport: Transport, notes: list[str]) -> Mapping[str, Any] | None:
    """Return the one user of a name; None, with a note, where there is none that may be acted on.

    Raises:
        Guarded: It is our own.
    """
    connection = connection_of(transport)
    if connection and name.lower() == connection.option("own_user").lower():
        raise Guarded("this is the responder's own user", where=ENDPOINT)
    rows = [row for row in _found(name, transport) if str(at(row, ("id",)) or "") not in ("", ".")]
    exact = [row for row in rows if row.get("userName") == name]
    same = exact or [row for row in rows if str(row.get("userName")).lower() == name.lower()]
    if len(same) != 1:
        what = "several users have this name" if same else "the provider has no such user"
        notes.append(f"Left out, {what}: {short(name)}")
        return None
    if same[0].get("active") is False:
        notes.append(f"Switched off already: {short(name)}")
        return None
    return same[0]


def _found(name: str, transport: Transport) -> Iterator[Mapping[str, Any]]:
    """Yield what the provider finds, page by page.

    Raises:
        ResponseError: It is so much that the provider cannot have filtered.
    """
    start = 1
    for _ in range(_PAGES):
        query: dict[str, Any] = {"startIndex": start, "count": _PAGE}
        query["filter"] = f'userName eq "{name}"'
        asked = read("/Users", endpoint=ENDPOINT, **query)
        body = transport.send(asked)["body"]
        rows = at(body, ("Resources",)) or []
        yield from (row for row in rows if isinstance(row, Mapping))
        start += len(rows)
        total = at(body, ("totalResults",))
        if not rows or not isinstance(total, int) or start > total:
            return
    what = "it finds more users of one name than there can be: it does not filter"
    raise ResponseError(what, where=ENDPOINT, mend="an action of the provider's own")


def _active(place: str, wanted: bool) -> Request:
    body = {
        "schemas": [_PATCH],
        "Operations": [{"op": "replace", "path": "active", "value": wanted}],
    }
    return change("PATCH", place, endpoint=ENDPOINT, json=body, headers=_JSON)


def _is_plain(name: str) -> bool:
    """May a name stand in a filter? A quote or a backslash could end it, so none may."""
    fits = 0 < len(name) <= _LENGTH and name.isprintable() and name == name.strip()
    return fits and not set(name) & set("\"\\'*") and name not in (".", "..")
