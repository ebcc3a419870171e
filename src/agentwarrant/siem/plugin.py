"""What a SIEM's folder provides: build files, install into what exists, take it out again.

Each folder in ``siem`` has one concrete subclass of ``Siem``, found by looking
(``agentwarrant.plugins``); there is no list. Nothing is changed before a plan was made, and a plan
says of every object what would happen to it and why.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from agentwarrant import plugins
from agentwarrant.config import Config, Target, Tenant
from agentwarrant.errors import ConfigError, UsageError
from agentwarrant.faults import closest
from agentwarrant.inventory import Entry
from agentwarrant.rules.model import Rule
from agentwarrant.siem.alerting import Alerts
from agentwarrant.siem.verifying import Report, Wish

Say = Callable[[str], None]


class Verb(StrEnum):
    """What happens to one object."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"
    KEEP = "keep"
    """Somebody changed it, and we did not: theirs stays."""
    CONFLICT = "conflict"
    """Somebody changed it, and so did we: theirs stays until ``--overwrite`` names it."""
    NOTHING = "nothing"


WORK = frozenset({Verb.CREATE, Verb.UPDATE, Verb.REMOVE})


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object of a SIEM.

    Attributes:
        verb: What.
        kind: What the object is, in one or two words.
        name: What it is called there.
        space: The Kibana space it stands in; empty where there are none.
        lines: The difference, one line each: ``+ path: value``, ``- …``, ``~ path: old -> new``.
        why: One clause for the reader; empty where the verb says it.
        body: What is sent.
    """

    verb: Verb
    kind: str
    name: str
    space: str = ""
    lines: tuple[str, ...] = ()
    why: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an install or an uninstall would do, in the order in which it would do it.

    Attributes:
        target: Where.
        changes: One for each object, also where nothing happens.
        notes: What else the reader should know before saying yes.
    """

    target: Target
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def work(self) -> list[Change]:
        """The changes that change something."""
        return [change for change in self.changes if change.verb in WORK]

    @property
    def conflicts(self) -> list[Change]:
        """What was changed on both sides."""
        return [change for change in self.changes if change.verb is Verb.CONFLICT]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be built or installed.

    Attributes:
        config: Tenants and what holds for each; None: built for one tenant, ``default``.
        target: Where it is installed; None: built as files only.
        rules: All rules, also those that alert only through correlations.
        files: A folder that ``build`` wrote, to install from; None: made now.
        overwrite: Names of objects whose changes by others are given up.
        enable: Short ids of rules that are switched on when created; ``*`` for all.
        only: Kinds of parts to install; empty for all that the SIEM has.
        stack: Version of the SIEM that rules are built for; empty for the oldest supported one.
    """

    rules: Sequence[Rule] = ()
    config: Config | None = None
    target: Target | None = None
    files: Path | None = None
    overwrite: frozenset[str] = frozenset()
    enable: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    stack: str = ""


def target_of(order: Order) -> Target:
    """Return where an order goes.

    Raises:
        UsageError: It names no target.
    """
    if order.target is None:
        raise UsageError("an install needs a target")
    return order.target


def tenants_of(order: Order) -> list[Tenant]:
    """Return the tenants that ship to the target of an order.

    Raises:
        ConfigError: None does.
    """
    target = target_of(order)
    found = order.config.tenants_of(target.name) if order.config else []
    if not found:
        raise ConfigError("no tenant ships there", where=target.name, mend="docs/config.md")
    return found


def is_wanted(order: Order, part: str) -> bool:
    """Is a part to be installed?"""
    return not order.only or part in order.only


class Siem(ABC):
    """One SIEM.

    Attributes:
        name: What the command line calls it.
        title: What its vendor calls it.
        kinds: The kinds of targets that it serves; the first is meant by ``name``.
        parts: What can be installed alone with ``--only``.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    parts: ClassVar[tuple[str, ...]]

    @abstractmethod
    def build(self, order: Order, out: Path) -> list[Path]:
        """Write all that an install needs into a folder, without a server; return the files.

        Raises:
            UsageError: There is no such version, or the folder cannot be written or holds
                another build.
        """

    def with_overview(self, text: str, order: Order) -> str:
        """Return a text with what the rules of an order become there, between its two markers.

        Raises:
            UsageError: The markers are not there, or this SIEM has no such overview.
        """
        raise UsageError(f"there is no overview of rules in {self.title}")

    @abstractmethod
    def plan_install(self, order: Order) -> Plan:
        """Return what an install would change; nothing is changed.

        Raises:
            ConfigError: The order cannot be carried out there.
            TargetError: The SIEM could not be asked.
        """

    @abstractmethod
    def install(self, order: Order, plan: Plan, say: Say) -> None:
        """Carry a plan out and read back what it made; may be repeated after an interruption.

        Raises:
            TargetError: The SIEM refused or was not reached, or has not what was sent.
        """

    @abstractmethod
    def plan_uninstall(self, order: Order, *, delete_data: bool) -> Plan:
        """Return what an uninstall would remove: only what an install made.

        Args:
            order: With config and target.
            delete_data: Events, findings and records too.
        """

    @abstractmethod
    def uninstall(self, order: Order, plan: Plan, say: Say) -> None:
        """Carry out what ``plan_uninstall`` returned."""

    @abstractmethod
    def publish(self, order: Order, agents: Iterable[Entry]) -> int:
        """Put agents into the inventory there, over what it said of them; return how many.

        Args:
            order: With config and target.
            agents: Of any tenants.

        Raises:
            ConfigError: The tenant of one of them does not ship there.
            TargetError: The SIEM refused or was not reached.
        """

    def declare(self, order: Order, warrants: Sequence[Path]) -> int:
        """Put warrants there, for what holds events to them there; return how many.

        Args:
            order: With config and target.
            warrants: Files and folders.

        Raises:
            UsageError: Nothing there reads warrants.
            ConfigError: The tenant of one of them does not ship there.
            ContentErrors: Every fault of every warrant.
            TargetError: The SIEM refused or was not reached.
        """
        mend = "put the inventory there: agentwarrant agents --to"
        raise UsageError(f"nothing in {self.title} reads warrants", mend=mend)

    def verify(self, order: Order, wish: Wish, say: Say) -> Report:
        """Compare what rules find there with what they find here.

        Raises:
            UsageError: This SIEM has no such comparison.
            ConfigError: There is no place for the events.
            TargetError: It refused what the comparison needs, or was not reached.
        """
        raise UsageError(f"there is no comparison with {self.title}; it is made in the tests")

    def alerts(self, kind: str) -> Alerts | None:
        """Return the alerts of one of its kinds of targets; None where it makes none for us."""
        return None


@cache
def siems() -> Mapping[str, Siem]:
    """Return the SIEMs by each kind of target that they serve."""
    found: dict[str, Siem] = {}
    for module in plugins.modules("agentwarrant.siem", "agentwarrant.siems"):
        for kind in plugins.classes(module, Siem):  # type: ignore[type-abstract]  # plugins.classes yields concrete ones only
            siem = kind()
            found.update(dict.fromkeys(siem.kinds, siem))
    return found


def siem_of(kind: str) -> Siem:
    """Return the SIEM that serves a kind of target.

    Raises:
        UsageError: None does.
    """
    try:
        return siems()[kind]
    except KeyError:
        mend = closest(kind, sorted(siems()))
        raise UsageError(f"there is no SIEM {kind!r}", mend=mend) from None
