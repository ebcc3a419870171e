"""Who acted, with which token, and on whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .common import number, text

_BOT = "[bot]"
_NOBODY = frozenset({"", "deploy_key", "ghost"})
"""Names GitHub writes where no account acted."""


class Actor(NamedTuple):
    """Who acted.

    Attributes:
        accounts: (kind, id) pairs, the most specific first.
        name: The login.
        agentic: ``yes`` where GitHub says it is an agent, ``no`` where a person was at the site.
        person: The login, where it is one of a person.
    """

    accounts: list[tuple[str, str]]
    name: str
    agentic: str
    person: str


def actor_of(record: Mapping[str, Any], *, about_credential: bool) -> Actor:
    """Return who acted.

    Args:
        record: The entry.
        about_credential: Is the entry about a token? Then the token it names did not act,
            unless it says how it was used.
    """
    name = text(record.get("actor"))
    agent = record.get("actor_is_agent") is True
    bot = agent or record.get("actor_is_bot") is True or name.endswith(_BOT)
    way = text(record.get("programmatic_access_type"))
    accounts = _tokens(record) if way or not about_credential else []
    if bot:
        accounts += [("github.app", name.removesuffix(_BOT)), ("github.app_id", _app_id(record))]
    elif name not in _NOBODY:
        # An app that acts for a person acts under the person's login.
        if "App" in way and not _about_app(record):
            accounts += [("github.app", _slug(record)), ("github.app_id", _app_id(record))]
        accounts.append(("github.user", name))
    person = "" if bot or name in _NOBODY else name
    # With a token an agent may be acting as well as the person it belongs to.
    agentic = "yes" if agent else "no" if person and not way else ""
    return Actor(accounts, name, agentic, person)


def targets_of(record: Mapping[str, Any], *, about_credential: bool) -> list[tuple[str, str, str]]:
    """Return (kind, id, name) of the accounts and credentials acted on, the most specific first."""
    found: list[tuple[str, str, str]] = []
    if about_credential and not text(record.get("programmatic_access_type")):
        called = _token_name(record)
        found += [(kind, own, called or own) for kind, own in _tokens(record)]
    if _about_app(record):
        slug, own = _slug(record), _app_id(record)
        found.append(("github.app", slug, slug))
        found.append(("github.app_id", own, slug or own))
    user = text(record.get("user"))
    other = user not in (*_NOBODY, text(record.get("actor")), text(record.get("org")))
    if other and record.get("actor_is_agent") is not True:
        kind = "github.app" if user.endswith(_BOT) else "github.user"
        found.append((kind, user.removesuffix(_BOT), user))
    return [one for one in dict.fromkeys(found) if one[1]]


def _tokens(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        ("github.token", text(record.get("hashed_token"))),
        ("github.token", number(record.get("token_id"))),
    ]


def _token_name(record: Mapping[str, Any]) -> str:
    return text(record.get("user_programmatic_access_name"))


def _about_app(record: Mapping[str, Any]) -> bool:
    return text(record.get("action")).startswith(("integration", "app."))


def _slug(record: Mapping[str, Any]) -> str:
    named = text(record.get("slug")) or text(record.get("integration"))
    return named or (text(record.get("name")) if _about_app(record) else "")


def _app_id(record: Mapping[str, Any]) -> str:
    return number(record.get("integration_id")) or number(record.get("app_id"))
