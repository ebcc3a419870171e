"""What an event type says was done, by the words it is made of.

Okta's catalog has more than a thousand event types and grows every month. They are all
``<object>.<part>.<verb>``, so the object and the verb are read instead of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREDENTIALS = _set(
    "credential credentials secret secrets jwk jwks key keys token tokens password factor csr "
    "certificate"
)
_SIGN_INS = _set("authentication mfa sso signon login unauth")
_READ = _set("read reveal view")
_ISSUE = _set(
    "create generate add activate enroll register issue rotate rollover update change set upload "
    "publish reactivate"
)
_REVOKE = _set("revoke delete deactivate remove reset expire unenroll")
_STOP = _set("deactivate suspend delete disable lock remove purge")
_CHANGE = _set(
    "create add delete remove update change activate deactivate reactivate suspend unsuspend "
    "enable disable grant revoke assign unassign set reset lock unlock import rename move link "
    "unlink upload replace restore purge register edit publish unpublish rotate rollover"
)
_APPROVALS = {
    "approve": "approval_granted",
    "grant": "approval_granted",
    "resolve": "approval_granted",
    "deny": "approval_denied",
    "reject": "approval_denied",
    "request": "approval_requested",
    "create": "approval_requested",
}
_SESSIONS = {"start": "login", "end": "session_end", "clear": "session_end"}
_MACHINES = frozenset({"okta.app", "okta.ai_agent"})


def action_of(event_type: str, targets: Iterable[str]) -> str:
    """Return the action an event type stands for.

    Args:
        event_type: As Okta writes it: ``app.oauth2.client.lifecycle.deactivate``.
        targets: The kinds of accounts it was done to.
    """
    parts = event_type.lower().split(".")
    verb = parts[-1]
    if parts[0] == "policy" and verb.startswith("evaluate"):
        return "policy_decision"
    if "access_request" in parts or parts[:2] == ["access", "request"]:
        return _APPROVALS.get(verb, "config_changed")
    if parts[:2] == ["user", "session"]:
        return _SESSIONS.get(verb, "credential_used")
    if _is_grant(parts):
        return "credential_used"
    return _by_verb(parts, verb, frozenset(targets))


def _is_grant(parts: list[str]) -> bool:
    """Is a client trading what it holds for a token? Its own credential is what it uses."""
    return parts[:2] == ["app", "oauth2"] and (
        "authorize" in parts or ("token" in parts[:-1] and "grant" in parts)
    )


def _by_verb(parts: list[str], verb: str, targets: frozenset[str]) -> str:
    words = _words(" ".join(parts))
    if words & _CREDENTIALS:
        return _credential(_first(verb))
    if words & _SIGN_INS:
        return "login"
    if verb in _STOP and targets & _MACHINES:
        return "kill_switch_engaged"
    return "config_changed" if _words(verb) & _CHANGE else "tool_call"


def _credential(verb: str) -> str:
    if verb in _READ:
        return "tool_call"
    if verb in _REVOKE:
        return "credential_revoked"
    return "credential_issued" if verb in _ISSUE else "credential_used"


def _first(verb: str) -> str:
    return verb.partition("_")[0]


def _words(text: str) -> set[str]:
    return set(_WORDS.findall(text.replace("_", " ")))
