"""The rules as a project of contentctl, for detection engineers who keep their content in it.

contentctl is Splunk's own tool for detections as code. Each rule is one file, with a schedule and
suppression of its own in it, experimental because no attack data of Splunk's is its test. What it
builds is an app of its own beside ours, whose macros and source types it needs. Rules that keep
what they saw in a lookup stand in our app only: their lookups and feeds do.

The shapes are those of contentctl 5.6.2, which validates and builds them in a test.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any

import yaml

from agentwarrant import __version__
from agentwarrant.rules.model import Rule
from agentwarrant.siem.splunk import saved, security
from agentwarrant.siem.splunk.app import macros
from agentwarrant.siem.splunk.found import finding_search
from agentwarrant.siem.splunk.names import INDEXES
from agentwarrant.siem.splunk.render import NativeSearch, Rendered
from agentwarrant.siem.splunk.schedule import dispatch, timing
from agentwarrant.siem.written import Written, written

_AUTHOR = "Agent Warrant maintainers"
_STORY = "Agent Warrant"
_DATE = "2026-11-29"
"""Of a rule whose file says none."""
_UID = 73_728
"""The number that contentctl itself gives an app that is not on Splunkbase."""
_LONGEST = 67
"""Characters of a name, so that Enterprise Security may still edit a copy of it."""
_SPACE = uuid.UUID("9d0f7f1e-3f39-5d0c-8b5a-2a0a2f5f4b6c")
_PRODUCTS = ["Splunk Enterprise", "Splunk Enterprise Security", "Splunk Cloud"]
_NEEDS = "Agent Warrant's events, shipped by the HTTP Event Collector, and its app."
_EMPTY = ("baselines", "dashboards", "data_sources", "deployments", "playbooks", "removed")
"""Folders that it wants to be there; and ``lookups``, in which it wants no file of ours."""
_README = """\
# Agent Warrant's rules for contentctl

```
mkdir lookups
contentctl validate
```

To build an app of it, run `contentctl init` in an empty folder, take its `app_template/` in here,
and run `contentctl build`.

The searches need Agent Warrant's app: its macros, source types and indexed fields.
Not in here, because they keep what they saw in lookups of that app: {absent}.
"""


def files(rendered: Rendered) -> dict[str, bytes]:
    """Return the project, by path in its folder; the same rules give the same bytes."""
    parts = Counter(one.rule.id for one in rendered.rules)
    said = written(one.rule for one in rendered.rules)
    fitting = [one for one in rendered.rules if not one.query.lookups]
    absent = sorted({one.rule.short_id for one in rendered.rules if one.query.lookups})
    made = {
        "README.md": _README.format(absent=", ".join(absent) or "none").encode(),
        "contentctl.yml": _yaml(_project()),
        f"macros/{INDEXES}.yml": _yaml(_macro()),
        "stories/agent_warrant.yml": _yaml(_story()),
        **{f"{folder}/.gitkeep": b"" for folder in _EMPTY},
    }
    for one in fitting:
        whole = _detection(one, parts[one.rule.id], said[one.rule.id])
        made[f"detections/application/{_file(whole['name'])}.yml"] = _yaml(whole)
    return made


def _project() -> dict[str, Any]:
    return {
        "path": ".",
        "app": {
            "uid": _UID,
            "title": "Agent Warrant content",
            "appid": "agentwarrant_content",
            "version": __version__,
            "description": "Rules of Agent Warrant, as contentctl builds them",
            "prefix": "AW",
            "label": "AW",
            "author_name": _AUTHOR,
            "author_email": "maintainers@agentwarrant.example",
            "author_company": _AUTHOR,
        },
        "enrichments": False,
        "build_app": True,
        "build_api": False,
        "enforce_deprecation_mapping_requirement": False,
    }


def _macro() -> dict[str, Any]:
    return {
        "name": INDEXES,
        "definition": macros({})[INDEXES]["definition"],
        "description": "Where events of Agent Warrant are.",
        "id": str(uuid.uuid5(_SPACE, INDEXES)),
        "date": _DATE,
        "version": 1,
    }


def _story() -> dict[str, Any]:
    return {
        "name": _STORY,
        "id": str(uuid.uuid5(_SPACE, "story")),
        "version": 1,
        "date": _DATE,
        "author": _AUTHOR,
        "status": "production",
        "description": "Abuse of AI agents, by what agents, identity providers and clouds log.",
        "narrative": "AI agents act with credentials, and others talk them into things.",
        "references": [],
        "tags": {
            "category": ["Abuse"],
            "product": _PRODUCTS,
            "usecase": "Security Monitoring",
        },
    }


def _detection(one: NativeSearch, parts: int, said: Written) -> dict[str, Any]:
    rule = one.rule
    identity = saved.search_id(rule, one.part, parts)
    name = _named(f"{identity} {rule.title}")
    return {
        "name": name,
        "id": _identity(rule, one.part, parts),
        "version": said.version,
        "date": said.date or _DATE,
        "author": _AUTHOR,
        "status": "experimental",
        "type": "TTP" if security.is_finding(rule) else "Anomaly",
        "description": said.description or rule.title,
        "data_source": [],
        "search": finding_search(rule, one.query, f"{_file(name)}_filter"),
        "how_to_implement": _NEEDS,
        "known_false_positives": " ".join(said.false_positives) or "None is known.",
        "references": list(said.references),
        "deployment": _deployment(one, name),
        **_risk(one),
        "tags": _tags(one),
    }


def _deployment(one: NativeSearch, name: str) -> dict[str, Any]:
    runs, looks = timing(name, one.query), dispatch(one.query)
    notable = {
        "rule_description": "%description%",
        "rule_title": "%name%: $aw_who$",
        "nes_fields": [security.SUPPRESSED_BY],
    }
    is_finding = security.is_finding(one.rule)
    return {
        "scheduling": {
            "cron_schedule": runs["cron_schedule"],
            "earliest_time": looks.get("dispatch.index_earliest", looks["dispatch.earliest_time"]),
            "latest_time": looks["dispatch.latest_time"],
            "schedule_window": runs["schedule_window"],
        },
        "alert_action": {
            **({"notable": notable} if is_finding else {}),
            "rba": {"enabled": not is_finding},
        },
    }


def _risk(one: NativeSearch) -> dict[str, Any]:
    if security.is_finding(one.rule):
        return {}
    objects = [
        {"field": column, "type": kind, "score": security.score(one.rule)}
        for column, kind in saved.entities(one.query)
    ]
    message = security.plain(f"{one.rule.title}: ") + " $aw_who$"
    return {"rba": {"message": message, "risk_objects": objects, "threat_objects": []}}


def _tags(one: NativeSearch) -> dict[str, Any]:
    throttled = saved.suppression(one.rule, one.query)
    return {
        "analytic_story": [_STORY],
        "asset_type": "Identity",
        "mitre_attack_id": _specific(security.frameworks(one.rule).get("mitre_attack", [])),
        "product": _PRODUCTS,
        "security_domain": security.domain(one.rule),
        "throttling": {"fields": [saved.GROUP], "period": throttled},
    }


def _specific(techniques: Iterable[str]) -> list[str]:
    """Return techniques without those of which a part is named as well, which it refuses."""
    known = list(techniques)
    return [one for one in known if not any(other.startswith(f"{one}.") for other in known)]


def _identity(rule: Rule, part: int, parts: int) -> str:
    try:
        known = uuid.UUID(rule.public_id)
    except ValueError:
        known = uuid.uuid5(_SPACE, rule.public_id)
    whole = rule.id == rule.public_id and parts == 1
    return str(known if whole else uuid.uuid5(known, f"{rule.id} {part}"))


def _named(text: str) -> str:
    kept = re.sub(r"[^\w .:()/-]", " ", text)
    return " ".join(kept.split())[:_LONGEST].strip(" .-")


def _file(name: str) -> str:
    """Return the name of a detection's file, without its end, as contentctl makes it."""
    return re.sub(r"[ \-./]", "_", name).lower()


def _yaml(value: Any) -> bytes:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1000).encode()
