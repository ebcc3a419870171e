"""What goes into the ledger as text: one line, short, printable, without secrets.

A vendor's error may quote a token, and its answers are what an attacker may write.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from agentwarrant.errors import AgentWarrantError
from agentwarrant.redact import Redactor, installation_key
from agentwarrant.respond.connection import Connection

LONGEST = 600
_SHORTEST_SECRET = 6


@cache
def _redactor() -> Redactor:
    return Redactor(installation_key())


def clean(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text as the ledger keeps it.

    Args:
        text: Of a person, a vendor or an error.
        secrets: Values that must not be in it, beside what looks like a secret.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    found = _redactor().text(shown)[0]
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def secrets_of(connection: Connection) -> list[str]:
    """Return the secrets of a connection that can be read now."""
    found = []
    for secret in connection.secrets.values():
        try:
            found.append(secret.value())
        except AgentWarrantError:
            continue
    return found


def words_of(error: BaseException, connection: Connection | None = None) -> str:
    """Return what an error says; of an error that is none of ours only its kind."""
    if not isinstance(error, AgentWarrantError):
        return f"an unexpected {type(error).__name__}"
    return clean(str(error), secrets_of(connection) if connection else ())
