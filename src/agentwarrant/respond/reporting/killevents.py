"""A run as events for the SIEM: the switch was thrown, and each point has answered.

``kill_switch_engaged`` is when the first change of a run was sent; ``kill_switch_ack`` when a point
was proven, or is known not to hold. They fit ``schemas/event.schema.json``; the same run gives the
same ids.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.event import Event, event_id
from agentwarrant.respond.ledger.tables import PointState
from agentwarrant.respond.reporting.proof import PointProof, Proof
from agentwarrant.vocabulary import DEFAULTS, category_of

MODULE = "agentwarrant"
_OUTCOMES = {
    PointState.VERIFIED: "success",
    PointState.FAILED: "failure",
    PointState.ROLLED_BACK: "success",
}
_GIVEN = {"granted": "granted", "used": "granted", "denied": "denied", "expired": "expired",
          "asked": "requested", "drifted": "mismatched"}  # fmt: skip


def events_of(proof: Proof) -> Iterator[Event]:
    """Yield the events of a run, in order of time; none where nothing was sent."""
    sent = sorted((one.sent, one.id) for one in proof.points if one.sent)
    if not sent:
        return
    yield _engaged(proof, sent[0][0])
    acks = [ack for one in proof.points for ack in _acks(proof, one)]
    yield from sorted(acks, key=lambda event: str(event["@timestamp"]))


def _engaged(proof: Proof, when: str) -> Event:
    made = _event(proof, "kill_switch_engaged", when, proof.plan_hash)
    made["event.outcome"] = "success" if proof.state == "contained" else "unknown"
    made["message"] = f"{proof.title}: {proof.agent}"
    if proof.time_to_contain_s is not None:
        made["event.start"], made["event.end"] = proof.first_event, proof.contained
        made["event.duration"] = int(proof.time_to_contain_s * 1e9)
    states = [_GIVEN[one.state] for one in proof.consents if one.state in _GIVEN]
    if states:
        made["warrant.approval.state"] = states[-1]
        made["warrant.approval.id"] = proof.consents[-1].node
    return made


def _acks(proof: Proof, point: PointProof) -> Iterator[Event]:
    """Yield what a point has answered: that the agent is stopped there, and that it is let go."""
    state = PointState(point.state)
    if point.verified and state is not PointState.FAILED:
        yield _ack(proof, point, PointState.VERIFIED, point.verified)
    if state is PointState.FAILED and point.sent:
        yield _ack(proof, point, state, max(point.sent, point.verified))
    if state is PointState.ROLLED_BACK and point.undone:
        yield _ack(proof, point, state, point.undone)


def _ack(proof: Proof, point: PointProof, state: PointState, when: str) -> Event:
    made = _event(proof, "kill_switch_ack", when, point.id, state.value)
    made["event.outcome"] = _OUTCOMES[state]
    made["event.code"] = point.action
    made["event.reason"] = state.value
    made["message"] = f"{point.title}: {point.where} is {state.value}"
    made["warrant.resource.id"] = point.where
    if point.hash:
        made["event.hash"] = point.hash
        made["event.sequence"] = point.seq
    return made


def _event(proof: Proof, action: str, when: str, *parts: str) -> Event:
    category, kind = category_of(action)
    return {
        **DEFAULTS,
        "@timestamp": when,
        "event.id": event_id(MODULE, proof.tenant, proof.run, action, *parts),
        "event.action": action,
        "event.category": list(category),
        "event.type": list(kind),
        "event.module": MODULE,
        "event.dataset": f"{MODULE}.respond",
        "organization.id": proof.tenant,
        "gen_ai.agent.id": proof.agent,
        "entity.id": proof.agent,
        "warrant.run.id": proof.run,
        "warrant.target.agent": proof.agent,
    }
