"""Claude Code: session transcripts, and the OpenTelemetry logs of the same sessions.

References:
    - https://code.claude.com/docs/en/monitoring-usage (the telemetry's events and attributes)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentwarrant import otlp
from agentwarrant.connector import Connector, IdentityKind, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import InputFile, Record

from . import telemetry, transcript


class ClaudeCode(Connector):
    """Anthropic's coding agent.

    A call or message seen in a transcript and in telemetry is one event: its id is made of the
    session's id and of the id that Claude Code itself gave the call or message.
    """

    name = "claude_code"
    title = "Claude Code"
    identities = (
        IdentityKind("claude_code.agent", "agent.id of the resource, or claude-code:<folder>"),
        IdentityKind(
            "claude_code.account", "account, by its UUID or e-mail: dana@acme.example", fold=True
        ),
    )
    places = (".claude/projects/*/*.jsonl", ".claude/projects/*/*/subagents/*.jsonl")

    def recognise(self, file: InputFile) -> int:
        return max((_likeness(record) for record in file.head), default=0)

    def read(self, file: InputFile) -> Iterator[Raw]:
        memory = transcript.Memory()
        for line, record in file.records():
            if otlp.is_otlp(record):
                for single in _singles(record):
                    yield Raw(single, str(file.path), line)
            else:
                yield Raw(record, str(file.path), line, memory.context(record))

    def normalize(self, raw: Raw) -> Iterator[Event]:
        try:
            yield from self._events(raw)
        except (ValueError, OverflowError) as error:
            raise BadRecord(str(error)) from error

    def _events(self, raw: Raw) -> Iterator[Event]:
        if not otlp.is_otlp(raw.record):
            yield from transcript.events(self, raw)
            return
        for unit in otlp.units(raw.record):
            yield from telemetry.events(self, raw, unit)


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
    return transcript.likeness(record)
