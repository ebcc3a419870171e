"""What an audit log action does besides its class, by the words it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .common import text

_WORDS = re.compile(r"[a-z0-9]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ENDS = _set("destroy delete remove disable disabled destroyed deleted removed")
_GUARDS = _set(
    "protected ruleset rulesets scanning protection streaming dependabot saml security codeql "
    "requirement"
)
_GIVES = _set(
    "add added grant granted create created update updated approve approved invite accept install"
)
_RIGHTS = _set(
    "member members membership collaborator role roles admin permission permissions owner"
)
_PUBLISHES = _set("publish published push pages gist release")
_STORED = re.compile(r"(?:actions|codespaces|dependabot|agents|copilot)_(?:\w+_)?secret")
"""A secret that is laid down for a workflow is not made here."""

_ALLOWED = _set("allow")


def acts_of(record: Mapping[str, Any], action: str, *, issued: bool) -> Iterator[str]:
    """Yield the acts that an entry is.

    Args:
        record: The entry.
        action: As GitHub writes it: ``protected_branch.destroy``.
        issued: Was it found to issue a credential?
    """
    category, _, operation = action.lower().partition(".")
    said = frozenset(_WORDS.findall(operation.replace("_", " ")))
    about = frozenset(_WORDS.findall(category.replace("_", " ")))
    words = said | about
    if category == "api":
        return
    if issued and not _STORED.search(action.lower()):
        yield "credential_issue"
    if _is_public(record, category, said) or (said & _PUBLISHES and category in _SHOWN):
        yield "publish"
    rights = bool(words & _RIGHTS) and not words & _GUARDS
    if said & _GIVES and (rights or category in _INSTALLED or action == "team.add_repository"):
        yield "privilege_grant"
    if words & _ALLOWED and "ip" in words:
        yield "quarantine_change"
    elif said & _ENDS and words & _GUARDS:
        yield "guard_disable"
    if about & _set("integration installation") and said & _set("suspend unsuspend"):
        yield "quarantine_change"


_SHOWN = _set("git package packages release releases registry_package pages gist")
_INSTALLED = _set(
    "integration_installation oauth_authorization org_credential_authorization"
    " personal_access_token_request"
)


def _is_public(record: Mapping[str, Any], category: str, said: frozenset[str]) -> bool:
    """Was something made that everybody can see, or made visible to everybody?"""
    if category not in ("repo", "package", "packages", "pages", "gist", "project"):
        return False
    makes = said & _set("create access visibility change publish transfer")
    return bool(makes) and text(record.get("visibility")).lower() == "public"
