"""The app: every file of it, by its path.

It is safe on a search head cluster and in Splunk Cloud: state is in the KV store alone, nothing is
written to disk, there are no inputs and no set-up page. All that is here is replaced by an upgrade;
what a customer changes stands in ``local/``, which is no part of a package (Splunk's Admin Manual,
"Configuration file precedence").

Sources of the keys: the ``*.conf.spec`` of props, transforms, collections, fields, macros, app and
``default.meta``; of the manifest, the Splunk Packaging Toolkit's schema 2.0.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import files as files_of
from pathlib import PurePosixPath

from agentwarrant import __version__
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import cim, tables
from agentwarrant.siem.splunk.conf import Stanzas, merged, text
from agentwarrant.siem.splunk.form import INDEXED
from agentwarrant.siem.splunk.icons import icons
from agentwarrant.siem.splunk.names import APP, INDEXES, KINDS, index, sourcetype
from agentwarrant.siem.splunk.readme import readme

TITLE = "Agent Warrant"
_ABOUT = "Find abuse of AI agents: events in CIM, detections, dashboards and responses."
_AUTHOR = "Agent Warrant maintainers"
_LONGEST_EVENT = "999999"
_VIEWS = "default/data/ui/views/"
_MENU = ("search", "reports", "alerts", "dashboards")
"""Views that Splunk has for every app."""
_SHARED = (
    "alert_actions", "collections", "commands", "eventtypes", "fields", "lookups", "macros",
    "props", "savedsearches", "searchbnf", "tags", "transforms",
)  # fmt: skip
"""What other apps see: CIM and Enterprise Security search from apps of their own."""


def files(
    rules: Sequence[Rule],
    tenants: Mapping[str, str],
    confs: Mapping[str, Stanzas],
    others: Mapping[str, bytes],
    overview: str,
) -> dict[str, bytes]:
    """Return the files of the app by their path in it.

    Args:
        rules: For the list of them.
        tenants: Tenant -> its index; empty where none are known.
        confs: Conf files of others, by name (``savedsearches``), beside or into these here.
        others: Files of others, by path: dashboards, programs, specifications.
        overview: What the rules became, as Markdown.

    Raises:
        UsageError: Two say the same, or a conf file cannot hold it.
    """
    own = _confs(tenants)
    made = {
        f"default/{name}.conf": merged(own.get(name, {}), confs.get(name, {}))
        for name in sorted(own.keys() | confs.keys())
    }
    return {
        **{path: text(stanzas) for path, stanzas in made.items() if stanzas},
        **tables.files(rules),
        **icons(),
        **others,
        "app.manifest": _manifest(),
        "metadata/default.meta": text(_metadata()),
        "default/data/ui/nav/default.xml": _navigation(others),
        "README.md": readme(overview).encode(),
        "LICENSE": _licence(),
    }


def _confs(tenants: Mapping[str, str]) -> dict[str, Stanzas]:
    return {
        "app": _app(),
        "props": props(),
        "transforms": tables.transforms(),
        "collections": tables.collections(),
        "eventtypes": cim.event_types(),
        "tags": cim.tags(),
        "fields": {name: {"INDEXED": "true"} for name in sorted(INDEXED.values())},
        "macros": macros(tenants),
    }


def _app() -> dict[str, dict[str, str]]:
    return {
        "install": {"is_configured": "false", "state": "enabled"},
        "package": {"id": APP, "check_for_updates": "false"},
        "id": {"name": APP, "version": __version__},
        "launcher": {"author": _AUTHOR, "description": _ABOUT, "version": __version__},
        "ui": {"is_visible": "true", "label": TITLE},
    }


def props() -> dict[str, dict[str, str]]:
    """Return ``props.conf``: what Splunk does with our source types."""
    return {sourcetype(kind): _props(kind) for kind in KINDS}


def _props(kind: str) -> dict[str, str]:
    """Return what Splunk does with one kind of document.

    What comes by HEC brings its time and is one event; the rest is for who reads files of them.
    """
    made = {
        "category": "Custom",
        "description": f"{TITLE}: {kind}, one JSON object each",
        "pulldown_type": "true",
        "SHOULD_LINEMERGE": "false",
        "LINE_BREAKER": r"([\r\n]+)",
        "TRUNCATE": _LONGEST_EVENT,
        "TIME_PREFIX": r'"@timestamp"\s*:\s*"',
        "TIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%3N%Z",
        "MAX_TIMESTAMP_LOOKAHEAD": "32",
        "KV_MODE": "json",
    }
    if kind in ("events", "findings"):
        made |= {f"EVAL-{name}": meant for name, meant in cim.calculated(kind).items()}
    return made


def macros(tenants: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return ``macros.conf``: where our events are, of all tenants and of each.

    Args:
        tenants: Tenant -> its index.
    """
    indexes = sorted(set(tenants.values()))
    every = " OR ".join(f'index="{name}"' for name in indexes) or f'index="{APP}_*"'
    made = {INDEXES: {"definition": f"({every})", "iseval": "0"}}
    for tenant, name in sorted(tenants.items()):
        made[of_tenant(tenant)] = {"definition": f'(index="{name}")', "iseval": "0"}
    return made


def of_tenant(tenant: str) -> str:
    """Return the macro that says in which index the events of one tenant are."""
    return f"{INDEXES}_{index(tenant).removeprefix(f'{APP}_').replace('-', '_')}"


def _metadata() -> dict[str, dict[str, str]]:
    own = {"access": "read : [ * ], write : [ admin, sc_admin ]", "export": "none"}
    return {"": own, **{name: {"export": "system"} for name in _SHARED}}


def _navigation(others: Mapping[str, bytes]) -> bytes:
    boards = sorted(PurePosixPath(path).stem for path in others if path.startswith(_VIEWS))
    first, *rest = [*boards, *_MENU]
    lines = [
        '<nav search_view="search" color="#243B73">',
        f'  <view name="{first}" default="true" />',
        *(f'  <view name="{name}" />' for name in rest),
        "</nav>",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _manifest() -> bytes:
    """Return ``app.manifest``.

    It requires no version: the packaging toolkit (1.2.8) knows none that we support, and refuses an
    app that wants one of them. The README says which these are.
    """
    said = {
        "schemaVersion": "2.0.0",
        "info": {
            "title": TITLE,
            "id": {"group": None, "name": APP, "version": __version__},
            "author": [{"name": _AUTHOR, "email": None, "company": None}],
            "releaseDate": None,
            "description": _ABOUT,
            "classification": {
                "intendedAudience": "IT Professionals",
                "categories": ["Security, Fraud & Compliance"],
                "developmentStatus": "Production/Stable",
            },
            "commonInformationModels": None,
            "license": {"name": "Apache-2.0", "text": "LICENSE", "uri": None},
            "privacyPolicy": {"name": None, "text": None, "uri": None},
            "releaseNotes": {"name": "README", "text": "README.md", "uri": None},
        },
        "dependencies": None,
        "tasks": None,
        "inputGroups": None,
        "incompatibleApps": None,
        "platformRequirements": {"splunk": {"Enterprise": "*"}},
        "supportedDeployments": ["_standalone", "_distributed", "_search_head_clustering"],
        "targetWorkloads": ["_search_heads"],
    }
    return json.dumps(said, indent=2).encode() + b"\n"


def _licence() -> bytes:
    """Return the text of our licence, as our own package has it."""
    found = (path for path in files_of(APP) or () if path.name == "LICENSE")
    return next(found).read_binary()
