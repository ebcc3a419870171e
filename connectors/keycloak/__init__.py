"""Keycloak: user events and admin events, from the admin REST API or from the server's log.

References:
    - https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events
    - https://www.keycloak.org/docs-api/latest/rest-api/index.html (``/events``, ``/admin-events``)
    - https://www.keycloak.org/docs-api/latest/javadocs/org/keycloak/events/EventType.html
    - https://www.keycloak.org/server/logging (JSON lines: ``--log-console-output=json``)
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile
from agentwarrant.records import mapping, text

from . import admin, users
from .memory import Memory
from .record import entry_of, is_event, likeness


class Keycloak(Connector):
    """The identity provider.

    Accounts stand under every name there is for their realm: the API writes the realm's id, the
    log its name too. Admin events know a client by an internal id; its client id is added where an
    earlier event of the same file tells it. The log does not say in which realm an administrator
    of ``master`` acted, so such an event names no account that was acted on.
    """

    name = "keycloak"
    title = "Keycloak"
    identities = (
        IdentityKind("keycloak.client", "client, as realm/client-id: acme/acme-helper"),
        IdentityKind("keycloak.user", "user or service account, as realm/user-id"),
    )

    def recognise(self, file: InputFile) -> int:
        return max((likeness(record) for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        memory = Memory()
        for line, record in file.records():
            if is_event(record):
                yield Raw(record, str(file.path), line, memory.context(record))

    def normalize(self, raw: Raw) -> Iterator[Event]:
        if not is_event(raw.record):
            return
        entry = entry_of(raw.record)
        names = {one: text(name) for one, name in mapping(raw.context.get("names")).items()}
        make = admin.events if entry.admin else users.events
        try:
            yield from make(self, raw, entry, names)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error
