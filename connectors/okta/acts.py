"""What an event type does besides its class, by the words it is made of, as in ``actions.py``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDS = _set("deactivate deactivated delete deleted disable disabled remove removed pause")
_GUARDS = _set("policy log stream hook threatinsight behavior zone entity monitoring detection")
_GIVES = _set("grant granted add added assign assigned approve")
_RIGHTS = _set(
    "privilege privileges role roles consent scope scopes membership group bindings binding "
    "resourceset permission permissions admin"
)
_STATES = _set(
    "activate deactivate reactivate suspend unsuspend disable enable delete quarantine lock unlock"
)
_MAKES = _set("create register import provision add")
_MACHINES = frozenset({"okta.app", "okta.ai_agent"})


def acts_of(event_type: str, action: str, targets: Collection[str]) -> Iterator[str]:
    """Yield the acts that an event is.

    Args:
        event_type: As Okta writes it.
        action: What it was found to be.
        targets: The kinds of accounts it was done to.
    """
    parts = event_type.lower().split(".")
    verb = frozenset(_WORDS.findall(parts[-1].replace("_", " ")))
    words = frozenset(_WORDS.findall(event_type.lower().replace("_", " ")))
    if action == "policy_decision":
        return
    if action == "credential_issued" or parts[:3] == ["user", "lifecycle", "create"]:
        yield "credential_issue"
    if verb & _GIVES and words & _RIGHTS:
        yield "privilege_grant"
    if verb & _ENDS and words & _GUARDS and not words & {"membership", "privilege", "group"}:
        yield "guard_disable"
    if "okta.ai_agent" in targets and verb & _MAKES and "lifecycle" in words:
        yield "deploy_agent"
    about = not _MACHINES.isdisjoint(targets)
    if about and verb & _STATES and not words & {"credentials", "secret", "key", "token", "user"}:
        yield "quarantine_change"


def login_kind(event_type: str, action: str, actor: str) -> str:
    """Return whether a person signed in or a program; '' where nobody did.

    Args:
        event_type: As Okta writes it.
        action: What it was found to be.
        actor: The kind of account that acted.
    """
    if action not in ("login", "credential_used"):
        return ""
    if actor in _MACHINES or event_type.lower().startswith("app.oauth2."):
        return "service"
    if actor == "okta.user" and event_type.lower().startswith(("user.session", "user.auth")):
        return "interactive"
    return "unknown"
