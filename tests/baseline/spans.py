"""OpenTelemetry GenAI spans, and the traffic of MCP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .clock import Clock, hexed
from .talk import Step, Talk

NAMES = {
    "sh": "run_command",
    "read": "read_file",
    "edit": "edit_file",
    "write": "write_file",
    "grep": "search_files",
    "glob": "list_files",
    "fetch": "fetch_url",
}


def _attribute(key: str, value: str | int) -> dict[str, Any]:
    return {
        "key": key,
        "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
    }


class Trace:
    """One trace of one session; producers write messages in two ways."""

    def __init__(self, talk: Talk, clock: Clock, cwd: str) -> None:
        self.talk, self.clock, self.old = talk, clock, talk.number % 3 == 2
        self.spans: list[dict[str, Any]] = []

    def write(self, folder: Path) -> None:
        self._agent(self.talk, "")
        resource = {"attributes": [_attribute("service.name", f"{self.talk.agent}-service")]}
        with (folder / "traces.jsonl").open("w", encoding="utf-8") as file:
            for at in range(0, len(self.spans), 40):
                scope = {"scope": {"name": "genai"}, "spans": self.spans[at : at + 40]}
                file.write(
                    json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]})
                    + "\n"
                )

    def _span(self, name: str, parent: str, fields: dict[str, str | int]) -> dict[str, Any]:
        made = {
            "traceId": hexed(f"trace/{self.talk.number}", 32),
            "name": name,
            "kind": 1,
            "spanId": hexed(f"span/{self.talk.number}/{len(self.spans)}", 16),
            "startTimeUnixNano": str(self.clock.ns),
            "attributes": [_attribute(key, value) for key, value in fields.items()],
            **({"parentSpanId": parent} if parent else {}),
        }
        self.spans.append(made)
        return made

    def _end(self, span: dict[str, Any]) -> None:
        span["endTimeUnixNano"] = str(self.clock.ns)

    def _agent(self, talk: Talk, parent: str) -> None:
        ident: dict[str, str | int] = {
            "gen_ai.agent.id": talk.agent,
            "gen_ai.agent.name": talk.agent,
            "gen_ai.provider.name": "openai",
            "gen_ai.conversation.id": f"conv-{hexed(f'conv/{self.talk.number}', 12)}",
        }
        for turn in talk.turns:
            self.clock.pass_by(turn.pause)
            root = self._span(
                f"invoke_agent {talk.agent}",
                parent,
                {"gen_ai.operation.name": "invoke_agent", **ident},
            )
            fresh = [self._message("user", turn.ask)]
            for step in turn.steps:
                fresh = self._step(step, ident, root["spanId"], fresh)
            self._chat(
                ident, root["spanId"], fresh, self._message("assistant", turn.reply or "Done.")
            )
            self._end(root)

    def _step(
        self, step: Step, ident: dict[str, str | int], root: str, fresh: list[Any]
    ) -> list[Any]:
        self.clock.pass_by(step.gap)
        call, name = (
            f"call-{hexed(f'{self.talk.number}/{len(self.spans)}', 16)}",
            NAMES.get(step.tool, step.tool),
        )
        told = self._call(call, name, step.args)
        self._chat(ident, root, fresh, told)
        tool = self._span(
            f"execute_tool {name}",
            root,
            {
                "gen_ai.operation.name": "execute_tool",
                **ident,
                "gen_ai.tool.name": name,
                "gen_ai.tool.call.id": call,
                "gen_ai.tool.call.arguments": json.dumps(step.args),
            },
        )
        answer = step.answer
        if step.child:
            self._agent(step.child, tool["spanId"])
            answer = step.child.turns[-1].reply
        self.clock.pass_by(0.2)
        tool["attributes"].append(_attribute("gen_ai.tool.call.result", answer))
        if step.failed:
            tool["status"] = {"code": 2, "message": answer[:80]}
        self._end(tool)
        return [told, self._answer(call, answer)]

    def _chat(
        self, ident: dict[str, str | int], root: str, fresh: list[Any], told: dict[str, Any]
    ) -> None:
        span = self._span(
            "chat gpt-4o",
            root,
            {
                "gen_ai.operation.name": "chat",
                **ident,
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.usage.input_tokens": 400 + len(self.spans) * 25,
                "gen_ai.usage.output_tokens": 60,
                "gen_ai.input.messages": json.dumps(fresh),
                "gen_ai.output.messages": json.dumps([told]),
            },
        )
        self.clock.pass_by(0.05)
        self._end(span)

    def _message(self, role: str, text: str) -> dict[str, Any]:
        if self.old:
            return {"role": role, "content": text}
        return {"role": role, "parts": [{"type": "text", "content": text}]}

    def _call(self, call: str, tool: str, given: dict[str, Any]) -> dict[str, Any]:
        if self.old:
            function = {"name": tool, "arguments": json.dumps(given)}
            return {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            }
        return {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": call, "name": tool, "arguments": given}],
        }

    def _answer(self, call: str, answer: str) -> dict[str, Any]:
        if self.old:
            return {"role": "tool", "tool_call_id": call, "content": answer}
        return {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": call, "response": answer}],
        }


class Traffic:
    """A recording of one MCP session: what the client asked of one server."""

    def __init__(self, talk: Talk, clock: Clock, cwd: str) -> None:
        self.talk, self.clock, self.lines = talk, clock, list[dict[str, Any]]()
        self.session, self.number = f"mcp-{hexed(f'mcp/{talk.number}', 16)}", 0

    def write(self, folder: Path) -> None:
        steps = [step for turn in self.talk.turns for step in turn.steps]
        server = f"acme-{self.talk.turns[0].ask.split()[-1]}"
        self._asked(
            "initialize",
            {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": self.talk.agent, "version": "1.0"},
            },
            {
                "capabilities": {"tools": {}},
                "protocolVersion": "2025-11-25",
                "serverInfo": {"name": server, "version": "2.1"},
            },
        )
        self._line("client->server", {"jsonrpc": "2.0", "method": "notifications/initialized"})
        offered = {NAMES.get(s.tool, s.tool): sorted(s.args) for s in steps}
        self._asked(
            "tools/list",
            {},
            {
                "tools": [
                    {
                        "name": name,
                        "description": f"{name.replace('_', ' ').capitalize()} of this server.",
                        "inputSchema": {
                            "type": "object",
                            "properties": {a: {"type": "string"} for a in given},
                        },
                    }
                    for name, given in offered.items()
                ]
            },
        )
        for step in steps:
            self.clock.pass_by(step.gap)
            name = NAMES.get(step.tool, step.tool)
            result = {"content": [{"type": "text", "text": step.answer}], "isError": step.failed}
            self._asked("tools/call", {"name": name, "arguments": step.args}, result)
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (folder / "stdio.jsonl").write_text(text, encoding="utf-8")

    def _line(self, way: str, message: dict[str, Any]) -> None:
        self.clock.pass_by(0.08)
        self.lines.append(
            {"ts": self.clock.text, "session_id": self.session, "dir": way, "msg": message}
        )

    def _asked(self, method: str, params: dict[str, Any], result: dict[str, Any]) -> None:
        head = {"jsonrpc": "2.0", "id": self.number}
        self.number += 1
        self._line("client->server", {**head, "method": method, "params": params})
        self._line("server->client", {**head, "result": result})
