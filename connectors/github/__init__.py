"""GitHub: the audit log of an organization or an enterprise, exported, streamed or by the API.

References:
    - https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/audit-log-events-for-your-enterprise
    - https://docs.github.com/en/copilot/reference/enterprise-administrators/agentic-audit-log-events
    - https://docs.github.com/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/reviewing-audit-logs-for-your-enterprise/identifying-audit-log-events-performed-by-an-access-token
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json, cut, digest
from agentwarrant.inputs import InputFile, Record
from agentwarrant.records import ip, mapping
from agentwarrant.vocabulary import category_of

from .actions import Act, act_of, class_of
from .acts import acts_of
from .common import number, put, text
from .parties import actor_of, targets_of

_KEPT = (
    "repo", "org", "business", "branch", "ref", "visibility", "permission", "name", "team",
    "transport_protocol_name", "programmatic_access_type", "head_branch", "event",
    "pull_request_id", "workflow_run_id", "request_method", "route", "status_code",
)  # fmt: skip
"""What of an entry is shown as the arguments of a call. Bodies and query strings are not."""

_APPROVALS = {"approval_requested": "requested", "approval_granted": "granted",
              "approval_denied": "denied"}  # fmt: skip
_FIRST_ERROR, _LAST_STATUS = 400, 599


class GitHub(Connector):
    """GitHub's audit log.

    An entry is of something done, so its outcome is success unless it says otherwise.
    """

    name = "github"
    title = "GitHub audit log"
    identities = (
        IdentityKind("github.app", "GitHub App, by slug (acme-helper)", fold=True),
        IdentityKind("github.app_id", "GitHub App, by its number (904211)"),
        IdentityKind("github.user", "GitHub user, by login (dana-acme)", fold=True),
        IdentityKind("github.token", "GitHub token, by its SHA-256 or its number", credential=True),
    )

    def recognise(self, file: InputFile) -> int:
        return max((_likeness(record) for record in file.head), default=0)

    def normalize(self, raw: Raw) -> Iterator[Event]:
        try:
            yield self._event(raw)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error

    def _event(self, raw: Raw) -> Event:
        record = raw.record
        said = text(record.get("action"))
        if not said:
            raise BadRecord("an audit log entry without action")
        act = act_of(said)
        time = record.get("@timestamp")
        own = text(record.get("_document_id")) or digest("github", compact_json(record))
        stamp = record.get("created_at") if time is None else time
        event = self.event(raw, act.action, stamp, own, dataset="audit")
        event["event.provider"] = "github"
        event["service.name"] = "GitHub"
        put(self, event, {"event.code": said, "event.reason": _reason(record)})
        self._actor(event, record, act)
        self._targets(event, record, act)
        self._place(event, record)
        if act.action == "tool_call":
            self._call(event, record, said)
        self.acts(event, acts_of(record, said, issued=act.action == "credential_issued"))
        self.client(event)
        self._outcome(event, record, act)
        self._line(event, record)
        return event

    def _actor(self, event: Event, record: Record, act: Act) -> None:
        actor = actor_of(record, about_credential=act.credential)
        self.accounts(event, *actor.accounts, agentic=actor.agentic)
        named = {"user.name": actor.name, "user.id": number(record.get("actor_id"))}
        identity = text(record.get("external_identity_nameid"))
        put(self, event, {**named, "user.email": identity if "@" in identity else ""})
        if actor.agentic == "yes" and actor.name:
            self.agent(event, actor.name, assurance="verified")
            put(self, event, {"gen_ai.conversation.id": record.get("agent_session_id")})
        starter = text(record.get("user")) if actor.agentic == "yes" else actor.person
        if starter:
            person = {"warrant.principal.id": starter, "warrant.principal.name": starter}
            put(self, event, person)
            event["warrant.principal.kind"] = "human"

    def _targets(self, event: Event, record: Record, act: Act) -> None:
        changes = act.action not in ("login", "session_end", "credential_used", "policy_decision")
        named = targets_of(record, about_credential=act.credential) if changes else []
        if named:
            event["warrant.identity.target"] = [f"{kind}:{own}" for kind, own, _ in named]
            put(self, event, {"user.target.id": named[0][1], "user.target.name": named[0][2]})
        put(self, event, {"user.target.group.name": record.get("team") if changes else ""})
        where = text(record.get("repo")) or text(record.get("org")) or text(record.get("business"))
        about = named[0][1] if named else where
        put(self, event, {"warrant.resource.id": about.lower()})
        if act.action == "login":
            event["warrant.login.kind"] = "interactive"

    def _place(self, event: Event, record: Record) -> None:
        repo = text(record.get("repo"))
        country = text(mapping(record.get("actor_location")).get("country_code"))
        fields = {
            "source.ip": ip(record.get("actor_ip")),
            "source.geo.country_iso_code": country,
            "user_agent.original": record.get("user_agent"),
            "organization.name": text(record.get("org")) or text(record.get("business")),
            "cloud.account.id": number(record.get("org_id")) or number(record.get("business_id")),
            "url.path": text(record.get("url_path")) or (f"/{repo}" if repo else ""),
            "url.full": record.get("pull_request_url"),
            "http.request.method": record.get("request_method"),
            "warrant.session.key": record.get("request_id"),
        }
        put(self, event, fields)
        if "source.ip" in event:
            event["related.ip"] = [str(event["source.ip"])]
        people = [event.get("user.name"), text(record.get("user"))]
        known = list(dict.fromkeys(str(one) for one in people if one))
        if known:
            event["related.user"] = [self.redactor.text(one)[0] for one in known]

    def _call(self, event: Event, record: Record, said: str) -> None:
        kept: dict[str, Any] = {
            name: record[name] for name in _KEPT if isinstance(record.get(name), str | int)
        }
        if scopes := text(record.get("token_scopes")):
            kept["scopes"] = scopes
        kind = class_of(said, record)
        shown = cut(compact_json(self.redactor.value(kept)[0]))[0]
        event["gen_ai.operation.name"] = "execute_tool"
        event["gen_ai.tool.name"] = str(event["event.code"])
        event["warrant.arguments.text"] = shown
        event["warrant.arguments.hash"] = digest("arguments", said, compact_json(kept))
        event["warrant.tool.class"] = kind
        event["event.category"], event["event.type"] = category_of("tool_call", kind)

    def _outcome(self, event: Event, record: Record, act: Act) -> None:
        status = number(record.get("status_code"))
        code = int(status) if status else 0
        if 0 < code <= _LAST_STATUS:
            event["http.response.status_code"] = code
        failed = act.failed or _FIRST_ERROR <= code <= _LAST_STATUS
        event["event.outcome"] = "failure" if failed else "success"
        if act.action in _APPROVALS:
            event["warrant.approval.state"] = _APPROVALS[act.action]
        if act.decision == "denied":
            self.denied(event, "policy_denied")
        elif act.decision:
            event["warrant.policy.decision"], event["event.type"] = "allowed", ["allowed"]

    def _line(self, event: Event, record: Record) -> None:
        actor = str(event.get("user.name", "somebody"))
        where = text(record.get("repo")) or text(record.get("org")) or text(record.get("business"))
        on = str(event.get("user.target.name", ""))
        starter = str(event.get("warrant.principal.name", ""))
        by = f"for {starter}" if starter and starter != actor else ""
        way = text(record.get("programmatic_access_type"))
        end = f"[{event['event.outcome']}]" if event["event.outcome"] != "success" else ""
        said = (f"{actor}: {event['event.code']}", on, _detail(record))
        self.headline(
            event,
            (*said, f"in {where}" if where else "", by, f"with {way}" if way else "", end),
        )


def _detail(record: Record) -> str:
    """Return what an entry says beyond who, what and where: a branch, a new visibility."""
    before, now = text(record.get("previous_visibility")), text(record.get("visibility"))
    shown = (
        text(record.get("branch")),
        f"{before} -> {now}" if before else "",
        text(record.get("permission")),
        f"{text(record.get('request_method'))} {text(record.get('url_path'))}",
        number(record.get("status_code")),
    )
    return " ".join(one for one in shown if one.strip())


def _likeness(record: Record) -> int:
    said = record.get("action")
    if not isinstance(said, str) or "." not in said or "@timestamp" not in record:
        return 0
    return 90 if {"actor", "_document_id", "operation_type"} & record.keys() else 0


def _reason(record: Record) -> str:
    reasons = record.get("reasons")
    codes = [text(mapping(one).get("code")) for one in reasons] if isinstance(reasons, list) else []
    return ", ".join(code for code in codes if code) or text(record.get("reason"))
