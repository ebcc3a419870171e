"""What an installation says of responses: where agents can be stopped, by whom, and how far.

It is the ``respond:`` part of the configuration (``docs/config.md``).
Without it nothing is reached and nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentwarrant.errors import ConfigError
from agentwarrant.faults import closest
from agentwarrant.respond.action import Reversibility
from agentwarrant.respond.connection import TIMEOUT, Connection
from agentwarrant.rules.durations import duration_ms
from agentwarrant.secretrefs import Secret, given

if TYPE_CHECKING:
    from agentwarrant.warrant.registry import Registry

OFF = "off"
"""Of a playbook: it is never taken."""

LEDGER_FILE = "respond.db"
EVIDENCE = "evidence"
"""The vendor and the usual connection of evidence snapshots: a folder of this installation."""


class Mode(StrEnum):
    """How far a run may go without a person."""

    OBSERVE = "observe"
    APPROVE = "approve"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be touched before everything waits for people (a sliding window).

    Attributes:
        agents, agents_ms: At most so many agents of a tenant in so many milliseconds.
        daily: At most so many agents of a tenant in 24 hours.
        share: At most this share (0 to 1) of a tenant's known agents in 24 hours, but one may be.
        actions, actions_ms: At most so many changes in so many milliseconds, of a tenant.
    """

    agents: int = 5
    agents_ms: int = 600_000
    daily: int = 20
    share: float = 0.02
    actions: int = 200
    actions_ms: int = 3_600_000


@dataclass(frozen=True, slots=True)
class Approver:
    """A person who may say yes.

    Attributes:
        name: As the configuration calls them.
        key: Their Ed25519 public key, ``ed25519:`` and base64.
        subjects: Accounts of theirs, as events name them: who wrote the trigger may not approve.
        tenants: For whom; empty: for all.
    """

    name: str
    key: str
    subjects: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window of a tenant: in it nothing starts by itself.

    Attributes:
        start, end: ISO 8601 with an offset.
        agents: Patterns of agent ids; empty: all.
    """

    start: str
    end: str
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts for one tenant.

    Attributes:
        modes: By class of action; a class that is not named has ``mode``.
        mode: For what ``modes`` does not name.
        needs: How many people must say yes, by class.
        expires: Seconds until an approval that nobody gave is refused.
        release_after: Seconds after which what was contained is released by itself unless the
            case is confirmed; 0: never.
        limits: See ``Limits``.
        protected: Patterns of account refs, agents and points that nothing may touch.
        critical: Patterns of agents that the business needs: a person decides, whatever the mode.
        windows: See ``Window``.
        playbooks: By name of playbook: ``off``, or the mode that it has at most.
        holds: Are evidence snapshots kept until a person lets them go?
    """

    mode: Mode = Mode.OBSERVE
    modes: Mapping[Reversibility, Mode] = field(default_factory=dict)
    needs: Mapping[Reversibility, int] = field(default_factory=dict)
    expires: float = 1800.0
    release_after: float = 14_400.0
    limits: Limits = Limits()
    protected: tuple[str, ...] = ()
    critical: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    playbooks: Mapping[str, str] = field(default_factory=dict)
    holds: bool = False

    def mode_of(self, kind: Reversibility) -> Mode:
        """Return the mode that a class of actions has."""
        return self.modes.get(kind, self.mode)

    def needed(self, kind: Reversibility) -> int:
        """Return how many people must say yes to a class of actions."""
        return self.needs.get(kind, 2 if kind is Reversibility.IRREVERSIBLE else 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """The response of one installation.

    Attributes:
        ledger: SQLAlchemy URL of the ledger where it is not the usual file; it may hold a
            password and so stands by reference.
        folder: For the usual ledger (``respond.db``), snapshots and feeds.
        audit_key: A key for the chain's digests: without it whoever can write the database can
            write a chain that verifies.
        anchors: File to which workers write the heads of the audit chains; None: they do not.
        anchor_every: How often, in seconds.
        connections: By name.
        approvers: By name.
        usual: What counts for a tenant that does not say otherwise.
        policies: By tenant.
        warrants: Files and folders of warrants.
        playbook_files: Files and folders of playbooks that go over the shipped ones.
        self_protected: Refs of the responder's own principals, break-glass accounts and the
            SIEM's service accounts: protected in every tenant, whatever a policy says. What
            connections say of their own accounts is protected besides (``protection``).
    """

    folder: Path
    ledger: Secret | None = None
    audit_key: Secret | None = None
    anchors: Path | None = None
    anchor_every: float = 900.0
    connections: Mapping[str, Connection] = field(default_factory=dict)
    approvers: Mapping[str, Approver] = field(default_factory=dict)
    usual: Policy = Policy()
    policies: Mapping[str, Policy] = field(default_factory=dict)
    warrants: tuple[Path, ...] = ()
    playbook_files: tuple[Path, ...] = ()
    self_protected: tuple[str, ...] = ()

    def policy(self, tenant: str) -> Policy:
        """Return what counts for a tenant."""
        return self.policies.get(tenant, self.usual)

    def ledger_url(self) -> str:
        """Return the address of the ledger.

        Raises:
            ConfigError: It does not stand where the reference says.
        """
        if self.ledger is not None:
            return self.ledger.value()
        return f"sqlite:///{self.folder / LEDGER_FILE}"

    def registry(self) -> Registry:
        """Return the warrants, read anew.

        Raises:
            ContentErrors: Every fault of every warrant.
            PathNotFound: A file or folder of them does not exist.
        """
        from agentwarrant.collect import load_connectors  # every source: it takes long to load
        from agentwarrant.redact import Redactor, installation_key
        from agentwarrant.warrant.kinds import Kinds
        from agentwarrant.warrant.load import load_warrants

        redactor = Redactor(installation_key())
        kinds = Kinds.of(load_connectors(redactor).values())
        return load_warrants(self.warrants, kinds, redactor.mark)

    def connections_for(self, vendor: str, tenant: str) -> list[Connection]:
        """Return the connections to a vendor that may be used for a tenant's agents."""
        return [c for c in self.connections.values() if c.vendor == vendor and c.is_for(tenant)]


def settings_of(own: Mapping[str, Any], home: Path, state: Path) -> Settings:
    """Return what a configuration that has no fault says of responses.

    Args:
        own: Its ``respond:`` part (``Config.respond``).
        home: Folder of the configuration: what its paths are relative to.
        state: Folder for what is kept.
    """
    usual = policy_of(own, Policy())
    tenants: Mapping[str, Any] = own.get("tenants") or {}
    return Settings(
        folder=state / "respond",
        ledger=_secret(own, "ledger", home),
        audit_key=_secret(own, "audit_key", home),
        **_anchors(own.get("anchors") or {}, home),
        connections={**_evidence(own, state), **_connections(own, home, state)},
        approvers={n: _approver(n, a) for n, a in (own.get("approvers") or {}).items()},
        usual=usual,
        policies={str(name): policy_of(one or {}, usual) for name, one in tenants.items()},
        warrants=tuple(home / Path(one).expanduser() for one in own.get("warrants", ())),
        playbook_files=tuple(
            home / Path(one).expanduser() for one in own.get("playbook_files", ())
        ),
        self_protected=tuple(own.get("own_accounts", ())),
    )


def _secret(data: Mapping[str, Any], key: str, home: Path) -> Secret | None:
    return Secret(data[key], home) if key in data else None


def _anchors(data: Mapping[str, Any], home: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "file" in data:
        found["anchors"] = home / Path(data["file"]).expanduser()
    if "every" in data:
        found["anchor_every"] = _seconds(data["every"])
    return found


def _connections(own: Mapping[str, Any], home: Path, state: Path) -> dict[str, Connection]:
    return {n: _connection(n, c, home, state) for n, c in (own.get("targets") or {}).items()}


def _evidence(own: Mapping[str, Any], state: Path) -> dict[str, Connection]:
    """Return the connection of evidence that nobody has to write down."""
    written = (own.get("targets") or {}).values()
    if any(one["vendor"] == EVIDENCE for one in written):
        return {}
    return {EVIDENCE: Connection(EVIDENCE, EVIDENCE, folder=state / "respond")}


def _connection(name: str, data: Mapping[str, Any], home: Path, state: Path) -> Connection:
    return Connection(
        name=name,
        vendor=data["vendor"],
        url=data.get("url", "").rstrip("/"),
        secrets={key: Secret(value, home) for key, value in (data.get("secrets") or {}).items()},
        options=dict(data.get("options") or {}),
        tenants=tuple(map(str, data.get("tenants", ()))),
        serves=tuple(data.get("serves", ())),
        ca=home / Path(data["ca"]).expanduser() if "ca" in data else None,
        proxy=given(data.get("proxy", ""), home),
        timeout=_seconds(data["timeout"]) if "timeout" in data else TIMEOUT,
        folder=state / "respond",
    )


def _approver(name: str, data: Mapping[str, Any]) -> Approver:
    subjects, tenants = data.get("accounts", ()), data.get("tenants", ())
    return Approver(name, data["key"], tuple(subjects), tuple(map(str, tenants)))


def policy_of(data: Mapping[str, Any], usual: Policy) -> Policy:
    """Return the policy that a part of a configuration says; what it leaves out is as usual."""
    mode = data.get("mode", usual.mode)
    by_class = mode if isinstance(mode, Mapping) else {}
    modes = {**usual.modes, **{Reversibility(k): Mode(v) for k, v in by_class.items()}}
    one_word = "mode" in data and not by_class
    limits = data.get("limits") or {}
    agents = _rate(limits, "agents", (usual.limits.agents, usual.limits.agents_ms))
    acts = _rate(limits, "actions", (usual.limits.actions, usual.limits.actions_ms))
    needs = {Reversibility(k): int(v) for k, v in (data.get("approvals") or {}).items()}
    return Policy(
        mode=usual.mode if by_class else Mode(mode),
        modes={} if one_word else modes,
        needs={**usual.needs, **needs},
        expires=_seconds(data["approval_expires"]) if "approval_expires" in data else usual.expires,
        release_after=_span(data, "release_after", usual.release_after),
        limits=Limits(
            *agents,
            limits.get("daily", usual.limits.daily),
            limits.get("share", usual.limits.share),
            *acts,
        ),
        protected=(*usual.protected, *data.get("protected", ())),
        critical=(*usual.critical, *data.get("critical", ())),
        windows=(*usual.windows, *map(_window, data.get("windows", ()))),
        playbooks={**usual.playbooks, **_switches(data.get("playbooks") or {})},
        holds=data.get("hold_evidence", usual.holds),
    )


def _switches(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the modes of playbooks; YAML 1.1 reads ``off`` as a truth value."""
    return {str(name): OFF if mode is False else str(mode) for name, mode in data.items()}


def _window(data: Mapping[str, Any]) -> Window:
    return Window(str(data["from"]), str(data["to"]), tuple(data.get("agents", ())))


def _rate(data: Mapping[str, Any], key: str, usual: tuple[int, int]) -> tuple[int, int]:
    if key not in data:
        return usual
    count, _, span = str(data[key]).partition(" in ")
    return int(count), duration_ms(span)


def _span(data: Mapping[str, Any], key: str, usual: float) -> float:
    if key not in data:
        return usual
    return 0.0 if data[key] == "never" else _seconds(data[key])


def _seconds(text: str) -> float:
    return duration_ms(text) / 1000


def connection_named(settings: Settings, name: str) -> Connection:
    """Return a connection.

    Raises:
        ConfigError: None is called so.
    """
    if name not in settings.connections:
        mend = closest(name, list(settings.connections))
        raise ConfigError(f"no target of responses is called {name!r}", where="respond", mend=mend)
    return settings.connections[name]
