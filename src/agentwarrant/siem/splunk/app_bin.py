"""What of the app runs inside Splunk: an alert action and a search command, and what they need.

**The alert action** (``names.ALERT_ACTION``, ``inside.respond``) posts rows of a result to
the responder, signed as ``signature`` says. Its body is JSON, UTF-8::

    {"version": 1,
     "search": "<name of the saved search>", "sid": "<search id>", "app": "<app of the search>",
     "part": 1, "parts": 1,
     "results": [
       {"aw_ids": ["<event id>", ...],   ids of the events that the row rests on; may be empty
        "rule": "<uuid of the rule>",    '' where neither row nor search says it
        "tenant": "<organization.id>", "agent": "<gen_ai.agent.id>",     '' where the row has none
        "time": "<_time of the row: seconds since 1970, as text>",
        "fields": {"<name>": "<value>" or ["<value>", ...]}}             the few configured ones
     ]}

``aw_ids`` are the row's ``aw_ids``, else ``aw_id``, else ``event.id``; ``rule`` its ``aw_rule`` or
``rule.uuid``, else the parameter ``rule`` of the saved search's action; ``tenant`` its
``aw_tenant`` or ``organization.id``; ``agent`` its ``aw_agent`` or ``gen_ai.agent.id``. A request
has at most ``signature.MOST_ROWS`` rows and ``signature.MOST_BYTES``; results of more are sent in
``parts`` requests, each with a key of its own. All of it is a hint of where to look: whoever takes
it reads the events themselves by their ids. Of a field at most 200 values are sent, of a value
512 characters.

The receiver answers 2xx when it has the rows for good; 409 when it had them already, which is as
good. 408, 425, 429 and 5xx are tried once more after a second; anything else is final.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import Distribution
from importlib.resources import files as files_of

from agentwarrant import __version__
from agentwarrant.siem.splunk.conf import Stanzas
from agentwarrant.siem.splunk.inside.warrants import COLLECTION, FIELDS
from agentwarrant.siem.splunk.names import ALERT_ACTION, COMMAND
from agentwarrant.siem.splunk.vendored import library

PYTHON = {"python.version": "python3", "python.required": "3.13"}
"""Both: AppInspect asks for the first, Splunk 10.2 and later read the second; earlier ones ignore
it and start what is in ``python.version``."""
_INSIDE = "agentwarrant.siem.splunk.inside"
_LABEL = "Tell Agent Warrant's responder"
_ABOUT = "Sends the ids of what was found, signed, to where cases are opened and responses planned."
_FIELDS = "aw_matches,aw_first,aw_last,warrant.intent.verdict,warrant.scope.decision"
_PLACES = {
    "bin/aw_respond.py": "aw_respond.py",
    "bin/aw_command.py": "aw_command.py",
    f"default/data/ui/alerts/{ALERT_ACTION}.html": "respond.html",
    "README/alert_actions.conf.spec": "alert_actions.conf.spec",
    "README/savedsearches.conf.spec": "savedsearches.conf.spec",
}


def files(sdk: Distribution | None = None) -> dict[str, bytes]:
    """Return the files that run, and what tells of them, by their path in the app.

    Args:
        sdk: Splunk's SDK; that which is installed where none is given.

    Raises:
        MissingExtra: It is not installed.
    """
    home = files_of(_INSIDE)
    return {
        **{path: (home / name).read_bytes() for path, name in _PLACES.items()},
        **{f"bin/lib/{path}": body for path, body in library(sdk).items()},
    }


def confs() -> Mapping[str, Stanzas]:
    """Return the stanzas that start them, by the name of the conf file."""
    return {
        "alert_actions": {ALERT_ACTION: _action()},
        "commands": {COMMAND: {"filename": "aw_command.py", "chunked": "true", **PYTHON}},
        "searchbnf": {f"{COMMAND}-command": _grammar()},
        "collections": {COLLECTION: {f"field.{name}": "string" for name in FIELDS}},
        "transforms": {
            COLLECTION: {
                "external_type": "kvstore",
                "collection": COLLECTION,
                "fields_list": ", ".join(("_key", *FIELDS)),
            }
        },
    }


def _action() -> dict[str, str]:
    return {
        "is_custom": "1",
        "label": _LABEL,
        "description": _ABOUT,
        "icon_path": "appIcon.png",
        "payload_format": "json",
        "alert.execute.cmd": "aw_respond.py",
        "maxtime": "1m",
        "ttl": "1h",
        **PYTHON,
        "param.url": "",
        "param.fields": _FIELDS,
        "param.rule": "",
        "param.ca": "",
        "param._cam": json.dumps(_adaptive(), separators=(",", ":")),
    }


def _adaptive() -> dict[str, object]:
    """Return what Enterprise Security reads of an adaptive response action.

    Splunk's CIM manual, "Adaptive response action metadata" (``param._cam``).
    """
    return {
        "category": ["Information Conveyance"],
        "task": ["create"],
        "subject": ["incident"],
        "technology": [
            {"vendor": "Agent Warrant", "product": "responder", "version": [__version__]}
        ],
        "supports_adhoc": True,
        "supports_cloud": True,
        "supports_workers": False,
        "required_params": ["url"],
    }


def _grammar() -> dict[str, str]:
    """Return what the search assistant says of the command."""
    return {
        "syntax": f"{COMMAND} (warrants=<collection>)? (judge=missing|all)?",
        "shortdesc": "Attributes and judges events of AI agents, row after row.",
        "description": (
            "Says which agent is behind each event, holds it to the agent's warrant, and gives"
            " each action an intent verdict, with the engine that runs outside of Splunk. Rows"
            " must come in order of time. Verdicts that came with events stand unless judge=all."
        ),
        "example1": f"sourcetype=agentwarrant:events | sort 0 _time | {COMMAND}",
        "comment1": "Attribute events and judge those that nobody has judged.",
        "example2": (
            f"sourcetype=agentwarrant:events | sort 0 _time | {COMMAND} warrants={COLLECTION}"
            " | where 'warrant.scope.decision'=\"out_of_scope\""
        ),
        "comment2": "Hold what agents did to the warrants that are in force now.",
        "category": "streaming",
        "usage": "public",
        "tags": "agentwarrant",
    }
