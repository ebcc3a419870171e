"""Microsoft Entra ID: sign-in logs and the directory's audit.

From Microsoft Graph (entries, a page of them) or by a diagnostic setting of Azure Monitor (each
in its envelope, one a line or many in a message of an event hub).

References:
    - https://learn.microsoft.com/graph/api/resources/signin?view=graph-rest-beta
    - https://learn.microsoft.com/graph/api/resources/agentic-agentsignin?view=graph-rest-beta
    - https://learn.microsoft.com/graph/api/resources/directoryaudit
    - https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
"""

from __future__ import annotations

from collections.abc import Iterator

from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile

from . import audit, signin
from .entries import entry_of, likeness, singles


class Entra(Connector):
    """Microsoft's directory. A sign-in read from Graph and from Azure Monitor is one event."""

    name = "entra"
    title = "Microsoft Entra ID"
    identities = (
        IdentityKind("entra.agent_identity", "Entra agent identity, by object id", fold=True),
        IdentityKind("entra.managed_identity", "Entra managed identity, by object id", fold=True),
        IdentityKind("entra.service_principal", "Entra service principal, by object id", fold=True),
        IdentityKind("entra.app", "Entra app, by client id or, in audits, object id", fold=True),
        IdentityKind("entra.user", "Entra user, by object id", fold=True),
        IdentityKind("entra.key", "Key of an Entra app, by key id", credential=True, fold=True),
    )

    def recognise(self, file: InputFile) -> int:
        return max((likeness(record) for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        for line, record in file.records():
            for single in singles(record):
                yield Raw(single, str(file.path), line)

    def normalize(self, raw: Raw) -> Iterator[Event]:
        entry = entry_of(raw.record)
        try:
            if entry.kind == "signin":
                yield signin.event_of(self, raw, entry)
            elif entry.kind == "audit":
                yield audit.event_of(self, raw, entry)
            else:
                raise BadRecord("neither a sign-in nor an audit entry of Entra")
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error
