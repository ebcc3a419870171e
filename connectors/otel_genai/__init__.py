"""OpenTelemetry GenAI: traces and logs, as OTLP/JSON, of whatever follows its conventions.

One request a line, or a whole file; many services, agents and traces in any order. Old and new
attribute names are read, and the dialects of OpenInference, OpenLLMetry and others where they
differ in names only.

References:
    - https://github.com/open-telemetry/semantic-conventions-genai
    - https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from agentwarrant.connector import Connector, Raw
from agentwarrant.errors import BadRecord
from agentwarrant.event import Event
from agentwarrant.inputs import DeadLetter, InputFile
from agentwarrant.records import text

from . import names
from .batch import Batches
from .events import events
from .items import LIMIT
from .units import Unit, events_of, is_otlp, singles, unit_of

_BATCH_UNITS = 50_000
_BATCH_TEXT = 64 << 20
_HEAD_UNITS = 512


class OtelGenAI(Connector):
    """Agents that any OpenTelemetry instrumentation for generative AI watches."""

    name: ClassVar[str] = "otel_genai"
    title: ClassVar[str] = "OpenTelemetry GenAI"

    def recognise(self, file: InputFile) -> int:
        ours = [record for record in file.head if is_otlp(record)]
        if any(_speaks(single) for record in ours for single in _head(record)):
            return 40
        return 20 if ours else 0

    def read(self, file: InputFile) -> Iterator[Raw]:
        batches, path = Batches(), str(file.path)
        units: list[Unit] = []
        lines: list[int] = []
        weight = 0
        for line, record in file.records():
            if not is_otlp(record):
                if not isinstance(record.get("resourceMetrics"), list):
                    file.bury(DeadLetter(path, line, "no OTLP trace or log request"))
                continue
            for single in singles(record):
                unit = unit_of(single)
                units.append(unit)
                lines.append(line)
                weight += sum(len(v) for v in unit.attributes.values() if isinstance(v, str))
            if len(units) >= _BATCH_UNITS or weight >= _BATCH_TEXT:
                yield from _raws(batches, units, lines, file)
                units, lines, weight = [], [], 0
        yield from _raws(batches, units, lines, file)

    def normalize(self, raw: Raw) -> Iterator[Event]:
        if not is_otlp(raw.record):
            raise BadRecord("no OTLP trace or log request")
        units = [unit_of(single) for single in singles(raw.record)]
        try:
            if len(units) == 1 and "ids" in raw.context:
                yield from events(self, raw, units[0], raw.context)
                return
            for _, unit, context in Batches().arrange(units):
                yield from events(self, raw, unit, context)
        except ValueError as error:
            raise BadRecord(str(error)) from error


def _raws(batches: Batches, units: list[Unit], lines: list[int], file: InputFile) -> Iterator[Raw]:
    path = str(file.path)
    for index, unit, context in batches.arrange(units):
        if context["over"] and context["part"] != "end":
            said = f"{context['over']} messages of one span before the newest {LIMIT}"
            file.bury(DeadLetter(path, lines[index], said))
        yield Raw(unit.single, path, lines[index], context)


def _head(record: dict[str, object]) -> Iterator[dict[str, object]]:
    for i, single in enumerate(singles(record)):
        if i >= _HEAD_UNITS:
            return
        yield single


def _speaks(single: dict[str, object]) -> bool:
    """Does this span or log record use words of the conventions read here?"""
    unit = unit_of(single)
    if unit.operation or names.is_ours(unit.attributes) or unit.name.startswith("gen_ai."):
        return True
    return any(
        names.is_ours(attributes) or text(title).startswith("gen_ai.")
        for title, attributes in events_of(unit.record)
    )
