"""Several open connections behind one transport: by the beginning of a request's path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import Request, Transport


class Routed:
    """Sends each request the first way whose beginning its path has.

    Args:
        connection: What all of them are part of; see ``http.connection_of``.
        ways: Beginnings of paths with their transports; the last one is ``""`` and takes the rest.
    """

    def __init__(self, connection: Connection, ways: Sequence[tuple[str, Transport]]) -> None:
        self.connection = connection
        self._ways = ways

    def send(self, request: Request) -> Any:
        """Return the answer of the way that it takes; raises what ``Transport.send`` says."""
        where = request.method.partition(" ")[2]
        way = next(transport for start, transport in self._ways if where.startswith(start))
        return way.send(request)
