"""Starts the alert action."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

if __name__ == "__main__":
    from agentwarrant.siem.splunk.inside.respond import main

    sys.exit(main(sys.argv))
