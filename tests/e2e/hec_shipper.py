"""A shipper to Splunk as a process of its own, that tests can kill: ships one spool and ends.

    python hec_shipper.py URL SPOOL TIMEOUT DOCUMENTS PATIENCE

The token stands in the variable ``HEC``. Prints the tally as JSON.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import closing
from pathlib import Path

from agentwarrant.config import Target
from agentwarrant.secretrefs import Secret
from agentwarrant.siem.ship import Policy, ship
from agentwarrant.siem.splunk.collector import collector
from agentwarrant.siem.splunk.hec import Hec
from agentwarrant.siem.spool import Spool


def main() -> None:
    """Ship what waits."""
    url, folder, timeout, documents, patience = sys.argv[1:]
    spool, token = Spool(Path(folder)), Secret("env:HEC")
    target = Target("test", "splunk", (url,), token=token, timeout=float(timeout))
    with (
        closing(collector(target)) as connection,
        closing(Hec(connection, token, spool.folder.parent, patience=float(patience))) as hec,
    ):
        tally = ship([spool], hec, Policy(documents=int(documents), first=0.01, longest=0.1))
    told = dataclasses.asdict(dataclasses.replace(tally, failed={}))
    print(json.dumps({**told, "failed": {name: str(e) for name, e in tally.failed.items()}}))


if __name__ == "__main__":
    main()
