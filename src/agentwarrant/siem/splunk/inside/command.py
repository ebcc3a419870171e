"""The search command: ``... | sort 0 _time | agentwarrant [warrants=<collection>] [judge=all]``.

It runs on the search head alone, as one process, because what an agent did before stands in other
rows (``distributed=False``; Splunk then calls it stateful).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

os.environ["AGENTWARRANT_THREAT_LISTS"] = os.devnull  # nothing of this host is read

from splunklib.searchcommands import (
    Configuration,
    Option,
    StreamingCommand,
    Validator,
    dispatch,
)

from agentwarrant.siem.splunk.inside.judging import Bench
from agentwarrant.siem.splunk.inside.rest import Splunkd, SplunkdError, path_of
from agentwarrant.siem.splunk.inside.warrants import (
    Tampered,
    known_kinds,
    registry_of,
)
from agentwarrant.warrant.registry import Registry

APP = "agentwarrant"
_COLLECTION = re.compile(r"[A-Za-z0-9_]{1,100}")


class _Collection(Validator):  # type: ignore[misc]  # the SDK has no types
    def __call__(self, value: Any) -> str:
        if value and not _COLLECTION.fullmatch(value):
            raise ValueError("no name of a collection")
        return value or ""

    def format(self, value: Any) -> str:
        return str(value)


class _Mode(Validator):  # type: ignore[misc]  # the SDK has no types
    def __call__(self, value: Any) -> str:
        if value not in (None, "missing", "all"):
            raise ValueError("missing, or all")
        return value or "missing"

    def format(self, value: Any) -> str:
        return str(value)


class _Never(Validator):  # type: ignore[misc]  # the SDK has no types
    """Refuses what the SDK would do: it would write files, or load code from one."""

    def __call__(self, value: Any) -> None:
        if value:
            raise ValueError("not here")

    def format(self, value: Any) -> str:
        return ""


@Configuration(distributed=False)
class AgentWarrantCommand(StreamingCommand):  # type: ignore[misc]  # the SDK has no types
    """Attributes and judges the rows of a search."""

    warrants = Option(require=False, default="", validate=_Collection())
    judge = Option(require=False, default="missing", validate=_Mode())
    record = Option(require=False, default=None, validate=_Never())
    logging_configuration = Option(require=False, default=None, validate=_Never())

    def prepare(self) -> None:
        """Read the warrants, before the first row comes."""
        kinds = known_kinds()
        try:
            registry = registry_of(self._published(), kinds) if self.warrants else Registry()
        except SplunkdError as error:
            self._refuse(f"the collection {self.warrants} was not read: {error}")
        except Tampered as error:
            self._refuse(str(error))
        else:
            self._bench = Bench(registry, kinds, everything=self.judge == "all")

    def stream(self, records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield each row with what the engine says of it."""
        yield from self._bench.rows(records)
        if self._finished and self._bench.unread:
            self.write_warning("{} rows are no events of Agent Warrant", self._bench.unread)

    def _published(self) -> list[dict[str, Any]]:
        info = self.metadata.searchinfo
        path = path_of(APP, "storage", "collections", "data", self.warrants)
        found = Splunkd(info.splunkd_uri, info.session_key).get(path, limit="0")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def _refuse(self, why: str) -> None:
        self.write_error("{}", why)
        sys.exit(1)


def main() -> None:
    """Run the command, as Splunk starts it."""
    dispatch(AgentWarrantCommand, sys.argv, sys.stdin, sys.stdout, "__main__")
