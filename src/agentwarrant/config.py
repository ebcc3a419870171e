"""The configuration of one installation: SIEMs, tenants, and what may leave for whom.

One YAML file (``docs/config.md``, ``schemas/config.schema.json``). Every fault is said at once, at
start. A secret stands in it by reference only (``secretrefs``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from agentwarrant import content, schema
from agentwarrant.configchecks import DEFAULT_TENANT, parts_of, spaces_of, split_address
from agentwarrant.errors import ConfigError, ContentError, ContentErrors, PathNotFound
from agentwarrant.faults import closest
from agentwarrant.rules.durations import duration_ms
from agentwarrant.secretrefs import Given, Secret, given, text_in

FILE_VARIABLE = "AGENTWARRANT_CONFIG"
USUAL_FILE = "agentwarrant.yml"
FOREVER = "forever"
AUTO, ON, OFF = "auto", "on", "off"
_SWITCH = {ON: ON, OFF: OFF, True: ON, False: OFF}
"""YAML 1.1 reads ``on`` and ``off`` as truth values."""
_TIMEOUT = "60s"


class Content(StrEnum):
    """How much leaves of prompts, arguments and results."""

    NONE = "none"
    REDACTED = "redacted"
    FULL = "full"


class Shipped(StrEnum):
    """Which events leave."""

    FINDINGS = "findings"
    EVIDENCE = "evidence"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Privacy:
    """What leaves for the SIEM of one tenant; ``siem.privacy`` holds to it.

    By default all events leave, without the secrets in them: a rule in the SIEM finds only in
    what it is given, and a dashboard shows no more. ``siem.estimate`` says what that costs.
    """

    content: Content = Content.REDACTED
    events: Shipped = Shipped.ALL


@dataclass(frozen=True, slots=True)
class Retention:
    """How long each kind of document is kept: ``30d``, ``12h`` or ``forever``."""

    events: str = "30d"
    findings: str = "365d"
    responses: str = "365d"


@dataclass(frozen=True, slots=True)
class Target:
    """One SIEM.

    Attributes:
        name: As the configuration calls it.
        kind: One of ``configchecks.siems``.
        urls: Nodes of one cluster; empty where ``cloud_id`` says it.
        api_key, password, token, management_token: Where they stand; resolved only at use.
        ca: Certificates to trust; None: the usual ones.
        proxy: The only proxy that is used; variables of the environment are not heeded.
        kibana: Its URL; empty where there is none.
        ack: Of Splunk: whether it is asked what it has indexed: ``auto``, ``on``, ``off``.
        management: Of Splunk: the URL of splunkd's REST API; empty where it is not known.
        timeout: Seconds that an answer may take.
    """

    name: str
    kind: str
    urls: tuple[str, ...] = ()
    cloud_id: str = ""
    api_key: Secret | None = None
    username: Given = ""
    password: Secret | None = None
    ca: Path | None = None
    proxy: Given = ""
    kibana: str = ""
    token: Secret | None = None
    ack: str = AUTO
    management: str = ""
    management_token: Secret | None = None
    timeout: float = duration_ms(_TIMEOUT) / 1000

    def proxy_url(self) -> str:
        """Return the address of the proxy, empty for none.

        Raises:
            ConfigError: It does not stand where it should, or is no address.
        """
        found = text_in(self.proxy)
        if found and split_address(found) is None:  # it may hold a password and is not quoted
            what, mend = "the proxy is no address", "http://HOST:PORT"
            raise ConfigError(what, where=self.name, mend=mend)
        return found


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant: where its documents go, and which.

    Attributes:
        id: ``organization.id``.
        targets: Names of targets.
        space: Kibana space; no other tenant has it.
        index: Of Splunk; no other tenant has it; empty: the one that is named after the tenant.
        hec_token: Of Splunk; None: the target's.
    """

    id: str
    targets: tuple[str, ...]
    space: str = "default"
    privacy: Privacy = Privacy()
    retention: Retention = Retention()
    index: str = ""
    hec_token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """What one file says.

    Attributes:
        path: The file.
        state: Folder for what is kept between runs.
        targets, tenants: By name and by id, in the order of the file.
        intel: What it says of threat intelligence (``intel.feeds``).
        respond: What it says of responses (``respond.settings``).
    """

    path: Path
    state: Path
    targets: Mapping[str, Target] = field(default_factory=dict)
    tenants: Mapping[str, Tenant] = field(default_factory=dict)
    intel: Mapping[str, Any] = field(default_factory=dict)
    respond: Mapping[str, Any] = field(default_factory=dict)

    def target(self, name: str) -> Target:
        """Return a target.

        Raises:
            ConfigError: None is called so.
        """
        return _named(self.targets, name, "target", self.path)

    def tenant(self, identity: str) -> Tenant:
        """Return a tenant; of one that nobody declared nothing may leave.

        Raises:
            ConfigError: None is called so.
        """
        return _named(self.tenants, identity, "tenant", self.path)

    def tenants_of(self, target: str) -> list[Tenant]:
        """Return the tenants that ship to a target."""
        return [tenant for tenant in self.tenants.values() if target in tenant.targets]


def find_config(named: Path | None = None) -> Path:
    """Return the file to read: the one named, else ``$AGENTWARRANT_CONFIG``, else the usual one."""
    return named or Path(os.environ.get(FILE_VARIABLE) or USUAL_FILE)


def load_config(path: Path) -> Config:
    """Return what a file says.

    Raises:
        PathNotFound: There is no such file.
        ContentErrors: Every fault of it, with its line.
    """
    if not path.is_file():
        mend = f"name one with --config or {FILE_VARIABLE}: docs/config.md"
        raise PathNotFound("there is no such configuration", where=str(path), mend=mend)
    documents, faults = content.load_file(path)
    if not faults and len(documents) != 1:
        faults = [ContentError("one YAML document belongs here", path=str(path))]
    for document in documents:
        faults = faults or schema.checked("config", document, parts_of)
    if faults:
        raise ContentErrors(faults)
    return _config(path, documents[0].data)


def _config(path: Path, data: Mapping[str, Any]) -> Config:
    home = path.parent
    written: Mapping[str, Any] = data.get("targets") or {}
    targets = {str(name): _target(str(name), one, home) for name, one in written.items()}
    usual = Tenant(DEFAULT_TENANT, tuple(targets))
    usual = _tenant(DEFAULT_TENANT, data.get("defaults") or {}, usual, home)
    declared: Mapping[str, Any] = data.get("tenants") or {DEFAULT_TENANT: {}}
    spaces = spaces_of(data)
    tenants = {
        str(name): _tenant(str(name), one or {}, replace(usual, space=spaces[str(name)]), home)
        for name, one in declared.items()
    }
    state = home / Path(data["state"]).expanduser() if "state" in data else _usual_state()
    intel, respond = data.get("intel") or {}, data.get("respond") or {}
    return Config(path, state, MappingProxyType(targets), MappingProxyType(tenants), intel, respond)


def _usual_state() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(home).expanduser() / "agentwarrant"


def _target(name: str, data: Mapping[str, Any], home: Path) -> Target:
    url = data.get("url", ())
    return Target(
        name=name,
        kind=data["kind"],
        urls=tuple(one.rstrip("/") for one in ([url] if isinstance(url, str) else url)),
        cloud_id=data.get("cloud_id", ""),
        api_key=_secret(data, "api_key", home),
        username=given(data.get("username", ""), home),
        password=_secret(data, "password", home),
        ca=home / Path(data["ca"]).expanduser() if "ca" in data else None,
        proxy=given(data.get("proxy", ""), home),
        kibana=data.get("kibana", "").rstrip("/"),
        token=_secret(data, "token", home),
        ack=_SWITCH.get(data.get("ack", AUTO), AUTO),
        management=data.get("management", "").rstrip("/"),
        management_token=_secret(data, "management_token", home),
        timeout=duration_ms(data.get("timeout", _TIMEOUT)) / 1000,
    )


def _secret(data: Mapping[str, Any], key: str, home: Path) -> Secret | None:
    return Secret(data[key], home) if key in data else None


def _tenant(name: str, data: Mapping[str, Any], usual: Tenant, home: Path) -> Tenant:
    privacy = data.get("privacy", {})
    return Tenant(
        id=name,
        targets=tuple(data.get("targets", usual.targets)),
        space=data.get("space", usual.space),
        privacy=Privacy(
            Content(privacy.get("content", usual.privacy.content)),
            Shipped(privacy.get("events", usual.privacy.events)),
        ),
        retention=replace(usual.retention, **data.get("retention", {})),
        index=data.get("index", ""),
        hec_token=_secret(data, "hec_token", home),
    )


T = TypeVar("T")


def _named(known: Mapping[str, T], name: str, what: str, path: Path) -> T:
    try:
        return known[name]
    except KeyError:
        said = f"no {what} is called {name!r}"
        raise ConfigError(said, where=str(path), mend=closest(name, list(known))) from None
