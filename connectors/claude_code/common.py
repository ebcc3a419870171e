"""What transcripts and telemetry of Claude Code have in common."""

from __future__ import annotations

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut

_AGENT = "claude-code"
_HEADLINE = 300


def identify(source: Connector, event: Event, place: str) -> None:
    """Name an agent that was given no name, by the place it works in."""
    own = f"{_AGENT}:{place}" if place else _AGENT
    source.agent(event, own, name=_AGENT, assurance="inferred" if place else "none")


def speak(source: Connector, event: Event, said: str, origin: str) -> None:
    """Fill in a message: its redacted text, where it came from, one line to show."""
    source.content(event, said)
    event["warrant.origin"] = origin
    show(source, event, said)


def show(source: Connector, event: Event, line: str) -> None:
    """Set the one line that a person reads."""
    event["message"] = cut(" ".join(source.redactor.text(line)[0].split()), _HEADLINE)[0]


def denial_reason(decider: str, rule: str = "") -> str:
    """Return ``warrant.policy.reason`` for a refused call.

    Args:
        decider: Who refused: ``user_reject``, ``user_abort``, ``hook``, ``config`` …
        rule: Why, where the source says.
    """
    if decider.startswith("user"):
        return "user_denied"
    # No rule spoke for or against the call: it needed somebody's consent and nobody was there.
    return "approval_unavailable" if rule.endswith("no-rule-match") else "policy_denied"
