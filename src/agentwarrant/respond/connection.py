"""One system in which agents can be stopped, as the configuration describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agentwarrant.errors import ConfigError
from agentwarrant.secretrefs import Given, Secret, text_in

TIMEOUT = 15.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a vendor is reached, and as whom.

    Attributes:
        name: As the configuration calls it; it stands in every plan and every record.
        vendor: ``Vendor.name``.
        url: Base address; empty where the vendor has only one.
        secrets: By the names that the vendor's file reads (``Vendor.secrets``).
        options: What else the vendor's file reads (``Vendor.options``); no secret.
        tenants: Whose agents it may be used for; empty: every tenant's, only for the operator's
            own systems such as a pager.
        serves: Patterns (``*``, ``?``) of account refs that it is for; empty: all of its kinds.
        ca: Certificates to trust; None: the usual ones.
        proxy: The only proxy that is used.
        timeout: Seconds that an answer may take.
        folder: Where this installation keeps what responses leave behind (``Settings.folder``):
            for what is no system of somebody else, such as block lists and evidence.
    """

    name: str
    vendor: str
    url: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tenants: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    ca: Path | None = None
    proxy: Given = ""
    timeout: float = TIMEOUT
    folder: Path = Path()

    def secret(self, name: str) -> str:
        """Return a secret, for the one request that needs it.

        Raises:
            ConfigError: None is called so, or it does not stand where the reference says.
        """
        if name not in self.secrets:
            raise ConfigError(f"it has no secret {name!r}", where=self.name, mend="under secrets:")
        return self.secrets[name].value()

    def has(self, name: str) -> bool:
        """Is there a secret of this name? Whether it can be read shows when it is used."""
        return name in self.secrets

    def option(self, name: str, usual: str = "") -> str:
        """Return an option as text."""
        return str(self.options.get(name, usual))

    def proxy_url(self) -> str:
        """Return the address of the proxy, empty for none.

        Raises:
            ConfigError: It does not stand where it should.
        """
        return text_in(self.proxy)

    def is_for(self, tenant: str) -> bool:
        """May it be used for a tenant's agents?"""
        return not self.tenants or tenant in self.tenants

    def takes(self, ref: str) -> bool:
        """Is it for this account (``kind:id``)?"""
        return not self.serves or any(fnmatchcase(ref, one) for one in self.serves)
