"""One CloudTrail record, taken out of whatever it is delivered in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agentwarrant.connector import Connector
from agentwarrant.event import Event, cut
from agentwarrant.inputs import Record
from agentwarrant.records import mapping, text

_WORD = 1024
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DELIVERED = "via CloudTrail"
"""How the ``detail-type`` of EventBridge ends: of API calls, sign-ins and service events."""

_SECRET_ARN = re.compile(r"(arn:[\w-]{1,20}:secretsmanager:[\w-]{0,40}:\d{0,12}:secret):")
INSIGHT = "AwsCloudTrailInsight"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def keep(source: Connector, event: Event, name: str, value: str) -> None:
    """Set a field to redacted text, unless there is none."""
    if value:
        event[name] = cut(clean(source, value), _WORD)[0]


def clean(source: Connector, value: str) -> str:
    """Return redacted text, in which the name of a secret stays.

    In an ARN it comes after ``secret:``, as a secret itself would.
    """
    return source.redactor.text(_SECRET_ARN.sub(r"\1/", value))[0]


def unwrapped(record: Record) -> Iterator[object]:
    """Yield what is delivered: a file of S3, an event of EventBridge, an answer of LookupEvents."""
    delivered = text(record.get("detail-type")).endswith(_DELIVERED)
    if "eventName" in record or "insightDetails" in record:
        yield record
    elif isinstance(record.get("Records"), list):
        yield from record["Records"]
    elif delivered and "detail" in record:
        yield record["detail"]
    elif isinstance(record.get("Events"), list):
        yield from map(_looked_up, record["Events"])
    elif "CloudTrailEvent" in record:
        yield _looked_up(record)
    else:
        yield record


def _looked_up(found: object) -> object:
    inside = mapping(found).get("CloudTrailEvent")
    try:
        return orjson.loads(inside) if isinstance(inside, str) else found
    except orjson.JSONDecodeError:
        return found


def likeness(record: object) -> int:
    """Return how much a record looks like one of CloudTrail: 0 or 95."""
    found = mapping(record)
    if text(found.get("eventType")) == INSIGHT and "insightDetails" in found:
        return 95
    service = text(found.get("eventSource")).endswith((".amazonaws.com", ".amazonaws.com.cn"))
    return 95 if service and "eventName" in found and "eventTime" in found else 0


@dataclass(frozen=True, slots=True)
class Call:
    """What a record says about the call itself.

    Attributes:
        verb: ``eventName``; of an Insights event the name of the calls it is about.
        service: ``eventSource`` without its domain.
        words: The verb's words in lower case, without ``Batch`` before them.
        failure: Code and message of an error; both are empty when it worked.
    """

    record: Mapping[str, Any]
    verb: str
    service: str
    words: tuple[str, ...]
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any]
    account: str
    failure: tuple[str, str]

    @property
    def first(self) -> str:
        """The verb proper: ``get``, ``create`` …."""
        return self.words[0] if self.words else ""


def call_of(record: Mapping[str, Any]) -> Call:
    """Return what a record says about the call."""
    insight = mapping(record.get("insightDetails"))
    verb = text(record.get("eventName")) or text(insight.get("eventName"))
    host = text(record.get("eventSource")) or text(insight.get("eventSource"))
    words = tuple(word.lower() for word in _WORDS.findall(verb[:200]))
    owner = text(mapping(record.get("userIdentity")).get("accountId"))
    answer = mapping(record.get("responseElements"))
    return Call(
        record=record,
        verb=verb,
        service=host.partition(".")[0],
        words=words[1:] if words[:1] == ("batch",) and len(words) > 1 else words,
        parameters=mapping(record.get("requestParameters")),
        answer=answer,
        account=text(record.get("recipientAccountId")) or owner,
        failure=_failure(record, verb, answer),
    )


def _failure(record: Mapping[str, Any], verb: str, answer: Mapping[str, Any]) -> tuple[str, str]:
    code, said = text(record.get("errorCode")), text(record.get("errorMessage"))
    if code or said:
        return code or "Failure", said
    if text(answer.get(verb)) == "Failure":  # {"ConsoleLogin": "Failure"}
        return "Failure", ""
    fault = mapping(mapping(answer.get("body")).get("error"))  # of an AgentCore gateway
    status = answer.get("statusCode")
    if fault or (isinstance(status, int) and status >= 400):
        return str(status if isinstance(status, int) else fault.get("code"))[:32], text(
            fault.get("message")
        )
    return "", ""
