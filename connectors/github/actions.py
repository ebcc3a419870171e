"""What an audit log action says was done, by the words it is made of.

There are some two thousand actions, ``<category>.<operation>`` all of them. The category names a
thing, the operation begins with a verb or ends in one, so both are read instead of a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CREDENTIALS = _set("token tokens key keys secret secrets credential credentials password pat")
_GRANTS = _set("oauth_access oauth_authorization")
_WATCHES = _set("scanning alert alerts allow")
"""A finding about a secret, or a list of permitted things, is no credential."""

_ISSUE = _set("create add grant generate regenerate reset rotate register authorize")
_REVOKE = _set("destroy delete remove revoke deauthorize expire")
_APPS = _set("integration installation application app")
_STOP = _set("destroy delete suspend deactivate disable uninstall")
_OVERRULED = _set("bypass bypassed override overridden")
_REFUSED = _set("rejected blocked")
_FAILED = _set("failed failure rejected blocked")
_SETTINGS = _set(
    "protected hook hooks config configuration setting settings policy policies rule rules ruleset "
    "rulesets member members membership collaborator role roles permission permissions team org "
    "organization business enterprise integration installation application allow visibility "
    "runner runners environment billing sso two external identity scim enable enabled disable "
    "disabled scanning key keys token tokens secret secrets credential credentials"
)
_READ = _set("clone fetch download view access search list read get audit")
_DESTROY = _set("destroy delete remove purge")
_LEAVE = _set("publish transfer export")
_WRITE = _set(
    "create push merge update edit rename reopen close open comment submit add archive unarchive "
    "lock unlock move change mark convert pin unpin post upload restore dismiss resolve sync"
)
_VERBS = ((_DESTROY, "destructive"), (_LEAVE, "egress"), (_READ, "read"), (_WRITE, "write"))
_METHODS = {"GET": "read", "HEAD": "read", "DELETE": "destructive"}


class Act(NamedTuple):
    """What an entry stands for.

    Attributes:
        action: One of the vocabulary's actions.
        failed: Does the operation's own name say that it failed or was refused?
        decision: ``allowed`` or ``denied`` where it is a decision of a policy.
        credential: Is it about a token, a key or a secret?
    """

    action: str
    failed: bool = False
    decision: str = ""
    credential: bool = False


def act_of(action: str) -> Act:
    """Return what an action, as GitHub writes it, stands for."""
    category, _, operation = action.lower().partition(".")
    said = _words(operation)
    if category == "api":
        return Act("tool_call")
    failed = bool(_FAILED & set(said))
    if _REFUSED & set(said) or _OVERRULED & set(said):
        return Act("policy_decision", failed, "denied" if failed else "allowed")
    if {"login", "sso"} & set(said) or {"two", "factor", "challenge"} <= set(said):
        return Act("login", failed)
    if "logout" in said:
        return Act("session_end")
    return Act(_approval(said), failed) if _approval(said) else _change(category, said, failed)


def _approval(said: list[str]) -> str:
    if _first(said, _set("approve")):
        return "approval_granted"
    if _first(said, _set("deny denied reject")):
        return "approval_denied"
    asked = said[:1] == ["request"] or "requested" in said
    return "approval_requested" if asked and "cancelled" not in said else ""


def _change(category: str, said: list[str], failed: bool) -> Act:
    words = set(_words(category)) | set(said)
    if (words & _CREDENTIALS or category in _GRANTS) and not words & _WATCHES:
        return Act(_credential(said), failed, credential=True)
    if set(_words(category)) & _APPS and _first(said, _STOP):
        return Act("kill_switch_engaged", failed)
    shown = category == "repo" and said == ["access"]  # to whom it is visible
    setting = (words & _SETTINGS and not words & {"alert", "alerts"}) or shown
    return Act("config_changed" if setting else "tool_call", failed)


def _credential(said: list[str]) -> str:
    if _first(said, _REVOKE):
        return "credential_revoked"
    if _first(said, _ISSUE):
        return "credential_issued"
    return "config_changed" if _first(said, _set("update change cancel")) else "credential_used"


def class_of(action: str, record: Mapping[str, object]) -> str:
    """Return the class of an action on a resource: what its verb does to it."""
    category, _, operation = action.lower().partition(".")
    if category == "api":
        method = record.get("request_method")
        return _METHODS.get(method.upper(), "write") if isinstance(method, str) else "other"
    said = _words(operation)
    kind = next((kind for verbs, kind in _VERBS if _first(said, verbs)), "other")
    runs = category == "workflows" and kind not in ("destructive", "egress")
    return "exec" if runs else kind


def _first(said: list[str], verbs: frozenset[str]) -> str:
    """Return the first word that is one of the verbs, also in the past tense."""
    stems = ((word, word.removesuffix("d"), word.removesuffix("ed")) for word in said)
    return next((stem for forms in stems for stem in forms if stem in verbs), "")


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.replace("_", " "))
