"""Writes sessions as real sources write them: OTLP GenAI spans, transcripts of two agents."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from intent_cases import Session, Step, Turns
from intent_claude import transcript

_BEGIN = 1_790_000_000


def _hex(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def conversations(session: Session) -> list[str]:
    """Return the ids of a session's conversations; the judged call stands in the last."""
    if session.source in ("openclaw", "claude_code"):
        return [_hex(session.name, 32)]
    return [_conversation(session, part) for part in ("before", "main")]


def _conversation(session: Session, part: str) -> str:
    return _hex(f"{session.name}/{part}", 12)


def write(listed: list[Session], folder: Path) -> None:
    """Write every session into a file of its source."""
    spans: list[dict[str, Any]] = []
    for index, session in enumerate(listed):
        if session.source == "openclaw":
            _openclaw(session, index, folder)
            continue
        if session.source == "claude_code":
            transcript(session, _hex(session.name, 32), index, folder)
            continue
        run = _Run(session, index)
        run.write()
        spans.extend(run.spans)
    with (folder / "agents.jsonl").open("w", encoding="utf-8") as file:
        for at in range(0, len(spans), 40):
            scope = {"scope": {"name": "genai"}, "spans": spans[at : at + 40]}
            resource = {"attributes": [_attribute("service.name", "agents")]}
            request = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
            file.write(json.dumps(request, ensure_ascii=False) + "\n")


def _attribute(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


class _Run:
    """The spans of one session; producers differ, so every third writes another dialect."""

    def __init__(self, session: Session, index: int) -> None:
        self.session, self.index = session, index
        self.clock = _BEGIN + index * 3600
        self.spans: list[dict[str, Any]] = []

    def write(self) -> None:
        session = self.session
        if session.before:
            agent, ask, steps = session.before
            self._agent(agent, "before", "", ask, steps)
        calls: list[Step] = [*session.steps, (*session.call, "ok")]
        if session.parent:
            agent, ask, steps = session.parent
            above = self._agent(agent, "main", "", ask, steps)
            hands = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "delegate"}
            above = self._span("execute_tool delegate", above, hands, "main")
            self.spans[-1]["endTimeUnixNano"] = str((self.clock + 600) * 10**9)
            self._agent(session.agent, "main", above, session.ask, calls, session.turns)
        else:
            self._agent(session.agent, "main", "", session.ask, calls, session.turns)

    def _span(self, name: str, parent: str, fields: dict[str, str], part: str) -> str:
        self.clock += 2
        span = _hex(f"{self.session.name}/{len(self.spans)}", 16)
        made = {
            "traceId": _hex(f"{self.session.name}/{part}", 32),
            "spanId": span,
            "name": name,
            "startTimeUnixNano": str(self.clock * 10**9),
            "endTimeUnixNano": str((self.clock + 1) * 10**9),
            "attributes": [_attribute(key, value) for key, value in fields.items()],
        }
        self.spans.append({**made, "parentSpanId": parent} if parent else made)
        return span

    def _agent(
        self,
        agent: str,
        part: str,
        parent: str,
        ask: str,
        steps: list[Step],
        turns: Turns | None = None,
    ) -> str:
        ident = {
            "gen_ai.agent.id": agent,
            "gen_ai.agent.name": agent,
            "gen_ai.conversation.id": _conversation(self.session, part),
        }
        turn = {"gen_ai.operation.name": "invoke_agent", **ident}
        root = self._span(f"invoke_agent {agent}", parent, turn, part)
        fresh: list[dict[str, Any]] = [self._message("user", ask)]
        for number, (tool, arguments, answer) in enumerate(steps):
            fresh = self._talk(root, ident, fresh, (turns or {}).get(number, []), part)
            call = f"call-{_hex(f'{self.session.name}/{part}/{agent}/{number}', 16)}"
            told = self._call(call, tool, arguments)
            self._chat(root, ident, fresh, told, part)
            self._span(f"execute_tool {tool}", root, {
                "gen_ai.operation.name": "execute_tool", **ident, "gen_ai.tool.name": tool,
                "gen_ai.tool.call.id": call,
                "gen_ai.tool.call.arguments": json.dumps(arguments, ensure_ascii=False),
                "gen_ai.tool.call.result": answer,
            }, part)  # fmt: skip
            fresh = [told, self._answer(call, answer)]
        self._talk(root, ident, fresh, (turns or {}).get(len(steps), []), part)
        return root

    def _talk(
        self,
        root: str,
        ident: dict[str, str],
        fresh: list[dict[str, Any]],
        turns: list[tuple[str, str]],
        part: str,
    ) -> list[dict[str, Any]]:
        """Write what is said between calls; return what the model has not been given yet."""
        for role, text in turns:
            message = self._message(role, text)
            if role == "assistant":
                self._chat(root, ident, fresh, message, part)
                fresh = []
            fresh.append(message)
        return fresh

    def _chat(
        self,
        root: str,
        ident: dict[str, str],
        fresh: list[dict[str, Any]],
        told: dict[str, Any],
        part: str,
    ) -> None:
        self._span("chat model", root, {
            "gen_ai.operation.name": "chat", **ident,
            "gen_ai.input.messages": json.dumps(fresh, ensure_ascii=False),
            "gen_ai.output.messages": json.dumps([told], ensure_ascii=False),
        }, part)  # fmt: skip

    def _message(self, role: str, text: str) -> dict[str, Any]:
        if self.index % 3 == 2:
            return {"role": role, "content": text}
        return {"role": role, "parts": [{"type": "text", "content": text}]}

    def _call(self, call: str, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if self.index % 3 == 2:
            function = {"name": tool, "arguments": json.dumps(arguments, ensure_ascii=False)}
            listed = [{"id": call, "type": "function", "function": function}]
            return {"role": "assistant", "content": "", "tool_calls": listed}
        part = {"type": "tool_call", "id": call, "name": tool, "arguments": arguments}
        return {"role": "assistant", "parts": [part]}

    def _answer(self, call: str, answer: str) -> dict[str, Any]:
        if self.index % 3 == 2:
            return {"role": "tool", "tool_call_id": call, "content": answer}
        part = {"type": "tool_call_response", "id": call, "response": answer}
        return {"role": "tool", "parts": [part]}


def _openclaw(session: Session, index: int, folder: Path) -> None:
    """Write a transcript: the message, the reads and the judged call."""
    identity = _hex(session.name, 32)
    body, marks = session.ask, {"senderIsOwner": not session.hook}
    if session.hook:
        body = f"<<<EXTERNAL_UNTRUSTED_CONTENT>>>\nSource: {session.hook}\n---\n{session.ask}"
    records: list[dict[str, Any]] = [{"type": "session", "version": 4, "cwd": f"/srv/{index}"}]
    records.append({"message": {"role": "user", "content": body, "__openclaw": marks}})
    for number, (tool, arguments, answer) in enumerate([*session.steps, (*session.call, "ok")]):
        for role, text in session.turns.get(number, []):
            said = [{"type": "text", "text": text}]
            spoken: dict[str, Any] = {"role": role, "content": said}
            if role == "user":
                spoken = {"role": role, "content": text, "__openclaw": marks}
            records.append({"message": spoken})
        call = {"type": "toolCall", "id": f"call_{identity[:8]}{number}", "name": tool}
        records.append(
            {"message": {"role": "assistant", "content": [{**call, "arguments": arguments}]}}
        )
        told = {"role": "toolResult", "toolCallId": call["id"], "toolName": tool, "isError": False}
        records.append({"message": {**told, "content": [{"type": "text", "text": answer}]}})
    with (folder / f"{session.agent}.{identity}.jsonl").open("w", encoding="utf-8") as file:
        for number, record in enumerate(records):
            moment = f"2026-09-21T{index % 24:02d}:{number // 60:02d}:{number % 60:02d}.000Z"
            head = {"type": "message", "id": f"{identity[:8]}-{number}", "timestamp": moment}
            if number == 0:
                head["id"] = identity
            file.write(json.dumps({**head, **record}, ensure_ascii=False) + "\n")
