"""E-mail: the case in plain text, by SMTP with TLS.

References:
    - RFC 5321 (SMTP), RFC 8314 (TLS for submission: port 465, or STARTTLS at 587)
    - RFC 5322: ``Message-ID`` is made of the case, so that mail programs show one message of two
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any, ClassVar
from urllib.parse import urlsplit

from agentwarrant.errors import ConfigError, OutcomeUnknown, Refused, Unreachable
from agentwarrant.respond.action import Target
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.telling import TOLD, Tell, Teller, key_of, line, text
from agentwarrant.respond.transport import Request, Transport
from agentwarrant.respond.vendor import Vendor

_PORTS = {"smtps": 465, "smtp": 587}
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
Client = smtplib.SMTP


class Email(Vendor):
    name = "email"
    title = "E-mail"
    reads = frozenset({TOLD})
    secrets: ClassVar = {"password": "of the user; without user nobody signs in"}
    options: ClassVar = {
        "sender": "address that it comes from",
        "recipients": "addresses that it goes to",
        "user": "who signs in",
    }

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        yield Teller(_Mail(connection), connection)


class _Mail:
    """Hands a message to the mail server; each has a connection of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, request: Request) -> dict[str, Any]:
        message = _message(request.params, self._connection)
        try:
            with _opened(self._connection) as client:
                return {"refused": sorted(self._handed(client, message))}
        except smtplib.SMTPException as error:
            raise self._refused(error) from None
        except OSError as error:
            raise Unreachable(f"no connection: {error}", where=self._connection.name) from None

    def _handed(self, client: Client, message: EmailMessage) -> dict[str, Any]:
        user = self._connection.option("user")
        try:
            if user:
                client.login(user, self._connection.secret("password"))
            return client.send_message(message)
        except smtplib.SMTPServerDisconnected:
            what = "the mail server went away before it answered"
            raise OutcomeUnknown(what, where=self._connection.name) from None
        except smtplib.SMTPException as error:  # it derives from OSError
            raise self._refused(error) from None
        except OSError as error:
            what = f"no answer of the mail server: {error}"
            raise OutcomeUnknown(what, where=self._connection.name) from None

    def _refused(self, error: Exception) -> Refused | Unreachable:
        status = int(getattr(error, "smtp_code", 0) or 0)
        said = line(str(getattr(error, "smtp_error", b"") or type(error).__name__))
        where = self._connection.name
        if 400 <= status < 500:
            return Unreachable(f"the mail server says {status} {said}", where=where)
        return Refused(f"the mail server says {status} {said}", where=where, status=status)


@contextmanager
def _opened(connection: Connection) -> Iterator[Client]:
    parts = urlsplit(connection.url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    if parts.scheme not in _PORTS or not host:
        what = "its url is no smtps:// or smtp:// address"
        raise ConfigError(what, where=connection.name, mend="smtps://HOST, or smtp://HOST")
    context = ssl.create_default_context(cafile=str(connection.ca) if connection.ca else None)
    if parts.scheme == "smtps":
        with smtplib.SMTP_SSL(host, port, timeout=connection.timeout, context=context) as client:
            yield client
        return
    with smtplib.SMTP(host, port, timeout=connection.timeout) as client:
        if host not in _HERE:
            client.starttls(context=context)
        yield client


def _message(params: Any, connection: Connection) -> EmailMessage:
    recipients = connection.options.get("recipients", ())
    named = [recipients] if isinstance(recipients, str) else list(recipients)
    if not named or not connection.option("sender"):
        what = "it has no sender or no recipients"
        raise ConfigError(what, where=connection.name, mend="options: sender, recipients")
    message = EmailMessage()
    message["From"] = connection.option("sender")
    message["To"] = ", ".join(named)
    message["Subject"] = params["subject"]
    message["Message-ID"] = f"<{params['id']}@agentwarrant.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    message.set_content(params["text"])
    return message


class Send(Tell):
    """Send the case by e-mail."""

    name = "send"
    vendor = "email"
    title = "Send the case by e-mail"
    method = "POST /"
    required_permissions = ("an account that may send",)
    doc = "docs/vendors/telling.md"

    def message(self, target: Target, connection: Connection | None) -> tuple[str, dict[str, Any]]:
        subject = line(f"[{target.severity}] {target.title}")
        return "/", {
            "subject": subject,
            "text": text(target),
            "id": key_of(self.id, target),
        }
