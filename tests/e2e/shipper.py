"""A shipper as a process of its own, that tests can kill: ships one spool and ends.

    python shipper.py URL KIND SPOOL TIMEOUT DOCUMENTS

Prints the tally as JSON.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from agentwarrant.config import Target
from agentwarrant.siem.elastic.bulk import Bulk
from agentwarrant.siem.elastic.client import OPENSEARCH, connect
from agentwarrant.siem.ship import Policy, ship
from agentwarrant.siem.spool import Spool


def main() -> None:
    """Ship what waits."""
    url, kind, folder, timeout, documents = sys.argv[1:]
    with connect(Target("test", kind, (url,)), check=False) as client:
        receiver = Bulk(client, timeout=float(timeout), opensearch=kind == OPENSEARCH)
        policy = Policy(documents=int(documents), first=0.01, longest=0.2)
        tally = ship([Spool(Path(folder))], receiver, policy)
    told = dataclasses.asdict(dataclasses.replace(tally, failed={}))
    print(json.dumps({**told, "failed": {name: str(e) for name, e in tally.failed.items()}}))


if __name__ == "__main__":
    main()
