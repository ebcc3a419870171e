"""Jira Cloud: an issue for a case, once.

Jira knows no key that makes two requests one: the issue carries a label made of the case, and is
looked for by it before and after.

References:
    - https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/: POST
      /rest/api/3/issue; the description is a document (ADF), whose text nodes are no markup
    - https://confluence.atlassian.com/display/JIRAKB/Run+JQL+search+query+using+Jira+Cloud+REST+API:
      /rest/api/3/search is gone, /rest/api/3/search/jql takes its place; ``reconcileIssues`` aside,
      a new issue shows in a search a little later
"""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar

from agentwarrant.errors import ResponseError
from agentwarrant.respond import http
from agentwarrant.respond.action import (
    Action,
    Expectation,
    Op,
    Plan,
    Reversibility,
    Step,
    Target,
    Verb,
    Verification,
)
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.http import connection_of
from agentwarrant.respond.telling import clean, facts, key_of
from agentwarrant.respond.transport import Transport, at
from agentwarrant.respond.vendor import HttpVendor

ENDPOINT = "Jira Cloud, REST v3"
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,19}")


class Jira(HttpVendor):
    name = "jira"
    title = "Jira"
    secrets: ClassVar = {"token": "API token of the user"}
    options: ClassVar = {
        "user": "e-mail address of the user",
        "project": "key of the project, such as SEC",
        "type": "name of the issue type; Task",
    }

    def authorize(self, connection: Connection) -> http.Authorize:
        def basic(_: object) -> dict[str, str]:
            pair = f"{connection.option('user')}:{connection.secret('token')}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

        return basic


class OpenIssue(Action):
    """Open an issue for the case."""

    name = "open_issue"
    verb = Verb.OPEN_TICKET
    kinds = frozenset({"case"})
    vendor = "jira"
    title = "Open a Jira issue"
    method = "POST /rest/api/3/issue"
    reversibility = Reversibility.READ_ONLY  # no agent can do less or more for it
    repeatable = False
    required_permissions = ("Create issues", "Browse projects")
    propagation_seconds = 10.0
    doc = "docs/vendors/telling.md"

    def plan(self, target: Target, transport: Transport | None = None) -> Plan:
        label = f"agentwarrant-{key_of(self.id, target)[:16]}"
        connection = connection_of(transport)
        project = connection.option("project") if connection else "PROJECT"
        if not _PROJECT.fullmatch(project):
            raise ResponseError("the option project is no key of a project", where=ENDPOINT)
        look = http.read(
            "/rest/api/3/search/jql",
            endpoint=ENDPOINT,
            jql=f'project = "{project}" AND labels = "{label}"',
            fields="labels",
            maxResults=1,
        )
        if transport is not None and at(transport.send(look), ("body", "issues")):
            return Plan(self.id, target, notes=("An issue is open for this case already",))
        fields = {
            "project": {"key": project},
            "issuetype": {"name": connection.option("type", "Task") if connection else "Task"},
            "summary": clean(target).title,
            "labels": ["agentwarrant", label],
            "description": _document(clean(target)),
        }
        request = http.change(
            "POST", "/rest/api/3/issue", endpoint=ENDPOINT, json={"fields": fields}
        )
        shows = Expectation(("body", "issues"), [], op=Op.IS_NOT)
        step = Step(
            title=self.title,
            request=request,
            changes=f"an issue in {project} with the label {label}",
            verify=Verification(look, (shows,)),
            note="It stays when the agent is released.",
            point=f"jira:{project}/{label}",
        )
        return Plan(self.id, target, (step,))


def _document(target: Target) -> dict[str, Any]:
    """Return the case as a document of Atlassian's: text nodes only, nothing in it is markup."""
    rows = [f"{name}: {value}" for name, value in facts(target).items() if value]
    rows += target.summary.splitlines()
    return {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": row}]} for row in rows
        ],
    }
