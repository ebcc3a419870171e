"""Codex CLI: session files, the ``codex exec --json`` stream, and OpenTelemetry logs.

References:
    - https://github.com/openai/codex/blob/main/docs/exec.md (the stream)
    - https://github.com/openai/codex/blob/main/docs/config.md (``[otel]``)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant import otlp
from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile, Record

from . import rollout, stream, telemetry
from .common import same


class Codex(Connector):
    """OpenAI's coding agent.

    A call seen in a session file and in telemetry is one event: its id is made of the
    conversation's id and the call's. The stream numbers its items by itself, and telemetry's
    prompts have no id: they are known by what they say (``twin``).
    """

    name = "codex"
    title = "Codex CLI"
    has_twins = True
    places = (".codex/sessions/*/*/*/*.jsonl*", ".codex/archived_sessions/*.jsonl*")

    def recognise(self, file: InputFile) -> int:
        return max((_likeness(record) for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        session, thread = rollout.Memory(), stream.Memory()
        path = str(file.path)
        for line, record in file.records():
            if otlp.is_otlp(record):
                for single in _singles(record):
                    yield Raw(single, path, line)
            elif rollout.is_line(record):
                yield Raw(record, path, line, session.context(record))
            else:
                yield Raw(record, path, line, thread.context(record, line))

    def normalize(self, raw: Raw) -> Iterator[Event]:
        try:
            yield from self._events(raw)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error

    def twin(self, event: Event) -> str:
        return same(event)

    def _events(self, raw: Raw) -> Iterator[Event]:
        if otlp.is_otlp(raw.record):
            for unit in otlp.units(raw.record):
                yield from telemetry.events(self, raw, unit)
        elif rollout.is_line(raw.record):
            yield from rollout.events(self, raw)
        else:
            yield from stream.events(self, raw)


def _singles(record: Record) -> Iterator[dict[str, Any]]:
    """Yield a request's log records one by one, so that a broken one costs only itself."""
    for unit in otlp.units(record):
        yield {
            "resource": {"attributes": unit.resource},
            "scope": {"name": unit.scope},
            "record": unit.record,
        }


def _likeness(record: Record) -> int:
    if otlp.is_otlp(record):
        return 95 if any(telemetry.is_ours(unit) for unit in otlp.units(record)) else 0
    return max(rollout.likeness(record), stream.likeness(record))
