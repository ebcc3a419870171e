"""The Fleet package: rules and dashboards for an Elastic that exists, by package-spec.

It is a package of the type ``content``: that type is for assets over data that is there already,
may hold security rules, dashboards and tags, and nothing that makes an index (package-spec 3.6.6,
``spec/content``). The type ``integration`` would bring its own index templates, made by Fleet of
its field lists, with priority 200, over the same streams as ours; and an input, of which there is
none. So the templates are installed by ``agentwarrant install``, and the package needs them.

The files are as a built package has them: what a dashboard holds as JSON text is text. A built
package may be uploaded as it is.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from agentwarrant import __version__
from agentwarrant.siem.elastic.dashboards import PACKAGE_DATA_VIEW, dashboard
from agentwarrant.siem.elastic.panels import boards

NAME = "agentwarrant"
SPEC = "3.3.2"
"""The package-spec it is written to: content packages are beyond beta since 3.3.1."""
_LINK = "https://agentwarrant.invalid/changelog"
"""package-spec wants an address; the changelog is a file, and the domain is one of nobody's."""
_KIBANA = {"8": "^8.19.0", "9": "^9.0.0"}
_SERVERLESS = "^9.0.0"
_NOT_IN_ASSETS = ("enabled", "actions")
"""What a rule of a package cannot say: an analyst switches it on, and gives it actions."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
_UNIX = 3


def package(rules: Sequence[Mapping[str, Any]], readme: str, stack: str) -> dict[str, bytes]:
    """Return the files of the package by their path inside it, in order of path.

    Args:
        rules: Rule objects, as ``render`` makes them.
        readme: Its ``docs/README.md``.
        stack: The version of the stack that it is for (``8.19``, ``9.5``, ``serverless``).
    """
    made = {
        "manifest.yml": _yaml(_manifest(stack)),
        "changelog.yml": _yaml(_changelog()),
        "docs/README.md": readme.encode(),
        "kibana/tags.yml": _yaml([{"text": "Agent Warrant", "asset_types": ["dashboard"]}]),
    }
    made.update(_dashboards())
    made.update(_rules(rules))
    return dict(sorted(made.items()))


def archive(files: Mapping[str, bytes]) -> bytes:
    """Return the files as the zip that Fleet takes as an upload; the same files, the same bytes.

    Nothing is compressed: libraries that do it differ in what they write.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for path, body in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder()}/{path}", _EPOCH)
            entry.external_attr = _MODE
            entry.create_system = _UNIX  # otherwise it says which system it was made on
            made.writestr(entry, body)
    return buffer.getvalue()


def folder() -> str:
    """Return the folder inside the zip: name and version, as Fleet looks for it."""
    return f"{NAME}-{__version__}"


def _manifest(stack: str) -> dict[str, Any]:
    return {
        "format_version": SPEC,
        "name": NAME,
        "title": "Agent Warrant",
        "version": __version__,
        "description": "Find abuse of AI agents: detection rules and dashboards over agent events.",
        "type": "content",
        "source": {"license": "Apache-2.0"},
        "categories": ["security"],
        "conditions": {
            "kibana": {"version": _KIBANA.get(stack.split(".")[0], _SERVERLESS)},
            "elastic": {"subscription": "basic", "capabilities": ["security"]},
        },
        "discovery": {"fields": [{"name": "warrant.intent.verdict"}]},
        "owner": {"github": "agentwarrant/maintainers", "type": "community"},
    }


def _changelog() -> list[dict[str, Any]]:
    change = {
        "description": "The rules and dashboards of this version.",
        "type": "enhancement",
        "link": _LINK,
    }
    return [{"version": __version__, "changes": [change]}]


def _dashboards() -> Iterator[tuple[str, bytes]]:
    for board in boards():
        yield f"kibana/dashboard/{board.id}.json", _json(dashboard(board, PACKAGE_DATA_VIEW))


def _rules(rules: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, bytes]]:
    for rule in rules:
        said = {name: value for name, value in rule.items() if name not in _NOT_IN_ASSETS}
        asset = {"attributes": said, "id": rule["rule_id"], "type": "security-rule"}
        yield f"kibana/security_rule/{rule['rule_id']}.json", _json(asset)


def _json(value: Any) -> bytes:
    """Return JSON as ``elastic-package format`` writes it: four spaces, keys in order."""
    return json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False).encode()


class _Dumper(yaml.SafeDumper):
    """Writes YAML as ``elastic-package format`` does: a list stands further in than its key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def _yaml(value: Any) -> bytes:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()
