"""Starts the search command, or says in one line why it does not run here. Python 3.7 and later."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

NEEDED = (3, 11)
"""What the engine needs; Splunk has 3.9 and, from 10.2 on, 3.13."""


def refuse(why: str) -> int:
    """Answer Splunk's first chunk with an error, as protocol 2 of search commands has it."""
    header = sys.stdin.buffer.readline().split(b",")
    if len(header) == 3:
        sys.stdin.buffer.read(int(header[1]) + int(header[2]))
    told = {"type": "stateful", "inspector": {"messages": [["ERROR", why]]}}
    for part in (told, {"finished": True}):
        meta = json.dumps(part)
        sys.stdout.write(f"chunked 1.0,{len(meta)},0\n{meta}")
    sys.stdout.flush()
    return 1


if __name__ == "__main__":
    if sys.version_info < NEEDED:
        here = ".".join(map(str, sys.version_info[:2]))
        said = f"agentwarrant needs Splunk's Python 3.13, of 10.2 and later; this is {here}"
        sys.exit(refuse(said))
    from agentwarrant.siem.splunk.inside.command import main

    main()
