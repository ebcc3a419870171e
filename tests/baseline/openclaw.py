"""Transcripts as OpenClaw writes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .clock import Clock, hexed, uuid
from .talk import Step, Talk, Turn

NAMES = {"sh": "exec", "fetch": "web_fetch", "delegate": "sessions_spawn"}
COLLEAGUES = ("888000201", "888000202", "888000203")
OWNER = "777000111"


class Sessions:
    """One file ``<agent>.<session>.jsonl`` for a session and one for each sub-agent's."""

    def __init__(self, talk: Talk, clock: Clock, cwd: str, channel: str = "") -> None:
        self.talk, self.clock, self.cwd, self.channel = talk, clock, cwd, channel
        self.files = 0

    def write(self, folder: Path) -> None:
        self._file(self.talk, folder)

    def _file(self, talk: Talk, folder: Path) -> None:
        session = uuid(f"openclaw/{self.talk.number}/{self.files}")
        self.files += 1
        lines: list[dict[str, Any]] = [
            {
                "type": "session",
                "version": 4,
                "id": session,
                "timestamp": self.clock.text,
                "cwd": self.cwd,
            },
            {
                "type": "model_change",
                "provider": "anthropic",
                "modelId": "claude-sonnet-4-5",
                "id": uuid(f"{session}/model"),
                "parentId": None,
                "timestamp": self.clock.text,
            },
        ]
        for turn in talk.turns:
            self.clock.pass_by(turn.pause)
            self._line(lines, session, self._asked(turn))
            for number, step in enumerate(turn.steps):
                self.clock.pass_by(step.gap)
                self._step(lines, session, step, f"{session}/{len(lines)}/{number}", folder)
            self.clock.pass_by(1)
            self._line(
                lines, session, self._model([{"type": "text", "text": turn.reply or "Done."}])
            )
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{self.talk.agent}.{session}.jsonl").write_text(text, encoding="utf-8")

    def _step(
        self, lines: list[dict[str, Any]], session: str, step: Step, key: str, folder: Path
    ) -> None:
        call, name = f"call_{hexed(key, 16)}", NAMES.get(step.tool, step.tool)
        given = (
            {"label": step.args["agent"], "task": step.args["task"]} if step.child else step.args
        )
        if step.tool == "edit":
            given = {"path": given["path"], "oldText": given["old"], "newText": given["new"]}
        self._line(
            lines,
            session,
            self._model([{"type": "toolCall", "id": call, "name": name, "arguments": given}]),
        )
        if step.child:
            self._file(step.child, folder)
        self.clock.pass_by(0.3)
        self._line(
            lines,
            session,
            {
                "role": "toolResult",
                "toolCallId": call,
                "toolName": name,
                "isError": step.failed,
                "content": [{"type": "text", "text": step.answer or "(no output)"}],
                "details": {"status": "error" if step.failed else "completed", "durationMs": 120},
            },
        )

    def _line(self, lines: list[dict[str, Any]], session: str, message: dict[str, Any]) -> None:
        lines.append(
            {
                "type": "message",
                "id": uuid(f"{session}/{len(lines)}"),
                "parentId": lines[-1]["id"],
                "timestamp": self.clock.text,
                "message": {**message, "timestamp": self.clock.ms},
            }
        )
        self.clock.pass_by(0.01)

    def _model(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        usage = {"input": 1020, "output": 30, "cacheRead": 0, "cacheWrite": 0, "totalTokens": 1050}
        return {
            "role": "assistant",
            "content": content,
            "api": "anthropic-messages",
            "usage": usage,
            "provider": "anthropic",
            "model": "claude-sonnet-4-5",
        }

    def _asked(self, turn: Turn) -> dict[str, Any]:
        kind, _, name = turn.sender.partition(":")
        made: dict[str, Any] = {"role": "user", "content": turn.ask}
        if kind == "owner" and self.channel:
            return {**made, "__openclaw": self._from(OWNER, "Dana Osei", owner=True)}
        if kind == "owner":
            return {**made, "__openclaw": {"senderIsOwner": True}}
        if kind == "colleague":
            who = COLLEAGUES[(self.talk.number + len(turn.ask)) % len(COLLEAGUES)]
            return {**made, "__openclaw": self._from(who, f"Colleague {who[-1]}", owner=False)}
        if kind == "schedule" and name == "heartbeat":
            return {**made, "provenance": {"kind": "internal_system", "sourceTool": "heartbeat"}}
        if kind == "mail":
            mark = "EXTERNAL_UNTRUSTED_CONTENT"
            wrapped = f"<<<{mark}>>>\n{turn.ask}\n<<<END_{mark}>>>"
            return {**made, "content": wrapped, "__openclaw": {"senderIsOwner": False}}
        if kind == "parent":
            return {
                **made,
                "content": "[Subagent Context] You are running as a subagent (depth 1/5)."
                f"\n\n[Subagent Task]\n\n{turn.ask}\n\nBegin.",
                "__openclaw": {"senderIsOwner": False},
            }
        if kind == "peer":
            source = f"agent:{name}:main"
            head = f"[Inter-session message] sourceSession={source} isUser=false\n"
            provenance = {
                "kind": "inter_session",
                "sourceSessionKey": source,
                "sourceTool": "sessions_send",
            }
            return {**made, "content": head + turn.ask, "provenance": provenance}
        return made

    def _from(self, who: str, name: str, *, owner: bool) -> dict[str, Any]:
        return {
            "senderId": who,
            "senderName": name,
            "senderIsOwner": owner,
            "transport": {"channel": self.channel or "telegram"},
        }
