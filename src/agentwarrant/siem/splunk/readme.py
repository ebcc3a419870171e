"""What stands in the README of the app."""

from __future__ import annotations

_TEXT = """\
# Agent Warrant for Splunk

Shows what AI agents do, in CIM, and finds their abuse: detections as saved searches, dashboards,
an alert action that hands results to a responder, and a search command.

It needs events in the form of Agent Warrant, which `agentwarrant ship` sends to the HTTP Event
Collector. Nothing here is switched on by being installed, and no search of it was executed by
Splunk before it was released: `agentwarrant verify splunk` runs all of them, on yours, over test
events, and compares.

| Splunk | Enterprise Security |
|---|---|
| Enterprise and Cloud, 9.4 to 10.x | 8, 7, or none |

## Install

1. Make an index for each tenant (`agentwarrant_default` without tenants), and a token of the HTTP
   Event Collector that may write to it and to no other. In `indexes.conf`, or by Splunk Web:

       [agentwarrant_default]
       homePath = $SPLUNK_DB/agentwarrant_default/db
       coldPath = $SPLUNK_DB/agentwarrant_default/colddb
       thawedPath = $SPLUNK_DB/agentwarrant_default/thaweddb

2. Upload the `.spl` file: "Manage Apps", "Install app from file"; on a search head cluster by its
   deployer, in Splunk Cloud by "Manage Apps" or ACS. It belongs on search heads. Where the
   collector runs elsewhere (indexers, heavy forwarders), give its three source types the `TRUNCATE`
   of `props.conf` there too: otherwise events of more than 10,000 bytes may be cut.
3. For data models and Enterprise Security, have the Common Information Model add-on, and let the
   indexes be among those of its models (`cim_Authentication_indexes` and so on).
4. Switch on what you want: "Settings", "Searches, reports, and alerts".

## Yours stays yours

Whatever you change stands in `local/` and survives an upgrade. What is usually changed:

- `macros.conf`, `agentwarrant_indexes`: where events are; it finds all `agentwarrant_*` otherwise.
- `macros.conf`: the macro at the end of each detection keeps all rows, or what you leave of them.
- `savedsearches.conf`: `disabled`, `cron_schedule`, and the actions of a search.

State is in the KV store (`agentwarrant_inventory`, `agentwarrant_warrants`, `agentwarrant_seen`,
`agentwarrant_habits`); nothing is written to disk. There are no inputs, and no secrets in the app.
Two lists come with it as lookups, for your own searches: `agentwarrant_rules` and
`agentwarrant_threats`.

## Several tenants

Each tenant has an index, and a token that writes to it alone. Every search groups by tenant, so no
finding is of two. Who may see one tenant only has a role with that index and no other
(`srchIndexesAllowed`); the KV store knows no such line, so let such roles read no collection of
the app (`metadata/local.meta`), and set `agentwarrant_indexes` for their app.

## Detections

"""


def readme(overview: str) -> str:
    """Return it.

    Args:
        overview: What the rules became, as Markdown.
    """
    return _TEXT + overview
