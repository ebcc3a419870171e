"""The configuration of an installation whose Splunk is the stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from agentwarrant.config import Config, Target, Tenant
from agentwarrant.secretrefs import Secret

from .certificates import authority_file  # type: ignore[import-not-found]  # no package to mypy

VARIABLE = "SPLUNKD_TOKEN_OF_TESTS"
"""The variable that has the token."""
NAME = "here"


def configured(
    url: str, folder: Path, tenants: Sequence[str] = ("acme", "globex"), **options: Any
) -> Config:
    """Return the configuration of tenants that ship to one Splunk.

    Args:
        url: Where it answers.
        folder: Where the configuration stands.
        tenants: Ids.
        options: Further fields of the target.
    """
    target = Target(
        NAME,
        "splunk",
        urls=(url,),
        ca=authority_file(folder),
        management=url,
        management_token=Secret(f"env:{VARIABLE}"),
        timeout=30,
        **options,
    )
    return Config(
        folder / "agentwarrant.yml",
        folder / "state",
        MappingProxyType({NAME: target}),
        MappingProxyType({one: Tenant(one, (NAME,)) for one in tenants}),
    )
