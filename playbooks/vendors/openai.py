"""OpenAI: project API keys, service accounts, projects, and their rate limits.

Deleting is the only way to end a key here, and nothing brings one back. What can be taken back is a
project's rate limits: set to the lowest number, its agents get 429 for an answer.

References:
    - OpenAI's OpenAPI description 2.3.0 (MIT): calls and answers, "400 when deleting a key that
      belongs to a service account"
    - the vendor's SDK, openai 3.57.0 for Python: projects and rate limits
    - how low a rate limit may be set stands nowhere; no account was at hand: run against a
      simulator (docs/vendors/openai.md)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from agentwarrant.errors import Guarded
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
from agentwarrant.respond.transport import Request, Transport, at
from agentwarrant.respond.vendor import HttpVendor

DOC = "docs/vendors/openai.md"
_PROJECTS = "/v1/organization/projects"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,99}")
_PAGE = 100
_PAGES = 20
_MAX_LIMITS = 100
_MINUTE = 60.0


class OpenAI(HttpVendor):
    name = "openai"
    title = "OpenAI"
    usual_url = "https://api.openai.com"
    needs_url = False
    secrets: ClassVar = {"admin_key": "Admin API key of the organization"}
    options: ClassVar = {
        "project": "id of the one project to look for keys in; absent: all of the organization",
        "lowest_rate": "requests a minute that a throttled project keeps (0)",
        "shared_projects": "true: act on projects in which several accounts hold keys",
    }
    examples = (
        "openai.api_key:proj_acme/key_acme1",
        "openai.service_account:proj_acme/svc_acct_helper",
        "openai.project:proj_acme",
        "openai.rate_limit:proj_acme/rl-gpt-5",
    )

    def authorize(self, connection: Connection) -> http.Authorize:
        return http.bearer(connection, "admin_key")


def _read(where: str, **query: Any) -> Request:
    return http.read(where, endpoint="OpenAI", accepts=(404,), **query)


def _change(verb: str, where: str, **params: Any) -> Request:
    return http.change(verb, where, endpoint="OpenAI", **params)


def _option(transport: Transport | None, name: str, usual: Any) -> Any:
    connection = http.connection_of(transport)
    return connection.options.get(name, usual) if connection is not None else usual


def _rows(transport: Transport, where: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a list to its end."""
    after = None
    for _ in range(_PAGES):
        answer = transport.send(_read(where, limit=_PAGE, after=after))["body"]
        yield from (row for row in at(answer, ("data",)) or [] if isinstance(row, Mapping))
        after = at(answer, ("last_id",))
        if at(answer, ("has_more",)) is not True or not after:
            return


def _named(target: Target, kind: str, parts: int, notes: list[str]) -> Iterator[list[str]]:
    """Yield refs of one kind, taken apart: ``project/id``, or the id alone where that is a way."""
    for ref in target.ids(kind):
        found = ref.split("/")
        if 1 <= len(found) <= parts and all(map(_ID.fullmatch, found)):
            yield found
        else:
            notes.append(f"Left out, no id of OpenAI: {short(ref)}")


class DeleteApiKey(Action):
    """Delete a project's API key, for good."""

    name = "delete_api_key"
    verb = Verb.REVOKE_CREDENTIALS
    kinds = frozenset({"openai.api_key"})
    vendor = "openai"
    title = "Delete an API key"
    method = "DELETE /v1/organization/projects/{}/api_keys/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("Admin API key",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for *project, key in _named(target, "openai.api_key", 2, notes):
            if transport is None:
                if project:
                    steps.append(self._step(project[0], key))
                else:
                    notes.append(f"OpenAI was not asked: the project of {key} is not known")
                continue
            found = self._find(project, key, transport)
            if found is None:
                notes.append(f"Left out, unknown to OpenAI: {short(key)}")
            elif at(found[1], ("owner", "type")) == "service_account":
                owner = at(found[1], ("owner", "service_account", "id"))
                notes.append(
                    f"{key} belongs to the service account {short(owner)}: OpenAI deletes it with"
                    " that account alone"
                )
            else:
                steps.append(self._step(found[0], key))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _find(
        self, project: list[str], key: str, transport: Transport
    ) -> tuple[str, Mapping[str, Any]] | None:
        """Return the project of a key and what OpenAI says of the key."""
        only = str(_option(transport, "project", ""))
        named = project or [only] if project or only else _ids(transport)
        for one in named:
            answer = transport.send(_read(http.path(_PROJECTS + "/{}/api_keys/{}", one, key)))
            if answer["status"] == 200:
                return one, answer["body"]
        return None

    def _step(self, project: str, key: str) -> Step:
        where = http.path(_PROJECTS + "/{}/api_keys/{}", project, key)
        return Step(
            title=self.title,
            request=_change("DELETE", where, accepts=(404,)),
            changes=f"API key {key} of {project} becomes deleted",
            verify=Verification(_read(where), (Expectation(("status",), 404),)),
            note=(
                "Nothing brings it back: a new key has to be made and given out. Everybody who uses"
                " the key stops. To stop for a while, throttle the project instead."
            ),
            point=f"openai.api_key:{key}",
            residual_seconds=_MINUTE,
            residual="the vendor does not say how soon; answers that are being written go on",
        )


def _ids(transport: Transport) -> list[str]:
    return [str(row.get("id")) for row in _rows(transport, _PROJECTS)]


class DeleteServiceAccount(Action):
    """Delete a service account with all its keys, for good."""

    name = "delete_service_account"
    verb = Verb.KILL
    kinds = frozenset({"openai.service_account"})
    vendor = "openai"
    title = "Delete a service account"
    method = "DELETE /v1/organization/projects/{}/service_accounts/{}"
    reversibility = Reversibility.IRREVERSIBLE
    required_permissions = ("Admin API key",)
    propagation_seconds = 5.0
    doc = DOC

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = []
        for named in _named(target, "openai.service_account", 2, notes):
            project = named[0] if len(named) > 1 else str(_option(transport, "project", ""))
            if not project:
                notes.append(f"The project of {named[-1]} is not known: write project/{named[-1]}")
                continue
            where = http.path(_PROJECTS + "/{}/service_accounts/{}", project, named[-1])
            if transport is not None and transport.send(_read(where))["status"] == 404:
                notes.append(f"Left out, unknown to OpenAI: {short(named[-1])}")
                continue
            steps.append(self._step(project, named[-1], where))
        return Plan(self.id, target, tuple(steps), tuple(notes))

    def _step(self, project: str, account: str, where: str) -> Step:
        return Step(
            title=self.title,
            request=_change("DELETE", where, accepts=(404,)),
            changes=f"service account {account} of {project} becomes deleted, with its keys",
            verify=Verification(_read(where), (Expectation(("status",), 404),)),
            note="Nothing brings it back: account and keys have to be made anew.",
            point=f"openai.service_account:{project}/{account}",
            residual_seconds=_MINUTE,
            residual="the vendor does not say how soon; answers that are being written go on",
        )


class _OfProject(Action):
    kinds = frozenset({"openai.project"})
    vendor = "openai"
    required_permissions = ("Admin API key",)
    propagation_seconds = 5.0
    doc = DOC

    def projects(
        self, target: Target, transport: Transport | None, notes: list[str]
    ) -> Iterator[str]:
        """Yield the agent's projects.

        Raises:
            Guarded: Several accounts hold keys in one: all of them would stop.
        """
        for (project,) in _named(target, "openai.project", 1, notes):
            if transport is None:
                yield project
                continue
            found = transport.send(_read(http.path(_PROJECTS + "/{}", project)))
            if found["status"] == 404:
                notes.append(f"Left out, unknown to OpenAI: {short(project)}")
            elif at(found, ("body", "status")) == "archived":
                notes.append(f"{project} is archived already")
            else:
                _unshared(project, transport)
                yield project


def _unshared(project: str, transport: Transport) -> None:
    keys = _rows(transport, http.path(_PROJECTS + "/{}/api_keys", project))
    owners = {_owner(row) for row in keys}
    if len(owners) > 1 and _option(transport, "shared_projects", False) is not True:
        shown = ", ".join(sorted(map(short, owners))[:5])
        what = f"{len(owners)} accounts hold keys in {project}: {shown}"
        raise Guarded(what, mend="the option shared_projects: true of the connection allows it")


def _owner(key: Mapping[str, Any]) -> str:
    kind = str(at(key, ("owner", "type")))
    return str(at(key, ("owner", kind, "id")))


def _pairs(target: Target, notes: list[str]) -> Iterator[tuple[str, str]]:
    for named in _named(target, "openai.rate_limit", 2, notes):
        if len(named) > 1:
            yield named[0], named[1]


class ArchiveProject(_OfProject):
    """Archive a project: everything in it stops, for good."""

    name = "archive_project"
    verb = Verb.KILL
    title = "Archive a project"
    method = "POST /v1/organization/projects/{}/archive"
    reversibility = Reversibility.IRREVERSIBLE

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps = tuple(map(self._step, self.projects(target, transport, notes)))
        return Plan(self.id, target, steps, tuple(notes))

    def _step(self, project: str) -> Step:
        where = http.path(_PROJECTS + "/{}", project)
        archived = Expectation(("body", "status"), "archived")
        return Step(
            title=self.title,
            request=_change("POST", f"{where}/archive"),
            changes=f"project {project}: active becomes archived, with its keys and accounts",
            verify=Verification(_read(where), (archived,)),
            note="Nothing brings it back: OpenAI has no call that restores a project.",
            point=f"openai.project:{project}",
            residual_seconds=_MINUTE,
            residual="the vendor does not say how soon; answers that are being written go on",
        )


class ThrottleProject(_OfProject):
    """Set a project's requests a minute to the lowest number, model by model."""

    name = "throttle_project"
    verb = Verb.RESTRICT_ACCESS
    kinds = frozenset({"openai.project", "openai.rate_limit"})
    title = "Throttle a project"
    method = "POST /v1/organization/projects/{}/rate_limits/{}"
    reversibility = Reversibility.REVERSIBLE

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        notes: list[str] = []
        steps: list[Step] = []
        lowest = int(_option(transport, "lowest_rate", 0))
        if transport is None:
            for project, limit in _pairs(target, notes):
                steps.append(self._step(project, limit, limit, None, lowest))
        for project in self.projects(target, transport, notes):
            if transport is None:
                notes.append(f"OpenAI was not asked: the rate limits of {project} are not known")
                continue
            for row in _rows(transport, http.path(_PROJECTS + "/{}/rate_limits", project)):
                rate = row.get("max_requests_per_1_minute")
                if isinstance(rate, int) and rate > lowest and isinstance(row.get("id"), str):
                    steps.append(self._step(project, row["id"], str(row["model"]), rate, lowest))
        if len(steps) > _MAX_LIMITS:
            notes.append(f"{len(steps) - _MAX_LIMITS} more models were left out of the plan")
        return Plan(self.id, target, tuple(steps[:_MAX_LIMITS]), tuple(notes))

    def _step(self, project: str, limit: str, model: str, rate: int | None, lowest: int) -> Step:
        field = "max_requests_per_1_minute"
        where = http.path(_PROJECTS + "/{}/rate_limits/{}", project, limit)
        listed = _read(http.path(_PROJECTS + "/{}/rate_limits", project), limit=_PAGE)
        place = ("body", "data", ("id", limit), field)
        known = rate is not None
        return Step(
            title=self.title,
            request=_change("POST", where, json={field: lowest}),
            changes=f"{project}, {model}: {rate if known else 'not read'} becomes {lowest}",
            verify=Verification(listed, (Expectation(place, lowest),)),
            undo=(_change("POST", where, json={field: rate}),) if known else (),
            pre_state={field: rate} if known else {},
            note=(
                f"{lowest or 'No'} requests a minute remain. Where OpenAI refuses 0, the option"
                " lowest_rate: 1 does what it can. Everybody in the project is throttled."
            ),
            point=f"openai.rate_limit:{project}/{limit}",
            undone=Verification(listed, (Expectation(place, rate),)) if known else None,
            residual_seconds=_MINUTE,
            residual="the minute that has begun",
        )
