"""Vendors and their actions, found by looking into ``playbooks/vendors/``; nothing is listed.

A vendor's file defines one ``Vendor`` (how to reach it, and which of its calls only read) and one
``Action`` class for each verb.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from types import ModuleType
from typing import ClassVar

from agentwarrant import plugins
from agentwarrant.respond import http
from agentwarrant.respond.action import Action
from agentwarrant.respond.connection import Connection
from agentwarrant.respond.transport import (
    EnforceTransport,
    ObserveTransport,
    Permit,
    Request,
    Transport,
)


class Vendor(ABC):
    """One system in which agents can be stopped.

    Class attributes:
        name: The first half of ``vendor.verb``.
        title: What a person calls it.
        sources: ``event.module`` values whose agents it runs; empty for what runs none.
        reads: Its calls that only read; every other call counts as a change.
        probes: Its calls that try what the agent would (``Effect.PROBE``).
        secrets: Names of the secrets that its connection may have, each with what it is for.
        options: Names of the options that its connection may have, each with what it is for.
        needs_url: Has it an address of its own in every installation? Otherwise ``url`` may be
            left out.
        examples: Account refs (``kind:id``), hosts and so on of the shapes that its actions take:
            for the documentation, and for the sweep over all actions.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sources: ClassVar[frozenset[str]] = frozenset()
    reads: ClassVar[frozenset[str]] = frozenset()
    probes: ClassVar[frozenset[str]] = frozenset()
    secrets: ClassVar[dict[str, str]] = {}
    options: ClassVar[dict[str, str]] = {}
    needs_url: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def connect(
        self, connection: Connection, *, changes: bool = False
    ) -> AbstractContextManager[Transport]:
        """Open a transport; unless ``changes``, one that asks for no more than to read.

        Raises:
            ConfigError: The connection lacks what this vendor needs.
            Refused, Unreachable: It does not let us in.
        """

    def only_reads(self, request: Request) -> bool:
        """Does a request only read? What is not known to, does not."""
        return request.method in self.reads

    def only_tries(self, request: Request) -> bool:
        """Does a request only try what the agent would?"""
        return request.method in self.probes

    @contextmanager
    def observe(self, connection: Connection) -> Iterator[ObserveTransport]:
        """Open a transport that can only read."""
        with self.connect(connection) as transport:
            yield ObserveTransport(transport, self.only_reads)

    @contextmanager
    def enforce(
        self, connection: Connection, permit: Permit | None = None
    ) -> Iterator[EnforceTransport]:
        """Open a transport for the one change that a permit of the ledger is for."""
        with self.connect(connection, changes=True) as transport:
            yield self.permitted(transport, permit)

    def permitted(self, transport: Transport, permit: Permit | None = None) -> EnforceTransport:
        """Return an open transport as one for the one change that a permit is for."""
        return EnforceTransport(transport, self.only_reads, self.only_tries, permit)


class HttpVendor(Vendor):
    """A vendor that speaks HTTP: ``reads`` and ``probes`` are written ``VERB /path/{}/…``.

    GET and HEAD only read; ``reads`` names what else does (a search by POST).
    """

    usual_url: ClassVar[str] = ""

    @abstractmethod
    def authorize(self, connection: Connection) -> http.Authorize:
        """Return what proves who asks (``http.bearer``, ``http.header``, …)."""

    @contextmanager
    def connect(self, connection: Connection, *, changes: bool = False) -> Iterator[Transport]:
        with http.connect(connection, self.authorize(connection), usual=self.usual_url) as opened:
            yield opened

    def only_reads(self, request: Request) -> bool:
        return http.only_reads(self.reads, request)

    def only_tries(self, request: Request) -> bool:
        return http.matches(self.probes, request)


def _modules() -> Iterator[ModuleType]:
    yield from plugins.modules("agentwarrant.playbooks.vendors", "agentwarrant.vendors")


@cache
def vendors() -> dict[str, Vendor]:
    """Return every vendor by name."""
    found = [kind() for module in _modules() for kind in plugins.classes(module, Vendor)]  # type: ignore[type-abstract]  # plugins.classes yields concrete ones only
    return {vendor.name: vendor for vendor in found}


@cache
def actions() -> dict[str, Action]:
    """Return every action by ``vendor.verb``."""
    found = [kind() for module in _modules() for kind in plugins.classes(module, Action)]  # type: ignore[type-abstract]  # as above
    return {action.id: action for action in found}
