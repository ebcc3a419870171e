"""What one of our events is in Splunk: nested JSON, and a few fields that are indexed.

An event is a flat mapping of dotted names. Splunk's ``KV_MODE = json`` names what it finds in
nested objects ``a.b.c``, and the members of a list ``a.b.c{}`` (Knowledge Manager Manual,
"Automatic key-value field extraction"; Search Reference, ``spath``). So that a field has one name,
a field that may be a list always is one there, and a field that may not never is.

Automatic extraction reads only the beginning of an event (limits.conf, ``[kv] maxchars``, 10,240
by default): what rules read comes first, what was written by agents last.
"""

from __future__ import annotations

from agentwarrant.siem.splunk.names import PREFIX
from agentwarrant.siem.vocabulary import is_single

INDEXED = {
    "event.id": f"{PREFIX}id",
    "organization.id": f"{PREFIX}tenant",
    "gen_ai.agent.id": f"{PREFIX}agent",
    "gen_ai.conversation.id": f"{PREFIX}session",
    "event.action": f"{PREFIX}action",
    "event.dataset": f"{PREFIX}dataset",
    "event.outcome": f"{PREFIX}outcome",
    "entity.sub_type": f"{PREFIX}kind",
    "warrant.tool.class": f"{PREFIX}class",
    "warrant.origin": f"{PREFIX}origin",
    "warrant.intent.verdict": f"{PREFIX}verdict",
    "warrant.scope.decision": f"{PREFIX}scope",
    "warrant.policy.decision": f"{PREFIX}policy",
    "warrant.policy.reason": f"{PREFIX}refusal",
    "warrant.approval.state": f"{PREFIX}approval",
    "warrant.network.kind": f"{PREFIX}network",
    "warrant.data.sensitivity": f"{PREFIX}sensitivity",
    "warrant.principal.kind": f"{PREFIX}principal",
    "warrant.tenant.relation": f"{PREFIX}relation",
    "rule.uuid": f"{PREFIX}rule",
}
"""Fields that are indexed too, and under which name: another, or a search would have both values.

They let ``tstats`` find and count without reading events (``models``), searches pick what they
read, and a replay be told by its id. All of them have one value; but for ids, of few words."""


def field_name(name: str) -> str:
    """Return what a field is called in a search: ``a.b``, or ``a.b{}`` where it may be a list."""
    return name if is_single(name) else f"{name}{{}}"
