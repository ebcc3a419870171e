"""A stand-in for the model behind a real Claude Code.

For each message ``RUN NAME`` it has Claude Code run ``touch NAME`` by the tool Bash, once, and then
says that it is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .base import Answer, Call, Simulator, route


class Model(Simulator):
    """``offered``: names of the tools of the last request; ``results``: what calls came back with.

    Attributes:
        ran: Folder in which each call leaves a file.
    """

    def __init__(self, ran: Path) -> None:
        super().__init__({})
        self.ran = ran
        self.offered: list[str] = []
        self.results: list[str] = []
        self._asked: set[str] = set()

    @route("POST /v1/messages")
    def message(self, call: Call) -> Answer:
        self.offered = [tool["name"] for tool in call.body.get("tools", [])]
        self.results = [json.dumps(one) for one in _results(call.body["messages"])]
        named = re.findall(r"RUN (\w+)", json.dumps(call.body["messages"]))
        block: dict[str, Any] = {"type": "text", "text": ""}
        delta: dict[str, Any] = {"type": "text_delta", "text": "done"}
        if named and named[-1] not in self._asked:
            self._asked.add(named[-1])
            command = {"command": f"touch {self.ran / named[-1]}", "description": "touch"}
            block = {"type": "tool_use", "id": f"toolu_{named[-1]}", "name": "Bash", "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(command)}
        return Answer(200, _stream(block, delta), {"Content-Type": "text/event-stream"})


def _results(messages: list[Any]) -> Iterator[Any]:
    for message in messages:
        blocks = message["content"]
        yield from (b for b in blocks if isinstance(b, dict) and b.get("type") == "tool_result")


def _stream(block: dict[str, Any], delta: dict[str, Any]) -> str:
    reason = "tool_use" if block["type"] == "tool_use" else "end_turn"
    used = {"input_tokens": 1, "output_tokens": 1}
    start: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": used,
    }
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events)
