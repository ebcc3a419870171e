"""Vendors and their actions, found by looking into ``playbooks/vendors/``; nothing is listed.

A vendor's file defines one ``Vendor`` (how to reach it and which of its calls only read) and one
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
from agentwarrant.respond.action import Action
from agentwarrant.respond.transport import ObserveTransport, Transport


class Vendor(ABC):
    """One system in which agents can be stopped.

    Class attributes:
        name: The first half of ``vendor.verb``.
        title: What a person calls it.
        sources: ``event.module`` values whose agents it runs.
        reads: Its calls that only read; every other call counts as a change.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    sources: ClassVar[frozenset[str]]
    reads: ClassVar[frozenset[str]]

    @abstractmethod
    def connect(self, url: str, secret: str) -> AbstractContextManager[Transport]:
        """Open a transport; in this first form one that asks for reading permissions only."""

    @contextmanager
    def observe(self, url: str, secret: str) -> Iterator[ObserveTransport]:
        """Open a transport that can only read."""
        with self.connect(url, secret) as transport:
            yield ObserveTransport(transport, self.reads)


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
