"""Okta: the System Log, as ``GET /api/v1/logs`` returns it or as JSON lines of it.

References:
    - https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
    - https://developer.okta.com/docs/reference/api/event-types/ (the catalog of event types)
    - https://developer.okta.com/docs/api/secures-ai/ai-agents (AI agents as principals)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event, compact_json, digest
from agentwarrant.inputs import InputFile, Record
from agentwarrant.records import ip, mapping, whole
from agentwarrant.tools.words import class_of_words
from agentwarrant.vocabulary import category_of

from .actions import action_of
from .acts import acts_of, login_kind
from .common import put, text
from .parties import Party, is_agent, party, targets

_SHAPE = frozenset({"eventType", "published", "outcome"})
_OUTCOMES = {"SUCCESS": "success", "ALLOW": "success", "FAILURE": "failure", "DENY": "failure"}
_APPROVALS = {"approval_requested": "requested", "approval_granted": "granted",
              "approval_denied": "denied"}  # fmt: skip
_UNCHANGING = frozenset({"login", "credential_used", "policy_decision", "session_end"})
"""Actions that change no account; what they name as target is where they were done."""


class Okta(Connector):
    """Okta's System Log.

    Only named fields reach an event: the log holds client secrets in plain text, in the details
    of a new secret and in the debug data of a token request.
    """

    name = "okta"
    title = "Okta System Log"
    identities = (
        IdentityKind("okta.ai_agent", "Okta AI agent (wlp7helper0AGENT001d7)"),
        IdentityKind("okta.app", "Okta app, by its client id (0oa7helper0APP00001d7)"),
        IdentityKind("okta.user", "Okta user, by id (00u1dana0ADMIN0001d7)"),
        IdentityKind("okta.user_login", "Okta user, by login (dana@acme.example)", fold=True),
        IdentityKind("okta.token", "Okta API or access token, by its id", credential=True),
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
        said = text(record.get("eventType"))
        if not said:
            raise BadRecord("a log event without eventType")
        done_to = targets(record)
        action = action_of(said, [target.kind for target in done_to])
        if action == "tool_call" and _result(record) in ("ALLOW", "DENY"):
            action = "policy_decision"  # no verb is known, but these two only decisions have
        own = text(record.get("uuid")) or digest("okta", compact_json(record))
        event = self.event(raw, action, record.get("published"), own, dataset="system")
        event["event.provider"] = "okta"
        put(self, event, {"event.code": said, "event.reason": _reason(record)})
        self._outcome(event, record)
        self._actor(event, record, done_to)
        self._targets(event, done_to)
        self._place(event, record)
        if action == "tool_call":
            self._call(event, said, done_to)
        self._kinds(event, record, done_to)
        self._line(event, record, done_to)
        return event

    def _outcome(self, event: Event, record: Record) -> None:
        result = _result(record)
        event["event.outcome"] = _OUTCOMES.get(result, "unknown")
        action = str(event["event.action"])
        if action in _APPROVALS:
            event["warrant.approval.state"] = _APPROVALS[action]
        if action != "policy_decision":
            return
        if result == "DENY":
            self.denied(event, "policy_denied")
        elif result == "ALLOW":
            event["warrant.policy.decision"], event["event.type"] = "allowed", ["allowed"]

    def _actor(self, event: Event, record: Record, done_to: list[Party]) -> None:
        actor = party(record.get("actor"))
        client, token = text(mapping(record.get("client")).get("id")), _api_token(record)
        agent, person = is_agent(actor.type), actor.kind == "okta.user"
        own = ("okta.user", actor.id) if person else (actor.kind, actor.kind and actor.id)
        login = actor.login if person else ""
        via = [("okta.token", token), ("okta.app", client)]
        # Through an app or a token an agent may be acting as well as a person or a plain service:
        # Okta does not say, so neither do we.
        plain = (person and not client and not token) or actor.type == "SystemPrincipal"
        self.accounts(
            event,
            *([*via, own, ("okta.user_login", login)] if person else [own, *via]),
            agentic="yes" if agent else "no" if plain else "",
        )
        if agent and actor.id:
            name = self.redactor.text(actor.name)[0]
            self.agent(event, actor.id, name=name, assurance="verified")
        if not person:
            self._principal(event, done_to)
        elif actor.id:
            self._person(event, actor)
        called = actor.login if person and actor.login else actor.name
        put(self, event, {"user.id": actor.id, "user.name": called})
        if person:
            put(self, event, {"user.full_name": actor.name if actor.name != called else ""})
            put(self, event, {"user.email": actor.login if "@" in actor.login else ""})

    def _principal(self, event: Event, done_to: list[Party]) -> None:
        """Name the person for whom a client asks for a token."""
        if event["event.action"] == "credential_used":
            person = next((t for t in done_to if t.kind == "okta.user" and t.id), None)
            if person:
                self._person(event, person)

    def _person(self, event: Event, person: Party) -> None:
        put(self, event, {"warrant.principal.id": person.id, "warrant.principal.name": person.name})
        event["warrant.principal.kind"] = "human"

    def _targets(self, event: Event, done_to: list[Party]) -> None:
        accounts = [target for target in done_to if target.kind and target.id]
        if event["event.action"] in _UNCHANGING:
            app = next((target for target in accounts if target.kind == "okta.app"), None)
            event["service.name"] = "Okta"
            put(self, event, {"service.name": app.name if app else ""})
            return
        event["service.name"] = "Okta"
        named = [f"{target.kind}:{target.id}" for target in accounts]
        if named:
            event["warrant.identity.target"] = list(dict.fromkeys(named))
        first = next(iter(accounts or done_to), None)
        if first:
            put(self, event, {"user.target.id": first.id, "user.target.name": first.name})
            email = first.login if first.kind == "okta.user" and "@" in first.login else ""
            put(self, event, {"user.target.email": email})

    def _place(self, event: Event, record: Record) -> None:
        client = mapping(record.get("client"))
        where = mapping(client.get("geographicalContext"))
        network = mapping(record.get("securityContext"))
        put(
            self,
            event,
            {
                "source.ip": ip(client.get("ipAddress")),
                "source.geo.country_name": where.get("country"),
                "source.geo.city_name": where.get("city"),
                "source.as.organization.name": network.get("asOrg"),
                "user_agent.original": mapping(client.get("userAgent")).get("rawUserAgent"),
                "warrant.session.key": _session(record),
            },
        )
        known = whole(network.get("asNumber"))
        if known:
            event["source.as.number"] = known
        if "source.ip" in event:
            event["related.ip"] = [str(event["source.ip"])]
        people = [event.get(name) for name in ("user.name", "user.target.name")]
        known_people = list(dict.fromkeys(str(one) for one in people if one))
        if known_people:
            event["related.user"] = known_people

    def _kinds(self, event: Event, record: Record, done_to: list[Party]) -> None:
        """Say what else was done, on what, with which kind of program and sign-in."""
        said, action = str(event["event.code"]), str(event["event.action"])
        self.acts(event, acts_of(said, action, [target.kind for target in done_to]))
        kind = login_kind(said, action, party(record.get("actor")).kind)
        first = next((target.id for target in done_to if target.id), "")
        put(self, event, {"warrant.resource.id": event.get("user.target.id") or first})
        if kind:
            event["warrant.login.kind"] = kind
        self.client(event)

    def _call(self, event: Event, said: str, done_to: list[Party]) -> None:
        """Fill in what Okta did that is no change and no sign-in: an export, a secret read."""
        verbs = class_of_words(said)
        kind = verbs.tool_class
        facts = [{"type": target.type, "id": target.id, "name": target.name} for target in done_to]
        shown = self.redactor.text(compact_json({"target": facts}))[0]
        event["gen_ai.tool.name"] = str(event["event.code"])
        event["gen_ai.operation.name"] = "execute_tool"
        event["warrant.arguments.text"] = shown[:8192]
        event["warrant.tool.class"] = kind
        event["event.category"], event["event.type"] = category_of("tool_call", kind)

    def _line(self, event: Event, record: Record, done_to: list[Party]) -> None:
        actor = party(record.get("actor"))
        what = text(record.get("displayMessage")) or str(event["event.code"])
        names = ", ".join(dict.fromkeys(target.name for target in done_to if target.name))
        result = _result(record)
        why = f": {_reason(record)}" if _reason(record) else ""
        end = f"[{result}{why}]" if result not in ("", "SUCCESS") or why else ""
        on = f"({names})" if names else ""
        self.headline(event, (f"{actor.name or 'Okta'}: {what}", on, end))


def _likeness(record: Record) -> int:
    ours = record.keys() >= _SHAPE and isinstance(record["eventType"], str)
    return 95 if ours and ("actor" in record or "uuid" in record) else 0


def _result(record: Mapping[str, Any]) -> str:
    return text(mapping(record.get("outcome")).get("result")).upper()


def _reason(record: Mapping[str, Any]) -> str:
    return text(mapping(record.get("outcome")).get("reason"))


def _api_token(record: Mapping[str, Any]) -> str:
    transaction = mapping(record.get("transaction"))
    return text(mapping(transaction.get("detail")).get("requestApiTokenId"))


def _session(record: Mapping[str, Any]) -> str:
    context = mapping(record.get("authenticationContext"))
    transaction = mapping(record.get("transaction"))
    return text(context.get("externalSessionId")) or text(transaction.get("id"))
