"""The responder of the tests: our own webhook behind TLS, and what it took of one tenant.

Only Splunk is missing: the events of a match are not read, so a finding rests on none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.certificates import server_context
from tests.shipped import shipped_rules

from agentwarrant.finding import CaseBook, Finding
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.alertcursor import Cursor
from agentwarrant.siem.hooks import server_of
from agentwarrant.siem.inbox import Inbox
from agentwarrant.siem.splunk.matches import Match, finding_from
from agentwarrant.siem.splunk.webhook import Webhook

SHARED = "a secret of both sides"
RULES = {rule.public_id: rule for rule in shipped_rules()}


class Responder:
    """What the webhook took.

    Attributes:
        url: Where it is.
        matches: What it was told, each once.
        findings: What became of it.
    """

    def __init__(self) -> None:
        self.url = ""
        self.letters: list[tuple[str, str]] = []
        self.matches: list[Match] = []
        self.taken: list[Finding] = []
        self._cases = CaseBook()

    def pages(self, cursor: Cursor) -> Iterator[list[Match]]:
        yield from ()

    def findings(self, alerts: Sequence[Match]) -> list[Finding]:
        self.matches += alerts
        return [
            finding_from(one, [], tenant="acme", rules=RULES, cases=self._cases) for one in alerts
        ]


@contextmanager
def responding(folder: Path) -> Iterator[Responder]:
    """Yield a responder that listens on this host.

    Args:
        folder: Where it keeps its secret and what it knows.
    """
    secret = folder / "secret"
    secret.write_text(SHARED)
    made = Responder()
    inbox: Inbox[Match] = Inbox(
        made, made.taken.extend, folder / "cursor.json", "2026-01-01T00:00:00.000Z"
    )
    webhook = Webhook({"acme": inbox}, Secret(f"file:{secret}"))
    with server_of(webhook, "127.0.0.1", 0) as server:
        server.socket = server_context().wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        made.url = f"https://127.0.0.1:{server.server_port}/main"
        try:
            yield made
        finally:
            server.shutdown()
