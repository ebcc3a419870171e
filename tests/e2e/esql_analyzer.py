"""The ES|QL analyzer of Elasticsearch 9.5, without a server; it stands beside this checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

import pytest

from .elastic_server import SERVERS

SCRIPT = SERVERS / "elasticsearch/esql_check.py"
_ASK = "import json,sys,esql_check;print(json.dumps(esql_check.check(*json.load(sys.stdin))))"


def faults(queries: Sequence[str], types: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the queries that the analyzer refuses against some fields, each with the reason.

    Skips the test, saying why, where the analyzer cannot run.
    """
    if not SCRIPT.is_file():
        pytest.skip(f"no analyzer at ../{SCRIPT.relative_to(SERVERS.parents[1])}")
    answer = subprocess.run(
        [sys.executable, "-c", _ASK],
        cwd=SCRIPT.parent,
        input=json.dumps([list(queries), dict(types)]),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        pytest.skip(f"the analyzer did not start: {answer.stderr.strip().splitlines()[-1:]}")
    said = json.loads(answer.stdout.splitlines()[-1])
    return [(text, fault) for text, fault in zip(queries, said, strict=True) if fault]
