"""What of the app runs inside Splunk: an alert action and a search command, and what they need.

**The alert action** (``names.ALERT_ACTION``, ``app/bin/aw_respond.py``) posts rows of a result to
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
it reads the events themselves by their ids.

The receiver answers 2xx when it has the rows for good; 409 when it had them already, which is as
good. 408, 425, 429 and 5xx are tried once more after a second; anything else is final.
"""

from __future__ import annotations
